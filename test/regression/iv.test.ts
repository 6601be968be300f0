import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import {
  andersonRubin,
  augment,
  factor,
  fixedEffectEstimates,
  type IvOptions,
  type IvResult,
  iv,
  ols,
  secondStage,
  wald,
  withCovariance,
} from "../../src/regression/index.ts";
import { draws, expectSame, type IvRow, ivRows } from "./iv-rows.ts";

const seeds = fc.integer({ min: 1, max: 1e6 });
const read = (result: IvResult, term: string): readonly [number, number] => {
  const { estimate, standardError } = result.estimates[term]!;
  return [estimate, standardError];
};
const one = { outcome: "y", endogenous: "e", instruments: ["z1", "z2"], regressors: ["x"] } as const;
const two = { outcome: "y", endogenous: ["e", "f"], instruments: ["z1", "z2", "z3"], regressors: ["x"] } as const;
const estimators = ["twoStageLeastSquares", "liml", { type: "fuller", constant: 1 }] as const;
const covariances = [{ type: "iid" }, { type: "hetero" }, { type: "cluster", by: "g" }] as const;

it("just identified: the estimate is the reduced form over the first stage, whatever the k-class estimator", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = frame.fromRows(ivRows(seed));
      const options = { ...one, instruments: "z1", fixedEffects: "g" } as const;
      const reduced = ols(data, { outcome: "y", regressors: ["x", "z1"], fixedEffects: "g" }).estimates["z1"]!.estimate;
      const first = ols(data, { outcome: "e", regressors: ["x", "z1"], fixedEffects: "g" }).estimates["z1"]!.estimate;
      const fit = iv(data, options);
      expect(fit.estimates["e"]!.estimate / (reduced / first)).toBeCloseTo(1, 8);
      const liml = iv(data, { ...options, estimator: "liml" });
      expect(liml.kappa).toBeCloseTo(1, 10);
      expectSame(read(liml, "e"), read(fit, "e"), 6);
      expect(fit.tests.sargan).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

it("instruments that are the regressors give least squares, with a warning", () => {
  const data = frame.fromRows(ivRows(3));
  const fit = iv(data, { ...one, instruments: ["e"], fixedEffects: "g", cluster: "g" });
  const plain = ols(data, { outcome: "y", regressors: ["e", "x"], fixedEffects: "g", cluster: "g" });
  for (const term of ["e", "x"]) {
    const { estimate, standardError } = plain.estimates[term]!;
    expectSame(read(fit, term), [estimate, standardError]);
  }
  expect(fit.fit.rSquared).toBeCloseTo(plain.fit.rSquared!, 10);
  expect(fit.warnings.map(({ code }) => code)).toContain("FIRST_STAGE_EXACT");
  expect(fit.firstStages[0]!.fTest).toBeUndefined();
  const liml = iv(data, { ...one, instruments: ["e"], estimator: "liml" });
  expectSame(read(liml, "e"), read(iv(data, { ...one, instruments: ["e"] }), "e"), 7);
});

it("follows units and origins of outcome, endogenous regressor and instruments", () => {
  fc.assert(
    fc.property(
      seeds,
      fc.constantFrom(...estimators),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -50, max: 50 }),
      (seed, estimator, d, a) => {
        const rows = ivRows(seed);
        const options = { ...one, estimator, cluster: "g" } as const;
        const base = iv(frame.fromRows(rows), options);
        const moved = iv(
          frame.fromRows(rows.map((row) => ({ ...row, y: a - 3 * row.y, e: a + d * row.e, z1: 1000 * row.z1 - a, z2: row.z2 / 7 }))),
          options,
        );
        expect(moved.estimates["e"]!.estimate).toBeCloseTo((-3 / d) * base.estimates["e"]!.estimate, 7);
        expectSame([read(moved, "e")[1]], [(3 / d) * read(base, "e")[1]], 7);
        expectSame(strength(moved), strength(base), 7);
        const [set, was] = [moved.andersonRubin.robustSet!, base.andersonRubin.robustSet!];
        const ends = (list: IvResult["andersonRubin"]["robustSet"]): number[] => list!.intervals.flat().sort((p, q) => p - q);
        const wanted = ends(was)
          .map((end) => (-3 / d) * end)
          .sort((p, q) => p - q);
        expect(set.type).toBe(was.type);
        ends(set).forEach((end, i) => {
          if (Number.isFinite(end)) expect(Math.abs(end - wanted[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(end)));
          else expect(end).toBe(wanted[i]);
        });
      },
    ),
    { numRuns: 25 },
  );
});

