import { OptionError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate } from "../core/result.ts";
import { checkNumberLists, checkNumbers } from "./check-lists.ts";
import { estimateFromStandardError, twoSidedPValue } from "./estimate.ts";
import { latticeOf, type MaxDistribution, maxCriticalValue, maxProbability, scaleOf } from "./max-distribution.ts";

/** Options of {@link maxT}. */
export interface MaxTOptions {
  /** Contrasts of the estimates: each by itself, all pairs (later minus earlier), each minus the first, or rows of weights. @defaultValue "zero" */
  readonly contrasts?: "zero" | "pairs" | "first" | readonly (readonly number[])[];
  /** Degrees of freedom of the multivariate t; `Infinity` for normal. @defaultValue Infinity */
  readonly degreesOfFreedom?: number;
  /** Names of the estimates. @defaultValue their positions from 1 */
  readonly labels?: readonly string[];
  /** Joint level of the intervals. @defaultValue 0.95 */
  readonly level?: number;
  /** Points of the lattice behind the probabilities; with the default they are good to about 1e-5, the critical value to 1e-4. @defaultValue 20011 */
  readonly points?: number;
}

/** Simultaneous inference on several contrasts. */
export interface MaxTResult {
  /** Contrasts with unadjusted p-values and simultaneous intervals. */
  readonly estimates: readonly Estimate[];
  /** Single-step p-values: P(max |T| >= |t|). */
  readonly singleStep: readonly number[];
  /** Step-down p-values over the contrasts not yet rejected, whatever their logical relations ("free" in R's multcomp). */
  readonly stepDown: readonly number[];
  /** Half-width of the simultaneous intervals in standard errors. */
  readonly criticalValue: number;
  readonly correlation: readonly (readonly number[])[];
}

/**
 * p-values and intervals for several contrasts at once from the joint multivariate t distribution of their statistics, singular ones included. Familywise error is kept without
 * the waste of Bonferroni's rule. Probabilities by a fixed lattice rule: the same numbers every time.
 *
 * @param estimates - One number per parameter.
 * @param covariance - Their covariance, by rows.
 * @throws OptionError `INVALID_OPTION`, `COVARIANCE_SIZE`, `NO_VARIANCE`.
 * @see Hothorn, Bretz and Westfall (2008), Biometrical Journal 50; Genz and Bretz (2009), Computation of Multivariate Normal and t Probabilities.
 * @example
 * maxT([1.2, 0.4, 2.0], covariance, { contrasts: "pairs", degreesOfFreedom: 94 }).singleStep;
 */
export function maxT(estimates: readonly number[], covariance: readonly (readonly number[])[], options: MaxTOptions = {}): MaxTResult {
  const caller = "inference.maxT";
  checkNumbers(caller, "estimates", estimates);
  checkNumberLists(caller, "their covariance", covariance);
  const settings = resolveOptions<Required<MaxTOptions>>(caller, options, {
    required: [],
    defaults: {
      contrasts: "zero",
      degreesOfFreedom: Number.POSITIVE_INFINITY,
      labels: estimates.map((_, i) => String(i + 1)),
      level: 0.95,
      points: 20011,
    },
  });
  checkLevel(caller, settings.level);
  checkNumber(caller, "points", settings.points, { min: 100, integer: true });
  const G = estimates.length;
  if (covariance.length !== G || covariance.some((row) => row.length !== G)) {
    throw new OptionError(
      "COVARIANCE_SIZE",
      `Cannot run ${caller} as the covariance needs ${G} rows and columns: it has ${covariance.length}`,
    );
  }
  const rows = contrastRows(settings, G);
  const values = rows.map(({ weights }) => weights.reduce((sum, w, j) => sum + w * estimates[j]!, 0));
  const V = rows.map(({ weights: a }) => rows.map(({ weights: b }) => form(a, b, covariance)));
  const errors = V.map((row, i) => Math.sqrt(row[i]!));
  const bad = errors.findIndex((error) => !(error > 0));
  if (bad >= 0)
    throw new OptionError(
      "NO_VARIANCE",
      `Cannot run ${caller} as each contrast needs a positive variance: "${rows[bad]!.term}" has ${V[bad]![bad]}`,
    );
  const correlation = V.map((row, i) => row.map((v, j) => (i === j ? 1 : v / (errors[i]! * errors[j]!))));
  const t = values.map((value, i) => Math.abs(value / errors[i]!));
  const scale = scaleOf(settings.degreesOfFreedom, settings.points);
  const over = (subset: readonly number[]): MaxDistribution =>
    latticeOf(
      subset.map((i) => subset.map((j) => correlation[i]![j]!)),
      settings.degreesOfFreedom,
      settings.points,
      scale,
    );
  const all = over(values.map((_, i) => i));
  const critical = maxCriticalValue(all, rows.length, settings.degreesOfFreedom, settings.level);
  const singleStep = t.map((value) => 1 - maxProbability(all, value));
  return {
    estimates: values.map((value, i) =>
      estimateFromStandardError(rows[i]!.term, value, errors[i]!, settings.degreesOfFreedom, settings.level, critical),
    ),
    singleStep,
    stepDown: stepDown(t, singleStep, over, settings.degreesOfFreedom),
    criticalValue: critical,
    correlation,
  };
}

function contrastRows(
  { contrasts, labels }: Required<MaxTOptions>,
  G: number,
): { readonly term: string; readonly weights: readonly number[] }[] {
  const unit = (entries: Readonly<Record<number, number>>): number[] => Array.from({ length: G }, (_, j) => entries[j] ?? 0);
  if (contrasts === "zero") return labels.map((term, i) => ({ term, weights: unit({ [i]: 1 }) }));
  const difference = (a: number, b: number) => ({ term: `${labels[b]} - ${labels[a]}`, weights: unit({ [b]: 1, [a]: -1 }) });
  if (contrasts === "first") return labels.slice(1).map((_, i) => difference(0, i + 1));
  if (contrasts === "pairs") return labels.flatMap((_, a) => labels.slice(a + 1).map((_label, b) => difference(a, a + 1 + b)));
  return contrasts.map((weights, i) => {
    if (weights.length !== G)
      throw new OptionError(
        "INVALID_OPTION",
        `Cannot run inference.maxT as each contrast needs ${G} weights: contrast ${i + 1} has ${weights.length}`,
      );
    return { term: `contrast ${i + 1}`, weights };
  });
}

const form = (a: readonly number[], b: readonly number[], V: readonly (readonly number[])[]): number =>
  a.reduce((sum, x, i) => (x === 0 ? sum : sum + x * b.reduce((s, y, j) => s + y * V[i]![j]!, 0)), 0);

function stepDown(
  t: readonly number[],
  singleStep: readonly number[],
  over: (subset: readonly number[]) => MaxDistribution,
  degreesOfFreedom: number,
): number[] {
  const order = t.map((_, i) => i).sort((a, b) => t[b]! - t[a]! || a - b);
  const out = new Array<number>(t.length).fill(0);
  let largest = 0;
  order.forEach((j, k) => {
    const left = order.slice(k);
    const alone = left.length === 1;
    // The first step is over all contrasts, as in a single step.
    const p = alone ? twoSidedPValue(t[j]!, degreesOfFreedom) : k === 0 ? singleStep[j]! : 1 - maxProbability(over(left), t[j]!);
    largest = Math.max(largest, p);
    out[j] = largest;
  });
  return out;
}
