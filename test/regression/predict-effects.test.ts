import fc from "fast-check";
import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import {
  augment,
  factor,
  fixedEffectEstimates,
  logit,
  type OlsResult,
  ols,
  poisson,
  predict,
  withCovariance,
} from "../../src/regression/index.ts";

const N = 60;
const level = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: N }, (_, i) => Math.floor(count * uniform(seed, i)));

function sample(seed: number) {
  const [x, e, g, h] = [noise(seed, N), noise(seed + 1, N), level(seed + 2, 5), level(seed + 3, 4)];
  return frame({
    x,
    z: noise(seed + 4, N),
    g,
    h,
    k: level(seed + 5, 3),
    c: level(seed + 6, 14),
    i: Float64Array.from(x, (_, i) => i),
    w: Float64Array.from(x, (_, i) => 0.5 + uniform(seed + 7, i)),
    f: Float64Array.from(x, (_, i) => 1 + Math.floor(3 * uniform(seed + 8, i))),
    y: x.map((value, i) => 1 + 0.5 * value + 0.3 * g[i]! - 0.2 * h[i]! + (1 + 0.5 * uniform(seed + 9, i)) * e[i]!),
  });
}

const fresh = frame({ x: [0.3, -1, 2, 0.3], z: [0, 1, -1, 5], g: [0, 1, 4, 2], h: [3, 0, 2, 3], k: [0, 1, 2, 0] });
const near = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-9 * (1 + Math.abs(b[i]!)));
};
const samePredictions = (a: OlsResult, b: OlsResult, data: typeof fresh): void => {
  for (const interval of ["confidence", "prediction"] as const) {
    const [p, q] = [predict(a, data, { interval }), predict(b, data, { interval })];
    near(p.fitted, q.fitted);
    near(p.standardErrors, q.standardErrors);
    near(p.lower, q.lower);
    near(p.upper, q.upper);
  }
};

it("absorbed effects predict as written-out ones, standard errors included", () => {
  const covariances = [
    { type: "iid" },
    { type: "hetero", variant: "HC0" },
    { type: "hetero" },
    { type: "hetero", variant: "HC3" },
    { type: "cluster", by: "c" },
    { type: "cluster", by: "c", variant: "CR2" },
    { type: "cluster", by: "k", variant: "CR3" },
    { type: "neweyWest", time: "i", lag: 2 },
  ] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e5 }),
      fc.constantFrom(...covariances),
      fc.constantFrom(undefined, "w" as const, { column: "f", kind: "frequency" } as const),
      fc.boolean(),
      (seed, vcov, weights, two) => {
        const data = sample(seed);
        const options = { outcome: "y", vcov, ...(weights === undefined ? {} : { weights }) } as const;
        const absorbed = ols(data, { ...options, regressors: ["x", "z"], fixedEffects: two ? ["g", "h"] : ["g"], singletons: "keep" });
        const explicit = ols(data, { ...options, regressors: ["x", "z", factor("g"), ...(two ? [factor("h")] : [])] });
        samePredictions(absorbed, explicit, fresh);
      },
    ),
    { numRuns: 60 },
  );
});

it("combined columns are one effect; three effects predict the combinations they hold", () => {
  const data = sample(5);
  const both = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: [["g", "h"]], singletons: "keep" });
  const inside = data.take(Int32Array.from({ length: 10 }, (_, i) => i));
  near(
    predict(both, inside).fitted,
    predict(ols(data, { outcome: "y", regressors: ["x", factor("g")], fixedEffects: [["g", "h"]], singletons: "keep" }), inside).fitted,
  );
  const three = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h", "k"], singletons: "keep", vcov: { type: "hetero" } });
  const explicit = ols(data, { outcome: "y", regressors: ["x", factor("g"), factor("h"), factor("k")], vcov: { type: "hetero" } });
  samePredictions(three, explicit, inside as never);
});

it("standard errors of recovered effects are those of the dummies' coefficients", () => {
  const data = sample(8);
  for (const vcov of [{ type: "iid" }, { type: "hetero" }, { type: "cluster", by: "c" }] as const) {
    const absorbed = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h"], singletons: "keep", vcov });
    const [first, second] = fixedEffectEstimates(absorbed, { standardErrors: true }).effects;
    const root = data.numbers("h")[0]!;
    const explicit = ols(data, {
      outcome: "y",
      regressors: ["x", factor("g", { reference: null }), factor("h", { reference: root })],
      intercept: false,
      vcov,
    });
    first!.levels.forEach((label, l) => {
      expect(first!.estimates![l]!).toBeCloseTo(explicit.estimates[`g::${label}`]!.estimate, 9);
      expect(first!.standardErrors![l]!).toBeCloseTo(explicit.estimates[`g::${label}`]!.standardError, 9);
    });
    second!.levels.forEach((label, l) => {
      expect(second!.estimates![l]!).toBeCloseTo(explicit.estimates[`h::${label}`]?.estimate ?? 0, 9);
      expect(second!.standardErrors![l]!).toBeCloseTo(explicit.estimates[`h::${label}`]?.standardError ?? 0, 9);
    });
  }
});

