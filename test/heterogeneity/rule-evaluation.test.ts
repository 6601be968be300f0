import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { ruleEvaluation } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;

/** A completely randomised experiment: effect x1 + .3, score with noise. */
function experiment(n: number, seed: number): Table {
  const random = numbers(seed);
  const [x, w] = [new Float64Array(n), new Float64Array(n)];
  const order = Array.from({ length: n }, (_, i) => [random.uniform(), i] as const).sort((a, b) => a[0] - b[0]);
  for (let i = 0; i < n / 2; i++) w[order[i]![1]] = 1;
  for (let i = 0; i < n; i++) x[i] = random.normal();
  const y = x.map((v, i) => 2 + 0.5 * v + w[i]! * (v + 0.3) + random.normal());
  const score = x.map((v) => v + 0.3 + 0.7 * random.normal());
  const other = x.map(() => random.normal());
  return frame({ y, w, score, other, fold: x.map((_, i) => i % 3) }) as unknown as Table;
}

const OPTIONS = { outcome: "y", treatment: "w", scores: ["score", "other"], budget: 0.3 };
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

describe("ruleEvaluation()", () => {
  it("has standard errors that match the spread over experiments", () => {
    const names = ["value", "prescriptiveEffect", "area", "budgetEffect", "budgetEffectOfSecond", "budgetDifference"] as const;
    const runs = Array.from({ length: 300 }, (_, s) => ruleEvaluation(experiment(80, 100 + s), OPTIONS));
    const raw = runs.map((_, s) => ruleEvaluation(experiment(80, 100 + s), { ...OPTIONS, centered: false }));
    for (const name of names) {
      // The value less the sample's own mean is no longer a fixed number's estimate: judged uncentred.
      const own = name === "value" ? raw : runs;
      const estimates = own.map(({ estimates }) => estimates[name]!.estimate);
      const average = mean(estimates);
      const spread = mean(estimates.map((v) => (v - average) ** 2)) ** 0.5;
      const told = mean(own.map(({ estimates: one }) => one[name]!.standardError ** 2)) ** 0.5;
      // The difference's variance is bounded from above.
      expect(told / spread).toBeGreaterThan(0.92);
      expect(told / spread).toBeLessThan(name === "budgetDifference" ? 1.35 : 1.09);
    }
    const gates = runs.map(({ groups }) => groups[4]!.estimate);
    const center = mean(gates.map(({ estimate }) => estimate));
    const spread = mean(gates.map(({ estimate }) => (estimate - center) ** 2)) ** 0.5;
    expect(mean(gates.map(({ standardError }) => standardError)) / spread).toBeCloseTo(1, 0);
    // In truth E[(x + .3) 1{score > 0}] - P(score > 0) .3 = .29 for this score; the other score ranks at random.
    expect(mean(runs.map(({ estimates }) => estimates.prescriptiveEffect.estimate))).toBeGreaterThan(0.25);
    expect(Math.abs(mean(runs.map(({ estimates }) => estimates.budgetEffectOfSecond!.estimate)))).toBeLessThan(0.03);
  });

  it("averages over folds, with a variance between a fold's share of it and all of it", () => {
    const data = experiment(300, 7);
    const { estimates } = ruleEvaluation(data, { ...OPTIONS, folds: "fold" });
    const folds = [0, 1, 2].map(
      (fold) =>
        ruleEvaluation(
          data.filter((row) => row["fold"] === fold),
          OPTIONS,
        ).estimates,
    );
    const own = folds.map(({ prescriptiveEffect }) => prescriptiveEffect);
    expect(estimates.prescriptiveEffect.estimate).toBeCloseTo(mean(own.map(({ estimate }) => estimate)), 12);
    const variance = mean(own.map(({ standardError }) => standardError ** 2));
    expect(estimates.prescriptiveEffect.standardError ** 2).toBeLessThanOrEqual(variance + 1e-15);
    expect(estimates.prescriptiveEffect.standardError ** 2).toBeGreaterThanOrEqual(variance / 3 - 1e-15);
  });

  it("follows the outcome's unit, and takes any rule", () => {
    const data = experiment(120, 8);
    const base = ruleEvaluation(data, OPTIONS);
    const moved = ruleEvaluation(data.with({ y: data.numbers("y").map((v) => 5 - 3 * v) }) as unknown as Table, OPTIONS);
    expect(moved.estimates.prescriptiveEffect.estimate).toBeCloseTo(-3 * base.estimates.prescriptiveEffect.estimate, 12);
    expect(moved.estimates.area.standardError).toBeCloseTo(3 * base.estimates.area.standardError, 12);
    expect(moved.heterogeneity!.statistic).not.toBeCloseTo(base.heterogeneity!.statistic, 6); // raw outcomes: a constant matters here, as in the paper
    const everyone = data.with({ all: new Float64Array(120).fill(1) }) as unknown as Table;
    const all = ruleEvaluation(everyone, { ...OPTIONS, rule: "all" });
    expect(all.ruleShare).toBe(1);
    expect(all.estimates.prescriptiveEffect.estimate).toBeCloseTo(0, 12);
    expect(all.warnings[0]!.message).toContain("No standard error for prescriptiveEffect: the rule treats everybody");
  });

  it("names a group without an arm and leaves it out of the test", () => {
    const n = 40;
    const w = Float64Array.from({ length: n }, (_, i) => (i < 8 ? 1 : i % 2));
    const data = frame({ y: w.map((v, i) => v + Math.sin(i)), w, score: w.map((_, i) => i) }) as unknown as Table;
    const result = ruleEvaluation(data, { outcome: "y", treatment: "w", scores: ["score"] });
    expect(result.warnings.map(({ code }) => code)).toEqual(["GROUP_WITHOUT_ARM"]);
    expect(result.groups[0]!.estimate.standardError).toBeNaN();
    expect(result.heterogeneity!.degreesOfFreedom).toBe(4);
    const none = data.with({ w: new Float64Array(n) }) as unknown as Table;
    expect(() => ruleEvaluation(none, { outcome: "y", treatment: "w", scores: ["score"] })).toThrow("two treated");
    expect(() => ruleEvaluation(data, { outcome: "y", treatment: "w", scores: [] })).toThrow("one score or two");
  });
});
