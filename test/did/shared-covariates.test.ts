import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { type AttGtOptions, aggregate, attGt } from "../../src/did/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const PERIODS = 6;
const rows = simulateStaggered({ units: 300, periods: PERIODS, cohorts: [3, 4, 6, 5], seed: 12 }).map((row) => {
  const x = Math.sin(row.id * 1.3) + (row.g > 0 ? 0.3 : 0);
  const v = Math.cos(row.id * 0.7);
  return {
    ...row,
    y: row.y + 0.2 * x * row.t,
    x,
    v,
    // changes in the last period alone, which no comparison takes covariates or weights from
    xLast: row.t === PERIODS ? 0 : x,
    w: 0.5 + (row.id % 4),
    wLast: row.t === PERIODS ? 9 : 0.5 + (row.id % 4),
    district: `d${row.id % 23}`,
    kind: "abc"[Math.floor(row.id / 3) % 3]!,
  };
});
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
type Options = AttGtOptions<(typeof rows)[number]>;
const OPTIONS = { outcome: "y", firstTreated: "g", keepInfluence: true } as const;

const close = (a: number, b: number, digits: number): void => {
  if (Number.isNaN(a)) expect(b).toBeNaN();
  else expect(a / b).toBeCloseTo(1, digits);
};

it.each([
  ["doublyRobust", "neverTreated", {}],
  ["doublyRobust", "notYetTreated", { anticipation: 1, basePeriod: "universal" }],
  ["ipw", "notYetTreated", { cluster: "district" }],
  ["regression", "neverTreated", { basePeriod: "universal", cluster: "district" }],
] as const)("%s, %s: the same as comparison by comparison", (method, controlGroup, more) => {
  const shared = attGt(people, { ...OPTIONS, method, controlGroup, covariates: ["x", "v"], ...more } as Options);
  const single = attGt(people, { ...OPTIONS, method, controlGroup, covariates: ["xLast", "v"], ...more } as Options);
  shared.estimates.forEach(({ estimate, standardError }, k) => {
    const other = single.estimates[k]!;
    expect(estimate).toBeCloseTo(other.estimate, 9);
    close(standardError, other.standardError, 8);
  });
  const [a, b] = [aggregate(shared, { type: "dynamic" }), aggregate(single, { type: "dynamic" })];
  a.vcov.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(value).toBeCloseTo(b.vcov[i]![j]!, 10);
    });
  });
  for (let i = 0; i < shared.influence!.values.length; i += 7)
    expect(shared.influence!.values[i]).toBeCloseTo(single.influence!.values[i]!, 7);
});

it("weights, labels and multiplier draws too", () => {
  const more = { covariates: ["x", "kind"], inference: { type: "multiplierBootstrap", draws: 25 } } as const;
  const shared = attGt(people, { ...OPTIONS, ...more, weights: "w" });
  const single = attGt(people, { ...OPTIONS, ...more, weights: "wLast" });
  shared.draws!.values.forEach((value, i) => {
    expect(value).toBeCloseTo(single.draws!.values[i]!, 9);
  });
  shared.estimates.forEach(({ estimate }, k) => {
    expect(estimate).toBeCloseTo(single.estimates[k]!.estimate, 9);
  });
});

it("names cells with collinear covariates, and those where a covariate gives the cohort away", () => {
  const marked = people.with({
    cohort4: people.numbers("g").map((g) => (g === 4 ? 1 : 0)),
    never: people.numbers("g").map((g) => (g === 0 ? 3 : 1)),
  });
  const byCovariate = (name: "cohort4" | "never", method: "regression" | "ipw") =>
    attGt(marked, { ...OPTIONS, covariates: ["x", name], method, uniformBand: false });
  const { estimates, warnings } = byCovariate("cohort4", "ipw");
  const missing = estimates.filter(({ estimate }) => Number.isNaN(estimate)).map(({ group }) => group);
  expect(new Set(missing)).toEqual(new Set([3, 4, 5, 6]));
  const found = warnings.filter(({ code }) => code === "NO_ESTIMATE");
  expect(found.map(({ details }) => (details as { problem: string }).problem).sort()).toEqual(
    ["covariates collinear", "no overlap: propensities reach one"].sort(),
  );
  expect(found.find(({ message }) => message.includes("no overlap"))!.message).toContain("ATT(4,2)");
  expect(byCovariate("never", "regression").warnings.some(({ message }) => message.includes("covariates collinear"))).toBe(true);
});
