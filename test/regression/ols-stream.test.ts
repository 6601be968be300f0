import fc from "fast-check";
import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { collectOls, finishOls, glmFromChunks, mergeOls, type OlsOptions, ols } from "../../src/regression/index.ts";

const N = 20_000;
const CHUNK = 1_700;

type Row = { y: number; x: number; z: number; g: number; w: number };

function columns(): Record<keyof Row, Float64Array> {
  const [x, z, e] = [noise(1, N), noise(2, N), noise(3, N)];
  const g = Float64Array.from(x, (_, i) => Math.floor(40 * uniform(4, i)));
  const y = x.map((value, i) => 3 + 0.5 * value - 0.2 * z[i]! + 0.05 * g[i]! + e[i]!);
  return { y, x: x.map((value) => 100 + value), z, g, w: x.map((_, i) => 0.5 + uniform(5, i)) };
}

const all = columns();
const slice = (start: number): Record<keyof Row, Float64Array> => {
  const cut = (x: Float64Array): Float64Array => x.slice(start, start + CHUNK);
  return { y: cut(all.y), x: cut(all.x), z: cut(all.z), g: cut(all.g), w: cut(all.w) };
};

it.each([
  ["equal variances", {}],
  ["clusters", { cluster: "g" }],
  ["weights and clusters", { cluster: "g", weights: "w" }],
] as const)("chunks of a stream equal the table in memory to 1e-12: %s", (_, more) => {
  const options = { outcome: "y", regressors: ["x", "z"], ...more } as const;
  const starts = Array.from({ length: Math.ceil(N / CHUNK) }, (_unused, c) => c * CHUNK);
  const streamed = finishOls(starts.map((start) => collectOls(frame(slice(start)), options)).reduce(mergeOls));
  const whole = ols(frame(all), options);
  expect(streamed.sample.used).toBe(N);
  for (const [term, { estimate, standardError, degreesOfFreedom }] of Object.entries(whole.estimates)) {
    const own = streamed.estimates[term]!;
    expect(Math.abs(own.estimate / estimate - 1)).toBeLessThan(1e-12);
    expect(Math.abs(own.standardError / standardError - 1)).toBeLessThan(1e-12);
    expect(own.degreesOfFreedom).toBe(degreesOfFreedom);
  }
});

it("rows left out are counted by reason over all parts", () => {
  const parts = [0, 1, 2].map((seed) =>
    collectOls(frame({ y: [1, Number.NaN, 3, 4 + seed], x: [0, 1, Number.NaN, 2] }), { outcome: "y", regressors: ["x"] }),
  );
  const { dropped, rows, used } = parts.reduce(mergeOls).sample;
  expect([rows, used]).toEqual([12, 6]);
  expect(dropped.map(({ rows: count }) => count)).toEqual([3, 3]);
});

type SmallEffects = NonNullable<OlsOptions<Record<keyof ReturnType<typeof small>, number>>["fixedEffects"]>;

it("parts with absorbed effects, merged, give the fit of the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom<SmallEffects>("g", ["g", "h"], [["g", "h"]], ["g", "h", "u"], ["u"]),
      fc.constantFrom(undefined, "w", { column: "f", kind: "frequency" } as const),
      fc.constantFrom(undefined, "g", "u", "c"),
      fc.boolean(),
      (seed, fixedEffects, weights, cluster, keep) => {
        const n = 160;
        const whole = small(seed, n);
        const options = {
          outcome: "y",
          regressors: ["x", "z", "still"],
          fixedEffects,
          ...(weights === undefined ? {} : { weights: weights as "w" }),
          ...(cluster === undefined ? {} : { cluster: cluster as "g" }),
        } as const;
        const parts = [0, 50, 70].map((start, p) => collectOls(part(whole, start, [50, 70, n][p]!), options));
        const singletons = keep ? "keep" : "drop";
        const merged = finishOls(structuredClone(parts.reduce(mergeOls)), { singletons });
        const direct = ols(frame(whole), { ...options, singletons });
        expect(Object.keys(merged.estimates)).toEqual(Object.keys(direct.estimates));
        for (const [term, { estimate, standardError, degreesOfFreedom }] of Object.entries(direct.estimates)) {
          expect(merged.estimates[term]!.estimate / estimate).toBeCloseTo(1, 8);
          expect(merged.estimates[term]!.standardError / standardError).toBeCloseTo(1, 8);
          expect(merged.estimates[term]!.degreesOfFreedom).toBe(degreesOfFreedom);
        }
        expect([merged.covariance.parameters, merged.fit.parameters]).toEqual([direct.covariance.parameters, direct.fit.parameters]);
        for (const name of [
          "rSquared",
          "withinRSquared",
          "adjustedWithinRSquared",
          "sigma",
          "logLikelihood",
          "aic",
          "bic",
          "rootMeanSquaredError",
        ] as const) {
          expect(merged.fit[name]! / direct.fit[name]!).toBeCloseTo(1, 8);
        }
        expect(merged.sample).toEqual(direct.sample);
        expect(merged.fixedEffects).toEqual(direct.fixedEffects);
        expect(merged.droppedTerms.map(({ term, reason }) => [term, reason])).toEqual([["still", "absorbed"]]);
        const codes = (result: { readonly warnings: readonly { readonly code: string }[] }) => result.warnings.map(({ code }) => code);
        expect(codes(merged)).toEqual(codes(direct));
      },
    ),
    { numRuns: 60 },
  );
});

