import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { extendedTwfe, imputation, marginalEffects } from "../../src/did/index.ts";
import { normalCdf, normalDensity, normalQuantile } from "../../src/distributions/index.ts";
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

it("extendedTwfe() with a moderator of text: two levels are those of an indicator, and the order of levels changes nothing", () => {
  const NAMES = { a: "z", b: "y", c: "x" } as const;
  const typed = rows.map((row) => {
    const kind = (["a", "b", "c"] as const)[Math.floor(row.id / 3) % 3]!;
    return { ...row, kind, renamed: NAMES[kind], isB: Number(kind === "b"), label: kind === "b" ? "with" : "none" };
  });
  const data = panel(frame.fromRows(typed), { unit: "id", time: "t" });
  const by = (moderator: "label" | "isB" | "kind" | "renamed") => event(extendedTwfe(data, { ...OPTIONS, moderator }));
  const indicator = by("isB");
  by("label").forEach((row, k) => {
    expect([row.eventTime, row.moderator]).toEqual([indicator[k]!.eventTime, indicator[k]!.moderator === 1 ? "with" : "none"]);
    expect(row.estimate).toBeCloseTo(indicator[k]!.estimate, 10);
    expect(row.standardError).toBeCloseTo(indicator[k]!.standardError, 10);
  });
  const [kinds, others] = [by("kind"), by("renamed")];
  expect(kinds.slice(0, 3).map(({ moderator }) => moderator)).toEqual(["a", "b", "c"]);
  for (const row of kinds) {
    const own = others.find(({ eventTime, moderator }) => eventTime === row.eventTime && moderator === NAMES[row.moderator as "a"])!;
    expect(row.estimate).toBeCloseTo(own.estimate, 9);
    expect(row.standardError).toBeCloseTo(own.standardError, 9);
  }
});

it("extendedTwfe() by probit in two groups and periods is the double difference of indices, its error that of four shares", () => {
  const shares = [0.2, 0.35, 0.3, 0.6] as const; // control before and after, treated before and after
  const people22 = Array.from({ length: 80 }, (_, id) => [0, 1].map((t) => ({ id, t, g: id < 40 ? 0 : 1 }))).flat();
  const binary = people22.map((row) => {
    const share = shares[2 * Number(row.g === 1) + row.t]!;
    return { ...row, y: Number(row.id % 40 < 40 * share) };
  });
  const model = extendedTwfe(panel(frame.fromRows(binary), { unit: "id", time: "t" }), {
    ...OPTIONS,
    family: "probit",
    vcov: { type: "hetero" },
    smallSample: { adjustParameters: false },
  } as never);
  const z = shares.map((share) => normalQuantile(share));
  const index = z[2]! + z[1]! - z[0]!;
  const { estimate, standardError } = marginalEffects(model).estimates[0]!;
  expect(estimate).toBeCloseTo(shares[3] - normalCdf(index), 10);
  const varianceOf = (k: number): number => (shares[k]! * (1 - shares[k]!)) / 40;
  const others = [0, 1, 2].reduce((sum, k) => sum + (varianceOf(k) * normalDensity(index) ** 2) / normalDensity(z[k]!) ** 2, 0);
  expect(standardError / Math.sqrt(varianceOf(3) + others)).toBeCloseTo(1, 6);
});

it("extendedTwfe() by Poisson: effects of units in place of cohorts leave the effects on the mean outcome, in a balanced panel", () => {
  const some = people.filter((_, i) => rows[i]!.id < 30);
  const options = { ...OPTIONS, outcome: "count", family: "poisson" } as const;
  const byUnit = event(extendedTwfe(some, { ...options, levels: "unit" }));
  event(extendedTwfe(some, options)).forEach((row, k) => {
    expect(byUnit[k]!.estimate / row.estimate).toBeCloseTo(1, 8);
  });
});

it.each(["linear", "poisson"] as const)("names what it leaves out as in its result: %s", (family) => {
  const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
  const more = people.with({
    y: people.numbers("y").map((y) => Math.exp(y / 10)),
    x: people.numbers("id").map((id) => Math.sin(id * id)),
    twice: people.numbers("id").map((id) => 2 * Math.sin(id * id)),
  });
  const { warnings } = extendedTwfe(more, { outcome: "y", firstTreated: "g", covariates: ["x", "twice"], family });
  const dropped = warnings.filter(({ code }) => code === "TERM_DROPPED");
  expect(dropped.map(({ details }) => details?.["term"])).toContain("ATT(3,4) by twice");
  for (const { message, details } of dropped) expect(`${message} ${JSON.stringify(details)}`).not.toMatch(/(effect|control)\d+__/);
});
