import { checkNumber } from "../core/options.ts";
import type { Estimate, JointTest, Sample, Warning } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import type { AnyRow, AnyTerm } from "../regression/design.ts";
import { interaction, type OlsResult, power, wald } from "../regression/index.ts";
import { fitInteraction, type InteractionsSettings, interactionRows } from "./interaction-model.ts";
import type { PolynomialForm } from "./interaction-options.ts";
import { type Combination, combinations, squareRows } from "./linear-combination.ts";
import { bandOf, nearness, requireVaryingModerator, type SimultaneousBand, supportWarnings } from "./moderator-support.ts";
import { quantileType7 } from "./quantile.ts";

/** What a polynomial form gives. */
export interface PolynomialPart {
  readonly form: "polynomial";
  /** Values of the moderator. */
  readonly at: readonly number[];
  /** Effect of the treatment at each of them. */
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Holds over all values of `at` at once. */
  readonly band: SimultaneousBand;
  /** Effect averaged over the rows used; moments of the moderator count as known. */
  readonly average: Estimate;
  /** Change of the effect per unit of the moderator at each value. */
  readonly slopes: readonly Estimate[];
  /** F and chi-squared test that the effect does not vary with the moderator. */
  readonly heterogeneity: { readonly F: JointTest; readonly chiSquared: JointTest };
  /** The regression. */
  readonly model: OlsResult;
}

const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const HIGHEST_DEGREE = 6;

/**
 * Effect `b_W + sum_p b_{W:x^p} a^p` with delta-method standard errors. Beyond a line, effects and tests come from the same regression on powers
 * of the centred and scaled moderator: variances of raw powers cancel to a few digits.
 */
export function moderatorEffect(
  caller: string,
  whole: Frame<AnyRow>,
  settings: InteractionsSettings,
  { moderator, degree = 1, at }: PolynomialForm<AnyRow>,
): PolynomialPart & { readonly sample: Sample; readonly warnings: readonly Warning[] } {
  checkNumber(caller, "form.degree", degree, { min: 1, max: HIGHEST_DEGREE, integer: true });
  const name = moderator as string;
  const treatment = settings.treatment as string;
  const { data, covariates, sample } = interactionRows(caller, whole, settings, [name]);
  const x = numericData(data, name).values;
  requireVaryingModerator(caller, name, x);
  const model = polynomialFit(data, settings, name, covariates, degree);
  const { center, scale } = degree === 1 ? { center: 0, scale: 1 } : centreAndScale(x);
  const z = `${name}, centred and scaled`;
  const fit =
    degree === 1
      ? model
      : polynomialFit(data.with({ [z]: x.map((v) => (v - center) / scale) }) as Frame<AnyRow>, settings, z, covariates, degree);
  const own = degree === 1 ? name : z;
  const terms = Array.from({ length: degree }, (_, p) => `${treatment}:${own}${p === 0 ? "" : `^${p + 1}`}`);
  const values = at ?? DECILES.map((p) => quantileType7(x.slice().sort(), p));
  const weighted = (weights: readonly number[]): Combination => Object.fromEntries(terms.map((term, p) => [term, weights[p]!]));
  const effectAt = (moments: readonly number[]): Combination => ({ [treatment]: 1, ...weighted(moments) });
  const powersOf = (a: number): number[] => terms.map((_, p) => ((a - center) / scale) ** (p + 1));
  const mean = terms.map((_, p) => x.reduce((sum, v) => sum + ((v - center) / scale) ** (p + 1), 0) / x.length);
  const effects = combinations(
    caller,
    fit,
    values.map((a) => ({ term: `${name} = ${a}`, weights: effectAt(powersOf(a)) })),
    settings.level,
  );
  const slopes = values.map((a) => ({
    term: `slope at ${name} = ${a}`,
    weights: weighted(terms.map((_, p) => ((p + 1) * ((a - center) / scale) ** p) / scale)),
  }));
  const vcov = squareRows(effects.covariance);
  const w = numericData(data, treatment).values;
  return {
    form: "polynomial",
    at: values,
    estimates: effects.estimates,
    vcov,
    band: bandOf(effects.estimates, vcov, settings.level),
    average: combinations(caller, fit, [{ term: "average", weights: effectAt(mean) }], settings.level).estimates[0]!,
    slopes: combinations(caller, fit, slopes, settings.level).estimates,
    heterogeneity: { F: wald(fit, { terms }), chiSquared: wald(fit, { terms, test: "chiSquared" }) },
    model,
    sample,
    warnings: [...supportWarnings(name, values, x, w, nearness(x)), ...model.warnings],
  };
}

/** The regression on powers of a column and their products with the treatment. */
function polynomialFit(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  column: string,
  covariates: readonly AnyTerm[],
  degree: number,
): OlsResult {
  const treatment = settings.treatment as string;
  const powers = Array.from({ length: degree }, (_, p): AnyTerm => (p === 0 ? column : power(column, p + 1)));
  const products = powers.map((term) => interaction(treatment, term as string));
  return fitInteraction(data, settings, [treatment, ...powers, ...covariates, ...products]);
}

function centreAndScale(x: Float64Array): { readonly center: number; readonly scale: number } {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  const center = sum / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i]! - center) ** 2;
  return { center, scale: Math.sqrt(squares / x.length) };
}
