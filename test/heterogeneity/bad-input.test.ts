import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import {
  averageEffect,
  bestLinearProjection,
  doubleMl,
  effectScores,
  genericMl,
  interactions,
  metaLearner,
  multiArmScores,
  policyTree,
  policyValue,
  rankAverageEffect,
  subgroups,
} from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;

function people(n: number, seed: number): Table {
  const random = numbers(seed);
  const draw = (make: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => make(i));
  const x = draw(random.normal);
  const w = draw(() => (random.uniform() < 0.5 ? 1 : 0));
  return frame({
    x,
    w,
    z: draw((i) => (random.uniform() < 0.8 ? w[i]! : 1 - w[i]!)),
    y: draw((i) => x[i]! + w[i]! * (1 + 0.5 * x[i]!) + random.normal()),
    m: x,
    e: draw(() => 0.5),
    tau: draw(() => 1),
    c: draw(() => 0.6),
    constant: draw(() => 3),
    score: draw(() => random.normal()),
    other: draw(() => random.normal()),
  }) as unknown as Table;
}

const NUISANCES = { outcome: "y", treatment: "w", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" } as const;
const fails = (code: string): unknown => expect.objectContaining({ code });
const set = (data: Table, column: string, row: number, value: number): Table =>
  data.with({ [column]: data.numbers(column).map((v, i) => (i === row ? value : v)) }) as unknown as Table;

describe("propensities at 0 or 1", () => {
  const data = people(60, 1);
  it("are errors wherever a score would divide by zero, and only there", () => {
    const one = set(data, "e", 5, 1);
    const zero = set(data, "e", 5, 0);
    expect(() => effectScores(one, NUISANCES)).toThrow(fails("PROPENSITY_AT_BOUND"));
    for (const bad of [one, zero]) expect(() => averageEffect(bad, NUISANCES)).toThrow(fails("PROPENSITY_AT_BOUND"));
    expect(() => averageEffect(one, { ...NUISANCES, target: "treated" })).toThrow(fails("PROPENSITY_AT_BOUND"));
    expect(() => averageEffect(zero, { ...NUISANCES, target: "control" })).toThrow(fails("PROPENSITY_AT_BOUND"));
    for (const [bad, target] of [
      [zero, "treated"],
      [one, "control"],
      [one, "overlap"],
    ] as const) {
      const { averageEffect: effect } = averageEffect(bad, { ...NUISANCES, target }).estimates;
      expect(Number.isFinite(effect.standardError)).toBe(true);
    }
    const instrument = { ...NUISANCES, instrument: "z", instrumentPrediction: "e", compliance: "c" };
    expect(() => effectScores(one, instrument)).toThrow(fails("PROPENSITY_AT_BOUND"));
    expect(() => effectScores(set(data, "c", 3, 0), instrument)).toThrow(fails("ZERO_COMPLIANCE"));
  });

  it("are named by arm, warned about near the bound, and moved off it by double machine learning", () => {
    const arms = data.with({
      arm: Array.from(data.numbers("w"), (w) => (w === 1 ? "job" : "none")),
      p1: data.numbers("e"),
      p0: data.numbers("e"),
    });
    const options = {
      outcome: "y",
      treatment: "arm",
      arms: ["none", "job"],
      outcomePrediction: "m",
      propensities: ["p0", "p1"],
      effects: ["tau"],
    } as const;
    expect(() => multiArmScores(arms.with({ p1: new Float64Array(60) }), options)).toThrow(fails("PROPENSITY_AT_BOUND"));
    expect(averageEffect(set(data, "e", 5, 0.001), NUISANCES).warnings.map(({ code }) => code)).toContain("POOR_OVERLAP");
    const design = { outcome: "y", treatment: "w", propensity: "e", covariates: ["x"], splits: 2 };
    expect(() => genericMl(set(data, "e", 0, 1), design)).toThrow(fails("PROPENSITY_AT_BOUND"));
    const far = data.with({ w: data.numbers("x").map((x, i) => (x + (i % 5) / 20 > 0 ? 1 : 0)) });
    const supplied = far.with({ e: far.numbers("w").map((w, i) => (i % 9 === 0 ? w : 0.5)) });
    const result = doubleMl(supplied, {
      model: "interactive",
      outcome: "y",
      treatment: "w",
      trimming: 0.05,
      predictions: { outcomeControl: "m", outcomeTreated: "m", treatment: "e" },
    });
    expect(result.warnings.map(({ code }) => code)).toContain("PROPENSITIES_TRIMMED");
    const learned = metaLearner(supplied, { outcome: "y", treatment: "w", covariates: ["x"], predictions: { treatment: "e" } });
    expect(learned.warnings.map(({ code }) => code)).toContain("PROPENSITIES_TRIMMED");
  });
});

describe("folds smaller than the parameters", () => {
  it("are errors that say which fold and how many rows it needs", () => {
    const random = numbers(2);
    const names = Array.from({ length: 8 }, (_, j) => `x${j}`);
    const wide = people(16, 3).with(Object.fromEntries(names.map((name) => [name, Float64Array.from({ length: 16 }, random.normal)])));
    const options = { outcome: "y", treatment: "w", covariates: names } as never;
    expect(() => doubleMl(wide, { ...(options as object), model: "interactive", folds: 2 } as never)).toThrow(fails("FOLDS_TOO_SMALL"));
    expect(() => doubleMl(wide, { ...(options as object), model: "partiallyLinear", folds: 2 } as never)).toThrow(
      /10 rows are needed for 8 covariates/,
    );
    expect(() => metaLearner(wide, { ...(options as object), type: "R", folds: 2 } as never)).toThrow(fails("FOLDS_TOO_SMALL"));
    const few = wide.take(Int32Array.from({ length: 14 }, (_, i) => i));
    expect(() => metaLearner(few, { ...(options as object), type: "T" } as never)).toThrow(
      /10 rows are needed for 8 covariates: an arm has/,
    );
    expect(() => genericMl(wide, { ...(options as object), propensity: 0.5, splits: 1 } as never)).toThrow(/auxiliary half/);
  });
});

describe("scores with missing values", () => {
  it("leave rows out and count them by reason", () => {
    const data = set(set(people(80, 4), "score", 3, Number.NaN), "score", 9, Number.NaN);
    const dropped = [{ reason: 'missing "score"', rows: 2 }];
    expect(bestLinearProjection(data, { scores: "score", covariates: ["x"] }).sample.dropped).toEqual(dropped);
    expect(rankAverageEffect(data, { scores: "score", priorities: ["x"], replicates: 20 }).sample.dropped).toEqual(dropped);
    expect(policyTree(data, { covariates: ["x"], scores: ["score", "other"], depth: 1 }).sample.dropped).toEqual(dropped);
    expect(policyValue(data, { scores: ["score", "other"], policy: "w" }).sample.dropped).toEqual(dropped);
    expect(() => policyTree(data.with({ score: new Float64Array(80).fill(Number.NaN) }), { covariates: ["x"], scores: ["score"] })).toThrow(
      fails("ALL_MISSING"),
    );
    expect(() => policyTree(set(people(20, 4), "x", 2, Number.POSITIVE_INFINITY), { covariates: ["x"], scores: ["score"] })).toThrow(
      fails("INFINITE_VALUE"),
    );
  });
});

describe("moderators that do not vary", () => {
  it.each(["polynomial", "binning", "kernel"] as const)("are an error of the %s form", (type) => {
    const options = { outcome: "y", treatment: "w", form: { type, moderator: "constant" } } as const;
    expect(() => interactions(people(50, 5), options)).toThrow(fails("CONSTANT_MODERATOR"));
  });

  it("are an error among several, a warning as groups, and nothing to split on in a tree", () => {
    const data = people(50, 6).with({ town: new Array<string>(50).fill("A") });
    const form = { type: "several", moderators: ["x", "town"] } as const;
    expect(() => interactions(data, { outcome: "y", treatment: "w", form })).toThrow('it is "A" in all rows');
    const { warnings } = subgroups(data, { design: { type: "experiment", outcome: "y", treatment: "w" }, by: ["town"] });
    expect(warnings.map(({ code }) => code)).toContain("ONE_GROUP");
    expect(policyTree(data, { covariates: ["constant"], scores: ["score", "other"] }).nodes).toHaveLength(1);
  });
});

it("ten thousand levels are ten thousand groups, those without an arm named", () => {
  const n = 40_000;
  const random = numbers(7);
  const data = frame({
    group: Float64Array.from({ length: n }, (_, i) => i % 10_000),
    w: Float64Array.from({ length: n }, (_, i) => (i % 10_000 === 17 ? 1 : i % 10_000 === 18 ? 0 : Math.floor(i / 10_000) % 2)),
    y: Float64Array.from({ length: n }, random.normal),
  });
  const result = subgroups(data, { design: { type: "experiment", outcome: "y", treatment: "w" }, by: ["group"] });
  expect([result.looks, result.leftOut.map(({ label, code }) => [label, code])]).toEqual([
    9_998,
    [
      ["17", "NO_CONTROL"],
      ["18", "NO_TREATED"],
    ],
  ]);
  expect([result.equality[0]!.degreesOfFreedom, result.contrasts.length]).toEqual([9_997, 0]);
  expect(result.warnings.map(({ code }) => code)).toContain("CONTRASTS_LEFT_OUT");
});
