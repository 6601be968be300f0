import { DataError, OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupRole, numberRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";

/** Options of {@link multiArmScores}. */
export interface MultiArmScoresOptions<Row> {
  /** Numeric outcome Y. */
  readonly outcome: NumericColumn<Row>;
  /** Column that holds the arm. */
  readonly treatment: AnyColumn<Row>;
  /** The arms as the column holds them; the first is the control. */
  readonly arms: readonly (string | number)[];
  /** Prediction of the outcome without the arm, m(x). */
  readonly outcomePrediction: NumericColumn<Row>;
  /** Predicted probability of each arm, in the order of `arms`. */
  readonly propensities: readonly NumericColumn<Row>[];
  /** Predicted effect of each arm but the control, in the order of `arms`. */
  readonly effects: readonly NumericColumn<Row>[];
}

/** Scores by arm, one a row (NaN where a used column is missing). */
export interface MultiArmScores {
  /** Arms as text; the first is the control. */
  readonly arms: readonly string[];
  /** Scores of the mean outcome under each arm: what `policyTree` and `policyValue` take. */
  readonly potentialOutcomes: readonly Float64Array[];
  /** Scores of each arm's effect against the control. */
  readonly contrasts: readonly Float64Array[];
}

/**
 * Doubly robust scores with several arms: `mu_k + 1{arm = k} / p_k (Y - mu_k)` for the outcome under arm k, differences from the control's for the effects.
 * `mu_control = m - sum_k p_k tau_k`, `mu_k = mu_control + tau_k`. Equals `get_scores` of R's grf and `double_robust_scores` of policytree.
 *
 * @throws OptionError `ARM_COUNT`; DataError `UNKNOWN_ARM`, `PROPENSITY_AT_BOUND`.
 * @see Zhou, Athey and Wager (2023), Operations Research 71.
 * @example
 * multiArmScores(trial, { outcome: "work", treatment: "arm", arms: ["none", "job"], outcomePrediction: "m", propensities: ["p0", "p1"], effects: ["tau1"] });
 */
export function multiArmScores<Row>(data: Frame<Row>, options: MultiArmScoresOptions<Row>): MultiArmScores {
  const caller = "heterogeneity.multiArmScores";
  const settings = resolveOptions<MultiArmScoresOptions<Record<string, number>>>(caller, options, {
    required: ["outcome", "treatment", "arms", "outcomePrediction", "propensities", "effects"],
    defaults: {},
  });
  const arms = settings.arms.map(String);
  if (arms.length < 2 || settings.propensities.length !== arms.length || settings.effects.length !== arms.length - 1) {
    throw new OptionError(
      "ARM_COUNT",
      `Cannot run ${caller} as ${arms.length} arms need as many propensities and one effect fewer (two arms at least): ${settings.propensities.length} and ${settings.effects.length} were given`,
    );
  }
  const { columns, rows } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome),
    treatment: groupRole(settings.treatment),
    prediction: numberRole(settings.outcomePrediction),
    propensities: numbersRole(settings.propensities),
    effects: numbersRole(settings.effects),
  });
  const { codes, count, label } = columns.treatment;
  const armOf = Int32Array.from({ length: count }, (_, code) => arms.indexOf(label(code)));
  const unknown = armOf.indexOf(-1);
  if (unknown >= 0) {
    throw new DataError(
      "UNKNOWN_ARM",
      `Cannot run ${caller} as "${settings.treatment}" must hold one of the arms: it holds "${label(unknown)}"`,
      {
        column: settings.treatment,
        arm: label(unknown),
      },
    );
  }
  const potentialOutcomes = arms.map(() => new Float64Array(data.rowCount).fill(Number.NaN));
  const contrasts = settings.effects.map(() => new Float64Array(data.rowCount).fill(Number.NaN));
  for (let i = 0; i < codes.length; i++) {
    const row = rows === undefined ? i : rows[i]!;
    const arm = armOf[codes[i]!]!;
    const chance = columns.propensities[arm]![i]!;
    if (!(chance > 0 && chance <= 1)) {
      throw new DataError(
        "PROPENSITY_AT_BOUND",
        `Cannot run ${caller} as the propensity of the arm a row had must be above 0 and at most 1: "${settings.propensities[arm]}" is ${chance} in row ${row}`,
        { column: settings.propensities[arm], row, value: chance },
      );
    }
    let control = columns.prediction[i]!;
    for (let k = 0; k < contrasts.length; k++) control -= columns.propensities[k + 1]![i]! * columns.effects[k]![i]!;
    const own = control + (arm === 0 ? 0 : columns.effects[arm - 1]![i]!);
    const weighted = (columns.outcome[i]! - own) / chance;
    for (let k = 0; k < arms.length; k++) {
      const effect = k === 0 ? 0 : columns.effects[k - 1]![i]!;
      potentialOutcomes[k]![row] = control + effect + (arm === k ? weighted : 0);
      if (k > 0) contrasts[k - 1]![row] = effect + (arm === k ? weighted : 0) - (arm === 0 ? weighted : 0);
    }
  }
  return { arms, potentialOutcomes, contrasts };
}
