import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { aggregate, goodmanBacon, triple } from "../../src/did/index.ts";
import { factor } from "../../src/regression/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 60, periods: 6, cohorts: [1, 3, 4, 6], seed: 5 }).map((row, i) => ({
  ...row,
  d: row.g > 0 && row.t >= row.g ? 1 : 0,
  x: Math.sin(i * i) + 0.2 * row.t * (row.g > 0 ? 1 : 0),
  z: ((i * 7) % 5) - 2,
  twice: 2 * (Math.sin(i * i) + 0.2 * row.t * (row.g > 0 ? 1 : 0)) + row.t,
  kind: row.id % 3,
  byUnit: row.id ** 0.5,
  part: Math.floor(row.id / 5) % 2,
}));
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
const decompose = (covariates: readonly unknown[]): ReturnType<typeof goodmanBacon> =>
  goodmanBacon(people, { outcome: "y", treated: "d", covariates: covariates as never });

/** The coefficient put together again. */
const total = ({ comparisons, within }: ReturnType<typeof goodmanBacon>): number =>
  (1 - within!.weight) * comparisons.reduce((sum, { estimate, weight }) => sum + weight * estimate, 0) + within!.weight * within!.estimate;

it("comparisons with covariates and the part within groups add up to the coefficient with covariates", () => {
  for (const covariates of [["x"], ["x", "z"]]) {
    const result = decompose(covariates);
    expect(result.comparisons).toHaveLength(10);
    expect(result.comparisons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(total(result)).toBeCloseTo(result.estimates.twoWayFixedEffects.estimate, 10);
    expect(new Set(result.types.map(({ type }) => type))).toEqual(new Set(["laterVsAlways", "bothTreated", "treatedVsUntreated"]));
  }
});

it("a covariate that repeats another, or is constant within units, changes nothing", () => {
  const alone = decompose(["x"]);
  for (const more of ["twice", "byUnit", factor("kind")]) {
    const result = decompose(["x", more]);
    expect(result.estimates.twoWayFixedEffects.estimate).toBeCloseTo(alone.estimates.twoWayFixedEffects.estimate, 10);
    result.comparisons.forEach(({ estimate, weight }, k) => {
      expect(weight).toBeCloseTo(alone.comparisons[k]!.weight, 8);
      if (weight > 1e-6) expect(estimate).toBeCloseTo(alone.comparisons[k]!.estimate, 6);
    });
  }
});

it("the overall variance by cohort counts the shares of each cohort, or all as the table's first", () => {
  const effects = triple(people, { outcome: "y", firstTreated: "g", partition: "part", keepInfluence: true });
  const own = aggregate(effects, { type: "group" });
  const first = aggregate(effects, { type: "group", shareAttribution: "triplediff" });
  expect(first.overall.estimate).toBe(own.overall.estimate);
  expect(first.vcov).toEqual(own.vcov);
  // the influence function taken apart: only the part of the shares differs
  const { units, values } = own.influence!;
  const m = own.estimates.length + 1;
  const cohorts = effects.cohorts.filter(({ group }) => Number.isFinite(group));
  const size = effects.estimates.length + cohorts.length;
  const all = cohorts.reduce((sum, { share }) => sum + share, 0);
  const slope = own.estimates.map(({ estimate }) => (estimate - own.overall.estimate) / all);
  let square = 0;
  for (let u = 0; u < units; u++) {
    const shares = cohorts.map((_, g) => effects.influence!.values[u * size + effects.estimates.length + g]!);
    const without = values[u * m + m - 1]! - slope.reduce((sum, s, g) => sum + s * shares[g]!, 0);
    const wrong = slope.reduce((sum, s, g) => sum + s * (shares[0]! + cohorts[0]!.share - cohorts[g]!.share), 0);
    square += (without + wrong) ** 2;
  }
  expect(first.overall.standardError).toBeCloseTo(Math.sqrt(square) / units, 10);
  expect(() => aggregate({ ...effects, sizeCovariance: undefined } as never, { type: "group", shareAttribution: "triplediff" })).toThrow(
    'shareAttribution "triplediff" belongs to',
  );
});
