import { dot } from "../../linalg/index.ts";

/** Outcome of an iterative solve. */
export interface IterativeSolve {
  readonly iterations: number;
  /** Largest remaining entry beside its scale. */
  readonly residual: number;
}

/**
 * Preconditioned conjugate gradients for a symmetric positive semi-definite system that is consistent.
 * Stops on the residual itself, `max |r_l| / scale_l <= tolerance`, never on the size of a change.
 *
 * @param multiply - writes `A p` into its second argument.
 * @param precondition - writes `M^-1 r` into its second argument.
 * @param r - right-hand side; holds the residual afterwards.
 * @param solution - start; holds the solution afterwards. Must be zero at the start when `r` is the plain right-hand side.
 */
export function conjugateGradients(
  multiply: (p: Float64Array, out: Float64Array) => void,
  precondition: (r: Float64Array, out: Float64Array) => void,
  r: Float64Array,
  solution: Float64Array,
  scale: Float64Array,
  tolerance: number,
  maxIterations: number,
): IterativeSolve {
  const m = r.length;
  const z = new Float64Array(m);
  const p = new Float64Array(m);
  const Ap = new Float64Array(m);
  let residual = largestRatio(r, scale);
  let iterations = 0;
  let rz = 0;
  while (residual > tolerance && iterations < maxIterations) {
    precondition(r, z);
    const next = dot(r, z);
    const ratio = iterations === 0 ? 0 : next / rz;
    for (let l = 0; l < m; l++) p[l] = z[l]! + ratio * p[l]!;
    rz = next;
    multiply(p, Ap);
    const curvature = dot(p, Ap);
    if (!(curvature > 0)) break;
    const step = rz / curvature;
    for (let l = 0; l < m; l++) {
      solution[l]! += step * p[l]!;
      r[l]! -= step * Ap[l]!;
    }
    residual = largestRatio(r, scale);
    iterations++;
  }
  return { iterations, residual };
}

/** `max |r_l| / scale_l`, entries without a scale left out. */
export function largestRatio(r: Float64Array, scale: Float64Array): number {
  let largest = 0;
  for (let l = 0; l < r.length; l++) {
    const size = Math.abs(r[l]!);
    if (size > largest * scale[l]! && scale[l]! > 0) largest = size / scale[l]!;
  }
  return largest;
}
