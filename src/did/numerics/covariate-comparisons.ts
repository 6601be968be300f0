/** Units of a balanced panel in order of cohort, with covariates and weights that do not change. */
export interface OrderedUnits {
  readonly outcome: Float64Array;
  /** First row of each unit. */
  readonly starts: Int32Array;
  readonly periods: number;
  /** Units by p, row-major, first column 1. */
  readonly X: Float64Array;
  readonly p: number;
  readonly w: Float64Array;
}

/** Units worked on together. */
export const BLOCK = 64;

/** Adds `sum w x x'` (lower triangle) and `sum w x z_t` (p by T), `z_t = y_t - y_0`, over units `from` to `to`. */
export function addCovariateMoments(units: OrderedUnits, from: number, to: number, gram: Float64Array, cross: Float64Array): void {
  const { outcome, starts, periods: T, X, p, w } = units;
  const z = new Float64Array(T);
  for (let u = from; u < to; u++) {
    const at = starts[u]!;
    const first = outcome[at]!;
    for (let t = 0; t < T; t++) z[t] = outcome[at + t]! - first;
    for (let a = 0; a < p; a++) {
      const x = w[u]! * X[u * p + a]!;
      for (let b = 0; b <= a; b++) gram[a * p + b]! += x * X[u * p + b]!;
      for (let t = 0; t < T; t++) cross[a * T + t]! += x * z[t]!;
    }
  }
}

/**
 * Residuals `z_t - x'B_t` of the units from `from` on, at most a block of them: `out[t * BLOCK + i]`.
 *
 * @param B - coefficients, T by p.
 */
export function residualBlock(units: OrderedUnits, from: number, to: number, B: Float64Array, out: Float64Array): void {
  const { outcome, starts, periods: T, X, p } = units;
  for (let u = from; u < to; u++) {
    const at = starts[u]!;
    const first = outcome[at]!;
    for (let t = 0; t < T; t++) {
      let value = outcome[at + t]! - first;
      for (let a = 0; a < p; a++) value -= X[u * p + a]! * B[t * p + a]!;
      out[t * BLOCK + u - from] = value;
    }
  }
}

/** Adds `sum v x r_t` (p by T) over a block, r from {@link residualBlock}, `v` by place in the block. */
export function addResidualCross(units: OrderedUnits, from: number, to: number, v: Float64Array, r: Float64Array, out: Float64Array): void {
  const { periods: T, X, p } = units;
  const m = to - from;
  for (let a = 0; a < p; a++) {
    for (let t = 0; t < T; t++) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += v[i]! * X[(from + i) * p + a]! * r[t * BLOCK + i]!;
      out[a * T + t]! += sum;
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

/** Loadings of treated units. */
export function treatedLoadings(units: OrderedUnits, from: number, to: number, comparison: SharedComparison, out: BlockLoadings): void {
  const { X, p, w } = units;
  const { logit, treatedWeight, nearestOne } = comparison;
  for (let u = from; u < to; u++) {
    const i = u - from;
    out.slope[i] = w[u]! / treatedWeight;
    out.centre[i] = -w[u]! / treatedWeight;
    out.propensity[i] = logit === undefined ? 0 : -w[u]! * (1 - propensityOf(X, u * p, p, logit, nearestOne));
  }
}

/** Loadings of control units; `odds` receives their odds weights. */
export function controlLoadings(
  units: OrderedUnits,
  from: number,
  to: number,
  comparison: SharedComparison,
  odds: Float64Array,
  out: BlockLoadings,
): void {
  const { X, p, w } = units;
  const { logit, controlWeight, regression, trim, nearestOne } = comparison;
  for (let u = from; u < to; u++) {
    const i = u - from;
    let slope = 0;
    for (let a = 0; a < p; a++) slope -= X[u * p + a]! * regression[a]!;
    slope *= w[u]!;
    odds[i] = 0;
    out.propensity[i] = 0;
    if (logit !== undefined) {
      const probability = propensityOf(X, u * p, p, logit, nearestOne);
      odds[i] = probability < trim ? (w[u]! * probability) / (1 - probability) : 0;
      out.propensity[i] = w[u]! * probability;
    }
    out.slope[i] = slope - odds[i]! / controlWeight;
    out.centre[i] = odds[i]! / controlWeight;
  }
}

function propensityOf(X: Float64Array, row: number, p: number, b: Float64Array, nearestOne: number): number {
  let index = 0;
  for (let a = 0; a < p; a++) index += X[row + a]! * b[a]!;
  const e = Math.exp(index > 0 ? -index : index);
  return Math.min(index > 0 ? 1 / (1 + e) : e / (1 + e), nearestOne);
}

/** Influence values of a block for one pair of periods: `slope (r_time - r_base) + centre mean + propensity x'd`, into `out` from `at` on. */
export function influenceBlock(
  { X, p }: OrderedUnits,
  from: number,
  to: number,
  loadings: BlockLoadings,
  r: Float64Array,
  time: number,
  base: number,
  mean: number,
  d: Float64Array,
  out: Float64Array,
  at: number,
): void {
  const { slope, centre, propensity } = loadings;
  const [late, early] = [time * BLOCK, base * BLOCK];
  for (let i = 0; i < to - from; i++) {
    let index = 0;
    const row = (from + i) * p;
    for (let a = 0; a < p; a++) index += X[row + a]! * d[a]!;
    out[at + i] = slope[i]! * (r[late + i]! - r[early + i]!) + centre[i]! * mean + propensity[i]! * index;
  }
}
