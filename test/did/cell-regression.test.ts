import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { type SunAbrahamOptions, type SunAbrahamResult, sunAbraham } from "../../src/did/index.ts";
import { createStream } from "../../src/random/index.ts";

interface Row {
  unit: number;
  same: number;
  time: number;
  start: number;
  y: number;
  w: number;
}

/** A roll-out in which rows are missing at random, and units carry a second name. */
function rollOut(seed: number, missing: number): Panel<Row> {
  const stream = createStream(seed);
  const columns: Record<keyof Row, number[]> = { unit: [], same: [], time: [], start: [], y: [], w: [] };
  for (let unit = 0; unit < 60; unit++) {
    const start = [3, 5, 6, Number.POSITIVE_INFINITY][unit % 4]!;
    const level = 100 + stream.normal();
    for (let time = 1; time <= 8; time++) {
      if (stream.uniform() < missing) continue;
      columns.unit.push(unit);
      columns.same.push(unit);
      columns.time.push(time);
      columns.start.push(start);
      columns.y.push(
        stream.uniform() < missing / 4 ? Number.NaN : level + 0.3 * time + (time >= start ? 1 + 0.2 * start : 0) + stream.normal(),
      );
      columns.w.push(0.5 + stream.uniform());
    }
  }
  return panel(frame(columns), { unit: "unit", time: "time" }) as unknown as Panel<Row>;
}

const numbers = ({ estimates, overall, interacted, vcov, fit, sample }: SunAbrahamResult) => ({
  all: [...estimates, overall, ...interacted].flatMap(({ estimate, standardError, pValue }) => [estimate, standardError, pValue]),
  vcov: vcov.flat(),
  fit: Object.values(fit),
  counts: [sample.used, sample.clusters],
});

function expectSame(own: SunAbrahamResult, dense: SunAbrahamResult): void {
  const [a, b] = [numbers(own), numbers(dense)];
  for (const key of ["all", "fit", "vcov"] as const) {
    expect(a[key].length).toBe(b[key].length);
    a[key].forEach((value, i) => {
      expect(Math.abs(value - b[key][i]!)).toBeLessThan(1e-9 * (1e-3 + Math.abs(b[key][i]!)));
    });
  }
  expect(a.counts).toEqual(b.counts);
  expect(own.collinear).toEqual(dense.collinear);
}

// the same clusters under another name go through the dense regression
describe("a regression on cells of cohort and period", () => {
  const base: SunAbrahamOptions<Row> = { outcome: "y", firstTreated: "start" };
  it.each([
    ["balanced", 0, {}],
    ["rows missing", 0.2, {}],
    ["weights", 0.2, { weights: "w" }],
    ["bins, two references", 0.1, { reference: [-2, -1], bins: [{ from: 2, to: 9, as: 2 }] }],
    ["a comparison cohort", 0.1, { referenceCohorts: [6], weights: "w" }],
    [
      "other small-sample factors",
      0,
      { smallSample: { fixedEffectParameters: "full", adjustClusters: false, degreesOfFreedom: "conventional" } },
    ],
  ] as [string, number, Partial<SunAbrahamOptions<Row>>][])("equals the regression on indicators: %s", (_, missing, options) => {
    const data = rollOut(3, missing);
    expectSame(sunAbraham(data, { ...base, ...options }), sunAbraham(data, { ...base, ...options, cluster: "same" }));
  });

  it("drops the same effects where no unit is never treated", () => {
    const data = rollOut(5, 0.1).filter((row) => Number.isFinite(row.start)) as Panel<Row>;
    const [own, dense] = [sunAbraham(data, base), sunAbraham(data, { ...base, cluster: "same" })];
    expect(own.collinear.length).toBeGreaterThan(0);
    expectSame(own, dense);
  });
});
