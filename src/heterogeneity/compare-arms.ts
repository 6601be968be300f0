import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, JointTest, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numbersRole, type WeightOption } from "../data/roles.ts";
import type { AnyColumn, CategoryColumn, NumericColumn } from "../data/row-types.ts";
import { chiSquaredTest, fTest, tEstimate, waldStatistic } from "../inference/estimate.ts";
import { maxT } from "../inference/max-t.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import type { AnyRow } from "../regression/design.ts";
import { factor, type OlsOptions, ols, type Term } from "../regression/index.ts";
import { asTerm } from "./subgroup-effects.ts";

/** Options of {@link compareArms}: an outcome and the column of arms, or one column of doubly robust scores per arm. */
export interface CompareArmsOptions<Row> {
  /** Numeric outcome. */
  readonly outcome?: NumericColumn<Row>;
  /** Column that holds the arm. */
  readonly arm?: AnyColumn<Row>;
  /** The arms as the column holds them, the control first. @defaultValue as the data order them */
  readonly arms?: readonly (string | number)[];
  /** In place of outcome and arm: scores of the mean outcome under each arm (`multiArmScores`), the control first. */
  readonly scores?: readonly NumericColumn<Row>[];
  /** Regressors that enter additively; labels become indicators. */
  readonly covariates?: readonly (Term<Row> | CategoryColumn<Row>)[];
  /** Weights, as in `regression.ols`. */
  readonly weights?: WeightOption<Row>;
  /** Column to cluster by. */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance of the means. @defaultValue HC2, or clustered */
  readonly vcov?: VcovOption<Row>;
  /** Joint confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link compareArms}. */
export interface CompareArmsSettings {
  readonly outcome?: string;
  readonly arm?: string;
  readonly arms?: readonly (string | number)[];
  readonly scores?: readonly string[];
  readonly covariates: readonly unknown[];
  readonly weights?: WeightOption<AnyRow>;
  readonly cluster?: ClusterBy<AnyRow>;
  readonly vcov?: VcovOption<AnyRow>;
  readonly level: number;
}

/** A difference between two arms. */
export interface ArmContrast extends Estimate {
  /** The difference is `arm` minus `comparison`. */
  readonly arm: string;
  readonly comparison: string;
  /** Corrected over all pairs by the joint t distribution, stepping down. */
  readonly adjustedPValue: number;
  /** Holds over all pairs at once. */
  readonly simultaneousInterval: readonly [number, number];
}

/** Result of {@link compareArms}. */
export interface CompareArmsResult extends Result<"heterogeneity.compareArms", CompareArmsSettings> {
  /** Each arm less the control. */
  readonly estimates: readonly Estimate[];
  /** All pairs, the later arm less the earlier. */
  readonly contrasts: readonly ArmContrast[];
  /** Test that all arms are alike. */
  readonly equality: JointTest;
  /** Rows by arm; all rows for each arm when scores are given. */
  readonly rows: readonly { readonly arm: string; readonly rows: number }[];
}

const CALLER = "heterogeneity.compareArms";
/** Lattice points behind the joint probabilities: good to about 1e-4. */
const POINTS = 4001;

/**
 * Several arms side by side: every arm against the control, and all pairs with p-values and intervals that hold together. From an outcome and the arm people had (regression with an indicator per
 * arm, as in an experiment), or from doubly robust scores of each arm (`multiArmScores`: paired by row).
 *
 * @throws OptionError `INVALID_OPTION`, `ARM_COUNT`; IdentificationError `ARM_NOT_ESTIMATED`; and those of `regression.ols`.
 * @see Hothorn, Bretz and Westfall (2008), Biometrical Journal 50; Imbens and Rubin (2015), ch. 7.
 * @example
 * compareArms(trial, { outcome: "work", arm: "programme", arms: ["none", "job", "care"], covariates: ["age"] }).contrasts;
 */
export function compareArms<Row>(data: Frame<Row>, options: CompareArmsOptions<Row>): CompareArmsResult {
  const settings = resolveOptions<CompareArmsSettings>(CALLER, options, {
    required: [],
    defaults: {
      outcome: undefined,
      arm: undefined,
      arms: undefined,
      scores: undefined,
      covariates: [],
      weights: undefined,
      cluster: undefined,
      vcov: undefined,
      level: 0.95,
    },
  });
  checkLevel(CALLER, settings.level);
  if (
    (settings.scores === undefined) === (settings.outcome === undefined) ||
    (settings.outcome !== undefined && settings.arm === undefined)
  ) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${CALLER} unless either "outcome" and "arm" or "scores" are given`);
  }
  const frame = data as unknown as Frame<AnyRow>;
  const means = settings.scores === undefined ? armMeans(frame, settings) : scoreMeans(frame, settings, settings.scores);
  const { arms, effects, covariance, degreesOfFreedom } = means;
  const rows = covariance.map((row) => Array.from(row));
  const common = { degreesOfFreedom, level: settings.level, points: POINTS };
  // All pairs, the control's effect being zero by definition.
  const pairs = arms.flatMap((_, a) => arms.slice(a + 1).map((_arm, b) => [a, a + 1 + b] as const));
  const weights = pairs.map(([a, b]) => effects.map((_, k) => (k + 1 === b ? 1 : 0) - (k + 1 === a ? 1 : 0)));
  const joint = maxT(effects, rows, { ...common, contrasts: weights });
  const single = pairs.map(([a, b], c) => {
    const { estimate, standardError } = joint.estimates[c]!;
    return tEstimate(`${arms[b]} - ${arms[a]}`, estimate, standardError ** 2, degreesOfFreedom, settings.level);
  });
  const statistic = waldStatistic(Float64Array.from(effects), Float64Array.from(rows.flat()));
  if (statistic === undefined) {
    throw new IdentificationError(
      "ARM_NOT_ESTIMATED",
      `Cannot run ${CALLER} as the arms' differences must have a covariance: it is singular`,
    );
  }
  const k = effects.length;
  return finishResult<CompareArmsResult>({
    kind: CALLER,
    estimates: single.slice(0, k).map((one, a) => ({ ...one, term: arms[a + 1]! })),
    contrasts: single.map((one, c) => ({
      ...one,
      arm: arms[pairs[c]![1]]!,
      comparison: arms[pairs[c]![0]]!,
      adjustedPValue: joint.stepDown[c]!,
      simultaneousInterval: joint.estimates[c]!.confidenceInterval,
    })),
    equality: Number.isFinite(degreesOfFreedom) ? fTest(statistic / k, k, degreesOfFreedom) : chiSquaredTest(statistic, k),
    rows: means.rows,
    sample: means.sample,
    warnings: means.warnings,
    options: settings,
    reference: "Hothorn, Bretz & Westfall (2008), Biometrical Journal 50(3)",
  });
}

