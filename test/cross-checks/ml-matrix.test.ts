import fc from "fast-check";
import { CholeskyDecomposition, EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { expect, it } from "vitest";
import { choleskyInverse, choleskySolve, symmetricEigen } from "../../src/linalg/index.ts";

/** A random symmetric matrix with eigenvalues of at least 0.5: A'A + 0.5 I. */
const positiveDefinite = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: size * size, maxLength: size * size }).map((entries) => {
    const A = Matrix.from1DArray(size, size, entries);
    return A.transpose().mmul(A).add(Matrix.eye(size).mul(0.5));
  }),
);

const flat = (matrix: Matrix): Float64Array => Float64Array.from(matrix.to1DArray());

function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  expect(ours.length).toBe(theirs.length);
  for (let i = 0; i < ours.length; i++) expect(Math.abs(ours[i]! - theirs[i]!)).toBeLessThan(1e-10 * (1 + Math.abs(theirs[i]!)));
}

it("solves and inverts as ml-matrix does", () => {
  fc.assert(
    fc.property(positiveDefinite, (V) => {
      const r = Float64Array.from({ length: V.rows }, (_, i) => i - 1.5);
      expectClose(choleskySolve(flat(V), r)!, new CholeskyDecomposition(V).solve(Matrix.columnVector(r)).to1DArray());
      expectClose(choleskyInverse(flat(V), V.rows)!, inverse(V).to1DArray());
    }),
  );
});

it("finds the eigenvalues that ml-matrix finds", () => {
  fc.assert(
    fc.property(positiveDefinite, (V) => {
      const ours = Array.from(symmetricEigen(flat(V), V.rows).values).sort((a, b) => a - b);
      const theirs = [...new EigenvalueDecomposition(V, { assumeSymmetric: true }).realEigenvalues].sort((a, b) => a - b);
      expectClose(ours, theirs);
    }),
  );
});
