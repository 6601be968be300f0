import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { collectOls, finishOls, mergeOls, ols } from "../../src/regression/index.ts";

function rows(seed: number, n = 80) {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const [x, z, g] = [1000 + uniform(), uniform() * 3, Math.floor(uniform() * 7)];
    return { x, z, g, w: 0.5 + uniform(), f: 1 + Math.floor(uniform() * 3), y: 2 * x - 0.3 * z + 0.2 * g + uniform() };
  });
}

it("moments of parts, merged, give the estimates of the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 5, max: 75 }),
      fc.constantFrom(undefined, "w", { column: "f", kind: "frequency" } as const),
      fc.boolean(),
      (seed, cut, weights, clustered) => {
        const data = rows(seed);
        const options = {
          outcome: "y",
          regressors: ["x", "z"],
          ...(weights === undefined ? {} : { weights: weights as "w" }),
          ...(clustered ? { cluster: "g" as const } : {}),
        } as const;
        const [a, b] = [data.slice(0, cut), data.slice(cut)].map((part) => collectOls(frame.fromRows(part), options)) as [never, never];
        const merged = finishOls(structuredClone(mergeOls(a, b)));
        const whole = ols(frame.fromRows(data), options);
        for (const [term, { estimate, standardError, degreesOfFreedom }] of Object.entries(whole.estimates)) {
          expect(merged.estimates[term]!.estimate / estimate).toBeCloseTo(1, 7);
          expect(merged.estimates[term]!.standardError / standardError).toBeCloseTo(1, 7);
          expect(merged.estimates[term]!.degreesOfFreedom).toBe(degreesOfFreedom);
        }
        expect(merged.fit.rSquared!).toBeCloseTo(whole.fit.rSquared!, 8);
        expect(merged.fit.aic).toBeCloseTo(whole.fit.aic, 5);
        expect(merged.fit.rootMeanSquaredError).toBeCloseTo(whole.fit.rootMeanSquaredError, 8);
      },
    ),
    { numRuns: 30 },
  );
});

it("finishOls() leaves out dependent columns; mergeOls() refuses other designs", () => {
  const data = frame.fromRows(rows(4).map((row) => ({ ...row, twice: 2 * row.z })));
  const moments = collectOls(data, { outcome: "y", regressors: ["x", "z", "twice"] });
  expect(Object.keys(finishOls(moments).estimates)).toEqual(["(Intercept)", "x", "z"]);
  expect(() => mergeOls(moments, collectOls(data, { outcome: "y", regressors: ["x"] }))).toThrow(/same outcome, design/);
});
