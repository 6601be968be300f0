import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { KERNELS, type KernelName, kernelAt } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";
import { windowSelection } from "./window-selection.ts";

/** Where the polynomials of both sides are compared: values left and right, or each side's mean of the running variable in the window. */
export type EvaluationPoints = Pair | "means";

/** Rows whose running variable, rounded to eight digits, lies in the window. */
export function rowsInWindow(running: Float64Array, [from, to]: Pair): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < running.length; i++) {
    const rounded = Math.round(running[i]! * 1e8) / 1e8;
    if (rounded >= from && rounded <= to) rows.push(i);
  }
  return Int32Array.from(rows);
}

/** Kernel weights by distance from the cutoff over the window's half-width; none for the uniform kernel. `x` is less the cutoff. */
export function windowWeights(x: Float64Array, kernel: KernelName, cutoff: number, window: Pair): Float64Array | undefined {
  if (kernel === "uniform") return undefined;
  return x.map((value) => kernelAt(KERNELS[kernel], Math.abs(value) / (value < 0 ? cutoff - window[0] : window[1] - cutoff)));
}

/** `x` (less the cutoff) less each side's evaluation point; default the cutoff. */
export function evaluationOffsets(x: Float64Array, side: Uint8Array, cutoff: number, points: EvaluationPoints | undefined): Float64Array {
  if (points === undefined) return x;
  const at = points === "means" ? sideMeans(x, side) : ([points[0] - cutoff, points[1] - cutoff] as const);
  return x.map((value, i) => value - at[side[i]! as 0 | 1]);
}

/** Means of the left and of the right rows. */
function sideMeans(x: Float64Array, side: Uint8Array): Pair {
  const [sums, counts] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < x.length; i++) {
    sums[side[i]!]! += x[i]!;
    counts[side[i]!]!++;
  }
  return [sums[0]! / counts[0]!, sums[1]! / counts[1]!];
}

/** The windows that {@link windowSelection} would try, by their ends. */
export function nestedWindowEnds<Row>(data: Frame<Row>, running: NumericColumn<Row>, cutoff: number): Pair[] {
  const { windows } = windowSelection(data, { running, cutoff, covariates: [] });
  return windows.map(({ width }) => [cutoff - width[0], cutoff + width[1]] as const);
}