/** Each arm less the control, with the differences' covariance. */
interface ArmMeans extends Pick<CompareArmsResult, "rows" | "sample" | "warnings"> {
  readonly arms: readonly string[];
  readonly effects: readonly number[];
  readonly covariance: readonly ArrayLike<number>[];
  readonly degreesOfFreedom: number;
}

function armMeans(data: Frame<AnyRow>, settings: CompareArmsSettings): ArmMeans {
  const { columns, rows: used } = columnsByRole(CALLER, data, { arm: groupRole(settings.arm!), outcome: numbersRole([settings.outcome!]) });
  const found = Array.from({ length: columns.arm.count }, (_, code) => columns.arm.label(code));
  const arms = (settings.arms ?? found).map(String);
  const unknown = arms.find((arm) => !found.includes(arm));
  if (arms.length < 2 || unknown !== undefined) {
    throw new OptionError(
      "ARM_COUNT",
      `Cannot run ${CALLER} as two arms or more that occur in "${settings.arm}" are needed: ${unknown === undefined ? `there is ${arms.length}` : `"${unknown}" does not occur`}`,
      { arms: found },
    );
  }
  const codes = new Int32Array(data.rowCount).fill(-1);
  columns.arm.codes.forEach((code, i) => {
    codes[used === undefined ? i : used[i]!] = arms.indexOf(found[code]!);
  });
  const named = data.with({ [ARM]: { type: "category", codes, levels: arms } }) as unknown as Frame<AnyRow>;
  const { outcome, weights, cluster, vcov, level, covariates } = settings;
  const covariance =
    vcov !== undefined ? { vcov } : cluster !== undefined ? { cluster } : { vcov: { type: "hetero", variant: "HC2" } as const };
  const terms = covariates.map((term) => (typeof term === "string" ? asTerm(data, term) : term));
  const indicators = arms.slice(1).map((own) => factor(ARM, { reference: arms.filter((arm) => arm !== own) }));
  const options = { outcome, regressors: [...indicators, ...terms], ...covariance, ...(weights === undefined ? {} : { weights }), level };
  const fit = ols(named, options as unknown as OlsOptions<AnyRow>);
  const names = Object.keys(fit.estimates);
  const at = arms.slice(1).map((arm) => names.indexOf(`${ARM}::${arm}`));
  const lost = at.indexOf(-1);
  if (lost >= 0) {
    throw new IdentificationError(
      "ARM_NOT_ESTIMATED",
      `Cannot run ${CALLER} as each arm needs rows that the covariates do not determine: "${arms[lost + 1]}" is a combination of the other regressors`,
      { arm: arms[lost + 1] },
    );
  }
  const counts = arms.map((_, a) => codes.reduce((sum, code) => (code === a ? sum + 1 : sum), 0));
  return {
    arms,
    effects: at.map((k) => fit.estimates[names[k]!]!.estimate),
    covariance: at.map((a) => at.map((b) => fit.vcov[a]![b]!)),
    degreesOfFreedom: fit.covariance.jointDegreesOfFreedom,
    rows: arms.map((arm, a) => ({ arm, rows: counts[a]! })),
    sample: fit.sample,
    warnings: fit.warnings,
  };
}

