import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/data/index.ts";
import * as rd from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const data = simulated({ n: 2000, seed: 71, grid: 0.025 });
const columns = ["y", "d", "z"] as const;
const table = rd.cells(data, { running: "x", columns });
const rows = rd.fromCells(JSON.parse(JSON.stringify(table)));
const BASE = { outcome: "y", running: "x" } as const;

describe("rd.cells and rd.fromCells", () => {
  it.each([
    ["default", {}],
    ["HC1", { vcov: { type: "hetero", variant: "HC1" } }],
    ["HC3, uniform, order 2", { vcov: { type: "hetero", variant: "HC3" }, kernel: "uniform", order: 2 }],
    ["fuzzy with a covariate", { treatment: "d", covariates: ["z"] }],
    ["kink, given bandwidth", { derivative: 1, bandwidth: 0.6 }],
    ["clusters by value", { cluster: "x", vcov: { type: "cluster", by: "x", variant: "CR2" } }],
  ] as const)("give rd.estimate's numbers of the rows (%s)", (_, options) => {
    const whole = rd.estimate(data, { ...BASE, ...options } as rd.RdEstimateOptions<unknown> as never);
    const fromTable = rd.estimate(rows, { ...BASE, ...options } as never);
    for (const kind of ["conventional", "robust"] as const) {
      expect(fromTable.estimates[kind].estimate / whole.estimates[kind].estimate).toBeCloseTo(1, 8);
      expect(fromTable.estimates[kind].standardError / whole.estimates[kind].standardError).toBeCloseTo(1, 8);
    }
    expect(fromTable.bandwidths.h[0] / whole.bandwidths.h[0]).toBeCloseTo(1, 8);
  });

  it("give the numbers of density test, honest interval and discrete interval", () => {
    const both = <T>(run: (frame: Frame<Record<string, number>>) => T): [T, T] => [
      run(data as unknown as Frame<Record<string, number>>),
      run(rows),
    ];
    const [density, densityRows] = both((frame) => rd.densityTest(frame, { running: "x" }).estimates.difference.pValue);
    expect(densityRows).toBeCloseTo(density, 10);
    const [honest, honestRows] = both((frame) => rd.honest(frame, { ...BASE, smoothness: 1, bandwidth: 0.4 }).estimates.honest);
    expect(honestRows.standardError).toBeCloseTo(honest.standardError, 9);
    const [discrete, discreteRows] = both((frame) => rd.honestDiscrete(frame, { ...BASE, bandwidth: 0.3 }).estimates.honest);
    expect(discreteRows.standardError).toBeCloseTo(discrete.standardError, 9);
  });

  it("merge as lists: halves together give the whole", () => {
    const halves = [0, 1].map((half) =>
      rd.cells(
        data.filter((_, i) => i % 2 === half),
        { running: "x", columns },
      ),
    );
    const merged = rd.fromCells({ ...halves[0]!, cells: halves.flatMap(({ cells }) => cells) });
    const whole = rd.estimate(data, BASE).estimates.robust;
    const parts = rd.estimate(merged, BASE as never).estimates.robust;
    expect(parts.estimate).toBeCloseTo(whole.estimate, 9);
    expect(parts.standardError).toBeCloseTo(whole.standardError, 9);
  });

  it("keep count, means and covariances of any rows", () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 12 }), (values) => {
        const small = data.take(Int32Array.from(values, (_, i) => i)).with({
          x: values.map(() => 1),
          y: values.map(([y]) => y),
          z: values.map(([, z]) => z),
        });
        const before = rd.cells(small, { running: "x", columns: ["y", "z"] }).cells[0]!;
        const after = rd.cells(rd.fromCells({ running: "x", columns: ["y", "z"], cells: [before] }), {
          running: "x",
          columns: ["y", "z"],
        }).cells[0]!;
        expect(after.rows).toBe(before.rows);
        const size = Math.max(1, ...before.covariances.map(Math.abs));
        after.means.forEach((mean, a) => {
          expect(mean).toBeCloseTo(before.means[a]!, 8);
        });
        after.covariances.forEach((value, a) => {
          expect(Math.abs(value - before.covariances[a]!) / size).toBeLessThan(1e-7);
        });
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("leave small cells out with a warning, and refuse tables that no rows have", () => {
    const kept = rd.cells(data, { running: "x", columns, minimumRows: 24 });
    expect(kept.warnings.map(({ code }) => code)).toEqual(["SMALL_CELLS"]);
    expect(kept.sample.used).toBe(kept.cells.reduce((sum, cell) => sum + cell.rows, 0));
    expect(() => rd.cells(data, { running: "x", columns, minimumRows: 5000 })).toThrow(expect.objectContaining({ code: "EMPTY_CELLS" }));
    expect(() => rd.cells(data, { running: "x", columns: [] })).toThrow("at least one");
    const cell = { value: 0, rows: 3, means: [1, 2], covariances: [1, 0.5, 1] };
    const make = (change: object) => () => rd.fromCells({ running: "x", columns: ["a", "b"], cells: [{ ...cell, ...change }] });
    for (const change of [
      { rows: 0 },
      { rows: 1.5 },
      { means: [1] },
      { covariances: [1, 3, 1] },
      { covariances: [-1, 0, 1] },
      { rows: 2 },
      { value: Number.NaN },
    ]) {
      expect(make(change)).toThrow(expect.objectContaining({ code: "BAD_CELLS" }));
    }
    expect(make({})().rowCount).toBe(3);
  });
});
