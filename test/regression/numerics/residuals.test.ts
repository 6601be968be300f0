import { expect, it } from "vitest";
import { sumByGroup } from "../../../src/moments/index.ts";
import { fillResiduals, type ResidualGroups, type ResidualSums } from "../../../src/regression/numerics/residuals.ts";

const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};

it.each([
  ["few rows", 301, 5, false],
  ["few rows, weighted", 300, 4, true],
  ["many rows", 5001, 5, false],
  ["many rows, weighted", 4097, 4, true],
  ["many rows and columns, weighted", 4097, 7, true],
  ["no column", 3000, 0, true],
  ["one column", 2048, 1, false],
] as const)("residuals and their sums are those of plain loops: %s", (_, n, k, weighted) => {
  const column = (salt: number): Float64Array => Float64Array.from({ length: n }, (_row, i) => 100 * salt + mix(i, salt));
  const [y, weights] = [column(20), weighted ? column(0).map((w) => w + 0.1) : undefined];
  const columns = Array.from({ length: k }, (_column, j) => column(j + 1));
  const centers = Float64Array.from(columns, (_column, j) => 100 * (j + 1) + 0.5);
  const coefficients = Float64Array.from(columns, (_column, j) => 1 - 0.3 * j);
  const e = new Float64Array(n);
  const sums = fillResiduals(y, columns, centers, 2000.4, coefficients, weights, e);
  const gradient = new Float64Array(k);
  let [total, squares, worst] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    let own = y[i]! - 2000.4;
    for (let j = 0; j < k; j++) own -= (columns[j]![i]! - centers[j]!) * coefficients[j]!;
    worst = Math.max(worst, Math.abs(own - e[i]!));
    const w = weights?.[i] ?? 1;
    total += w * own;
    squares += w * own * own;
    for (let j = 0; j < k; j++) gradient[j]! += w * own * (columns[j]![i]! - centers[j]!);
  }
  expect(worst).toBeLessThan(1e-12);
  expect(Math.abs(sums.total - total)).toBeLessThan(1e-8);
  expect(sums.sumOfSquares / squares).toBeCloseTo(1, 12);
  for (let j = 0; j < k; j++) expect(Math.abs(sums.gradient[j]! - gradient[j]!)).toBeLessThan(1e-8);
});

it.each([
  [3, true, true],
  [4, false, false],
  [19, true, false],
])("sums by group along the way are those of the residuals: %i columns, constant %s, weighted %s", (k, constant, weighted) => {
  const n = 3001;
  const column = (salt: number): Float64Array => Float64Array.from({ length: n }, (_row, i) => salt + mix(i, salt));
  const weights = weighted ? column(0).map((w) => w + 0.1) : undefined;
  const columns = Array.from({ length: k }, (_column, j) => column(j + 1));
  const centers = Float64Array.from(columns, (_column, j) => j + 1.5);
  const coefficients = Float64Array.from(columns, (_column, j) => 0.5 - 0.1 * j);
  const codes = Int32Array.from({ length: n }, (_, i) => (i * 5) % 17);
  const e = new Float64Array(n);
  const run = (groups?: ResidualGroups): ResidualSums => fillResiduals(column(30), columns, centers, 30, coefficients, weights, e, groups);
  const { groupSums, ...along } = run({ codes, count: 17, constant });
  const multipliers = e.map((value, i) => value * (weights?.[i] ?? 1));
  const expected = sumByGroup(columns, centers, multipliers, constant, { codes, count: 17 });
  expect(groupSums).toEqual(expected);
  const apart = run();
  expect([along.total, along.sumOfSquares]).toEqual([apart.total, apart.sumOfSquares]);
  const worst = Math.max(...along.gradient.map((sum, j) => Math.abs(sum - apart.gradient[j]!)));
  expect(worst).toBeLessThan(1e-10); // summed in another order
});
