/** Rows sorted by running variable minus cutoff; `outcomes` are one (sharp) or two (fuzzy: outcome, treatment) columns. */
export interface HonestRows {
  readonly x: Float64Array;
  readonly outcomes: readonly Float64Array[];
  readonly covariates: readonly Float64Array[];
  readonly weights: Float64Array;
  readonly clusters: Int32Array | undefined;
  readonly clusterCount: number;
  /** Jump at zero, or the value of one regression at zero. */
  readonly jump: boolean;
}

/** Local linear fit: linear estimator weights of the target and residuals, for the rows `from` to `to`. */
export interface HonestFit {
  readonly from: number;
  readonly to: number;
  /** Estimator weight of each row. */
  readonly a: Float64Array;
  readonly estimates: readonly number[];
  /** Residuals of each outcome. */
  readonly residuals: readonly Float64Array[];
  /** Covariate coefficients of each outcome. */
  readonly gamma: readonly Float64Array[];
}
