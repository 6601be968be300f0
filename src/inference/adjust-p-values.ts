import { OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import { checkNumbers } from "./check-lists.ts";

/** Corrections for several tests. */
export type AdjustmentMethod = (typeof ADJUSTMENTS)[number];

/** All corrections by name. */
export const ADJUSTMENTS = ["none", "bonferroni", "holm", "hochberg", "hommel", "BH", "BY", "sharpenedQ", "sidak", "holmSidak"] as const;

/** Options of {@link adjustPValues}. */
export interface AdjustPValuesOptions {
  /** @defaultValue "holm" */
  readonly method?: AdjustmentMethod;
  /** Number of tests made, where more were made than are listed. `"hommel"`, `"sharpenedQ"` and `"holmSidak"` count those listed. @defaultValue those not missing */
  readonly tests?: number;
}

/**
 * p-values adjusted for the number of tests. Missing values (NaN) stay missing and are not counted.
 * Familywise error: `"bonferroni"`, `"holm"`, `"sidak"`, `"holmSidak"` (independent tests), `"hochberg"`, `"hommel"` (positive dependence).
 * False discovery rate: `"BH"` (positive dependence), `"BY"` (any), `"sharpenedQ"`: two-stage q-values on the grid 1, 0.999 ... 0.001.
 * The first six equal R's `p.adjust`.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_P_VALUE`.
 * @see Holm (1979); Hommel (1988), Biometrika 75; Benjamini and Hochberg (1995); Benjamini, Krieger and Yekutieli (2006), Biometrika 93; Anderson (2008), JASA 103.
 * @example
 * adjustPValues([0.01, 0.04, 0.03], { method: "holm" }); // [0.03, 0.06, 0.06]
 */
export function adjustPValues(pValues: ArrayLike<number>, options: AdjustPValuesOptions = {}): number[] {
  const caller = "inference.adjustPValues";
  const { method, tests } = resolveOptions<{ readonly method: AdjustmentMethod; readonly tests?: number }>(caller, options, {
    required: [],
    defaults: { method: "holm", tests: undefined },
  });
  checkChoice(caller, "method", method, ADJUSTMENTS);
  checkNumbers(caller, "p-values", pValues);
  const positions: number[] = [];
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]!;
    if (Number.isNaN(p)) continue;
    if (!(p >= 0 && p <= 1)) {
      throw new OptionError("INVALID_P_VALUE", `Cannot adjust p-values as each must lie between 0 and 1: entry ${i} is ${p}`, { entry: i });
    }
    positions.push(i);
  }
  const m = positions.length;
  if (tests !== undefined) checkNumber(caller, "tests", tests, { min: m, integer: true });
  positions.sort((a, b) => pValues[a]! - pValues[b]! || a - b);
  const adjusted = ascending(
    positions.map((i) => pValues[i]!),
    method,
    tests ?? m,
  );
  const out = new Array<number>(pValues.length).fill(Number.NaN);
  positions.forEach((i, rank) => {
    out[i] = adjusted[rank]!;
  });
  return out;
}

/** Adjusts ascending p-values; `n` is the number of tests. */
function ascending(p: readonly number[], method: AdjustmentMethod, n: number): number[] {
  const m = p.length;
  switch (method) {
    case "none":
      return [...p];
    case "bonferroni":
      return p.map((value) => Math.min(1, n * value));
    case "sidak":
      return p.map((value) => -Math.expm1(n * Math.log1p(-value)));
    case "holm":
      return runningMaximum(p.map((value, i) => (n - i) * value));
    case "holmSidak":
      return runningMaximum(p.map((value, i) => -Math.expm1((m - i) * Math.log1p(-value))));
    case "hochberg":
      return runningMinimum(p.map((value, i) => (n - i) * value));
    case "hommel":
      return hommel(p);
    case "BH":
      return runningMinimum(p.map((value, i) => (n / (i + 1)) * value));
    case "BY": {
      let harmonic = 0;
      for (let i = 1; i <= n; i++) harmonic += 1 / i;
      return runningMinimum(p.map((value, i) => (harmonic * n * value) / (i + 1)));
    }
    case "sharpenedQ":
      return sharpened(p);
  }
}

function runningMaximum(values: readonly number[]): number[] {
  let largest = 0;
  return values.map((value) => {
    largest = Math.max(largest, value);
    return Math.min(1, largest);
  });
}

function runningMinimum(values: readonly number[]): number[] {
  const out = [...values];
  let smallest = 1;
  for (let i = out.length - 1; i >= 0; i--) {
    smallest = Math.min(smallest, out[i]!);
    out[i] = smallest;
  }
  return out;
}

/** Hommel's closed Simes procedure, O(m^2). */
function hommel(p: readonly number[]): number[] {
  const m = p.length;
  if (m <= 2) return runningMinimum(p.map((value, i) => (m - i) * value));
  let simes = Number.POSITIVE_INFINITY;
  for (let i = 0; i < m; i++) simes = Math.min(simes, (m * p[i]!) / (i + 1));
  const q = new Array<number>(m).fill(simes);
  const best = [...q];
  for (let j = m - 1; j >= 2; j--) {
    const first = m - j + 1; // hypotheses 0 to first - 1, then the j - 1 largest
    let c = Number.POSITIVE_INFINITY;
    for (let i = 0; i < j - 1; i++) c = Math.min(c, (j * p[first + i]!) / (i + 2));
    for (let i = 0; i < first; i++) q[i] = Math.min(j * p[i]!, c);
    for (let i = first; i < m; i++) q[i] = q[first - 1]!;
    for (let i = 0; i < m; i++) best[i] = Math.max(best[i]!, q[i]!);
  }
  return best.map((value, i) => Math.max(value, p[i]!));
}

/** Two-stage sharpened q-values of Benjamini, Krieger and Yekutieli (2006), as in Anderson (2008). */
function sharpened(p: readonly number[]): number[] {
  const m = p.length;
  const out = new Array<number>(m).fill(1);
  const rejected = (level: number): number => {
    for (let r = m; r >= 1; r--) if ((level * r) / m >= p[r - 1]!) return r;
    return 0;
  };
  for (let step = 1000; step >= 1; step--) {
    const q = step / 1000;
    const first = q / (1 + q);
    const r1 = rejected(first);
    const r2 = r1 === m ? m : rejected((first * m) / (m - r1));
    for (let i = 0; i < r2; i++) out[i] = q;
  }
  return out;
}
