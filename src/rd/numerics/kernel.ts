/** Weight function of the distance `u = |x - c| / h` on [0, 1]. */
export type KernelName = "triangular" | "epanechnikov" | "uniform";

/**
 * A kernel as a polynomial in `u`. Constants that cancel from every estimate (3/4, 1/2) are left out.
 * `closed`: rows exactly at `u = 1` have a positive weight.
 */
export interface Kernel {
  readonly name: KernelName;
  readonly polynomial: Float64Array;
  readonly degree: number;
  readonly closed: boolean;
}

/** The three kernels of the regression-discontinuity literature. */
export const KERNELS: Readonly<Record<KernelName, Kernel>> = {
  triangular: { name: "triangular", polynomial: Float64Array.of(1, -1), degree: 1, closed: false },
  epanechnikov: { name: "epanechnikov", polynomial: Float64Array.of(1, 0, -1), degree: 2, closed: false },
  uniform: { name: "uniform", polynomial: Float64Array.of(1), degree: 0, closed: true },
};

/** Kernel weight at `u`, zero outside. */
export function kernelAt({ degree, closed }: Kernel, u: number): number {
  if (u > 1 || (u === 1 && !closed)) return 0;
  return degree === 1 ? 1 - u : degree === 2 ? 1 - u * u : 1;
}
