import fc from "fast-check";
import { expect, it } from "vitest";
import {
  choleskyInverse,
  choleskySolve,
  fromRows,
  multiply,
  multiplyVector,
  pseudoInverse,
  sandwich,
  symmetricEigen,
  symmetricPower,
  toRows,
} from "../../src/linalg/index.ts";

/** A'A of a random n + 3 by n matrix: positive definite. */
const definite = (n: number): fc.Arbitrary<Float64Array> =>
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: (n + 3) * n, maxLength: (n + 3) * n }).map((entries) => {
    const A = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) for (let r = 0; r < n + 3; r++) A[i * n + j]! += entries[r * n + i]! * entries[r * n + j]!;
      A[i * n + i]! += 0.1;
    }
    return A;
  });

it("choleskySolve() solves, whatever the units of the rows", () => {
  fc.assert(
    fc.property(definite(4), fc.constantFrom(1e-9, 1, 1e9), (A, unit) => {
      const d = [unit, 1, 1 / unit, 3];
      const V = A.map((v, k) => v * d[Math.floor(k / 4)]! * d[k % 4]!);
      const x = Float64Array.from([1 / d[0]!, -2 / d[1]!, 0.5 / d[2]!, 4 / d[3]!]);
      const solved = choleskySolve(V, multiplyVector(V, x, 4, 4))!;
      for (const [i, value] of solved.entries()) expect(value / x[i]!).toBeCloseTo(1, 6);
    }),
  );
});

it("choleskySolve() refuses a singular and an indefinite matrix", () => {
  expect(choleskySolve(fromRows([[1, 1], [1, 1]]), Float64Array.of(1, 1))).toBeUndefined(); // biome-ignore format: a matrix
  expect(choleskySolve(fromRows([[1e-20, 1e-20], [1e-20, 1e-20]]), Float64Array.of(1, 1))).toBeUndefined(); // biome-ignore format: a matrix
  expect(choleskySolve(fromRows([[1, 2], [2, 1]]), Float64Array.of(1, 1))).toBeUndefined(); // biome-ignore format: a matrix
});

it("choleskyInverse() and pseudoInverse() agree where both exist", () => {
  fc.assert(
    fc.property(definite(5), (A) => {
      const [a, b] = [choleskyInverse(A, 5)!, pseudoInverse(A, 5)];
      const size = Math.max(...a.map(Math.abs));
      for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-9 * size);
    }),
  );
});

it("symmetricEigen() gives back the matrix, in ascending order", () => {
  fc.assert(
    fc.property(definite(5), (A) => {
      const { values, vectors } = symmetricEigen(A, 5);
      const back = sandwich(
        vectors,
        Float64Array.from({ length: 25 }, (_, k) => (k % 6 === 0 ? values[k / 6]! : 0)),
        5,
        5,
      );
      for (const [k, value] of back.entries()) expect(Math.abs(value - A[k]!)).toBeLessThan(1e-11 * (1 + values[4]!));
      for (let i = 1; i < 5; i++) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]!);
    }),
  );
});

it("symmetricPower() of a singular matrix leaves its null space at zero", () => {
  const A = fromRows([[2, 2], [2, 2]]); // biome-ignore format: a matrix
  expect(toRows(symmetricPower(A, 2, -1), 2).flat()).toEqual(expect.arrayContaining([expect.closeTo(0.125, 12)]));
  const root = symmetricPower(A, 2, 0.5);
  for (const value of multiply(root, root, 2, 2, 2)) expect(value).toBeCloseTo(2, 12);
});