function small(seed: number, n: number) {
  const [x, z, e] = [noise(seed, n), noise(seed + 1, n), noise(seed + 2, n)];
  const pick = (shift: number, levels: number) => Float64Array.from(x, (_, i) => Math.floor(levels * uniform(seed + shift, i)));
  const [g, h, u] = [pick(3, 12), pick(4, 6), pick(5, 60)];
  const c = u.map((level) => level % 9); // u is nested in c
  const y = x.map((value, i) => 1e4 + 0.5 * value - 0.2 * z[i]! + g[i]! + 0.1 * u[i]! + e[i]!);
  return {
    y,
    x: x.map((value) => 1e3 + value),
    z,
    still: x.map(() => 7),
    g,
    h,
    u,
    c,
    f: pick(6, 3).map((value) => value + 1),
    w: pick(7, 50).map((value) => 0.1 + value / 20),
  };
}

const part = (columns: ReturnType<typeof small>, start: number, end: number) =>
  frame(Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, x.slice(start, end)])) as ReturnType<typeof small>);

it("moments are bounded by levels, not rows, and refuse slopes by name", () => {
  const size = (rows: number): number => {
    const chunks = Array.from({ length: rows / 500 }, (_, c) => small(100 + c, 500));
    const options = { outcome: "y", regressors: ["x", "z"], fixedEffects: ["g", "h"], cluster: "c" } as const;
    return chunks.map((chunk) => collectOls(frame(chunk), options)).reduce(mergeOls).cells!.keys.length;
  };
  expect(size(4000)).toBeLessThanOrEqual(12 * 6 * 9);
  const slopes = [{ fixedEffect: "g", slopes: ["x"] }] as const;
  expect(() => collectOls(frame(small(1, 50)), { outcome: "y", regressors: ["z"], fixedEffects: slopes })).toThrow(/"g\[x\]" have slopes/);
});

it("bad input of streams: nothing varies, all absorbed, too few rows, one cluster, a perfect fit", async () => {
  const columns = small(3, 80);
  const still = { ...columns, y: columns.y.map(() => 2), one: columns.y.map(() => 1), exact: columns.x.map((value) => 3 * value) };
  const options = { outcome: "y", regressors: ["x"], fixedEffects: "g" } as const;
  const finish = (more: object, data = frame({ ...still, y: columns.y })) => finishOls(collectOls(data, { ...options, ...more } as never));
  expect(() => finish({}, frame(still))).toThrow(/"y" must vary: it is 2/);
  expect(() => finish({ regressors: ["one"] })).toThrow(/absorb all of them/);
  expect(() => finish({ cluster: "one" })).toThrow(/at least 2 clusters/);
  expect(() => finish({ fixedEffects: "u" }, frame(part8({ ...still, y: columns.y })))).toThrow(/more rows than parameters/);
  expect(() => finish({ weights: "w" }, frame({ ...still, w: columns.w.map((w) => -w) }))).toThrow(/"w" must/);
  expect(() => finish({}, frame({ ...still, x: columns.x.map(() => Number.POSITIVE_INFINITY) }))).toThrow(/infinite|finite/i);
  expect(finish({ outcome: "exact" }).warnings.map(({ code }) => code)).toContain("PERFECT_FIT");
  const glm = (more: object) =>
    glmFromChunks(() => [frame(still)], { family: "poisson", outcome: "one", regressors: ["x"], ...more } as never);
  await expect(glm({})).rejects.toThrow(/"one" must vary/);
  await expect(glm({ outcome: "f", regressors: ["g"], fixedEffects: "g" })).rejects.toThrow(/absorb all of them/);
});

const part8 = <T extends Record<string, Float64Array>>(columns: T): T =>
  Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, x.slice(0, 4)])) as T;
