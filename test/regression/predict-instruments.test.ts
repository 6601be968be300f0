import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { augment, factor, fixedEffectEstimates, iv, leverage, linearCombination, predict } from "../../src/regression/index.ts";

const N = 150;
const [x, e, z, more, v] = [1, 2, 3, 4, 5].map((seed) => noise(seed, N)) as [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];
const group = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: N }, (_, i) => Math.floor(count * uniform(seed, i)));
const [g, h, c] = [group(6, 5), group(7, 3), group(8, 15)];
const d = z.map((value, i) => value + 0.5 * more[i]! + 0.6 * e[i]! + v[i]! + g[i]! / 3);
const w = Float64Array.from({ length: N }, (_, i) => 0.5 + uniform(9, i));
const data = frame({ x, z, more, g, h, c, d, w, y: x.map((value, i) => 1 + value + d[i]! + e[i]! + g[i]! / 2 - h[i]! / 4) });
const fresh = frame({ x: [0.3, -1, 2], d: [0, 1.5, -2], g: [0, 4, 2], h: [2, 0, 1] });

const roles = { outcome: "y", regressors: ["x"], endogenous: ["d"], instruments: ["z", "more"] } as const;
/** All corrections count the effects as coefficients, so that both ways of writing them have the same factor. */
const smallSample = { fixedEffectParameters: "full" } as const;
const cases = [
  { vcov: { type: "iid" } },
  { vcov: { type: "hetero" } },
  { vcov: { type: "cluster", by: "c" } },
  { vcov: { type: "cluster", by: "c", variant: "CR2" } },
  { vcov: { type: "hetero" }, weights: "w" },
  { vcov: { type: "iid" }, estimator: "liml" },
  { vcov: { type: "cluster", by: "c" }, estimator: "liml" },
] as const;
const near = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-8 * (1 + Math.abs(b[i]!)));
};

it.each(cases)("predicts with absorbed effects as with written-out ones (%j)", (own) => {
  const absorbed = iv(data, { ...roles, ...own, fixedEffects: ["g", "h"], smallSample } as never);
  const written = iv(data, { ...roles, ...own, regressors: ["x", factor("g"), factor("h")], intercept: true, smallSample } as never);
  for (const interval of ["confidence", "prediction"] as const) {
    const [a, b] = [predict(absorbed, fresh, { interval }), predict(written, fresh, { interval })];
    near(a.fitted, b.fitted);
    near(a.standardErrors, b.standardErrors);
    near(a.upper, b.upper);
  }
  near(predict(absorbed, data).fitted, augment(absorbed).fitted);
});

it("gives recovered effects the standard errors of written-out ones", () => {
  const options = { vcov: { type: "hetero" }, smallSample } as const;
  const absorbed = iv(data, { ...roles, ...options, fixedEffects: "g" } as never);
  const written = iv(data, { ...roles, ...options, regressors: ["x", factor("g")], intercept: true } as never);
  const { levels, estimates, standardErrors } = fixedEffectEstimates(absorbed, { standardErrors: true }).effects[0]!;
  const first = levels.indexOf("0");
  near(
    [estimates![first]!, standardErrors![first]!],
    [written.estimates["(Intercept)"]!.estimate, written.estimates["(Intercept)"]!.standardError],
  );
  const other = linearCombination(written, { weights: { "(Intercept)": 1, "g::3": 1 } });
  near([estimates![levels.indexOf("3")]!, standardErrors![levels.indexOf("3")]!], [other.estimate, other.standardError]);
});

it("has no hat values", () => {
  expect(() => leverage(iv(data, roles as never))).toThrow(expect.objectContaining({ code: "MODEL_UNSUPPORTED" }));
});
