import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { ols } from "../../src/regression/index.ts";

const stream = createStream(11);
const n = 120;
const draw = (): Float64Array => stream.fillNormal(new Float64Array(n));
const data = frame({
  y: draw(),
  x: draw(),
  z: draw(),
  g: Float64Array.from({ length: n }, (_, i) => i % 15),
  constant: Float64Array.from({ length: n }, (_, i) => 1 + (i % 15) / 5),
  varying: Float64Array.from({ length: n }, () => 0.5 + stream.uniform()),
});
const errors = (weights: "constant" | "varying", variant: "CR2" | "CR3", weightedResiduals: boolean): number[] => {
  const vcov = { type: "cluster", by: "g", variant, weightedResiduals } as const;
  return Object.values(ols(data, { outcome: "y", regressors: ["x", "z"], weights, vcov }).estimates).map(
    ({ standardError }) => standardError,
  );
};

it("corrects weighted residuals as the jackknife does when weights are constant within clusters, and not otherwise", () => {
  const [sandwich, exact] = [errors("constant", "CR3", true), errors("constant", "CR3", false)];
  for (const [j, value] of sandwich.entries()) expect(value / exact[j]!).toBeCloseTo(1, 10);
  expect(errors("varying", "CR3", true)[1]).not.toBeCloseTo(errors("varying", "CR3", false)[1]!, 6);
});

it("equals the dense definition X'(I - H)^-p W e", () => {
  const rows = data.rows();
  const X = rows.map((row) => [1, row.x!, row.z!]);
  const w = Array.from(data.numbers("varying"));
  const k = 3;
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const invert = (A: number[][]): number[][] => {
    const m = A.length;
    const B = A.map((row, i) => [...row, ...Array.from({ length: m }, (_, j) => (i === j ? 1 : 0))]);
    for (let c = 0; c < m; c++) {
      const pivot = B.slice(c).reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(B[best]![c]!) ? c + i : best), c);
      [B[c], B[pivot]] = [B[pivot]!, B[c]!];
      const head = B[c]![c]!;
      B[c] = B[c]!.map((v) => v / head);
      for (let r = 0; r < m; r++) if (r !== c) B[r] = B[r]!.map((v, j) => v - B[r]![c]! * B[c]![j]!);
    }
    return B.map((row) => row.slice(m));
  };
  const cross = Array.from({ length: k }, (_, a) =>
    Array.from({ length: k }, (_v, b) => X.reduce((sum, x, i) => sum + w[i]! * x[a]! * x[b]!, 0)),
  );
  const A = invert(cross);
  const Xy = Array.from({ length: k }, (_, a) => X.reduce((sum, x, i) => sum + w[i]! * x[a]! * rows[i]!.y!, 0));
  const beta = A.map((row) => dot(row, Xy));
  const meat = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let g = 0; g < 15; g++) {
    const inside = rows.map((_, i) => i).filter((i) => i % 15 === g);
    const H = inside.map((i) =>
      inside.map(
        (j) =>
          dot(
            X[i]!,
            A.map((row) => dot(row, X[j]!)),
          ) * w[j]!,
      ),
    );
    const inverse = invert(H.map((row, i) => row.map((v, j) => (i === j ? 1 : 0) - v)));
    const We = inside.map((i) => w[i]! * (rows[i]!.y! - dot(X[i]!, beta)));
    const u = inverse.map((row) => dot(row, We));
    const score = Array.from({ length: k }, (_, a) => inside.reduce((sum, i, p) => sum + X[i]![a]! * u[p]!, 0));
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) meat[a]![b]! += score[a]! * score[b]!;
  }
  const variance = dot(
    A[1]!,
    meat.map((row) => dot(row, A[1]!)),
  );
  expect(errors("varying", "CR3", true)[1]).toBeCloseTo(Math.sqrt(variance), 10);
  expect(errors("varying", "CR2", true)[1]).toBeLessThan(errors("varying", "CR3", true)[1]!);
});
