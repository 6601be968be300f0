/** Input of {@link invertTest}. */
export interface TestInversion {
  /** p-value of the hypothesis that the quantity equals `value`. */
  readonly pValue: (value: number) => number;
  /** A value inside the interval: the estimate. */
  readonly estimate: number;
  /** A first step outwards: a standard error or so. */
  readonly step: number;
  /** Values with a p-value above this are inside. */
  readonly alpha: number;
  /** Share of the first step to which ends are found. Default 1e-8. */
  readonly precision?: number;
}

/** The bracket doubles at most so often, to half a million steps, before an end counts as infinite: further out, ties drown in rounding. */
const DOUBLINGS = 18;
const PRECISION = 1e-8;

/**
 * One end of the set of values that a test does not reject, going `direction` (-1 or 1) from the estimate: the step grows by doubling until the
 * test rejects, then the crossing is bisected. p-values of resampling tests are steps: the end is where one step crosses `alpha`.
 * Infinite when the test never rejects; the estimate itself when it is rejected.
 */
export function invertTest({ pValue, estimate, step, alpha, precision = PRECISION }: TestInversion, direction: -1 | 1): number {
  const infinite = direction * Number.POSITIVE_INFINITY;
  if (!(step > 0) || !Number.isFinite(step)) return Number.NaN;
  if (!(pValue(estimate) > alpha)) return estimate;
  let inside = 0;
  let outside = 2 * step;
  let doublings = 0;
  while (pValue(estimate + direction * outside) > alpha) {
    inside = outside;
    outside *= 2;
    doublings++;
    if (doublings > DOUBLINGS) return infinite;
  }
  while (outside - inside > precision * step) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (pValue(estimate + direction * middle) > alpha) inside = middle;
    else outside = middle;
  }
  return estimate + direction * ((inside + outside) / 2);
}