/** Statistics that no unit changes. */
function strength({ firstStages, weakInstruments, tests, andersonRubin: ar }: IvResult): readonly number[] {
  return [
    firstStages[0]!.fTest!.statistic,
    firstStages[0]!.waldTest!.statistic,
    firstStages[0]!.partialRSquared,
    weakInstruments.craggDonaldF!,
    weakInstruments.kleibergenPaapF!,
    weakInstruments.underidentificationTest!.statistic,
    ...(weakInstruments.effectiveF === undefined
      ? []
      : [weakInstruments.effectiveF.statistic, weakInstruments.effectiveF.criticalValues["10"]]),
    tests.wuHausman!.statistic,
    ar.homoskedasticTest!.statistic,
  ];
}

it("does not depend on the order of rows, columns or labels", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(...estimators), (seed, estimator) => {
      const rows = ivRows(seed);
      const options = { ...two, estimator, fixedEffects: ["g"], weights: "w", cluster: "g" } as const;
      const base = iv(frame.fromRows(rows), options);
      const shuffled = rows.map((row) => ({ ...row, g: 100 - row.g })).sort((p, q) => Math.sin(1e4 * p.x) - Math.sin(1e4 * q.x));
      const other = iv(frame.fromRows(shuffled), { ...options, endogenous: ["f", "e"], instruments: ["z3", "z1", "z2"] });
      expectSame(read(other, "e"), read(base, "e"), 7);
      expectSame(read(other, "f"), read(base, "f"), 7);
      expectSame(
        [other.weakInstruments.kleibergenPaapF!, other.tests.hansenJ!.pValue],
        [base.weakInstruments.kleibergenPaapF!, base.tests.hansenJ!.pValue],
        6,
      );
      expect(Object.keys(base.estimates)).toEqual(["e", "f", "x"]);
    }),
    { numRuns: 25 },
  );
});

it("frequency weights equal repeated rows", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(...covariances), fc.constantFrom(...estimators), (seed, vcov, estimator) => {
      const rows = ivRows(seed, 60);
      const options = { ...two, estimator, fixedEffects: "g", vcov } as const;
      const repeated = iv(frame.fromRows(rows.flatMap((row) => Array.from({ length: row.n }, () => row))), options);
      const weighted = iv(frame.fromRows(rows), { ...options, weights: { column: "n", kind: "frequency" } });
      expectSame(read(weighted, "e"), read(repeated, "e"), 7);
      expectSame(strength(weighted), strength(repeated), 7);
      expect(weighted.fit.logLikelihood).toBeCloseTo(repeated.fit.logLikelihood, 6);
      expect(weighted.tests.robustWuHausman?.statistic ?? 0).toBeCloseTo(repeated.tests.robustWuHausman?.statistic ?? 0, 6);
      expect(weighted.tests.hansenJ?.statistic ?? 0).toBeCloseTo(repeated.tests.hansenJ?.statistic ?? 0, 6);
    }),
    { numRuns: 25 },
  );
});

it("absorbed fixed effects equal dummies", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(...estimators), fc.constantFrom({ type: "iid" }, { type: "hetero" }), (seed, estimator, vcov) => {
      const data = frame.fromRows(ivRows(seed));
      const shared = { ...one, estimator, weights: "w", vcov } as const;
      const absorbed = iv(data, { ...shared, fixedEffects: ["g", "h"] });
      const dummies = iv(data, { ...shared, regressors: ["x", factor("g"), factor("h")] });
      expectSame(read(absorbed, "e"), read(dummies, "e"), 7);
      expectSame(strength(absorbed), strength(dummies), 7);
      expect(absorbed.fit.rSquared).toBeCloseTo(dummies.fit.rSquared!, 8);
      const { effects } = fixedEffectEstimates(absorbed);
      const difference = effects[0]!.estimates![2]! - effects[0]!.estimates![0]!;
      expect(difference).toBeCloseTo(dummies.estimates[`g::${effects[0]!.levels[2]}`]!.estimate, 6);
    }),
    { numRuns: 25 },
  );
});

