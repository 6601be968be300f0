import fc from "fast-check";
import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { factor, interaction, ols } from "../../src/regression/index.ts";

const N = 200;
const level = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: N }, (_, i) => Math.floor(count * uniform(seed, i)));
const data = frame({ y: noise(1, N), x: noise(2, N), z: noise(3, N), v: noise(4, N), g: level(5, 4), h: level(6, 5) });

it.each([
  ["the same column", "z", "z", 2],
  ["different columns", "z", "v", 1],
] as const)("slopes on %s in two effects are counted as written-out ones are", (_, first, second, redundant) => {
  const absorbed = ols(data, {
    outcome: "y",
    regressors: ["x"],
    fixedEffects: [
      { fixedEffect: "g", slopes: [first] },
      { fixedEffect: "h", slopes: [second] },
    ],
  });
  const explicit = ols(data, {
    outcome: "y",
    intercept: false,
    regressors: [
      "x",
      factor("g", { reference: null }),
      interaction(factor("g", { reference: null }), first),
      factor("h"),
      interaction(factor("h", first === second ? {} : { reference: null }), second),
    ],
  });
  expect(absorbed.covariance.parameters).toBe(1 + 2 * 4 + 2 * 5 - redundant);
  expect(explicit.droppedTerms).toEqual([]);
  expect(explicit.covariance.parameters).toBe(absorbed.covariance.parameters);
  expect(absorbed.estimates["x"]!.standardError / explicit.estimates["x"]!.standardError).toBeCloseTo(1, 9);
});

/** Rank of the dummies and slopes written out, by orthogonalisation of columns of length one. */
function rankOf(columns: readonly Float64Array[]): number {
  const basis: Float64Array[] = [];
  for (const column of columns) {
    const v = column.slice();
    const length = Math.hypot(...v);
    for (let pass = 0; pass < 2; pass++) {
      for (const b of basis) {
        const share = v.reduce((sum, value, i) => sum + value * b[i]!, 0);
        for (let i = 0; i < v.length; i++) v[i]! -= share * b[i]!;
      }
    }
    const left = Math.hypot(...v);
    if (left > 1e-8 * length) basis.push(v.map((value) => value / left));
  }
  return basis.length;
}

type Effect = { readonly fixedEffect: "g" | "h" | "k"; readonly slopes: readonly ("z" | "v")[]; readonly intercept?: boolean };
const effect = (name: Effect["fixedEffect"]): fc.Arbitrary<Effect | Effect["fixedEffect"]> =>
  fc.oneof(
    fc.constant(name),
    fc
      .record({ slopes: fc.constantFrom(["z"], ["v"], ["z", "v"]) as fc.Arbitrary<readonly ("z" | "v")[]>, intercept: fc.boolean() })
      .map((more) => ({ fixedEffect: name, ...more })),
  );

it("exactParameters counts the rank of the written-out design, whatever the effects share", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.tuple(effect("g"), effect("h"), effect("k")),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (seed, all, count, split) => {
        const n = 60;
        const pick = (s: number, levels: number) => Float64Array.from({ length: n }, (_, i) => Math.floor(levels * uniform(seed + s, i)));
        const half = Float64Array.from({ length: n }, (_, i) => (split && i >= n / 2 ? 1 : 0)); // two parts without a link
        const columns = {
          g: pick(1, 4).map((value, i) => value + 10 * half[i]!),
          h: pick(2, 5).map((value, i) => value + 10 * half[i]!),
          k: pick(3, 3),
          z: noise(seed + 4, n),
          v: noise(seed + 5, n),
        };
        const effects = all.slice(0, count);
        const written = effects.flatMap((one) => {
          const { fixedEffect, slopes, intercept = true } = typeof one === "string" ? { fixedEffect: one, slopes: [] } : one;
          const codes = columns[fixedEffect];
          return [...new Set(codes)].flatMap((code) =>
            [...(intercept ? [undefined] : []), ...slopes].map((name) =>
              codes.map((own, i) => (own !== code ? 0 : name === undefined ? 1 : columns[name][i]!)),
            ),
          );
        });
        const table = frame({ ...columns, y: noise(seed + 6, n), x: noise(seed + 7, n) });
        const options = { outcome: "y", regressors: ["x"], fixedEffects: effects, singletons: "keep" } as const;
        const exact = ols(table, { ...options, smallSample: { exactParameters: true } });
        expect(exact.covariance.parameters).toBe(1 + rankOf(written));
        // without ties beyond those counted, the default agrees
        expect(ols(table, options).covariance.parameters).toBeGreaterThanOrEqual(exact.covariance.parameters);
      },
    ),
    { numRuns: 60 },
  );
});

it("clustered covariances take effects nested in the clusters out of K, one by one", () => {
  const nested = frame({
    y: noise(1, N),
    x: noise(2, N),
    g: level(5, 24),
    h: level(6, 5),
    c: level(5, 24).map((value) => value % 6), // g is nested in c
  });
  const counted = (fixedEffects: readonly ("g" | "h")[], exactParameters: boolean, cluster: "c" | "h" = "c") =>
    ols(nested, { outcome: "y", regressors: ["x"], fixedEffects, cluster, smallSample: { exactParameters } }).covariance.parameters;
  expect(counted(["g"], false)).toBe(2); // all nested: the coefficient and one
  expect(counted(["g"], true)).toBe(2);
  expect(counted(["g", "h"], false)).toBe(1 + 24 + 4 - 24 + 1);
  // fixest takes one parameter only out of the exact count for each nested effect, as the reference case of its grid has it
  expect(counted(["g", "h"], true)).toBe(1 + 24 + 4 - 1);
  expect(counted(["g", "h"], false, "h")).toBe(1 + 24 + 4 - 5 + 1);
});
