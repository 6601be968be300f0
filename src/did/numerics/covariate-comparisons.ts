/** Units worked on together. */
export const BLOCK = 64;

/**
 * Units of a balanced panel with covariates and weights that do not change, in blocks of {@link BLOCK} units of one cohort each; within a block
 * columns are contiguous. Places beyond a cohort's last unit have weight and covariates 0.
 */
export interface BlockedUnits {
  readonly p: number;
  readonly periods: number;
  /** `w[block * BLOCK + i]`. */
  readonly w: Float64Array;
  /** Covariates, the first 1: `x[(block * p + a) * BLOCK + i]`. */
  readonly x: Float64Array;
  /** Outcomes less the first period's: `z[(block * T + t) * BLOCK + i]`. */
  readonly z: Float64Array;
}

/** One block, as views. */
export interface UnitBlock {
  readonly p: number;
  readonly periods: number;
  readonly w: Float64Array;
  readonly x: Float64Array;
  readonly z: Float64Array;
}

/** The block with this number. */
export function blockAt({ p, periods: T, w, x, z }: BlockedUnits, block: number): UnitBlock {
  const at = block * BLOCK;
  return {
    p,
    periods: T,
    w: w.subarray(at, at + BLOCK),
    x: x.subarray(at * p, (at + BLOCK) * p),
    z: z.subarray(at * T, (at + BLOCK) * T),
  };
}

/** Writes unit data to a place: first row of the unit, covariates by row. */
export function placeUnit(
  units: BlockedUnits,
  place: number,
  outcome: Float64Array,
  row: number,
  covariates: readonly Float64Array[],
  weight: number,
): void {
  const { p, periods: T, w, x, z } = units;
  const i = place % BLOCK;
  const at = place - i;
  w[place] = weight;
  x[at * p + i] = 1;
  for (let a = 1; a < p; a++) x[at * p + a * BLOCK + i] = covariates[a - 1]![row]!;
  const first = outcome[row]!;
  for (let t = 1; t < T; t++) z[at * T + t * BLOCK + i] = outcome[row + t]! - first;
}

/** Adds `sum v x x'` (lower triangle) and `sum v x z_t` (p by T), `v` and `z` by place in the block. */
export function addBlockMoments(
  { x, p, periods: T }: UnitBlock,
  v: Float64Array,
  z: Float64Array,
  gram: Float64Array,
  cross: Float64Array,
): void {
  for (let a = 0; a < p; a++) {
    for (let i = 0; i < BLOCK; i++) product[i] = v[i]! * x[a * BLOCK + i]!;
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < BLOCK; i++) sum += product[i]! * x[b * BLOCK + i]!;
      gram[a * p + b]! += sum;
    }
    let t = 0;
    for (; t + 3 < T; t += 4) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let i = 0, j = t * BLOCK; i < BLOCK; i++, j++) {
        const value = product[i]!;
        s0 += value * z[j]!;
        s1 += value * z[j + BLOCK]!;
        s2 += value * z[j + 2 * BLOCK]!;
        s3 += value * z[j + 3 * BLOCK]!;
      }
      cross[a * T + t]! += s0;
      cross[a * T + t + 1]! += s1;
      cross[a * T + t + 2]! += s2;
      cross[a * T + t + 3]! += s3;
    }
    for (; t < T; t++) {
      let sum = 0;
      for (let i = 0; i < BLOCK; i++) sum += product[i]! * z[t * BLOCK + i]!;
      cross[a * T + t]! += sum;
    }
  }
}

const product: Float64Array = new Float64Array(BLOCK);

/** Residuals `z_t - x'B_t`: `out[t * BLOCK + i]`. @param B - coefficients, T by p. */
export function residualBlock({ x, z, p, periods: T }: UnitBlock, B: Float64Array, out: Float64Array): void {
  out.set(z);
  for (let t = 1; t < T; t++) {
    const at = t * BLOCK;
    let a = 0;
    for (; a + 2 < p; a += 3) {
      const [b0, b1, b2] = [B[t * p + a]!, B[t * p + a + 1]!, B[t * p + a + 2]!];
      for (let i = 0, j = a * BLOCK; i < BLOCK; i++, j++) out[at + i]! -= b0 * x[j]! + b1 * x[j + BLOCK]! + b2 * x[j + 2 * BLOCK]!;
    }
    for (; a < p; a++) {
      const b = B[t * p + a]!;
      for (let i = 0; i < BLOCK; i++) out[at + i]! -= b * x[a * BLOCK + i]!;
    }
  }
}