it("under equal variances Kleibergen-Paap is Cragg-Donald; with one regressor all strengths are the first stage's F", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = frame.fromRows(ivRows(seed));
      const several = iv(data, two);
      expectSame([several.weakInstruments.kleibergenPaapF!], [several.weakInstruments.craggDonaldF!]);
      expect(several.weakInstruments.effectiveF).toBeUndefined();
      for (const vcov of covariances) {
        const { firstStages, weakInstruments } = iv(data, { ...one, vcov });
        const [stage] = firstStages;
        expectSame([weakInstruments.kleibergenPaapF!], [stage!.waldTest!.statistic]);
        expectSame([stage!.conditionalFTest!.statistic, weakInstruments.craggDonaldF!], [stage!.fTest!.statistic, stage!.fTest!.statistic]);
        if (vcov.type === "iid") expectSame([weakInstruments.effectiveF!.statistic], [stage!.fTest!.statistic]);
      }
    }),
    { numRuns: 15 },
  );
});

it("first stages and tests of coefficients agree with ols() and wald()", () => {
  const data = frame.fromRows(ivRows(11));
  for (const vcov of covariances) {
    const fit = iv(data, { ...one, fixedEffects: "h", vcov });
    const first = ols(data, { outcome: "e", regressors: ["x", "z1", "z2"], fixedEffects: "h", vcov });
    for (const term of ["x", "z1", "z2"]) {
      const [mine, theirs] = [fit.firstStages[0]!.estimates[term]!, first.estimates[term]!];
      expectSame([mine.estimate, mine.standardError, mine.pValue], [theirs.estimate, theirs.standardError, theirs.pValue]);
    }
    expectSame([fit.firstStages[0]!.waldTest!.statistic], [wald(first, { terms: ["z1", "z2"] }).statistic]);
    const { estimate, standardError } = fit.estimates["e"]!;
    expectSame([wald(fit, { terms: ["e"] }).statistic], [(estimate / standardError) ** 2]);

    // the test of b0 is the test of the instruments in the regression of y - b0 e
    const b0 = 0.7;
    const shifted = frame.fromRows(ivRows(11).map((row) => ({ ...row, y: row.y - b0 * row.e })));
    const own = ols(shifted, { outcome: "y", regressors: ["x", "z1", "z2"], fixedEffects: "h", vcov });
    const { homoskedasticTest, robustTest } = andersonRubin(fit, { values: b0 });
    if (vcov.type === "iid") expectSame([homoskedasticTest!.statistic], [wald(own, { terms: ["z1", "z2"] }).statistic]);
    else expectSame([robustTest!.statistic], [wald(own, { terms: ["z1", "z2"], test: "chiSquared" }).statistic]);
  }
});

it("Anderson-Rubin sets hold just the values that their test does not reject", () => {
  const types = new Set<string>();
  for (let seed = 1; seed <= 45; seed++) {
    const direct = seed % 3 === 0 ? 1.5 : 0; // an instrument with an effect of its own
    const data = frame.fromRows(ivRows(seed, 40, 0.02 * (seed % 25)).map((row) => ({ ...row, y: row.y + direct * row.z3 })));
    const fit = iv(data, { ...one, instruments: ["z1", "z2", "z3"], vcov: { type: "hetero" }, level: 0.9 });
    const { robustSet, homoskedasticSet } = fit.andersonRubin;
    for (const [set, key] of [
      [robustSet!, "robustTest"],
      [homoskedasticSet!, "homoskedasticTest"],
    ] as const) {
      types.add(set.type);
      const ends = set.intervals.flat().filter(Number.isFinite);
      for (const end of ends) expect(andersonRubin(fit, { values: end })[key]!.pValue).toBeCloseTo(0.1, 6);
      for (const value of [-1e6, -3, -1, 0, 0.5, 1, 2, 40]) {
        const inside = set.intervals.some(([low, high]) => value >= low && value <= high);
        expect(andersonRubin(fit, { values: value })[key]!.pValue >= 0.1).toBe(inside);
      }
    }
  }
  expect([...types].sort()).toEqual(["empty", "interval", "union", "wholeLine"]);
});

