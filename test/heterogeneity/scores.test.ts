import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import {
  averageEffect,
  bestLinearProjection,
  calibrationTest,
  doubleMl,
  effectScores,
  genericMl,
  groupEffects,
  linearLearner,
  metaLearner,
  multiArmScores,
  predictEffects,
  probabilityEffects,
  rankAverageEffect,
} from "../../src/heterogeneity/index.ts";
import { interaction } from "../../src/regression/index.ts";
import { numbers } from "./numbers.ts";

/** A randomised design with the true nuisances as columns: the average effect is 1, the effect 1 + x. */
function sample(n: number, seed: number) {
  const random = numbers(seed);
  return frame.fromRows(
    Array.from({ length: n }, (_, i) => {
      const x = random.normal();
      const e = 1 / (1 + Math.exp(-0.5 * x));
      const w = random.uniform() < e ? 1 : 0;
      const y = x + w * (1 + x) + random.normal();
      return { x, e, w, y, m: x + e * (1 + x), tau: 1 + x, site: i % 30, noise: random.uniform(), half: i % 2 };
    }),
  );
}

const nuisances = { outcome: "y", treatment: "w", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" } as const;

describe("scores and what is made of them", () => {
  const data = sample(3000, 1);
  const scored = data.with({ score: effectScores(data, nuisances) });

  it("averages to the average effect, as do groups and the projection", () => {
    const { averageEffect: ate } = averageEffect(data, nuisances).estimates;
    expect(Math.abs(ate.estimate - 1)).toBeLessThan(4 * ate.standardError);
    const { estimates } = bestLinearProjection(scored, { scores: "score", covariates: [] });
    expect(estimates["(Intercept)"]!.estimate).toBeCloseTo(ate.estimate, 10);
    const groups = groupEffects(scored, { scores: "score", by: "half" });
    expect((groups.estimates[0]!.estimate * groups.rows[0]! + groups.estimates[1]!.estimate * groups.rows[1]!) / 3000).toBeCloseTo(
      ate.estimate,
      10,
    );
    for (const target of ["treated", "control", "overlap"] as const) {
      const { averageEffect: own } = averageEffect(data, { ...nuisances, target }).estimates;
      expect(own.standardError).toBeGreaterThan(0);
    }
  });

  it("recovers the slope of the effect and calibrates true predictions at 1", () => {
    const slope = bestLinearProjection(scored, { scores: "score", covariates: ["x"] }).estimates["x"]!;
    expect(Math.abs(slope.estimate - 1)).toBeLessThan(4 * slope.standardError);
    const { meanPrediction, differentialPrediction } = calibrationTest(data, nuisances).estimates;
    for (const one of [meanPrediction, differentialPrediction]) expect(Math.abs(one.estimate - 1)).toBeLessThan(4 * one.standardError);
    expect(differentialPrediction.oneSidedPValue).toBeCloseTo(differentialPrediction.pValue / 2, 12);
  });

  it("treats clusters of one row as rows, and equal weights as none", () => {
    const own = data.with({ row: Float64Array.from({ length: 3000 }, (_, i) => i), two: new Float64Array(3000).fill(2) });
    const plain = averageEffect(own, nuisances).estimates.averageEffect;
    expect(averageEffect(own, { ...nuisances, cluster: "row", weights: "two" }).estimates.averageEffect.standardError).toBeCloseTo(
      plain.standardError,
      12,
    );
  });

  it("ranks by a true priority above noise, the same for the same seed", () => {
    const run = () => rankAverageEffect(scored, { scores: "score", priorities: ["tau", "noise"], replicates: 50, seed: 3 });
    const [good, noise, difference] = run().estimates;
    expect(good!.estimate / good!.standardError).toBeGreaterThan(4);
    expect(Math.abs(noise!.estimate)).toBeLessThan(4 * noise!.standardError);
    expect(difference!.estimate).toBeCloseTo(good!.estimate - noise!.estimate, 12);
    expect(run()).toEqual(run());
    const constant = rankAverageEffect(scored.with({ same: new Float64Array(3000) }), {
      scores: "score",
      priorities: ["same"],
      replicates: 10,
    });
    expect(constant.estimates[0]!.estimate).toBeCloseTo(0, 12);
  });

  it("gives multi-arm scores whose contrasts are differences of potential outcomes", () => {
    const arms = data.with({
      arm: Array.from(data.numbers("w"), (w) => (w === 1 ? "job" : "none")),
      p0: data.numbers("e").map((e) => 1 - e),
    });
    const { potentialOutcomes, contrasts } = multiArmScores(arms, {
      outcome: "y",
      treatment: "arm",
      arms: ["none", "job"],
      outcomePrediction: "m",
      propensities: ["p0", "e"],
      effects: ["tau"],
    });
    for (const i of [0, 17, 2999]) expect(contrasts[0]![i]!).toBeCloseTo(potentialOutcomes[1]![i]! - potentialOutcomes[0]![i]!, 10);
    expect(contrasts[0]![5]!).toBeCloseTo(scored.numbers("score")[5]!, 10);
  });

  it("leaves scores of rows with missing values missing", () => {
    const gap = data.with({ m: data.numbers("m").map((v, i) => (i === 3 ? Number.NaN : v)) });
    const scores = effectScores(gap, nuisances);
    expect([Number.isNaN(scores[3]!), scores[4]]).toEqual([true, scored.numbers("score")[4]]);
    expect(averageEffect(gap, nuisances).sample.dropped).toEqual([{ reason: 'missing "m"', rows: 1 }]);
  });

  it("names what is asked in vain", () => {
    expect(() => effectScores(data, { ...nuisances, instrument: "half" })).toThrow("all given");
    expect(() => effectScores(data, { ...nuisances, treatment: "x" })).toThrow("0 or 1");
    expect(() => averageEffect(data, { ...nuisances, method: "TMLE", cluster: "site" })).toThrow("without weights and clusters");
    expect(() =>
      averageEffect(
        data.filter((row) => row.w === 1),
        { ...nuisances, target: "treated" },
      ),
    ).toThrow("no control rows");
    // @ts-expect-error a misspelt column does not compile
    expect(() => effectScores(data, { ...nuisances, effect: "tua" })).toThrow('did you mean "tau"');
  });
});

describe("learners", () => {
  const data = sample(2000, 2);

  it("estimates the average effect by double machine learning, alike for the same seed", () => {
    const options = { model: "interactive", outcome: "y", treatment: "w", covariates: ["x"], repetitions: 3, cluster: "site" } as const;
    const { effect } = doubleMl(data, options).estimates;
    expect(Math.abs(effect.estimate - 1)).toBeLessThan(4 * effect.standardError);
    expect(doubleMl(data, options)).toEqual(doubleMl(data, options));
    expect(() => doubleMl(data, { ...options, instrument: "half" })).toThrow('takes no "instrument"');
    expect(() => doubleMl(data, { ...options, score: "late" })).toThrow('"score"');
  });

  it("agrees across meta-learners on a linear effect, and takes any learner", () => {
    const at = frame({ x: [-1, 0, 2] });
    for (const type of ["S", "T", "X", "R", "DR"] as const) {
      const model = metaLearner(data, { type, outcome: "y", treatment: "w", covariates: ["x"] });
      const [low, middle, high] = predictEffects(model, at);
      expect(Math.max(Math.abs(low!), Math.abs(middle! - 1), Math.abs(high! - 3))).toBeLessThan(0.5);
    }
    const mean = {
      name: "mean",
      fit: (_: unknown, y: Float64Array) => (X: readonly Float64Array[]) =>
        new Float64Array(X[0]!.length).fill(y.reduce((s, v) => s + v, 0) / y.length),
    };
    const constant = metaLearner(data, {
      type: "DR",
      outcome: "y",
      treatment: "w",
      covariates: ["x"],
      learners: { effect: mean, outcome: linearLearner },
    });
    expect(constant.options.learners.effect).toBe("mean");
    expect(constant.effects[0]).toBeCloseTo(constant.estimates.averageEffect!.estimate, 10);
    expect(() => predictEffects(structuredClone({ ...constant }), at)).toThrow("must carry its model");
  });

  it("finds heterogeneity by generic machine learning", () => {
    const half = data.with({ w: data.numbers("noise").map((u) => (u < 0.5 ? 1 : 0)) });
    const y = half
      .numbers("w")
      .map((w, i) => data.numbers("x")[i]! + w * (1 + data.numbers("x")[i]!) + (data.numbers("y")[i]! - data.numbers("m")[i]!) * 0.1);
    const result = genericMl(half.with({ y }), { outcome: "y", treatment: "w", propensity: 0.5, covariates: ["x"], splits: 5 });
    expect(result.blp[1]!.estimate).toBeCloseTo(1, 0);
    expect(result.gates.at(-1)!.confidenceInterval[0]).toBeGreaterThan(0);
    expect(result.warnings.map(({ code }) => code)).toEqual(["MEDIAN_OVER_SPLITS", "FEW_SPLITS"]);
  });

  it("gives effects on a probability as differences of shares in a saturated logit", () => {
    const binary = data.with({ work: data.numbers("noise").map((u, i) => (u < 0.3 + 0.2 * data.numbers("w")[i]! ? 1 : 0)) });
    const result = probabilityEffects(binary, {
      outcome: "work",
      treatment: "w",
      regressors: ["w", "half", interaction("w", "half")],
      by: "half",
    });
    result.estimates.forEach(({ estimate }, g) => {
      const share = (w: number): number => {
        const rows = binary.rows().filter((row) => row.half === g && row.w === w);
        return rows.reduce((sum, row) => sum + row.work!, 0) / rows.length;
      };
      expect(estimate).toBeCloseTo(share(1) - share(0), 8);
    });
  });
});
