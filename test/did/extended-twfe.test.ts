import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { extendedTwfe, imputation, marginalEffects } from "../../src/did/index.ts";
import { factor, power } from "../../src/regression/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 90, periods: 5, cohorts: [3, 4], seed: 11 }).map((row) => ({
  ...row,
  size: (row.id * 7) % 5,
  kind: ["a", "b", "c"][row.id % 3]!,
  isB: row.id % 3 === 1 ? 1 : 0,
  isC: row.id % 3 === 2 ? 1 : 0,
  square: ((row.id * 7) % 5) ** 2,
  count: Math.max(0, Math.round(3 + row.y)),
}));
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;
const event = (result: Parameters<typeof marginalEffects>[0]) => marginalEffects(result, { type: "event" }).estimates;

it("extendedTwfe() without covariates equals the imputation estimator", () => {
  const imputed = imputation(people, { ...OPTIONS, horizons: "all" }).estimates.filter(({ eventTime }) => eventTime >= 0);
  event(extendedTwfe(people, OPTIONS)).forEach((row, k) => {
    expect(row.estimate).toBeCloseTo(imputed[k]!.estimate, 10);
  });
});

it("extendedTwfe() reads factors and powers as the columns they stand for", () => {
  const byTerms = extendedTwfe(people, { ...OPTIONS, covariates: [power("size", 2)] });
  const byColumns = extendedTwfe(people, { ...OPTIONS, covariates: ["square"] });
  event(byTerms).forEach((row, k) => {
    expect(row.estimate).toBeCloseTo(event(byColumns)[k]!.estimate, 10);
    expect(row.standardError).toBeCloseTo(event(byColumns)[k]!.standardError, 10);
  });
  const apart = { ...OPTIONS, outcome: "y" } as const;
  const indicators = event(extendedTwfe(people, { ...apart, covariates: [factor("kind")] }));
  const dummies = event(extendedTwfe(people, { ...apart, covariates: ["isB", "isC"] }));
  indicators.forEach((row, k) => {
    expect(row.estimate).toBeCloseTo(dummies[k]!.estimate, 10);
  });
});

it("marginalEffects() at means differ from mean effects with covariates in a nonlinear model alone", () => {
  const overall = (options: object, atMeans: boolean) =>
    marginalEffects(extendedTwfe(people, { ...OPTIONS, ...options } as never), { atMeans }).estimates[0]!;
  for (const options of [{ covariates: ["size"] }, { outcome: "count", family: "poisson" as const }]) {
    expect(overall(options, true).estimate).toBeCloseTo(overall(options, false).estimate, 10);
    expect(overall(options, true).standardError).toBeCloseTo(overall(options, false).standardError, 10);
  }
  const nonlinear = { outcome: "count", family: "poisson" as const, covariates: ["size"] };
  const [at, mean] = [overall(nonlinear, true), overall(nonlinear, false)];
  expect(Math.abs(at.estimate - mean.estimate)).toBeGreaterThan(1e-9);
  expect(Math.abs(at.estimate / mean.estimate - 1)).toBeLessThan(0.1);
  expect(Math.abs(at.standardError / mean.standardError - 1)).toBeLessThan(0.1);
});
