import { expect, it } from "vitest";
import { factorizeWhole } from "../../src/data/factorize.ts";
import { knownFactor } from "../../src/data/known-factors.ts";

const ROWS = 5000;
const filled = (of: (i: number) => number): Float64Array => Float64Array.from({ length: ROWS }, (_, i) => of(i));

it("is the factor of the same array again", () => {
  const values = filled((i) => (7 * i) % 100);
  const first = knownFactor(values);
  expect(first).toEqual(factorizeWhole(values));
  expect(knownFactor(values)).toBe(first);
  expect(knownFactor(values.slice())).not.toBe(first);
});

it.each([
  ["consecutive values", (i: number) => 10 + (i % 50), 12],
  ["values with gaps", (i: number) => 3 * (i % 50), 6],
  ["values with gaps, one that was not there", (i: number) => 3 * (i % 50), 7],
])("sees that an array was changed: %s", (_, of, value) => {
  const values = filled(of);
  const before = knownFactor(values);
  values[ROWS - 1] = value;
  const after = knownFactor(values);
  expect(after).not.toBe(before);
  expect(after).toEqual(factorizeWhole(values));
  values[17] = Number.NaN;
  expect(knownFactor(values)).toBeUndefined();
});

it("few rows are not kept", () => {
  const values = Float64Array.of(1, 2, 1);
  expect(knownFactor(values)).not.toBe(knownFactor(values));
});
