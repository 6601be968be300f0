import { OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import { checkNumberLists, checkNumbers } from "./check-lists.ts";

/** Options of {@link stepdown}. */
export interface StepdownOptions {
  /** Which values count as extreme: large absolute ones, large ones, or small ones. @defaultValue "twoSided" */
  readonly alternative?: "twoSided" | "greater" | "less";
}

/** p-values of several hypotheses from one set of joint draws under the null. */
export interface StepdownResult {
  /** Each hypothesis alone: (1 + exceedances) / (draws + 1). */
  readonly unadjusted: readonly number[];
  /** Against the largest statistic of all hypotheses in each draw. */
  readonly singleStep: readonly number[];
  /** Romano and Wolf's step-down: against the largest among the hypotheses not yet rejected. Familywise error without assumptions on dependence. */
  readonly romanoWolf: readonly number[];
  /** Westfall and Young's step-down on smallest p-values, which balances hypotheses whose statistics spread differently. */
  readonly westfallYoung: readonly number[];
  /** Draws. */
  readonly draws: number;
}

/**
 * Adjusted p-values that know the dependence between tests, from draws of all statistics together under the null: centred bootstrap t ratios, or
 * ratios with the null imposed. Ties count as exceedances.
 *
 * @param observed - One statistic per hypothesis.
 * @param draws - One array (a statistic per hypothesis) per draw.
 * @throws OptionError `INVALID_OPTION`, `DRAW_LENGTH`.
 * @see Romano and Wolf (2005), Econometrica 73; (2016), Statistics and Probability Letters 113; Westfall and Young (1993).
 * @example
 * stepdown([2.1, 0.4], bootstrapped).romanoWolf;
 */
export function stepdown(observed: ArrayLike<number>, draws: readonly ArrayLike<number>[], options: StepdownOptions = {}): StepdownResult {
  const caller = "inference.stepdown";
  checkNumbers(caller, "observed statistics", observed);
  checkNumberLists(caller, "drawn statistics", draws);
  const { alternative } = resolveOptions<Required<StepdownOptions>>(caller, options, {
    required: [],
    defaults: { alternative: "twoSided" },
  });
  checkChoice(caller, "alternative", alternative, ["twoSided", "greater", "less"]);
  const J = observed.length;
  checkNumber(caller, "draws", draws.length, { min: 1 });
  const extreme = alternative === "twoSided" ? Math.abs : (value: number): number => (alternative === "greater" ? value : -value);
  const t = Float64Array.from({ length: J }, (_, j) => extreme(observed[j]!));
  const B = draws.length;
  const T = new Float64Array(B * J);
  draws.forEach((draw, b) => {
    if (draw.length !== J) {
      throw new OptionError("DRAW_LENGTH", `Cannot step down as each draw needs ${J} statistics: draw ${b} has ${draw.length}`, {
        draw: b,
      });
    }
    for (let j = 0; j < J; j++) T[b * J + j] = extreme(draw[j]!);
  });
  const order = Array.from({ length: J }, (_, j) => j).sort((a, b) => t[b]! - t[a]! || a - b);
  return { ...maxima(t, T, order, B), westfallYoung: smallestP(t, T, B), draws: B };
}

/** Exceedances of each hypothesis by itself, by the largest of all, and by the largest of those from it on in the order. */
function maxima(
  t: Float64Array,
  T: Float64Array,
  order: readonly number[],
  B: number,
): Pick<StepdownResult, "unadjusted" | "singleStep" | "romanoWolf"> {
  const J = t.length;
  const [alone, all, remaining] = [new Float64Array(J), new Float64Array(J), new Float64Array(J)];
  for (let b = 0; b < B; b++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = J - 1; k >= 0; k--) {
      const j = order[k]!;
      const value = T[b * J + j]!;
      if (value > largest) largest = value;
      if (value >= t[j]!) alone[j]!++;
      if (largest >= t[j]!) remaining[j]!++;
    }
    for (let j = 0; j < J; j++) if (largest >= t[j]!) all[j]!++;
  }
  const share = (counts: Float64Array): number[] => Array.from(counts, (count) => (1 + count) / (B + 1));
  return { unadjusted: share(alone), singleStep: share(all), romanoWolf: runningMaximum(share(remaining), order) };
}

function runningMaximum(p: readonly number[], order: readonly number[]): number[] {
  const out = [...p];
  let largest = 0;
  for (const j of order) {
    largest = Math.max(largest, p[j]!);
    out[j] = largest;
  }
  return out;
}

/** Step-down on p-values by draw: p_bj = share of draws at least as extreme as draw b. */
function smallestP(t: Float64Array, T: Float64Array, B: number): number[] {
  const J = t.length;
  const P = new Float64Array(B * J);
  const p = new Float64Array(J);
  for (let j = 0; j < J; j++) {
    const sorted = Float64Array.from({ length: B }, (_, b) => T[b * J + j]!).sort();
    const atLeast = (value: number): number => {
      let [low, high] = [0, B];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (sorted[middle]! < value) low = middle + 1;
        else high = middle;
      }
      return (B - low) / B;
    };
    p[j] = atLeast(t[j]!);
    for (let b = 0; b < B; b++) P[b * J + j] = atLeast(T[b * J + j]!);
  }
  const order = Array.from({ length: J }, (_, j) => j).sort((a, b) => p[a]! - p[b]! || a - b);
  const counts = new Float64Array(J);
  for (let b = 0; b < B; b++) {
    let smallest = Number.POSITIVE_INFINITY;
    for (let k = J - 1; k >= 0; k--) {
      const j = order[k]!;
      smallest = Math.min(smallest, P[b * J + j]!);
      if (smallest <= p[j]!) counts[j]!++;
    }
  }
  return runningMaximum(
    Array.from(counts, (count) => count / B),
    order,
  );
}
