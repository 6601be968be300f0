import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { factor, ols } from "../../src/regression/index.ts";

// Samples large enough for the vector kernels, small enough to write the second effect out.
const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};

interface Rows {
  readonly y: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly unit: Float64Array;
  readonly time: Float64Array;
  readonly w: Float64Array;
}

/** An unbalanced panel; `parts` groups of units that share no period with each other. */
function panelRows(parts: number): Rows {
  const keys: (readonly [number, number])[] = [];
  for (let unit = 0; unit < 420; unit++) {
    const part = unit % parts;
    for (let period = 0; period < 8; period++) if (mix(8 * unit + period, 1) < 0.8) keys.push([unit, 8 * part + period]);
  }
  const column = (make: (i: number, unit: number, time: number) => number): Float64Array =>
    Float64Array.from(keys, ([unit, time], i) => make(i, unit, time));
  return {
    y: column((i, unit, time) => 3 * mix(unit, 2) + mix(time, 3) + mix(i, 4)),
    a: column((i, unit) => mix(i, 5) + mix(unit, 6)),
    b: column((i, _unit, time) => mix(i, 7) - time),
    unit: column((_i, unit) => unit),
    time: column((_i, _unit, time) => time),
    w: column((i) => 1 + Math.floor(3 * mix(i, 8))),
  };
}

function shuffled(rows: Rows): Rows {
  const order = Array.from(rows.y, (_, i) => i).sort((i, j) => mix(i, 9) - mix(j, 9));
  const take = (x: Float64Array): Float64Array => Float64Array.from(order, (i) => x[i]!);
  const { y, a, b, unit, time, w } = rows;
  return { y: take(y), a: take(a), b: take(b), unit: take(unit), time: take(time), w: take(w) };
}

function expectSame(first: ReturnType<typeof ols>, second: ReturnType<typeof ols>, standardErrors: boolean): void {
  for (const term of ["a", "b"]) {
    const [one, other] = [first.estimates[term]!, second.estimates[term]!];
    expect(Math.abs(one.estimate - other.estimate)).toBeLessThan(1e-11);
    if (standardErrors) expect(one.standardError / other.standardError).toBeCloseTo(1, 10);
  }
}

it.each([
  ["connected", 1, undefined],
  ["connected, analytic weights", 1, { column: "w", kind: "analytic" }],
  ["three components", 3, undefined],
  ["three components, frequency weights", 3, { column: "w", kind: "frequency" }],
] as const)("many rows: both effects absorbed equal the periods written out, in any order of rows: %s", (_, parts, weights) => {
  const rows = panelRows(parts);
  const common = { outcome: "y", cluster: "unit", ...(weights === undefined ? {} : { weights }) } as const;
  const absorbed = ols(frame({ ...rows }), { ...common, regressors: ["a", "b"], fixedEffects: ["unit", "time"] });
  const written = ols(frame({ ...rows }), { ...common, regressors: ["a", "b", factor("time")], fixedEffects: ["unit"] });
  expectSame(absorbed, written, false);
  const mixed = ols(frame({ ...shuffled(rows) }), { ...common, regressors: ["a", "b"], fixedEffects: ["unit", "time"] });
  expectSame(absorbed, mixed, true);
});

it("many rows: frequency weights repeat rows", () => {
  const rows = panelRows(1);
  const repeat = (x: Float64Array): Float64Array =>
    Float64Array.from(Array.from(x, (v, i) => new Array<number>(rows.w[i]!).fill(v)).flat());
  const copies = { y: repeat(rows.y), a: repeat(rows.a), b: repeat(rows.b), unit: repeat(rows.unit), time: repeat(rows.time) };
  const options = { outcome: "y", regressors: ["a", "b"], fixedEffects: ["unit", "time"], cluster: "time" } as const;
  expectSame(ols(frame({ ...rows }), { ...options, weights: { column: "w", kind: "frequency" } }), ols(frame(copies), options), true);
});

it.each([
  ["a missing regressor", "x", Number.NaN],
  ["a missing outcome", "y", Number.NaN],
  ["a missing cluster", "g", Number.NaN],
] as const)("rows with %s are left out of many as of few", (_, name, value) => {
  const rows = 12_000;
  const wave = (salt: number): Float64Array =>
    Float64Array.from({ length: rows }, (_row, i) => Math.sin(i * salt) + Math.cos(i * i * salt));
  const columns = { y: wave(1.7), x: wave(0.9), z: wave(2.3), g: Float64Array.from({ length: rows }, (_row, i) => i % 31) };
  columns[name][7001] = value;
  const call = { outcome: "y", regressors: ["x", "z"], cluster: "g" } as const;
  const fit = ols(frame(columns), call);
  const without = Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values.filter((_row, i) => i !== 7001)]));
  const expected = ols(frame(without), call);
  expect(fit.sample).toMatchObject({ used: rows - 1, dropped: [{ reason: `missing "${name}"`, rows: 1 }] });
  expect(fit.estimates).toEqual(expected.estimates);
  columns[name][7001] = Number.POSITIVE_INFINITY;
  if (name !== "g") expect(() => ols(frame(columns), call)).toThrow("must be finite: row 7001");
});
