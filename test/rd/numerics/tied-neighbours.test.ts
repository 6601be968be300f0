import fc from "fast-check";
import { expect, it } from "vitest";
import type { Side } from "../../../src/rd/numerics/side.ts";
import { distinctStarts } from "../../../src/rd/numerics/side.ts";
import { tiedNeighbourResiduals } from "../../../src/rd/numerics/tied-neighbours.ts";

const sideOf = (distance: Float64Array, outcome: Float64Array): Side =>
  ({ distance, columns: [outcome], starts: distinctStarts(distance) }) as unknown as Side;

/** The definition, row by row: whoever stands at one of the smallest distinct positive distances is a neighbour. */
function byDefinition(x: Float64Array, y: Float64Array, matches: number): Float64Array {
  return x.map((own, i) => {
    const distances = [...new Set(Array.from(x, (other) => Math.abs(other - own)))].filter((d) => d > 0).sort((a, b) => a - b);
    const near = new Set(distances.slice(0, matches));
    const neighbours = Array.from(y).filter((_, j) => near.has(Math.abs(x[j]! - own)));
    const m = neighbours.length;
    return Math.sqrt(m / (m + 1)) * (y[i]! - neighbours.reduce((sum, value) => sum + value, 0) / m);
  });
}

it("is the definition, with ties and repeated values", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 25 }), fc.integer({ min: -9, max: 9 })), { minLength: 4, maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (rows, matches) => {
        rows.sort(([a], [b]) => a - b);
        const x = Float64Array.from(rows, ([value]) => value);
        const y = Float64Array.from(rows, ([, value]) => value);
        fc.pre(x[0] !== x[x.length - 1]);
        const expected = byDefinition(x, y, matches);
        tiedNeighbourResiduals(sideOf(x, y), x.length, matches)!.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 10);
        });
      },
    ),
  );
});

it("looks no farther than the window, and has none where one value is all there is", () => {
  const x = Float64Array.of(0, 1, 2, 3, 3, 9);
  const y = Float64Array.of(1, 5, 2, 4, 8, 100);
  expect(tiedNeighbourResiduals(sideOf(x, y), 5, 3)).toEqual(byDefinition(x.slice(0, 5), y.slice(0, 5), 3));
  expect(tiedNeighbourResiduals(sideOf(x.slice(3, 5), y), 2, 3)).toBeUndefined();
});
