import { type BlockKernels, blockKernels, plainKernels } from "./block-kernels.ts";
import { BLOCK } from "./block-size.ts";

/**
 * Units of a balanced panel with covariates and weights that do not change, in blocks of {@link BLOCK} units of one cohort each, from the start
 * of the kernels' memory on. The columns of a block stand together: weights, outcomes less the first period's (T), covariates (p, the first 1).
 * Places beyond a cohort's last unit have weight and covariates 0.
 */
export interface BlockedUnits {
  readonly p: number;
  readonly periods: number;
  readonly blocks: number;
  readonly kernels: BlockKernels;
}

/** Most doubles that the kernels with vectors can address. */
const MOST_DOUBLES = 2 ** 29 - 2 ** 20;

/** Memory for so many blocks, all zero, in kernels of their own, so that it is given back with them. */
export function openUnits(p: number, periods: number, blocks: number): BlockedUnits {
  const kernels = blocks * (1 + periods + p) * BLOCK < MOST_DOUBLES ? blockKernels() : plainKernels();
  kernels.memory(blocks * (1 + periods + p) * BLOCK);
  return { p, periods, blocks, kernels };
}

/** Where columns of scratch stand in the memory, after the units. */
export interface ScratchPlaces {
  /** Residuals, T columns. */
  readonly r: number;
  readonly zeros: number;
  readonly index: number;
  readonly product: number;
  /** What comes after. */
  readonly free: number;
}

/** The kernels with the units and scratch in their memory `M`. */
export interface Workplace {
  readonly kernels: BlockKernels;
  readonly M: Float64Array;
  readonly at: ScratchPlaces;
}

/** Clears the scratch and `extra` doubles after it. */
export function openWorkplace({ p, periods: T, blocks, kernels }: BlockedUnits, extra: number): Workplace {
  const r = blocks * (1 + T + p) * BLOCK;
  const zeros = r + T * BLOCK;
  const at = { r, zeros, index: zeros + BLOCK, product: zeros + 2 * BLOCK, free: zeros + 3 * BLOCK };
  const M = kernels.memory(at.free + extra);
  M.fill(0, r, at.free + extra);
  return { kernels, M, at };
}

/** Places of a block's columns. */
export interface BlockPlaces {
  readonly w: number;
  readonly z: number;
  readonly x: number;
}

export function blockPlaces({ p, periods: T }: BlockedUnits, block: number): BlockPlaces {
  const w = block * (1 + T + p) * BLOCK;
  return { w, z: w + BLOCK, x: w + (1 + T) * BLOCK };
}

/** Copies `m` rows of `width` numbers, from `from` on, into the columns of a block. */
export function placeRows(M: Float64Array, block: number, rows: Float64Array, from: number, width: number, m: number): void {
  for (let c = 0; c < width; c++) {
    const at = block * width * BLOCK + c * BLOCK;
    for (let i = 0, j = from + c; i < m; i++, j += width) M[at + i] = rows[j]!;
  }
}

/** A comparison of two groups, as far as all its pairs of periods share it. */
export interface SharedComparison {
  /** Propensity coefficients; absent where none is estimated. */
  readonly logit: Float64Array | undefined;
  readonly trim: number;
  readonly nearestOne: number;
  /** Sums of weights of the treated, of odds weights of the controls. */
  readonly treatedWeight: number;
  readonly controlWeight: number;
  /** `H (sum w_t x / W_t - sum w_c x / W_c)`, H the inverse of the controls' Gram matrix; zero without a regression. */
  readonly regression: Float64Array;
}

/**
 * How influence values follow from residuals in a block, three columns: coefficients of the residual change, of the side's weighted mean, and of
 * `x'd`, the part of the estimated propensity.
 */
export interface LoadingPlaces {
  readonly slope: number;
  readonly centre: number;
  readonly propensity: number;
}

/** Three columns from a place on. */
export const loadingsAt = (place: number): LoadingPlaces => ({ slope: place, centre: place + BLOCK, propensity: place + 2 * BLOCK });

function probability(value: number, nearestOne: number): number {
  const e = Math.exp(value > 0 ? -value : value);
  return Math.min(value > 0 ? 1 / (1 + e) : e / (1 + e), nearestOne);
}

/** `x'b` of the block into the index column; b stands at `coefficients`. */
export function linearIndex({ kernels, at }: Workplace, x: number, p: number, coefficients: number): void {
  kernels.linear(at.index, at.zeros, x, coefficients, p, 1);
}

/** Odds weights `w p / (1 - p)` of control units with an index, 0 where trimmed, into the column `odds`. @returns the number of trimmed units. */
export function oddsWeights(
  { M, at: { index } }: Workplace,
  w: number,
  { trim, nearestOne }: Pick<SharedComparison, "trim" | "nearestOne">,
  odds: number,
): number {
  let trimmed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const own = probability(M[index + i]!, nearestOne);
    M[odds + i] = own < trim ? (M[w + i]! * own) / (1 - own) : 0;
    if (own >= trim) trimmed++; // places beyond the last unit have the index 0
  }
  return trimmed;
}

/** A comparison in a pass: where its propensity's coefficients, its regression's direction and its loadings stand. */
export interface PlacedComparison {
  readonly comparison: SharedComparison;
  readonly logit: number;
  readonly regression: number;
  readonly loadings: LoadingPlaces;
}

/** Loadings of treated units. */
export function treatedLoadings(work: Workplace, { w, x }: BlockPlaces, p: number, placed: PlacedComparison): void {
  const { M, at } = work;
  const { comparison, logit, loadings: out } = placed;
  const { treatedWeight, nearestOne } = comparison;
  for (let i = 0; i < BLOCK; i++) {
    M[out.slope + i] = M[w + i]! / treatedWeight;
    M[out.centre + i] = -M[w + i]! / treatedWeight;
  }
  M.fill(0, out.propensity, out.propensity + BLOCK);
  if (comparison.logit === undefined) return;
  linearIndex(work, x, p, logit);
  for (let i = 0; i < BLOCK; i++) M[out.propensity + i] = -M[w + i]! * (1 - probability(M[at.index + i]!, nearestOne));
}

/** Loadings of control units. */
export function controlLoadings(work: Workplace, { w, x }: BlockPlaces, p: number, placed: PlacedComparison): void {
  const { M, at } = work;
  const { comparison, logit, regression, loadings: out } = placed;
  const { controlWeight, trim, nearestOne } = comparison;
  M.fill(0, out.centre, out.propensity + BLOCK);
  if (comparison.logit !== undefined) {
    linearIndex(work, x, p, logit);
    for (let i = 0; i < BLOCK; i++) {
      const own = probability(M[at.index + i]!, nearestOne);
      M[out.centre + i] = own < trim ? (M[w + i]! * own) / (1 - own) / controlWeight : 0;
      M[out.propensity + i] = M[w + i]! * own;
    }
  }
  linearIndex(work, x, p, regression);
  for (let i = 0; i < BLOCK; i++) M[out.slope + i] = -M[w + i]! * M[at.index + i]! - M[out.centre + i]!;
}
