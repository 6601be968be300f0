import { createStream } from "../../random/index.ts";

/** Pivots of a correlation matrix below this are rounding: the term depends on earlier ones. */
const DEPENDENT = 1e-12;

/**
 * Lower factor of a positive semi-definite matrix (n by n, row-major): `L L' = A`, with zero columns for dependent terms.
 */
export function semiDefiniteFactor(A: Float64Array, n: number): Float64Array {
  const L = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    let pivot = A[j * n + j]!;
    for (let p = 0; p < j; p++) pivot -= L[j * n + p]! * L[j * n + p]!;
    if (!(pivot > DEPENDENT * A[j * n + j]!)) continue;
    const root = Math.sqrt(pivot);
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = A[i * n + j]!;
      for (let p = 0; p < j; p++) sum -= L[i * n + p]! * L[j * n + p]!;
      L[i * n + j] = sum / root;
    }
  }
  return L;
}

/** `draws` rows of N(0, A), A n by n, row-major. */
export function normalDraws(A: Float64Array, n: number, draws: number, seed: number): Float64Array {
  const out = new Float64Array(draws * n);
  eachBlock(semiDefiniteFactor(A, n), n, draws, seed, (values, from, count) => {
    for (let b = 0; b < count; b++) for (let i = 0; i < n; i++) out[(from + b) * n + i] = values[i * BLOCK + b]!;
  });
  return out;
}

/** Largest absolute entry of each of `draws` vectors from N(0, R), R a correlation matrix. */
export function largestStandardized(R: Float64Array, n: number, draws: number, seed: number): Float64Array {
  const out = new Float64Array(draws);
  eachBlock(semiDefiniteFactor(R, n), n, draws, seed, (values, from, count) => {
    for (let i = 0; i < n; i++) {
      for (let b = 0; b < count; b++) {
        const value = values[i * BLOCK + b]!;
        const size = value < 0 ? -value : value;
        if (size > out[from + b]!) out[from + b] = size;
      }
    }
  });
  return out;
}

/** Draws worked on together. */
const BLOCK = 64;

/** Calls with blocks of draws `L z`: `values[i * BLOCK + b]`. */
function eachBlock(
  L: Float64Array,
  n: number,
  draws: number,
  seed: number,
  visit: (values: Float64Array, from: number, count: number) => void,
): void {
  const z = new Float64Array((n + 1) * BLOCK);
  const values = new Float64Array((n + 1) * BLOCK);
  const normals = polarNormals(seed);
  for (let from = 0; from < draws; from += BLOCK) {
    const count = Math.min(BLOCK, draws - from);
    for (let b = 0; b < count; b++) for (let i = 0; i < n; i++) z[i * BLOCK + b] = normals();
    multiplyLower(L, n, z, values);
    visit(values, from, count);
  }
}

/** Standard normals by Marsaglia's polar method: two from each accepted pair of uniforms. */
function polarNormals(seed: number): () => number {
  const stream = createStream(seed);
  const uniforms = new Float64Array(512);
  let next = uniforms.length;
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      if (next === uniforms.length) {
        stream.fillUniform(uniforms);
        next = 0;
      }
      const u = 2 * uniforms[next]! - 1;
      const v = 2 * uniforms[next + 1]! - 1;
      next += 2;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = v * scale;
      return u * scale;
    }
  };
}

/** `L z` for a block of columns, L lower triangular; two rows and four columns at a time. */
function multiplyLower(L: Float64Array, n: number, z: Float64Array, out: Float64Array): void {
  for (let i = 0; i < n; i += 2) {
    const first = i * n;
    const second = i + 1 < n ? first + n : first; // without a second row its sums go to spare room
    const stop = i + 1 < n ? i + 2 : i + 1;
    for (let b = 0; b < BLOCK; b += 4) {
      let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let p = 0, j = b; p < stop; p++, j += BLOCK) {
        const x = L[first + p]!;
        const y = L[second + p]!;
        const z0 = z[j]!;
        const z1 = z[j + 1]!;
        const z2 = z[j + 2]!;
        const z3 = z[j + 3]!;
        s0 += x * z0;
        s1 += x * z1;
        s2 += x * z2;
        s3 += x * z3;
        t0 += y * z0;
        t1 += y * z1;
        t2 += y * z2;
        t3 += y * z3;
      }
      const to = i * BLOCK + b;
      out[to] = s0;
      out[to + 1] = s1;
      out[to + 2] = s2;
      out[to + 3] = s3;
      out[to + BLOCK] = t0;
      out[to + BLOCK + 1] = t1;
      out[to + BLOCK + 2] = t2;
      out[to + BLOCK + 3] = t3;
    }
  }
}
