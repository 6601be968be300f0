import { expect, it } from "vitest";
import { rawProducts } from "../../../src/moments/index.ts";
import type { Four } from "../../../src/regression/numerics/four-columns.ts";
import { subtractRuns, sumRuns } from "../../../src/regression/numerics/run-kernels.ts";

const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};
const LEVELS = 7;

function rowsOf(sizes: readonly number[]): { readonly x: Four; readonly rowOffsets: Int32Array; readonly units: Int32Array; n: number } {
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const column = (salt: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 10 * salt + mix(i, salt));
  const rowOffsets = new Int32Array(sizes.length + 1);
  sizes.forEach((size, u) => {
    rowOffsets[u + 1] = rowOffsets[u]! + size;
  });
  const units = Int32Array.from(sizes.flatMap((size, u) => new Array<number>(size).fill(u)));
  return { x: [column(1), column(2), column(3), column(4)], rowOffsets, units, n };
}
const uneven = Array.from({ length: 400 }, (_, u) => 1 + ((u * u) % 11));

it.each<[string, readonly number[], boolean, boolean]>([
  ["few rows", [3, 1, 4], true, true],
  ["units of many sizes", uneven, true, false],
  ["weighted, an odd number of rows", [...uneven, 1], true, true],
  ["a unit larger than a block", [...uneven, 2500, 2, 3100], true, true],
  ["no other effect", uneven, false, true],
  ["units of exactly a block", [2048, 2048], true, false],
])("rows in runs are summed and subtracted as one by one: %s", (_, sizes, withLevels, weighted) => {
  const { x, rowOffsets, units, n } = rowsOf(sizes);
  const codes = Int32Array.from({ length: n }, (_row, i) => Math.floor(LEVELS * mix(i, 5)));
  const weights = weighted ? Float64Array.from({ length: n }, (_row, i) => 0.5 + mix(i, 6)) : undefined;
  const levelCount = withLevels ? LEVELS : 0;
  const rows = { rowOffsets, otherCodes: withLevels ? [codes] : [], levelCount };
  const origin = Float64Array.from(x, (values) => values[0]!);
  const unitWeights = new Float64Array(sizes.length);
  for (let i = 0; i < n; i++) unitWeights[units[i]!]! += weights?.[i] ?? 1;
  const [unitSums, levelSums, squares] = [
    new Float64Array(4 * sizes.length),
    new Float64Array(4 * levelCount),
    new Float64Array(4).fill(Number.NaN),
  ];
  sumRuns(x, origin, rows, weights, unitWeights, unitSums, levelSums, squares);
  const alpha = Float64Array.from(unitSums, (_sum, at) => mix(at, 8));
  const beta = Float64Array.from(levelSums, (_sum, at) => mix(at, 9));
  const y = x.map(() => new Float64Array(n)) as unknown as Four;
  const products = subtractRuns(x, y, origin, rows, alpha, beta);
  x.forEach((values, lane) => {
    const [sums, expected] = [new Float64Array(sizes.length), new Float64Array(levelCount)];
    for (let i = 0; i < n; i++) sums[units[i]!]! += (weights?.[i] ?? 1) * (values[i]! - origin[lane]!);
    let [square, worst] = [0, 0];
    for (let i = 0; i < n; i++) {
      const [w, unit] = [weights?.[i] ?? 1, units[i]!];
      const deviation = values[i]! - origin[lane]! - sums[unit]! / unitWeights[unit]!;
      square += w * deviation * deviation;
      if (withLevels) expected[codes[i]!]! += w * deviation;
      const left = values[i]! - origin[lane]! - alpha[4 * unit + lane]! - (withLevels ? beta[4 * codes[i]! + lane]! : 0);
      worst = Math.max(worst, Math.abs(y[lane]![i]! - left));
    }
    expect(squares[lane]! / square).toBeCloseTo(1, 12);
    expect(worst).toBeLessThan(1e-13);
    for (const [u, sum] of sums.entries()) expect(Math.abs(unitSums[4 * u + lane]! - sum)).toBeLessThan(1e-11);
    for (const [l, sum] of expected.entries()) expect(Math.abs(levelSums[4 * l + lane]! - sum)).toBeLessThan(1e-10);
  });
  if (products === undefined) return;
  const plain = rawProducts(y, undefined);
  for (let a = 0, at = 0; a < 4; a++) for (let b = 0; b <= a; b++, at++) expect(products[at]! / plain[4 * a + b]!).toBeCloseTo(1, 11);
});
