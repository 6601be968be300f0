/** Moduli of the two recurrences of MRG32k3a, L'Ecuyer (1999), doi:10.1287/opre.47.1.159. */
export const M1 = 4294967087;
export const M2 = 4294944443;

const A12 = 1403580;
const A13 = 810728;
const A21 = 527612;
const A23 = 1370589;

/** 1/(M1 + 1), so that the uniforms lie strictly between 0 and 1. */
const NORM = 2.328306549295728e-10;

/**
 * Fills `out` with uniforms on (0, 1) and advances `state`, the last three values of either recurrence (length 6).
 * All products stay below 2^53, so that doubles hold them exactly: the numbers equal those of integer arithmetic.
 */
export function fillUniform(state: Float64Array, out: Float64Array): void {
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let t0 = state[3]!;
  let t1 = state[4]!;
  let t2 = state[5]!;
  for (let i = 0; i < out.length; i++) {
    let p = A12 * s1 - A13 * s0;
    p -= Math.floor(p / M1) * M1;
    s0 = s1;
    s1 = s2;
    s2 = p;
    let q = A21 * t2 - A23 * t0;
    q -= Math.floor(q / M2) * M2;
    t0 = t1;
    t1 = t2;
    t2 = q;
    out[i] = (p > q ? p - q : p - q + M1) * NORM;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = t0;
  state[4] = t1;
  state[5] = t2;
}

/** The next uniform; advances `state`. */
export function nextUniform(state: Float64Array): number {
  let p = A12 * state[1]! - A13 * state[0]!;
  p -= Math.floor(p / M1) * M1;
  state[0] = state[1]!;
  state[1] = state[2]!;
  state[2] = p;
  let q = A21 * state[5]! - A23 * state[3]!;
  q -= Math.floor(q / M2) * M2;
  state[3] = state[4]!;
  state[4] = state[5]!;
  state[5] = q;
  return (p > q ? p - q : p - q + M1) * NORM;
}

/** One step of either recurrence as a matrix on its last three values, row by row. */
const STEP1 = [0, 1, 0, 0, 0, 1, M1 - A13, A12, 0];
const STEP2 = [0, 1, 0, 0, 0, 1, M2 - A23, 0, A21];

/** `LEAPS[k]` advances by 2^k steps: both 3 by 3 matrices, 18 numbers; grown by squaring as needed. */
const LEAPS: Float64Array[] = [Float64Array.from([...STEP1, ...STEP2])];

function leap(k: number): Float64Array {
  while (LEAPS.length <= k) {
    const last = LEAPS[LEAPS.length - 1]!;
    const square = new Float64Array(18);
    squareInto(last, square, 0, M1);
    squareInto(last, square, 9, M2);
    LEAPS.push(square);
  }
  return LEAPS[k]!;
}

function squareInto(from: Float64Array, to: Float64Array, offset: number, modulus: number): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) {
        sum += multiply(from[offset + 3 * i + k]!, from[offset + 3 * k + j]!, modulus);
      }
      to[offset + 3 * i + j] = sum % modulus;
    }
  }
}

/** a·b mod m for a, b < 2^32 without leaving the exact integers: a is taken in two halves of 16 bits. */
function multiply(a: number, b: number, modulus: number): number {
  const high = Math.floor(a / 65536);
  return (((high * b) % modulus) * 65536 + (a - high * 65536) * b) % modulus;
}

/** Advances `state` by `count` times 2^`exponent` steps; the cost grows with the digits of `count` only. */
export function jump(state: Float64Array, exponent: number, count: number): void {
  const next = new Float64Array(6);
  for (let k = exponent, rest = count; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 0) continue;
    const matrices = leap(k);
    for (let i = 0; i < 6; i++) {
      const offset = i < 3 ? 0 : 3;
      const modulus = i < 3 ? M1 : M2;
      let sum = 0;
      for (let j = 0; j < 3; j++) sum += multiply(matrices[3 * i + j]!, state[offset + j]!, modulus);
      next[i] = sum % modulus;
    }
    state.set(next);
  }
}
