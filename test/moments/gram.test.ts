import fc from "fast-check";
import { expect, it } from "vitest";
import { collectGram, crossGroups, isNested, mergeGrams, rawProducts } from "../../src/moments/index.ts";

const column = (n: number) => fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: n, maxLength: n });
const rowsOf = (n: number) => fc.tuple(column(n), column(n), column(n)).map((lists) => lists.map((list) => Float64Array.from(list)));
const weightsOf = (n: number) =>
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength: n, maxLength: n }).map((list) => Float64Array.from(list));

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(tolerance);
}

it("collectGram() equals the plain double sums around the mean", () => {
  fc.assert(
    fc.property(rowsOf(700), (columns) => {
      const { products, means } = collectGram(columns, undefined);
      const plain = columns.map((x) => x.reduce((sum, v) => sum + v, 0) / x.length);
      expectClose(means, plain, 1e-10);
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++) {
          const sum = columns[a]!.reduce((total, v, i) => total + (v - plain[a]!) * (columns[b]![i]! - plain[b]!), 0);
          expect(Math.abs(products[a * 3 + b]! - sum)).toBeLessThan(1e-6);
        }
    }),
    { numRuns: 20 },
  );
});

it("mergeGrams() of two parts equals the whole", () => {
  fc.assert(
    fc.property(rowsOf(40), weightsOf(40), fc.integer({ min: 0, max: 40 }), (columns, weights, cut) => {
      const part = (from: number, to: number) =>
        collectGram(
          columns.map((x) => x.slice(from, to)),
          weights.slice(from, to),
        );
      const whole = collectGram(columns, weights);
      const merged = mergeGrams(part(0, cut), part(cut, 40));
      expect(merged.weight).toBeCloseTo(whole.weight, 10);
      expectClose(merged.means, whole.means, 1e-10);
      expectClose(merged.products, whole.products, 1e-7);
    }),
  );
});

it("weights of collectGram() and rawProducts() repeat rows", () => {
  fc.assert(
    fc.property(rowsOf(15), weightsOf(15), (columns, weights) => {
      const repeated = columns.map((x) => Float64Array.from([...x].flatMap((v, i) => new Array<number>(weights[i]!).fill(v))));
      expectClose(collectGram(columns, weights).products, collectGram(repeated, undefined).products, 1e-8);
      expectClose(rawProducts(columns, weights), rawProducts(repeated, undefined), 1e-8);
    }),
  );
});

it("collectGram() keeps the digits of columns far from zero", () => {
  const x = Float64Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 7));
  const base = Float64Array.from({ length: 1000 }, (_, i) => i % 7);
  expect(collectGram([x], undefined).products[0]! / collectGram([base], undefined).products[0]!).toBeCloseTo(1, 12);
});

it("crossGroups() numbers observed combinations; isNested() sees levels inside others", () => {
  const a = { codes: Int32Array.of(0, 0, 1, 1, 2), count: 3 };
  const b = { codes: Int32Array.of(0, 1, 1, 1, 0), count: 2 };
  expect(crossGroups(a, b)).toEqual({ codes: Int32Array.of(0, 1, 2, 2, 3), count: 4 });
  expect(isNested(crossGroups(a, b), a)).toBe(true);
  expect(isNested(a, b)).toBe(false);
});
