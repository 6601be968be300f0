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

  it("refuses few values", () => {
    const x = Float64Array.from({ length: 60 }, (_, i) => (i % 4) - 2);
    const y = x.map((value, i) => value + ((i * 7919) % 11));
    expect(() => legacyBandwidth(frame({ x, y }), options)).toThrow(expect.objectContaining({ code: "TOO_FEW_POINTS" }));
  });
});
