import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { collectOls, finishOls, mergeOls, ols } from "../../src/regression/index.ts";

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
