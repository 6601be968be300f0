import type { KernelName } from "./kernel.ts";

/** Kernel polynomials on [0, 1] with their constants: the plug-in formulas need them. */
const FULL: Readonly<Record<KernelName, readonly number[]>> = {
  triangular: [1, -1],
  epanechnikov: [0.75, 0, -0.75],
  uniform: [0.5],
};

/** Matrices of the asymptotic bias and variance of a boundary density, (p + 1) square, row-major. */
export interface DensityConstants {
  /** `int u^(i+j) K`. */
  readonly gamma: Float64Array;
  /** `int int min(u, v) u^i v^j K K`. */
  readonly meat: Float64Array;
  /** `int u^(i+p+1) K`, length p + 1. */
  readonly next: Float64Array;
}

/** The constants of order `p`, by exact integration of polynomials. */
export function densityConstants(kernel: KernelName, p: number): DensityConstants {
  const k = p + 1;
  const coefficients = FULL[kernel];
  const moment = (j: number): number => coefficients.reduce((sum, c, m) => sum + c / (j + m + 1), 0);
  const gamma = new Float64Array(k * k);
  const meat = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      gamma[i * k + j] = moment(i + j);
      for (let a = 0; a < coefficients.length; a++) {
        for (let b = 0; b < coefficients.length; b++) meat[i * k + j]! += coefficients[a]! * coefficients[b]! * minIntegral(i + a, j + b);
      }
    }
  }
  return { gamma, meat, next: Float64Array.from({ length: k }, (_, i) => moment(i + p + 1)) };
}

/** `int_0^1 int_0^1 min(u, v) u^a v^b`. */
function minIntegral(a: number, b: number): number {
  return 1 / ((b + 2) * (a + b + 3)) + (1 / (a + 2) - 1 / (a + b + 3)) / (b + 1);
}

/** Rule-of-thumb constants of the pilot bandwidths under a normal reference, by order. */
export const PILOT_BIAS: readonly number[] = [
  25884.44444444449, 3430865.455123618, 845007948.042626, 330631733667.038, 187774809656037.3, 1.4572950264199926e17, 1.4601350297444988e20,
];
export const PILOT_VARIANCE: readonly number[] = [
  4.8, 548.5714285714256, 100800.0000002042, 29558225.4581006, 12896196859.61262, 7890871468221.609, 6467911284037581,
];

/** Probabilists' Hermite polynomial. */
export function hermite(order: number, z: number): number {
  let before = 1;
  let value = z;
  if (order === 0) return before;
  for (let j = 1; j < order; j++) [before, value] = [value, z * value - j * before];
  return value;
}
