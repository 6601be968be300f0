import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import {
  demean,
  factor,
  fixedEffectEstimates,
  interaction,
  type OlsResult,
  ols,
  power,
  withCovariance,
} from "../../src/regression/index.ts";

type Row = { y: number; x: number; z: number; g: number; h: number; w: number; f: number };

/** Seeded rows with two overlapping groupings, weights and frequencies. */
function rows(seed: number, n = 60): Row[] {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const [x, z, g, h] = [uniform() * 4 - 2, uniform() * 3, Math.floor(uniform() * 6), Math.floor(uniform() * 5)];
    const noise = uniform() + uniform() - 1;
    return { x, z, g, h, w: 0.5 + uniform(), f: 1 + Math.floor(uniform() * 3), y: 1 + 0.5 * x - 0.3 * z + 0.2 * g - 0.1 * h + noise };
  });
}

const seeds = fc.integer({ min: 1, max: 1e6 });
const read = (result: OlsResult, term: string): readonly [number, number] => {
  const { estimate, standardError } = result.estimates[term]!;
  return [estimate, standardError];
};
const expectSame = (a: readonly number[], b: readonly number[], digits = 8): void => {
  for (const [i, value] of a.entries()) expect(value / b[i]!).toBeCloseTo(1, digits);
};

it("ols() follows units and origins: y -> a + b y, x -> c + d x", () => {
  fc.assert(
    fc.property(
      seeds,
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 1000 }),
      (seed, a, b, d) => {
        const data = rows(seed);
        const base = ols(frame.fromRows(data), { outcome: "y", regressors: ["x", "z"], cluster: "g" });
        const moved = data.map((row) => ({ ...row, y: a + b * row.y, x: a + d * row.x }));
        const other = ols(frame.fromRows(moved), { outcome: "y", regressors: ["x", "z"], cluster: "g" });
        expectSame(
          read(other, "x"),
          read(base, "x").map((value) => (value * b) / d),
        );
        expectSame(
          read(other, "z"),
          read(base, "z").map((value) => value * b),
        );
        expect(other.fit.rSquared!).toBeCloseTo(base.fit.rSquared!, 9);
      },
    ),
    { numRuns: 30 },
  );
});

it("ols() does not depend on the order of rows or labels of groups", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = rows(seed);
      const options = { outcome: "y", regressors: ["x", "z"], fixedEffects: ["g", "h"], weights: "w", cluster: "g" } as const;
      const base = ols(frame.fromRows(data), options);
      const shuffled = data
        .map((row) => ({ ...row, g: 100 - row.g, h: (row.h * 7) % 5 }))
        .sort((a, b) => Math.sin(a.x * 1e4) - Math.sin(b.x * 1e4));
      expectSame(read(ols(frame.fromRows(shuffled), options), "x"), read(base, "x"));
    }),
    { numRuns: 30 },
  );
});

it("frequency weights equal repeated rows, for every covariance", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = rows(seed);
      const repeated = data.flatMap((row) => Array.from({ length: row.f }, () => row));
      for (const vcov of [
        { type: "iid" },
        { type: "hetero", variant: "HC1" },
        { type: "hetero", variant: "HC3" },
        { type: "cluster", by: ["g", "h"] },
      ] as const) {
        const shared = { outcome: "y", regressors: ["x", "z"], fixedEffects: ["g"], vcov } as const;
        const weighted = ols(frame.fromRows(data), { ...shared, weights: { column: "f", kind: "frequency" } });
        const plain = ols(frame.fromRows(repeated), shared);
        expectSame(read(weighted, "x"), read(plain, "x"));
        expect(weighted.fit.logLikelihood).toBeCloseTo(plain.fit.logLikelihood, 7);
      }
    }),
    { numRuns: 15 },
  );
});

it("absorbed fixed effects equal dummies", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom("HC1", "HC2", "HC3"), (seed, variant) => {
      const data = frame.fromRows(rows(seed));
      const shared = { outcome: "y", weights: "w", vcov: { type: "hetero", variant } } as const;
      const absorbed = ols(data, { ...shared, regressors: ["x", "z"], fixedEffects: ["g", "h"] });
      fc.pre(absorbed.sample.used === data.rowCount); // a singleton is left out by the one and kept by the other
      const dummies = ols(data, { ...shared, regressors: ["x", "z", factor("g"), factor("h")] });
      expectSame(read(absorbed, "x"), read(dummies, "x"));
      expect(absorbed.fit.rSquared!).toBeCloseTo(dummies.fit.rSquared!, 10);
      const { effects, rowSums } = fixedEffectEstimates(absorbed);
      const [g, h] = effects;
      const difference = g!.estimates![1]! - g!.estimates![0]!;
      expect(difference).toBeCloseTo(dummies.estimates[`g::${g!.levels[1]}`]!.estimate, 8);
      expect(h!.levels.length).toBe(5);
      expect(rowSums.length).toBe(60);
    }),
    { numRuns: 20 },
  );
});

it("terms make indicators, powers and products", () => {
  const data = frame.fromRows(rows(5).map((row) => ({ ...row, c: ["low", "mid", "high"][row.g % 3]! })));
  const result = ols(data, {
    outcome: "y",
    regressors: [
      "x",
      power("x", 2),
      factor("c", { reference: "mid" }),
      interaction(factor("c", { reference: "mid" }), "z"),
      interaction("x", "z"),
    ],
  });
  expect(Object.keys(result.estimates)).toEqual(["(Intercept)", "x", "x^2", "c::high", "c::low", "c::high:z", "c::low:z", "x:z"]);
  expect(() => ols(data, { outcome: "y", regressors: [factor("c", { reference: "none" })] })).toThrow(/reference level of "c"/);
  expect(() => ols(data, { outcome: "y", regressors: ["x", "x"] })).toThrow(/"x" is given twice/);
});

