import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { legacyBandwidth } from "../../src/rd/index.ts";
import { replaced, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 700, seed: 51 });

describe.each(["imbensKalyanaraman", "directPlugIn"] as const)("rd.legacyBandwidth (%s)", (selector) => {
  const options = { ...BASE, selector } as const;
  const { h, b } = legacyBandwidth(data, options);

  it("follows the running variable's unit and ignores the outcome's", () => {
    const wide = legacyBandwidth(
      replaced(data, "x", (x) => 12 * x),
      options,
    );
    expect([wide.h / h, wide.b / b]).toEqual([expect.closeTo(12, 8), expect.closeTo(12, 8)]);
    const moved = legacyBandwidth(
      replaced(data, "y", (y) => 7 - 3 * y),
      options,
    );
    expect([moved.h, moved.b]).toEqual([expect.closeTo(h, 9), expect.closeTo(b, 9)]);
  });

  it("is the same seen from the other side, and depends on the kernel", () => {
    const mirrored = legacyBandwidth(
      replaced(data, "x", (x) => -x),
      options,
    );
    expect([mirrored.h, mirrored.b]).toEqual([expect.closeTo(h, 8), expect.closeTo(b, 8)]);
    expect(legacyBandwidth(data, { ...options, kernel: "uniform" }).h).not.toBeCloseTo(h, 3);
  });

  it.each([{ order: 2 }, { derivative: 1 }, { derivative: 1, order: 1, biasOrder: 3 }, { biasOrder: 3, residuals: "fitted" }] as const)(
    "keeps both symmetries with %j",
    (more) => {
      const all = { ...options, ...more };
      const one = legacyBandwidth(data, all);
      const mirrored = legacyBandwidth(
        replaced(data, "x", (x) => -12 * x),
        all,
      );
      expect([mirrored.h / one.h, mirrored.b / one.b]).toEqual([expect.closeTo(12, 6), expect.closeTo(12, 6)]);
      expect(Math.abs(one.h / h - 1)).toBeGreaterThan("residuals" in more && selector === "imbensKalyanaraman" ? -1 : 1e-3);
    },
  );

  it("grows without regularization, and takes a ratio in place of a second bandwidth", () => {
    expect(legacyBandwidth(data, { ...options, regularization: 0 }).h).toBeGreaterThan(h);
    const tied = legacyBandwidth(data, { ...options, rho: 0.5 });
    expect([tied.h, tied.b]).toEqual([h, 2 * h]);
  });

  it("refuses a correction of no higher order", () => {
    expect(() => legacyBandwidth(data, { ...options, order: 2, biasOrder: 2 })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it("refuses few values", () => {
    const x = Float64Array.from({ length: 60 }, (_, i) => (i % 4) - 2);
    const y = x.map((value, i) => value + ((i * 7919) % 11));
    expect(() => legacyBandwidth(frame({ x, y }), options)).toThrow(expect.objectContaining({ code: "TOO_FEW_POINTS" }));
  });
});
