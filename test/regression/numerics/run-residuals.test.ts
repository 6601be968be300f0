import { expect, it } from "vitest";
import { sumByGroup } from "../../../src/moments/index.ts";
import { createAbsorber } from "../../../src/regression/numerics/absorber.ts";
import { fillResiduals } from "../../../src/regression/numerics/residuals.ts";

const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};
const UNITS = 401;
const PERIODS = 9;
const rows: (readonly [number, number])[] = [];
for (let unit = 0; unit < UNITS; unit++)
  for (let period = 0; period < PERIODS; period++) if (unit % 5 > 0 || mix(PERIODS * unit + period, 1) < 0.8) rows.push([unit, period]);
const unit = { codes: Int32Array.from(rows, ([u]) => u), count: UNITS };
const time = { codes: Int32Array.from(rows, ([, t]) => t), count: PERIODS };
const column = (salt: number): Float64Array =>
  Float64Array.from(rows, ([u, t], i) => 50 + mix(i, salt) + 3 * mix(u, salt + 1) + t / PERIODS);
const largestGap = (a: Float64Array, b: Float64Array): number => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

it.each([
  ["one regressor, two effects", [unit, time], 1],
  ["two regressors, one effect", [unit], 2],
  ["three regressors, two effects", [unit, time], 3],
])("variables whose values are not stored are regressed as those that are: %s", (_, effects, k) => {
  const variables = Array.from({ length: k + 1 }, (_column, j) => column(10 * j + 2));
  const later = createAbsorber(effects, undefined).absorb(variables, true);
  const stored = createAbsorber(effects, undefined).absorb(variables);
  const { regress } = later[0]!;
  expect(regress).toBeDefined();
  const coefficients = Float64Array.from({ length: k }, (_column, j) => 0.3 * (j + 1));
  const [e, expected] = [new Float64Array(rows.length), new Float64Array(rows.length)];
  const columns = stored.slice(1).map(({ values }) => values);
  const sums = regress!(coefficients, e, unit);
  const plain = fillResiduals(stored[0]!.values, columns, new Float64Array(k), 0, coefficients, undefined, expected);
  expect(largestGap(e, expected)).toBeLessThan(1e-12);
  expect(sums.sumOfSquares / plain.sumOfSquares).toBeCloseTo(1, 12);
  expect(Math.abs(sums.total - plain.total)).toBeLessThan(1e-9);
  const groupSums = sumByGroup(columns, new Float64Array(k), expected, false, unit);
  expect(largestGap(groupSums, sums.groupSums!)).toBeLessThan(1e-10);
  for (let j = 0; j < k; j++) expect(Math.abs(sums.gradient[j]! - plain.gradient[j]!)).toBeLessThan(1e-8);
  for (let j = 0; j <= k; j++) {
    expect(later[j]!.values).toEqual(stored[j]!.values);
    expect(later[j]!.spread).toBe(stored[j]!.spread);
    for (let o = 0; o <= k; o++) expect(later[j]!.products![o]! / stored[j]!.products![o]!).toBeCloseTo(1, 12);
  }
});

it("a level that many like units meet keeps no more than rounding of one of them", () => {
  const n = 60_000;
  const codes = (of: (row: number) => number): Int32Array => Int32Array.from({ length: n }, (_, i) => of(i));
  const effects = [
    { codes: codes((i) => Math.floor(i / 3)), count: n / 3 },
    { codes: codes((i) => i % 3), count: 3 },
  ];
  const x = Float64Array.from({ length: n }, (_, i) => mix(i, 5) + (i % 3) / 3);
  const [absorbed] = createAbsorber(effects, undefined).absorb([x, x.map((value, i) => value * mix(i, 6))], true);
  expect(absorbed!.residual).toBeLessThan(2e-14);
});