it("collinear regressors are left out, the later one, and named", () => {
  const data = frame.fromRows(rows(8).map((row) => ({ ...row, sum: row.x + 2 * row.z, tiny: 1e-9 * row.w, one: 3 })));
  const result = ols(data, { outcome: "y", regressors: ["x", "z", "sum", "tiny", "one"] });
  expect(Object.keys(result.estimates)).toEqual(["(Intercept)", "x", "z", "tiny"]);
  expect(result.droppedTerms).toEqual([
    { term: "sum", reason: "combination", on: ["x", "z"] },
    { term: "one", reason: "constant", on: [] },
  ]);
  expect(result.warnings.map(({ code }) => code)).toEqual(["TERM_DROPPED", "TERM_DROPPED"]);
});

it("withCovariance() equals estimating with that covariance, and leaves the rest alone", () => {
  const data = frame.fromRows(rows(3));
  const options = { outcome: "y", regressors: ["x", "z"], fixedEffects: "g" } as const;
  const base = ols(data, options);
  const changed = withCovariance(base, { cluster: ["g", "h"] });
  const direct = ols(data, { ...options, cluster: ["g", "h"] });
  expect(changed.estimates).toEqual(direct.estimates);
  expect(changed.sample).toEqual(direct.sample);
  expect(withCovariance(changed, { vcov: { type: "iid" } }).estimates).toEqual(base.estimates);
  expect(() => withCovariance(structuredClone(base), { vcov: { type: "hetero" } })).toThrow(/keepModel/);
});

it("rows left out are counted by reason", () => {
  const data = rows(4).map((row, i) => ({ ...row, x: i === 0 ? Number.NaN : row.x, w: i === 1 ? 0 : row.w, g: i === 2 ? 99 : row.g }));
  const result = ols(frame.fromRows(data), { outcome: "y", regressors: ["x"], fixedEffects: "g", weights: "w" });
  expect(result.sample.used).toBe(57);
  expect(result.sample.dropped.map(({ reason, rows: n }) => [reason, n])).toEqual([
    ['missing "x"', 1],
    ['zero weight "w"', 1],
    ["only row of a fixed effect's level", 1],
  ]);
  expect(result.warnings.map(({ code }) => code)).toContain("SINGLETONS_DROPPED");
  expect(
    ols(frame.fromRows(data), { outcome: "y", regressors: ["x"], fixedEffects: "g", weights: "w", singletons: "keep" }).sample.used,
  ).toBe(58);
});

it("each bad input has its own error", () => {
  const data = rows(9);
  const of = (change: (row: Row, i: number) => Partial<Row>) => frame.fromRows(data.map((row, i) => ({ ...row, ...change(row, i) })));
  const plain = frame.fromRows(data);
  const codeOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "none";
  };
  expect(
    codeOf(() =>
      ols(
        of(() => ({ y: 4 })),
        { outcome: "y", regressors: ["x"] },
      ),
    ),
  ).toBe("CONSTANT_OUTCOME");
  expect(
    codeOf(() =>
      ols(
        of(({ g }) => ({ x: g })),
        { outcome: "y", regressors: ["x"], fixedEffects: "g" },
      ),
    ),
  ).toBe("ALL_COLLINEAR");
  expect(
    codeOf(() =>
      ols(
        of((_, i) => ({ w: i - 1 })),
        { outcome: "y", regressors: ["x"], weights: "w" },
      ),
    ),
  ).toBe("NEGATIVE_WEIGHT");
  expect(
    codeOf(() =>
      ols(
        of(() => ({ g: 1 })),
        { outcome: "y", regressors: ["x"], cluster: "g" },
      ),
    ),
  ).toBe("ONE_CLUSTER");
  expect(codeOf(() => ols(frame.fromRows(data.slice(0, 3)), { outcome: "y", regressors: ["x", "z"] }))).toBe("TOO_FEW_ROWS");
  expect(codeOf(() => ols(plain, { outcome: "y", regressors: ["x"], vcov: { type: "robust" as "iid" } }))).toBe("INVALID_OPTION");
  expect(codeOf(() => ols(plain, { outcome: "y", regressors: ["x"], level: 95 }))).toBe("INVALID_OPTION");
  expect(codeOf(() => ols(plain, { outcome: "y", regressors: ["x"], fixedEfects: "g" } as never))).toBe("UNKNOWN_OPTION");
  expect(codeOf(() => ols(plain, { outcome: "y", regressors: ["q" as "x"] }))).toBe("UNKNOWN_COLUMN");
});

it("perfect fits and disconnected effects are warned of", () => {
  const data = rows(12);
  const perfect = ols(frame.fromRows(data.map((row) => ({ ...row, y: 2 + row.x }))), { outcome: "y", regressors: ["x"] });
  expect(perfect.warnings.map(({ code }) => code)).toContain("PERFECT_FIT");
  const split = data.map((row) => ({ ...row, h: row.g < 3 ? row.h : row.h + 10 }));
  const result = ols(frame.fromRows(split), { outcome: "y", regressors: ["x"], fixedEffects: ["g", "h"] });
  expect(result.warnings.map(({ code }) => code)).toContain("DISCONNECTED_EFFECTS");
});

it("demean() leaves nothing of a level, with weights", () => {
  const data = rows(31, 400);
  const { columns } = demean(frame.fromRows(data), { columns: ["y"], fixedEffects: ["g", "h"], weights: "w" });
  for (const key of ["g", "h"] as const) {
    for (let level = 0; level < 5; level++) {
      const sum = data.reduce((total, row, i) => total + (row[key] === level ? row.w * columns["y"]![i]! : 0), 0);
      expect(Math.abs(sum)).toBeLessThan(1e-10);
    }
  }
});
