import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { imputation, twoStage } from "../../src/did/index.ts";
import { createStream } from "../../src/random/index.ts";
import { factor } from "../../src/regression/index.ts";

interface Row {
  unit: number;
  time: number;
  start: number;
  event: number;
  site: number;
  one: number;
  y: number;
  x: number;
  w: number;
}

/** Rows missing at random; sites hold whole units. */
function rollOut(units: number): Panel<Row> {
  const stream = createStream(11);
  const rows: Row[] = [];
  for (let unit = 0; unit < units; unit++) {
    const start = [3, 5, 0][unit % 3]!;
    for (let time = 1; time <= 7; time++) {
      if (time > 1 && stream.uniform() < 0.15) continue;
      const x = stream.normal();
      const y = unit / 10 + 0.2 * time + 0.5 * x + (start > 0 && time >= start ? 1 : 0) + stream.normal();
      const event = start === 0 ? 99 : time - start;
      rows.push({ unit, time, start, event, site: unit % 9, one: start > 0 && time >= start ? 1 : 0, y, x, w: 0.5 + stream.uniform() });
    }
  }
  return panel(frame.fromRows(rows), { unit: "unit", time: "time" }) as unknown as Panel<Row>;
}

const close = (a: readonly number[], b: readonly number[]): void => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i]!, 10);
  });
};

describe("averages over rows that do not overlap", () => {
  const data = rollOut(50);
  const settings = [
    ["units as clusters", {}],
    ["clusters of units", { cluster: "site", weights: "w" }],
    ["clusters that cut units", { cluster: "time", covariates: ["x"] }],
    ["covariates and weights", { covariates: ["x"], weights: "w" }],
  ] as const;
  it.each(settings)("two-stage equals its regression on indicators: %s", (_, own) => {
    const fast = twoStage(data, { outcome: "y", firstTreated: "start", ...own });
    const dense = twoStage(data, { outcome: "y", firstTreated: "start", terms: [factor("event", { reference: [-1, 99] })], ...own });
    close(
      fast.estimates.map(({ estimate }) => estimate),
      dense.estimates.map(({ estimate }) => estimate),
    );
    close(fast.vcov.flat(), dense.vcov.flat());
    expect(fast.estimates.map(({ eventTime }) => eventTime)).toEqual([-4, -3, -2, 0, 1, 2, 3, 4]);
  });
  it.each(settings)("imputation's overall effect equals the target that weighs all treated rows alike: %s", (_, own) => {
    const { overall, targetEstimates } = imputation(data, { outcome: "y", firstTreated: "start", targets: ["one"], ...own });
    close([overall.estimate, overall.standardError], [targetEstimates[0]!.estimate, targetEstimates[0]!.standardError]);
  });
});

describe("scores of units that are summed in blocks", () => {
  const plain = rollOut(150);
  const data = plain.with({ same: plain.numbers("unit") }) as unknown as Panel<Row & { same: number }>;
  it.each([
    ["equal weights", {}],
    ["weights", { weights: "w" }],
    ["covariates", { covariates: ["x"] }],
    ["covariates and weights", { covariates: ["x"], weights: "w" }],
  ] as const)("give the covariance of clusters named like the units: %s", (_, own) => {
    const options = { outcome: "y", firstTreated: "start", ...own } as const;
    const [a, b] = [twoStage(data, options), twoStage(data, { ...options, cluster: "same" })];
    close(a.vcov.flat(), b.vcov.flat());
    const [c, d] = [imputation(data, options), imputation(data, { ...options, cluster: "same" })];
    close(c.vcov.flat(), d.vcov.flat());
    close([c.overall.standardError], [d.overall.standardError]);
    const before = imputation(data, { ...options, preTrends: [-2] });
    close(
      before.vcov.slice(1).map((row) => row[1]!),
      c.vcov.map((row) => row[0]!),
    );
  });
});
