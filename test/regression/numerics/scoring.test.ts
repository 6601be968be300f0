import { expect, it } from "vitest";
import { frame } from "../../../src/data/index.ts";
import { effectSpecifications } from "../../../src/regression/fixed-effects.ts";
import { fitGlm } from "../../../src/regression/glm-fit.ts";
import { poisson } from "../../../src/regression/index.ts";
import { collectCells } from "../../../src/regression/numerics/effect-cells.ts";
import { type GlmFamily, LOGIT, POISSON } from "../../../src/regression/numerics/glm-family.ts";
import { scoreEffects } from "../../../src/regression/numerics/scoring.ts";

const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};
const n = 4800; // below the size from which fitGlm starts by scoring itself
const rows = (make: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => make(i));
const x = [rows((i) => mix(i, 1)), rows((i) => 2000 + mix(i, 2))];
const count = rows((i) => 1 + Math.floor(4 * mix(i, 3) * Math.exp(x[0]![i]!)));
const binary = rows((i) => (mix(i, 3) + 0.3 * x[0]![i]! > 0.7 ? 1 : 0));
const weights = rows((i) => 0.5 + mix(i, 4));
const offset = rows((i) => 0.3 * mix(i, 5));

it.each<[string, GlmFamily, Float64Array, (i: number) => number, number, boolean]>([
  ["poisson, units in order", POISSON, count, (i) => i >> 3, 7, false],
  ["poisson, weights and offset, any order, several rows a cell", POISSON, count, (i) => i % 500, 3, true],
  ["poisson, so many units that a sample of them comes first", POISSON, count, (i) => (i * 7) % 3300, 9, true],
  ["logit", LOGIT, binary, (i) => i % 40, 11, true],
])("scoring on sums ends where the guarded iteration ends: %s", (_, family, y, unitOf, levels, weighted) => {
  const unit = Int32Array.from({ length: n }, (_row, i) => unitOf(i));
  const level = Int32Array.from({ length: n }, (_row, i) => Math.floor(levels * mix(i, 6)));
  const effects = [unit, level].map((codes, e) => ({
    specification: effectSpecifications("test", ["unit", "level"])[e]!,
    codes,
    count: codes.reduce((most, code) => Math.max(most, code + 1), 0),
    slopes: [],
    label: String,
  }));
  const fit = fitGlm("test", {
    outcome: y,
    columns: x,
    names: ["a", "b"],
    intercept: false,
    weights: weighted ? { values: weights, kind: "analytic" } : undefined,
    offset: weighted ? offset : undefined,
    effects,
    family,
    maxIterations: 50,
    tolerance: 1e-14,
  });
  const input = {
    family,
    y,
    columns: x,
    weights: weighted ? weights : undefined,
    offset: weighted ? offset : undefined,
    cells: collectCells(effects),
  };
  const start = (at: Int32Array | undefined): Float64Array => Float64Array.from(at ?? y.keys(), (i) => family.link(family.start(y[i]!, 1)));
  const scored = scoreEffects(input, start, 1e-14)!;
  expect(scored.iterations).toBeLessThan(16);
  for (let i = 0; i < n; i++) expect(Math.abs(scored.eta[i]! - fit.predictor[i]!)).toBeLessThan(1e-8);
});

it("scoring leaves to the guarded iteration what it does not fit", () => {
  const codes = Int32Array.from({ length: n }, (_, i) => i >> 1);
  const input = { family: POISSON, y: count, columns: x, weights: undefined, offset: undefined };
  const start = (): Float64Array => count.map(Math.log);
  const one = collectCells([{ codes, count: n / 2 }]);
  expect(scoreEffects({ ...input, cells: one }, start, 1e-8)).toBeUndefined();
  const many = collectCells([
    { codes, count: n / 2 },
    { codes: codes.map((code) => (code * 7) % 400), count: 400 },
  ]);
  expect(scoreEffects({ ...input, cells: many }, start, 1e-8)).toBeUndefined();
});

it("fits of many rows find separated rows too, and equal those that look for separation first", () => {
  const many = 6000;
  const column = (make: (i: number) => number): Float64Array => Float64Array.from({ length: many }, (_, i) => make(i));
  const draws = column((i) => 1 + Math.floor(5 * mix(i, 7)));
  const marked = column((i) => (i % 97 === 0 ? 1 : 0));
  const separatedDraws = draws.map((y, i) => (marked[i] === 1 ? 0 : y));
  const columns = { a: column((i) => mix(i, 8)), marked, unit: column((i) => Math.floor(i / 10)), time: column((i) => i % 10) };
  const options = { outcome: "y", regressors: ["a", "marked"], fixedEffects: ["unit", "time"] } as const;
  const apart = poisson(frame({ ...columns, y: separatedDraws }), options);
  expect(apart.separatedRows).toEqual(Array.from({ length: Math.ceil(many / 97) }, (_, r) => 97 * r));
  expect(apart.warnings.map(({ code }) => code)).toContain("SEPARATION");
  const sound = poisson(frame({ ...columns, y: draws }), options);
  const unchecked = poisson(frame({ ...columns, y: draws }), { ...options, separation: false });
  expect(sound.separatedRows).toEqual([]);
  expect(sound.estimates["a"]).toEqual(unchecked.estimates["a"]);
});
