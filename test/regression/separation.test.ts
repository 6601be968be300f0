import fc from "fast-check";
import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { factor, logit, poisson, probit } from "../../src/regression/index.ts";
import { separatingDirection } from "../../src/regression/numerics/separating-direction.ts";
import { binarySides, countSides, findSeparation } from "../../src/regression/separation.ts";

const N = 40;
const seeds = fc.integer({ min: 1, max: 1e6 });

it("a direction is found just where one was planted", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 4 }), fc.boolean(), (seed, d, planted) => {
      const rows = new Float64Array(N * d);
      const g = noise(seed, d);
      for (let i = 0; i < N; i++) {
        const z = noise(seed + 7 * i + 1, d);
        const along = z.reduce((sum, value, j) => sum + value * g[j]!, 0);
        rows.set(planted && along < 0 ? z.map((value) => -value) : z, i * d);
        if (!planted && i < N / 2) rows.set(z.map((value) => -value), (i + N / 2) * d); // biome-ignore format: a line's opposite
        if (!planted && i >= N / 2)
          rows.set(
            rows.slice((i - N / 2) * d, (i - N / 2 + 1) * d).map((value) => -value),
            i * d,
          );
      }
      const found = separatingDirection(rows, d);
      expect(found !== undefined).toBe(planted);
      if (found === undefined) return;
      const products = Array.from({ length: N }, (_, i) => found.reduce((sum, value, j) => sum + value * rows[i * d + j]!, 0));
      expect(Math.min(...products)).toBeGreaterThan(-1e-7 * Math.max(...products));
    }),
    { numRuns: 60 },
  );
});

it("simplex and iterative rectifier find the same rows of counts, whatever the columns' units", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(1e-6, 1, 1e7), (seed, unit) => {
      const [x, u] = [noise(seed, N), noise(seed + 1, N)];
      const outcome = u.map((value) => (value < 0 ? 0 : Math.ceil(3 * value)));
      const apart = x.map((value, i) => (outcome[i] === 0 && value > 0.3 ? unit * value : 0));
      const columns = [x.map((value, i) => value + apart[i]! / unit), apart];
      const one = { specification: { name: "one", columns: ["one"], slopes: [], intercept: true }, slopes: [], label: () => "1" };
      const effects = [{ ...one, codes: new Int32Array(N), count: 1 }];
      const input = { sides: countSides(outcome), columns, names: ["x", "apart"] };
      const simplex = findSeparation({ ...input, intercept: true, effects: [] });
      const rectifier = findSeparation({ ...input, intercept: false, effects });
      const rows = Array.from(apart.keys()).filter((i) => apart[i] !== 0);
      expect(simplex?.rows ?? []).toEqual(rows);
      expect(rectifier?.rows ?? []).toEqual(rows);
      if (rows.length > 0) expect([simplex?.terms, rectifier?.terms]).toEqual([["apart"], ["apart"]]);
      if (rows.length > 0) expect([simplex?.check, rectifier?.check]).toEqual(["simplex", "iterativeRectifier"]);
    }),
    { numRuns: 30 },
  );
});

it("binary outcomes are told apart just where a threshold does so", () => {
  fc.assert(
    fc.property(seeds, fc.boolean(), (seed, overlap) => {
      const x = noise(seed, N);
      const outcome = x.map((value) => (value > 0 ? 1 : 0));
      const largest = x.indexOf(Math.max(...x));
      if (overlap) outcome[largest] = 0;
      const found = findSeparation({ sides: binarySides(outcome), columns: [x], names: ["x"], intercept: true, effects: [] });
      expect(found?.rows.length ?? 0).toBe(overlap ? 0 : N);
    }),
    { numRuns: 30 },
  );
});

it("poisson() reports each check by its name, and estimates what is left", () => {
  const [x, z] = [noise(3, 120), noise(4, 120)];
  const g = x.map((_, i) => i % 6);
  const count = x.map((value, i) => (g[i] === 5 || (z[i]! > 0.4 && i % 2 === 0) ? 0 : 1 + Math.floor(2 * Math.abs(value))));
  const sep = z.map((value, i) => (count[i] === 0 && g[i] !== 5 && value > 0.4 ? value : 0));
  const data = frame({ x, sep, g, count });
  const result = poisson(data, { outcome: "count", regressors: ["x", "sep"], fixedEffects: "g" });
  expect(result.separation.map(({ check, terms }) => [check, terms])).toEqual([
    ["fixedEffects", []],
    ["iterativeRectifier", ["sep"]],
  ]);
  expect(result.separation[0]!.rows).toBe(20);
  expect(result.separatedRows).toEqual(Array.from(sep.keys()).filter((i) => sep[i] !== 0));
  const left = frame({ x, g, count, keep: sep.map((value, i) => (value === 0 && g[i] !== 5 ? 1 : 0)) }).filter((row) => row.keep === 1);
  const dummies = poisson(left, { outcome: "count", regressors: ["x", factor("g")] });
  expect(dummies.separation).toEqual([]);
  expect(result.estimates["x"]!.estimate).toBeCloseTo(dummies.estimates["x"]!.estimate, 8);
});

it("quasi-separation beside two effects is found and named: an error where the fit does not end, a warning where it does", () => {
  const n = 600;
  const x = noise(11, n);
  const [id, t] = [x.map((_, i) => i % 60), x.map((_, i) => Math.floor(8 * uniform(12, i)))];
  const apart = x.map((_, i) => (uniform(13, i) < 0.15 ? 1 : 0));
  const y = x.map((value, i) => (apart[i] === 1 || uniform(14, i) < 1 / (1 + Math.exp(-2 * value)) ? 1 : 0));
  const options = { outcome: "y", regressors: ["x", "apart"], fixedEffects: ["id", "t"] } as const;
  const finding = [{ check: "iterativeRectifier", rows: expect.any(Number), terms: ["apart"] }];
  const fitted = logit(frame({ x, id, t, apart, y }), options);
  expect(fitted.separation.filter(({ check }) => check !== "fixedEffects")).toEqual(finding);
  const rows = fitted.separation.at(-1)!.rows;
  expect(Math.abs(rows - apart.reduce((sum, value) => sum + value, 0))).toBeLessThan(10); // a few are in levels without variation
  try {
    probit(frame({ x, id, t, apart, y }), options);
  } catch (error) {
    expect(error).toMatchObject({ code: "SEPARATED", details: { rows, terms: ["apart"] } });
    return;
  }
  throw new Error("the probit fit should not end");
});
