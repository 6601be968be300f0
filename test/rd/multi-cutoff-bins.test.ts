import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../../src/core/errors.ts";
import { bins, multiCutoffBins } from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const base = simulated({ n: 900, seed: 31 });
const x = base.numbers("x");
const data = base.with({
  own: Float64Array.from(x, (_, i) => (i % 30 === 0 ? Number.NaN : [0.2, -0.1, 0.2][i % 3]!)),
  nothing: x.map(() => Number.NaN),
});
const options = { outcome: "y", running: "x", cutoffs: "own" } as const;

describe("rd.multiCutoffBins", () => {
  it("draws each cutoff's own rows as rd.bins would, with the options of that cutoff", () => {
    const each = [{ bins: [6, 9] as const, order: 2 }, { selector: { spacing: "quantile" } as const }];
    const { cutoffs, figures, sample } = multiCutoffBins(data, { ...options, level: 0.9, each });
    expect(cutoffs).toEqual([-0.1, 0.2]);
    figures.forEach((figure, j) => {
      const rows = data.filter(Uint8Array.from(data.numbers("own"), (value) => (value === cutoffs[j] ? 1 : 0)));
      const alone = bins(rows, { outcome: "y", running: "x", level: 0.9, ...each[j], cutoff: cutoffs[j]! });
      expect(figure).toEqual(alone);
    });
    expect(figures[0]!.left.number).toBe(6);
    expect(sample).toEqual({ rows: 900, used: 870, dropped: [{ reason: '"own" is missing', rows: 30 }] });
  });

  it("refuses columns without cutoffs and lists of another length", () => {
    expect(() => multiCutoffBins(data, { ...options, cutoffs: "nothing" })).toThrow(DataError);
    expect(() => multiCutoffBins(data, { ...options, each: [{}] })).toThrow("one entry for each of the 2 cutoffs");
    expect(() => multiCutoffBins(data, { ...options, each: 3 as never })).toThrow(OptionError);
    expect(() => multiCutoffBins(data, { outcome: "y", running: "x" } as never)).toThrow('option "cutoffs" is required');
  });
});