it("a covariance chosen afterwards gives the result of choosing it before, tests included", () => {
  const data = frame.fromRows(ivRows(5));
  for (const vcov of covariances) {
    const before = iv(data, { ...two, vcov, level: 0.9 });
    const after = withCovariance(iv(data, two), { vcov, level: 0.9 });
    expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(before)));
  }
});

it("augment() goes with the residuals, secondStage() with the predicted regressors", () => {
  const rows = ivRows(8);
  const fit = iv(frame.fromRows(rows), { ...one, fixedEffects: "g" });
  const { fitted, residuals } = augment(fit);
  const stage = secondStage(fit);
  const first = augment(ols(frame.fromRows(rows), { outcome: "e", regressors: ["x", "z1", "z2"], fixedEffects: "g" }));
  const effect = fit.estimates["e"]!.estimate;
  rows.forEach(({ y, e }, i) => {
    expect(fitted[i]! + residuals[i]!).toBeCloseTo(y, 10);
    expect(stage.predicted["e"]![i]).toBeCloseTo(first.fitted[i]!, 9);
    expect(stage.fitted[i]).toBeCloseTo(fitted[i]! + effect * (stage.predicted["e"]![i]! - e), 9);
  });
});

it("robust statistics equal those of base R", () => {
  const data = frame.fromRows(ivRows(20261124, 40));
  const fit = iv(data, { ...two, vcov: { type: "cluster", by: "g" } });
  // R 4.2.2 on these rows, the formulas of METHODS.md written out with qr, solve and svd
  expectSame(
    [
      fit.weakInstruments.kleibergenPaapF!,
      fit.weakInstruments.underidentificationTest!.statistic,
      fit.tests.hansenJ!.statistic,
      fit.tests.robustWuHausman!.statistic,
    ],
    R_CLUSTER,
  );
  const hetero = withCovariance(fit, { vcov: { type: "hetero" } });
  expectSame(
    [
      hetero.weakInstruments.kleibergenPaapF!,
      hetero.weakInstruments.underidentificationTest!.statistic,
      hetero.tests.hansenJ!.statistic,
      hetero.tests.robustWuHausman!.statistic,
    ],
    R_HETERO,
  );
  const liml = iv(data, { ...one, estimator: "liml", vcov: { type: "hetero" } });
  expectSame([...read(liml, "e"), ...read(liml, "x")], R_LIML);
});

const R_CLUSTER: readonly number[] = [1.9309346846918027, 3.90762029986946, 0.44791203180910372, 3.3594703976856004];
const R_HETERO: readonly number[] = [3.331788673513385, 7.4784818018402603, 0.17345863732056543, 4.6710080850480855];
const R_LIML: readonly number[] = [0.36817668895435984, 0.27181773364681827, 0.26938416353771422, 0.23699097191597879];

it("intervals cover as they should: t with strong instruments, Anderson-Rubin with weak ones too", () => {
  const covered = { strong: 0, weakRobust: 0, weakPlain: 0 };
  const draw = draws(77);
  const RUNS = 200;
  for (let run = 0; run < RUNS; run++) {
    const rows = ivRows(draw.integer(), 120, 0.6, 0.9);
    const weak = ivRows(draw.integer(), 120, 0.03, 0.9);
    const options: IvOptions<IvRow> = { ...one, vcov: { type: "hetero" }, keepModel: false };
    const inside = ([low, high]: readonly [number, number]): boolean => low <= 0.5 && high >= 0.5;
    if (inside(iv(frame.fromRows(rows), options).estimates["e"]!.confidenceInterval)) covered.strong++;
    const fit = iv(frame.fromRows(weak), options);
    if (fit.andersonRubin.robustSet!.intervals.some(inside)) covered.weakRobust++;
    if (inside(fit.estimates["e"]!.confidenceInterval)) covered.weakPlain++;
  }
  expect(covered.strong / RUNS).toBeGreaterThan(0.9);
  expect(covered.weakRobust / RUNS).toBeGreaterThan(0.9);
  expect(covered.weakRobust).toBeGreaterThan(covered.weakPlain);
});
