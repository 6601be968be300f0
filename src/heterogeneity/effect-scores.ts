import { DataError, OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";

/** Columns of a treatment's nuisance predictions: out-of-bag or cross-fitted, from any learner. */
export interface NuisanceColumns<Row> {
  /** Numeric outcome Y. */
  readonly outcome: NumericColumn<Row>;
  /** Treatment W: 0/1, or any number with `debiasingWeights`. */
  readonly treatment: NumericColumn<Row>;
  /** Prediction of the outcome without the treatment, m(x) = E[Y | X = x]. */
  readonly outcomePrediction: NumericColumn<Row>;
  /** Prediction of the treatment, e(x) = E[W | X = x]. */
  readonly treatmentPrediction: NumericColumn<Row>;
  /** Predicted effect tau(x). */
  readonly effect: NumericColumn<Row>;
}

/** Options of {@link effectScores}. */
export interface EffectScoresOptions<Row> extends NuisanceColumns<Row> {
  /** Continuous treatment: estimates of (W - e) / Var(W | X). */
  readonly debiasingWeights?: NumericColumn<Row>;
  /** Binary instrument Z. */
  readonly instrument?: NumericColumn<Row>;
  /** Prediction of the instrument, E[Z | X = x]. */
  readonly instrumentPrediction?: NumericColumn<Row>;
  /** Effect of the instrument on the treatment given X. */
  readonly compliance?: NumericColumn<Row>;
}

/** @internal Names of the nuisance options. */
export const NUISANCE_NAMES = ["outcome", "treatment", "outcomePrediction", "treatmentPrediction", "effect"] as const;
/** @internal Names of the options for other than binary treatments. */
export const SCORE_DEFAULTS = {
  debiasingWeights: undefined,
  instrument: undefined,
  instrumentPrediction: undefined,
  compliance: undefined,
} as const;

/** @internal Resolved {@link EffectScoresOptions}. */
export type ScoreSettings = Readonly<Record<(typeof NUISANCE_NAMES)[number], string>> & {
  readonly debiasingWeights?: string;
  readonly instrument?: string;
  readonly instrumentPrediction?: string;
  readonly compliance?: string;
};

/**
 * Doubly robust scores of the conditional effect, one a row (NaN where a used column is missing): their mean is the average effect, their regression on covariates the
 * best linear projection, and they rank and value policies. `tau + weight * (Y - m - tau (W - e))` with weight `(W - e) / (e (1 - e))` for a binary treatment,
 * `debiasingWeights` for a continuous one, `(Z - z) / (z (1 - z)) / compliance` with an instrument.
 *
 * @throws OptionError `INCOMPLETE_INSTRUMENT`; DataError `NOT_BINARY`, `PROPENSITY_AT_BOUND`, `ZERO_COMPLIANCE`.
 * @see Robins, Rotnitzky and Zhao (1994); Chernozhukov et al. (2022), Econometrica 90; Athey and Wager (2021), Econometrica 89.
 * @example
 * const scored = people.with({ score: effectScores(people, { outcome: "hours", treatment: "job", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" }) });
 */
export function effectScores<Row>(data: Frame<Row>, options: EffectScoresOptions<Row>): Float64Array {
  const caller = "heterogeneity.effectScores";
  const settings = resolveOptions<ScoreSettings>(caller, options, { required: NUISANCE_NAMES, defaults: SCORE_DEFAULTS });
  const { columns, rows } = columnsByRole(caller, data, scoreRoles(caller, settings));
  requireOverlap(caller, settings, columns, "both");
  const scores = scoresOf(columns);
  if (rows === undefined) return scores;
  const all = new Float64Array(data.rowCount).fill(Number.NaN);
  rows.forEach((row, i) => {
    all[row] = scores[i]!;
  });
  return all;
}

/** @internal Columns that scores read. */
export interface ScoreColumns {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  readonly outcomePrediction: Float64Array;
  readonly treatmentPrediction: Float64Array;
  readonly effect: Float64Array;
  readonly debiasingWeights: Float64Array | undefined;
  readonly instrument: Float64Array | undefined;
  readonly instrumentPrediction: Float64Array | undefined;
  readonly compliance: Float64Array | undefined;
}

/** @internal Roles of {@link ScoreColumns}. */
export function scoreRoles(
  caller: string,
  settings: ScoreSettings,
): Readonly<Record<keyof ScoreColumns, ReturnType<typeof numberRole<string>>>> {
  const { instrument, instrumentPrediction, compliance, debiasingWeights } = settings;
  const given = [instrument, instrumentPrediction, compliance].filter((name) => name !== undefined).length;
  if (given !== 0 && given !== 3) {
    throw new OptionError(
      "INCOMPLETE_INSTRUMENT",
      `Cannot run ${caller} with an instrument unless "instrument", "instrumentPrediction" and "compliance" are all given: ${given} of them are`,
    );
  }
  const binary = given === 0 && debiasingWeights === undefined;
  return {
    outcome: numberRole(settings.outcome),
    treatment: binary ? binaryRole(settings.treatment) : numberRole(settings.treatment),
    outcomePrediction: numberRole(settings.outcomePrediction),
    treatmentPrediction: numberRole(settings.treatmentPrediction),
    effect: numberRole(settings.effect),
    debiasingWeights: numberRole(debiasingWeights as string),
    instrument: binaryRole(instrument as string),
    instrumentPrediction: numberRole(instrumentPrediction as string),
    compliance: numberRole(compliance as string),
  };
}

/**
 * @internal Fails where a score divides by zero: a propensity (of the instrument, where there is one) of 0 or 1, or a compliance of 0.
 * `bound` says which ends matter.
 */
export function requireOverlap(caller: string, settings: ScoreSettings, columns: ScoreColumns, bound: "both" | "zero" | "one"): void {
  const { instrument, debiasingWeights, instrumentPrediction, compliance } = columns;
  if (instrument === undefined && debiasingWeights !== undefined) return;
  const name = instrument === undefined ? settings.treatmentPrediction : settings.instrumentPrediction!;
  const chances = instrument === undefined ? columns.treatmentPrediction : instrumentPrediction!;
  const none = compliance === undefined ? -1 : compliance.indexOf(0);
  if (none >= 0) {
    throw new DataError(
      "ZERO_COMPLIANCE",
      `Cannot run ${caller} as "${settings.compliance}" must not be 0 for scores with an instrument: row ${none} of those used is`,
      { column: settings.compliance, row: none },
    );
  }
  for (let i = 0; i < chances.length; i++) {
    const e = chances[i]!;
    if ((bound === "one" || e > 0) && (bound === "zero" || e < 1)) continue;
    throw new DataError(
      "PROPENSITY_AT_BOUND",
      `Cannot run ${caller} as "${name}" must lie strictly between 0 and 1: row ${i} of those used has ${e}; leave such rows out or move them off the bound`,
      { column: name, row: i, value: e },
    );
  }
}

/** @internal Scores of the used rows. */
export function scoresOf(columns: ScoreColumns): Float64Array {
  const {
    outcome,
    treatment,
    outcomePrediction,
    treatmentPrediction,
    effect,
    debiasingWeights,
    instrument,
    instrumentPrediction,
    compliance,
  } = columns;
  const out = new Float64Array(outcome.length);
  for (let i = 0; i < out.length; i++) {
    const tau = effect[i]!;
    const e = treatmentPrediction[i]!;
    const residual = outcome[i]! - outcomePrediction[i]! - tau * (treatment[i]! - e);
    let weight: number;
    if (instrument !== undefined) {
      const z = instrumentPrediction![i]!;
      weight = (instrument[i]! - z) / (z * (1 - z)) / compliance![i]!;
    } else weight = debiasingWeights === undefined ? (treatment[i]! - e) / (e * (1 - e)) : debiasingWeights[i]!;
    out[i] = tau + weight * residual;
  }
  return out;
}
