import fc from "fast-check";
import { expect, it } from "vitest";
import { createStream } from "../../../src/random/index.ts";
import { adjustForClusters } from "../../../src/rd/numerics/cluster-leverage.ts";
import { KERNELS, kernelAt } from "../../../src/rd/numerics/kernel.ts";
import { kolmogorovSmirnov, kolmogorovSmirnovPValue } from "../../../src/rd/numerics/kolmogorov-smirnov.ts";
import { localFit } from "../../../src/rd/numerics/local-fit.ts";
import { bestCandidate, brentMinimum } from "../../../src/rd/numerics/minimize.ts";
import { polynomialFit } from "../../../src/rd/numerics/polynomial-fit.ts";
import { buildSide, type Side } from "../../../src/rd/numerics/side.ts";
import { codesInOrder, columnInOrder, sortPairs, sortWithRows } from "../../../src/rd/numerics/sort.ts";
import { crossMoment, windowMoments } from "../../../src/rd/numerics/window-moments.ts";

it("sortWithRows() is a stable sort that moves tags along, whatever the distribution", () => {
  const stream = createStream(1);
  const shapes: readonly ((i: number) => number)[] = [
    () => stream.uniform(),
    () => Math.floor(stream.uniform() * 7),
    () => Math.floor(stream.uniform() * 700) - 300,
    () => Math.floor(stream.uniform() * 7) / 4,
    () => Math.exp(8 * stream.normal()),
    (i) => (i === 0 ? 1e12 : stream.normal()),
    () => 3,
    (i) => -i,
    () => (stream.uniform() < 0.5 ? 0 : stream.normal() * 1e-9),
  ];
  for (const shape of shapes) {
    for (const n of [0, 1, 2, 30, 700, 40_000]) {
      const input = Float64Array.from({ length: n }, (_, i) => shape(i));
      const sorted = sortWithRows(input);
      const { values, order } = sorted;
      const { tags } = sortPairs(
        input,
        input.map((value) => 2 * value),
      );
      const expected = Array.from({ length: n }, (_, i) => i).sort((a, b) => input[a]! - input[b]! || a - b);
      expect(Array.from(order)).toEqual(expected);
      expect(Array.from(values)).toEqual(expected.map((i) => input[i]!));
      expect(Array.from(tags)).toEqual(expected.map((i) => 2 * input[i]!));
      expect(Array.from(columnInOrder(input, sorted))).toEqual(Array.from(values));
      expect(codesInOrder(Int32Array.from(input.keys()), sorted)).toEqual(order);
    }
  }
});

function side(n: number, grid: number, weighted: boolean): Side {
  const stream = createStream(n);
  const x = Float64Array.from({ length: n }, () => {
    const value = stream.uniform();
    return grid > 0 ? Math.round(value / grid) * grid : value;
  }).sort();
  const columns = [0, 1, 2].map(() => Float64Array.from({ length: n }, () => stream.normal()));
  const weights = weighted ? Float64Array.from({ length: n }, () => 0.5 + stream.uniform()) : undefined;
  const clusters = Int32Array.from({ length: n }, () => stream.integer(9));
  const arrays = { sign: 1 as const, x, distance: x, columns, shifts: new Float64Array(3), weights, clusters, clusterCount: 9 };
  return buildSide(arrays, { kernel: KERNELS.epanechnikov, maximumOrder: 4, outcomeColumns: 2, matches: 3 });
}

