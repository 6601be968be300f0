import fc from "fast-check";
import { expect, it } from "vitest";
import { factorize, lowerBound } from "../../src/data/factorize.ts";

const naive = (values: readonly number[]) => {
  const distinct = [...new Set(values.filter((v) => !Number.isNaN(v)).map((v) => v + 0))].sort((a, b) => a - b);
  return { values: distinct, codes: values.map((v) => (Number.isNaN(v) ? -1 : distinct.indexOf(v + 0))) };
};
const agrees = (values: readonly number[]): void => {
  const { codes, values: distinct } = factorize(Float64Array.from(values));
  const expected = naive(values);
  expect([...codes]).toEqual(expected.codes);
  expect([...distinct].map((v) => v + 0)).toEqual(expected.values);
};

it.each([
  ["narrow integers", fc.integer({ min: -50, max: 50 })],
  ["wide integers", fc.integer()],
  ["doubles", fc.double()],
  ["few doubles", fc.constantFrom(-0, 0, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e300)],
] as const)("factorize() ranks %s as a sorted set does", (_name, value) => {
  fc.assert(fc.property(fc.array(value, { maxLength: 60 }), agrees));
});

it("factorize() ranks long columns, with many and with few distinct values", () => {
  const wide = Float64Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 9000) * 1e6 + 0.5);
  const { codes, values } = factorize(wide);
  expect(values.length).toBe(9000);
  expect(wide.every((value, i) => values[codes[i]!] === value)).toBe(true);
  const continuous = Float64Array.from({ length: 50_000 }, (_, i) => Math.sin(i));
  const ranks = factorize(continuous);
  expect(ranks.values.length).toBe(50_000);
  expect(continuous.every((value, i) => ranks.values[ranks.codes[i]!] === value)).toBe(true);
});

it("lowerBound() finds the first value that is not below", () => {
  const sorted = Float64Array.of(1, 3, 3, 5);
  expect([0, 1, 2, 3, 4, 5, 6].map((value) => lowerBound(sorted, value))).toEqual([0, 0, 1, 1, 3, 3, 4]);
});
