import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { imputation, twoStage } from "../../src/did/index.ts";
import { factor, interaction } from "../../src/regression/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 48, periods: 7, cohorts: [3, 5, 6], seed: 8 }).map((row, i) => ({
  ...row,
  d: row.g > 0 && row.t >= row.g ? 1 : 0,
  district: "abcd"[row.id % 4]!,
  person: `p${row.id}`,
  x: 100 + Math.sin(i * 1.7) * row.t,
  w: 0.5 + (i % 3),
}));
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;

function same(a: ReturnType<typeof imputation>, b: ReturnType<typeof imputation>): void {
  expect(a.sample.used).toBe(b.sample.used);
  for (const [x, y] of [[a.overall, b.overall], ...a.estimates.map((row, k) => [row, b.estimates[k]!])] as const) {
    expect(x!.estimate).toBeCloseTo(y!.estimate, 9);
    expect(x!.standardError).toBeCloseTo(y!.standardError, 9);
  }
}

it("unit and period effects under other names give what they give under their own", () => {
  const more = { covariates: ["x"], weights: "w", cluster: "district" } as const;
  same(
    imputation(people, { ...OPTIONS, ...more, fixedEffects: ["person", "t"], preTrends: "all" }),
    imputation(people, { ...OPTIONS, ...more, preTrends: "all" }),
  );
  same(imputation(people, { ...OPTIONS, fixedEffects: ["t", "id"] }), imputation(people, OPTIONS));
});

it("combined effects and slopes by unit equal their indicators as covariates", () => {
  same(
    imputation(people, { ...OPTIONS, fixedEffects: ["id", ["district", "t"]] }),
    imputation(people, { ...OPTIONS, covariates: [interaction(factor("district"), factor("t"))] }),
  );
  const slopes = { fixedEffect: "district", slopes: ["x"] } as const;
  same(
    imputation(people, { ...OPTIONS, fixedEffects: ["id", "t", slopes] }),
    imputation(people, { ...OPTIONS, covariates: [interaction(factor("district", { reference: null }), "x")] }),
  );
  const trends = { fixedEffect: "id", slopes: ["t"] } as const;
  const known = { ...OPTIONS, horizons: [0, 1] } as const;
  const late = panel(frame.fromRows(rows.filter(({ g }) => g !== 3)), { unit: "id", time: "t" });
  const [own, dummies] = [
    imputation(late, { ...known, fixedEffects: [trends, "t"] }),
    imputation(late, { ...known, covariates: [interaction(factor("person", { reference: null }), "t")] }),
  ];
  expect(own.overall.estimate).toBeCloseTo(dummies.overall.estimate, 7);
  expect(own.overall.standardError).toBeCloseTo(dummies.overall.standardError, 7);
});

it("two stages take the same effects", () => {
  const [a, b] = [["person", "t"], undefined].map((fixedEffects) =>
    twoStage(people, {
      outcome: "y",
      treated: "d",
      terms: ["d", interaction("d", "x")],
      ...(fixedEffects === undefined ? {} : { fixedEffects: fixedEffects as never }),
    }),
  );
  a!.estimates.forEach(({ estimate, standardError }, k) => {
    expect(estimate).toBeCloseTo(b!.estimates[k]!.estimate, 9);
    expect(standardError).toBeCloseTo(b!.estimates[k]!.standardError, 9);
  });
});

it("one effect, none, and a level seen only when treated", () => {
  const byPeriod = imputation(people, { ...OPTIONS, fixedEffects: ["t"] });
  const untreated = rows.filter(({ d, t }) => d === 0 && t === 7);
  const treated = rows.filter(({ d, t, g }) => d === 1 && t === 7 && g === 6);
  const mean = (list: readonly { readonly y: number }[]): number => list.reduce((sum, { y }) => sum + y, 0) / list.length;
  const atOne = twoStage(people, { outcome: "y", treated: "d", fixedEffects: ["t"], terms: [interaction(factor("g"), "d", factor("t"))] });
  expect(atOne.estimates.find(({ term }) => term.includes("6") && term.includes("7"))!.estimate).toBeCloseTo(
    mean(treated) - mean(untreated),
    9,
  );
  expect(byPeriod.sample.used).toBe(people.rowCount);
  const plain = twoStage(people, { outcome: "y", treated: "d", fixedEffects: [], terms: ["d"] });
  expect(plain.estimates[0]!.estimate).toBeCloseTo(mean(rows.filter(({ d }) => d === 1)) - mean(rows.filter(({ d }) => d === 0)), 9);
  // effects of cohort by period leave no treated row a prediction
  expect(() => imputation(people, { ...OPTIONS, fixedEffects: ["id", ["g", "t"]] })).toThrow(
    expect.objectContaining({ code: "EMPTY_TARGET" }),
  );
});
