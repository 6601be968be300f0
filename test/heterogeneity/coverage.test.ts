import { expect, it } from "vitest";
import type { Estimate } from "../../src/core/index.ts";
import { type Frame, frame } from "../../src/data/index.ts";
import {
  averageEffect,
  bestLinearProjection,
  doubleMl,
  effectScores,
  metaLearner,
  policyValue,
  rankAverageEffect,
} from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;
const RUNS = 100;
const ROWS = 300;

/** Effect 1 + x1, propensity logit(x1 / 2), noise; nuisances known. */
function draw(seed: number): Table {
  const random = numbers(seed);
  const column = (make: (i: number) => number): Float64Array => Float64Array.from({ length: ROWS }, (_, i) => make(i));
  const [x1, x2] = [column(random.normal), column(random.normal)];
  const e = column((i) => 1 / (1 + Math.exp(-0.5 * x1[i]!)));
  const tau = column((i) => 1 + x1[i]!);
  const m = column((i) => x2[i]! + e[i]! * tau[i]!);
  const w = column((i) => (random.uniform() < e[i]! ? 1 : 0));
  const y = column((i) => x2[i]! + w[i]! * tau[i]! + random.normal());
  const data = frame({ x1, x2, e, tau, m, w, y }) as unknown as Table;
  const score = effectScores(data, NUISANCES);
  const mu0 = column((i) => m[i]! - e[i]! * tau[i]!);
  const none = column((i) => mu0[i]! + ((1 - w[i]!) / (1 - e[i]!)) * (y[i]! - mu0[i]!));
  const job = column((i) => none[i]! + score[i]!);
  return data.with({ score, none, job, rule: x1.map((v) => (v > -1 ? 1 : 0)) }) as unknown as Table;
}

const NUISANCES = { outcome: "y", treatment: "w", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" } as const;
const density = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** Area under the targeting curve of a standard normal effect ranked by itself: the integral of phi(z)^2 / (1 - Phi(z)). */
function normalAutoc(): number {
  let [area, tail] = [0, 0];
  for (let z = 8; z > -8; z -= 0.001) {
    tail += density(z) * 0.001;
    area += (density(z) ** 2 / tail) * 0.001;
  }
  return area;
}

const MEASURES: Readonly<Record<string, { readonly truth: number; readonly of: (data: Table) => Estimate }>> = {
  averageEffect: { truth: 1, of: (data) => averageEffect(data, NUISANCES).estimates.averageEffect },
  "averageEffect, treated": {
    // E[(1 + x) e(x)] / E[e(x)] with e = logit(x / 2): 1 + 2 E[x e(x)].
    truth:
      1 +
      2 *
        Array.from({ length: 16_001 }, (_, k) => (k - 8000) / 1000).reduce(
          (sum, x) => sum + (x * density(x) * 0.001) / (1 + Math.exp(-x / 2)),
          0,
        ),
    of: (data) => averageEffect(data, { ...NUISANCES, target: "treated" }).estimates.averageEffect,
  },
  doubleMl: {
    truth: 1,
    of: (data) =>
      doubleMl(data, { model: "interactive", outcome: "y", treatment: "w", covariates: ["x1", "x2"], folds: 3 }).estimates.effect,
  },
  metaLearner: {
    truth: 1,
    of: (data) => metaLearner(data, { outcome: "y", treatment: "w", covariates: ["x1", "x2"], folds: 3 }).estimates.averageEffect!,
  },
  bestLinearProjection: {
    truth: 1,
    of: (data) => bestLinearProjection(data, { scores: "score", covariates: ["x1"] }).estimates["x1"]!,
  },
  rankAverageEffect: {
    truth: normalAutoc(),
    of: (data) => rankAverageEffect(data, { scores: "score", priorities: ["x1"], replicates: 60 }).estimates[0]!,
  },
  policyValue: {
    // Gain of treating those with x1 above -1: P(x > -1) + phi(1).
    truth: 0.8413447460685429 + density(1),
    of: (data) => policyValue(data, { scores: ["none", "job"], policy: "rule" }).estimates.gainOverFirst,
  },
};

it.each(Object.entries(MEASURES))("95% intervals of %s cover the truth", (_name, { truth, of }) => {
  let [covered, bias] = [0, 0];
  for (let s = 0; s < RUNS; s++) {
    const { estimate, confidenceInterval } = of(draw(1000 + s));
    if (confidenceInterval[0] <= truth && truth <= confidenceInterval[1]) covered++;
    bias += (estimate - truth) / RUNS;
  }
  // Binomial(100, .95): below 87 once in a thousand.
  expect(covered).toBeGreaterThanOrEqual(87);
  expect(Math.abs(bias)).toBeLessThan(0.06);
});
