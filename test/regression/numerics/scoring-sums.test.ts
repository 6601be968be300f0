import { expect, it } from "vitest";
import { collectCells } from "../../../src/regression/numerics/effect-cells.ts";
import { openScoringSums, type WorkingRows } from "../../../src/regression/numerics/scoring-arrays.ts";
import { fillByLoops } from "../../../src/regression/numerics/scoring-sums.ts";
import { fillByVectors } from "../../../src/regression/numerics/scoring-vectors.ts";

const mix = (i: number, salt: number): number => {
  const value = Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};

it.each([
  [0, 3001],
  [2, 4096],
  [3, 3001],
])("sums of a scoring step by vectors are those of plain loops: %i regressors, %i rows", (k, rows) => {
  const codes = (of: (row: number) => number): Int32Array => Int32Array.from({ length: rows }, (_, i) => of(i));
  const units = { codes: codes((i) => Math.floor(i / 20)), count: Math.ceil(rows / 20) };
  const cells = collectCells([units, { codes: codes((i) => (i * 3) % 20), count: 20 }]);
  const columns = Array.from({ length: k }, (_column, j) => Float64Array.from({ length: rows }, (_row, i) => 5 * j + mix(i, j)));
  const centers = Float64Array.from(columns, (_column, j) => 5 * j + 0.5);
  const weight = Float64Array.from({ length: rows }, (_, i) => 0.1 + mix(i, 20));
  const score = Float64Array.from({ length: rows }, (_, i) => mix(i, 21) - 0.5);
  const [fast, plain] = [openScoringSums(cells, k), openScoringSums(cells, k)];
  const working: WorkingRows = (start, end, w, s) => {
    w.set(weight.subarray(start, end));
    s.set(score.subarray(start, end));
  };
  expect(fillByVectors(cells, columns, centers, working, fast)).toBe(true);
  fillByLoops(cells, columns, centers, working, plain);
  for (const key of ["units", "levels", "scores", "cells"] as const) {
    const gap = plain[key].reduce((most, value, p) => Math.max(most, Math.abs(value - fast[key][p]!)), 0);
    expect(gap).toBeLessThan(1e-10);
  }
  for (let j = 0; j < k; j++)
    for (let other = 0; other <= j; other++)
      expect(Math.abs(fast.products[j * k + other]! - plain.products[j * k + other]!)).toBeLessThan(1e-9);
});

it("few rows are left to the plain loops", () => {
  const cells = collectCells([
    { codes: Int32Array.of(0, 0, 1, 1), count: 2 },
    { codes: Int32Array.of(0, 1, 0, 1), count: 2 },
  ]);
  const ones = new Float64Array(4).fill(1);
  expect(fillByVectors(cells, [ones], new Float64Array(1), () => undefined, openScoringSums(cells, 1))).toBe(false);
});