it.each([
  ["continuous", 0, false],
  ["weighted", 0, true],
  ["mass points", 0.01, true],
])("running sums equal sums row by row: %s", (_, grid, weighted) => {
  const large = side(9000, grid, weighted);
  for (const kernel of [KERNELS.epanechnikov, KERNELS.uniform]) {
    const h = 0.77;
    const rows = large.distance.filter((d) => (kernel.closed ? d <= h : d < h)).length;
    const { gram, projections } = windowMoments(large, kernel, h, rows, 3);
    const plain = (j: number, column?: Float64Array, factor?: Float64Array): number => {
      let sum = 0;
      for (let i = 0; i < rows; i++) {
        const u = large.distance[i]! / h;
        sum += kernelAt(kernel, u) * (large.weights?.[i] ?? 1) * (column?.[i] ?? 1) * (factor?.[i] ?? 1) * u ** j;
      }
      return sum;
    };
    for (let j = 0; j <= 7; j++) expect(gram[j]! / plain(j)).toBeCloseTo(1, 10);
    for (let a = 0; a < 3; a++) for (let j = 0; j <= 3; j++) expect(projections[a * 4 + j]!).toBeCloseTo(plain(j, large.columns[a]), 8);
    expect(crossMoment(large, kernel, h, rows, 0, 1)).toBeCloseTo(plain(0, large.columns[1], large.columns[2]), 8);
  }
});

it("CR3 residuals are those of the fit without the cluster", () => {
  const small = side(80, 0, true);
  const fit = localFit(small, KERNELS.uniform, 1, 1)!;
  const residuals = Float64Array.from({ length: 80 }, (_, i) => {
    const u = small.distance[i]! / fit.h;
    return small.columns[0]![i]! - fit.coefficients[0]! - fit.coefficients[1]! * u;
  });
  adjustForClusters(small, KERNELS.uniform, fit, "CR3", residuals);
  for (const g of [0, 4]) {
    let [s0, s1, s2, t0, t1] = [0, 0, 0, 0, 0];
    for (let i = 0; i < 80; i++) {
      if (small.clusters![i] === g) continue;
      const [w, u, y] = [small.weights![i]!, small.distance[i]!, small.columns[0]![i]!];
      s0 += w;
      s1 += w * u;
      s2 += w * u * u;
      t0 += w * y;
      t1 += w * u * y;
    }
    const slope = (s0 * t1 - s1 * t0) / (s0 * s2 - s1 * s1);
    for (let i = 0; i < 80; i++) {
      if (small.clusters![i] !== g) continue;
      expect(residuals[i]!).toBeCloseTo(small.columns[0]![i]! - (t0 - slope * s1) / s0 - slope * small.distance[i]!, 9);
    }
  }
});

it("polynomialFit() returns the coefficients of an exact polynomial", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      (b, scale) => {
        const x = Float64Array.from({ length: 40 }, (_, i) => (i / 20 - 1) * scale);
        const y = x.map((t) => b[0]! + b[1]! * t + b[2]! * t ** 2 + b[3]! * t ** 3);
        const fit = polynomialFit(x, y, undefined, 3)!;
        b.forEach((value, j) => {
          expect(Math.abs(fit[j]! - value) * scale ** j).toBeLessThan(1e-9 * Math.max(1, ...y.map(Math.abs)));
        });
      },
    ),
    { seed: 2, numRuns: 30 },
  );
});

it("brentMinimum() and bestCandidate() find the bottom", () => {
  expect(brentMinimum((t) => (t - 1.7) ** 2 + 3, 0, 10, 1e-10)).toBeCloseTo(1.7, 7);
  const candidates = Float64Array.from({ length: 1000 }, (_, i) => i / 100);
  expect(bestCandidate((t) => Math.abs(t - 6.31), candidates)).toBeCloseTo(6.31, 10);
});

it("the exact Kolmogorov-Smirnov p-value counts orderings", () => {
  const [a, b] = [Float64Array.of(1, 2, 5), Float64Array.of(3, 4, 6, 7)];
  const observed = kolmogorovSmirnov(a, b);
  // all 35 ways to choose which three of seven values form the first group
  let [hits, total] = [0, 0];
  for (let mask = 0; mask < 128; mask++) {
    const first = [1, 2, 3, 4, 5, 6, 7].filter((_, i) => (mask >> i) & 1);
    if (first.length !== 3) continue;
    const rest = [1, 2, 3, 4, 5, 6, 7].filter((value) => !first.includes(value));
    total++;
    if (kolmogorovSmirnov(Float64Array.from(first), Float64Array.from(rest)) >= observed - 1e-12) hits++;
  }
  expect(total).toBe(35);
  expect(kolmogorovSmirnovPValue(observed, a, b)).toBeCloseTo(hits / total, 12);
});
