import { expect, it } from "vitest";
import { exponentials } from "../../../src/regression/numerics/exponentials.ts";

const filled = (count: number, of: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => of(i));

it("exponentials by vectors are those of Math.exp to within two units in the last place, over the whole range of normal results", () => {
  const x = filled(20_001, (i) => -708 + (1416 * i) / 20_000);
  const out = new Float64Array(x.length);
  exponentials(x, out, 0, x.length);
  const worst = x.reduce((most, value, i) => Math.max(most, Math.abs(out[i]! / Math.exp(value) - 1)), 0);
  expect(worst).toBeLessThan(2 * Number.EPSILON);
});

it.each([0, -0, 1, -745, 709.7, 1e-300, 800, -800, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "e^%d amid a block",
  (value) => {
    const x = filled(1500, (i) => (i === 700 ? value : 0.5));
    const out = new Float64Array(x.length);
    exponentials(x, out, 0, x.length);
    if (!(Math.abs(value) <= 1)) expect(out[700]).toBe(Math.exp(value));
    else expect(out[700]).toBeCloseTo(Math.exp(value), 15);
    expect(out[699]).toBeCloseTo(Math.exp(0.5), 14);
  },
);

it("fills the rows asked for alone", () => {
  const x = filled(3001, (i) => i / 3001);
  const out = new Float64Array(x.length).fill(-1);
  exponentials(x, out, 300, 2801);
  expect(out.subarray(0, 300).every((value) => value === -1)).toBe(true);
  expect(out.subarray(2801).every((value) => value === -1)).toBe(true);
  expect(out[300]).toBeCloseTo(Math.exp(300 / 3001), 14);
  expect(out[2800]).toBeCloseTo(Math.exp(2800 / 3001), 14);
});
