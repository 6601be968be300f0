import { expect, it } from "vitest";
import { sumByGroup, sumByLoops } from "../../src/moments/group-sums.ts";

it.each([
  [1, false],
  [3, true],
  [4, false],
  [16, true],
  [35, false],
])("sums by group equal the plain loops bit for bit and sums row by row: %i columns, constant %s", (k, constant) => {
  const rows = 2500;
  const columns = Array.from({ length: k }, (_, j) => Float64Array.from({ length: rows }, (_row, i) => 10 * j + Math.sin(i * (j + 1.3))));
  const centers = Float64Array.from(columns, (_, j) => 10 * j + 0.1);
  const u = Float64Array.from({ length: rows }, (_, i) => Math.cos(i * 0.7));
  const codes = Int32Array.from({ length: rows }, (_, i) => (i < 900 ? Math.floor(i / 90) : (i * 7) % 13));
  const groups = { codes, count: 13 };
  const sums = sumByGroup(columns, centers, u, constant, groups);
  expect(sums).toEqual(sumByLoops(columns, centers, u, constant, groups));
  const width = k + (constant ? 1 : 0);
  let [own, last] = [0, 0];
  codes.forEach((code, i) => {
    if (code !== 5) return;
    own += u[i]!;
    last += u[i]! * (columns[k - 1]![i]! - centers[k - 1]!);
  });
  if (constant) expect(sums[5 * width]).toBeCloseTo(own, 12);
  expect(sums[5 * width + width - 1]).toBeCloseTo(last, 10);
});

it("sums of groups without a column are empty", () => {
  expect(sumByGroup([], new Float64Array(0), new Float64Array(3000), false, { codes: new Int32Array(3000), count: 1 })).toEqual(
    new Float64Array(0),
  );
});