/** The side of a comparison that a block of units is on: how influence values follow from residuals. */
export interface BlockLoadings {
  /** Coefficient of the residual change. */
  readonly slope: Float64Array;
  /** Coefficient of the side's weighted mean. */
  readonly centre: Float64Array;
  /** Coefficient of `x'd`, the part of the estimated propensity. */
  readonly propensity: Float64Array;
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

const index: Float64Array = new Float64Array(BLOCK);

/** `x'b` of a block. */
function linearIndex(x: Float64Array, p: number, b: Float64Array): void {
  index.fill(0);
  let a = 0;
  for (; a + 2 < p; a += 3) {
    const [b0, b1, b2] = [b[a]!, b[a + 1]!, b[a + 2]!];
    for (let i = 0, j = a * BLOCK; i < BLOCK; i++, j++) index[i]! += b0 * x[j]! + b1 * x[j + BLOCK]! + b2 * x[j + 2 * BLOCK]!;
  }
  for (; a < p; a++) {
    const coefficient = b[a]!;
    for (let i = 0; i < BLOCK; i++) index[i]! += coefficient * x[a * BLOCK + i]!;
  }
}

function probability(value: number, nearestOne: number): number {
  const e = Math.exp(value > 0 ? -value : value);
  return Math.min(value > 0 ? 1 / (1 + e) : e / (1 + e), nearestOne);
}

/** Loadings of treated units. */
export function treatedLoadings({ x, p, w }: UnitBlock, comparison: SharedComparison, out: BlockLoadings): void {
  const { logit, treatedWeight, nearestOne } = comparison;
  for (let i = 0; i < BLOCK; i++) {
    out.slope[i] = w[i]! / treatedWeight;
    out.centre[i] = -w[i]! / treatedWeight;
  }
  out.propensity.fill(0);
  if (logit === undefined) return;
  linearIndex(x, p, logit);
  for (let i = 0; i < BLOCK; i++) out.propensity[i] = -w[i]! * (1 - probability(index[i]!, nearestOne));
}

/** Loadings of control units; `odds` receives their odds weights. */
export function controlLoadings({ x, p, w }: UnitBlock, comparison: SharedComparison, odds: Float64Array, out: BlockLoadings): void {
  const { logit, controlWeight, regression, trim, nearestOne } = comparison;
  odds.fill(0);
  out.propensity.fill(0);
  if (logit !== undefined) {
    linearIndex(x, p, logit);
    for (let i = 0; i < BLOCK; i++) {
      const own = probability(index[i]!, nearestOne);
      odds[i] = own < trim ? (w[i]! * own) / (1 - own) : 0;
      out.propensity[i] = w[i]! * own;
    }
  }
  linearIndex(x, p, regression);
  for (let i = 0; i < BLOCK; i++) {
    out.centre[i] = odds[i]! / controlWeight;
    out.slope[i] = -w[i]! * index[i]! - out.centre[i]!;
  }
}

/** Influence values of a block for one pair of periods: `slope (r_time - r_base) + centre mean + propensity x'd`, into `out` from `at` on. */
export function influenceBlock(
  { x, p }: UnitBlock,
  { slope, centre, propensity }: BlockLoadings,
  r: Float64Array,
  { time, base, mean, d }: { readonly time: number; readonly base: number; readonly mean: number; readonly d: Float64Array },
  out: Float64Array,
  at: number,
): void {
  const [late, early] = [time * BLOCK, base * BLOCK];
  linearIndex(x, p, d);
  for (let i = 0; i < BLOCK; i++) out[at + i] = slope[i]! * (r[late + i]! - r[early + i]!) + centre[i]! * mean + propensity[i]! * index[i]!;
}