const ARM = "arm";

function scoreMeans(data: Frame<AnyRow>, settings: CompareArmsSettings, scores: readonly string[]): ArmMeans {
  if (scores.length < 2) throw new OptionError("ARM_COUNT", `Cannot run ${CALLER} as two arms or more are needed: ${scores.length} given`);
  const by = settings.cluster;
  if (by !== undefined && typeof by !== "string") {
    throw new OptionError("INVALID_OPTION", `Cannot run ${CALLER} on scores with several cluster columns: give one`, { option: "cluster" });
  }
  const { columns, sample } = columnsByRole(CALLER, data, { scores: numbersRole(scores), cluster: groupRole(by as string | undefined) });
  const n = sample.used;
  const differences = columns.scores.slice(1).map((own) => own.map((v, i) => v - columns.scores[0]![i]!));
  const effects = differences.map((d) => d.reduce((sum, v) => sum + v, 0) / n);
  const sums = differences.map((d, k) => deviations(d, effects[k]!, columns.cluster));
  const units = columns.cluster?.count ?? n;
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, u) => sum + v * b[u]!, 0);
  return {
    arms: scores,
    effects,
    covariance: sums.map((a) => sums.map((b) => (product(a, b) / (n * n)) * (units / (units - 1)))),
    degreesOfFreedom: Number.POSITIVE_INFINITY,
    rows: scores.map((arm) => ({ arm, rows: n })),
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: units },
    warnings: [],
  };
}

function deviations(values: Float64Array, mean: number, cluster: Groups | undefined): Float64Array {
  const out = new Float64Array(cluster?.count ?? values.length);
  for (let i = 0; i < values.length; i++) out[cluster === undefined ? i : cluster.codes[i]!]! += values[i]! - mean;
  return out;
}