it("likelihood models give standard errors of effects as well", () => {
  const data = sample(3);
  const fit = { outcome: "f", intercept: false, tolerance: 1e-14 } as const;
  const absorbed = poisson(data, { outcome: "f", regressors: ["x"], fixedEffects: ["g"], singletons: "keep", vcov: { type: "hetero" } });
  const explicit = poisson(data, { ...fit, regressors: ["x", factor("g", { reference: null })], vcov: { type: "hetero" } });
  const { levels, standardErrors } = fixedEffectEstimates(absorbed, { standardErrors: true }).effects[0]!;
  levels.forEach((label, l) => {
    expect(standardErrors![l]!).toBeCloseTo(explicit.estimates[`g::${label}`]!.standardError, 7);
  });
});

// Weight (thousands of pounds) and transmission of the 32 cars in R's mtcars
const WT = [
  2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424, 5.345, 2.2, 1.615, 1.835, 2.465, 3.52,
  3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78,
];
const AM = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1];
const CARS = [0.492115614127, 0.15131677874];

it("likelihood models predict means and predictors, as with written-out effects and R's predict.glm", () => {
  const data = sample(3);
  const options = { outcome: "f", singletons: "keep", vcov: { type: "hetero", variant: "HC0" }, offset: "z", tolerance: 1e-14 } as const;
  const absorbed = poisson(data, { ...options, regressors: ["x"], fixedEffects: ["g", "h"] });
  const explicit = poisson(data, { ...options, regressors: ["x", factor("g"), factor("h")] });
  const rows = data.filter((_, i) => i < 9);
  for (const scale of ["link", "response"] as const) {
    const [a, b] = [predict(absorbed, rows, { scale, level: 0.9 }), predict(explicit, rows, { scale, level: 0.9 })];
    for (const part of ["fitted", "standardErrors", "lower", "upper"] as const) {
      a[part].forEach((value, i) => {
        expect(value / b[part][i]!).toBeCloseTo(1, 7);
      });
    }
  }
  const inSample = predict(
    absorbed,
    data.filter((_, i) => i < 9),
  );
  augment(absorbed)
    .fitted.slice(0, 9)
    .forEach((value, i) => {
      expect(inSample.fitted[i]! / value).toBeCloseTo(1, 8);
    });
  const { fitted, standardErrors, lower } = predict(explicit, rows);
  const link = predict(explicit, rows, { scale: "link" });
  expect(standardErrors[4]! / (fitted[4]! * link.standardErrors[4]!)).toBeCloseTo(1, 10);
  expect(lower[4]).toBeCloseTo(Math.exp(link.lower[4]!), 10);
  expect(() => predict(absorbed, rows, { interval: "prediction" })).toThrow(/linear model/);
  // R: predict(glm(am ~ wt, binomial, mtcars), data.frame(wt = 3), type = "response", se.fit = TRUE)
  const cars = frame({ am: AM, wt: WT });
  const share = predict(
    logit(cars, { outcome: "am", regressors: ["wt"], smallSample: { adjustParameters: false }, tolerance: 1e-15 }),
    frame({ wt: [3] }),
  );
  expect([share.fitted[0], share.standardErrors[0]].map((value, i) => value! / CARS[i]!)).toEqual([
    expect.closeTo(1, 7),
    expect.closeTo(1, 6),
  ]);
});

it("what has no estimate or no standard error is refused by name", () => {
  const data = sample(2);
  const result = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h"], singletons: "keep" });
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "none";
  };
  expect(code(() => predict(result, frame({ x: [1], g: [99], h: [0] })))).toBe("UNKNOWN_LEVEL");
  expect(code(() => predict(result, frame({ x: [1], g: [1] })))).toBe("UNKNOWN_COLUMN");
  expect(code(() => predict(withCovariance(result, { vcov: { type: "hac", time: "i" } }), fresh))).toBe("VCOV_UNSUPPORTED");
  const split = frame({
    x: noise(1, N),
    y: noise(2, N),
    g: level(3, 4),
    h: Float64Array.from(level(3, 4), (g, i) => (g < 2 ? 0 : 5) + (i % 2)),
  });
  const parts = ols(split, { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h"] });
  expect(code(() => predict(parts, frame({ x: [0], g: [0], h: [5] })))).toBe("LEVELS_NOT_LINKED");
  const three = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h", "k"] });
  expect(code(() => fixedEffectEstimates(three, { standardErrors: true }))).toBe("FIXED_EFFECTS_UNSUPPORTED");
  const slopes = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: [{ fixedEffect: "g", slopes: ["z"] }] });
  expect(code(() => predict(slopes, fresh))).toBe("FIXED_EFFECTS_UNSUPPORTED");
  const many = frame({ x: noise(1, 50_000), g: new Float64Array(50_000) });
  const large = ols(frame({ x: noise(1, 50_000), y: noise(2, 50_000), g: new Float64Array(50_000) }), {
    outcome: "y",
    regressors: ["x"],
    fixedEffects: "g",
  });
  expect(code(() => predict(large, many))).toBe("TOO_MANY_ROWS");
});
