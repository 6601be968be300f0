import { createStream } from "../../random/index.ts";
import { blockKernels } from "./block-kernels.ts";
import { BLOCK } from "./block-size.ts";

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

/** Calls with blocks of draws `L z`: `values[i * BLOCK + b]`. */
function eachBlock(
  L: Float64Array,
  n: number,
  draws: number,
  seed: number,
  visit: (values: Float64Array, from: number, count: number) => void,
): void {
  const kernels = blockKernels();
  const [z, values, zeros, factor] = [0, n * BLOCK, 2 * n * BLOCK, (2 * n + 1) * BLOCK];
  const M = kernels.memory(factor + n * n);
  M.fill(0, 0, factor);
  M.set(L, factor);
  const own = M.subarray(values, zeros);
  const normals = new Float64Array(2 * Math.ceil((BLOCK * n + 1) / 2));
  const fill = polarNormals(seed);
  for (let from = 0; from < draws; from += BLOCK) {
    const count = Math.min(BLOCK, draws - from);
    fill(normals, count * n);
    for (let b = 0, k = 0; b < count; b++) for (let i = 0; i < n; i++) M[z + i * BLOCK + b] = normals[k++]!;
    for (let i = 0; i < n; i++) kernels.linear(values + i * BLOCK, zeros, z, factor + i * n, i + 1, 1);
    visit(own, from, count);
  }
}

/** Fills arrays with standard normals by Marsaglia's polar method: two from each accepted pair of uniforms, an odd one kept for the next call. */
function polarNormals(seed: number): (out: Float64Array, count: number) => void {
  const stream = createStream(seed);
  const uniforms = new Float64Array(512);
  let next = uniforms.length;
  let spare = Number.NaN;
  return (out, count) => {
    let k = 0;
    if (!Number.isNaN(spare)) out[k++] = spare;
    spare = Number.NaN;
    while (k < count) {
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
      out[k] = u * scale;
      out[k + 1] = v * scale;
      k += 2;
    }
    if (k > count) spare = out[count]!;
  };
}
