import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { type Learner, linearLearner, logisticLearner } from "./learners.ts";

/** Models of `doubleMl`. */
export type DoubleMlModel = "partiallyLinear" | "interactive" | "partiallyLinearIv" | "interactiveIv";

/** Scores of `doubleMl`; each belongs to some models. */
export type DoubleMlScore = "partiallingOut" | "ivType" | "ate" | "att" | "treatedMean" | "controlMean" | "late";

/** Columns with predictions made elsewhere, in place of learners and folds. */
export interface SuppliedPredictions<Row> {
  /** E[Y | X]: partially linear models. */
  readonly outcome?: NumericColumn<Row>;
  /** E[Y | W = 0, X]: interactive model. */
  readonly outcomeControl?: NumericColumn<Row>;
  /** E[Y | W = 1, X]: interactive model. */
  readonly outcomeTreated?: NumericColumn<Row>;
  /** E[W | X]. */
  readonly treatment: NumericColumn<Row>;
}

/** Options of `doubleMl`. */
export interface DoubleMlOptions<Row> {
  /** `Y = theta W + g(X)` (`"partiallyLinear"`), any heterogeneous effect of a 0/1 treatment (`"interactive"`), and both with an instrument. */
  readonly model: DoubleMlModel;
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Numeric treatment; 0/1 in interactive models. */
  readonly treatment: NumericColumn<Row>;
  /** Covariates the nuisances are learnt from. */
  readonly covariates?: readonly NumericColumn<Row>[];
  /** Instrument; 0/1 in `"interactiveIv"`. */
  readonly instrument?: NumericColumn<Row>;
  /** @defaultValue "partiallingOut", "ate", "late" by model */
  readonly score?: DoubleMlScore;
  /** Solve over all rows, or average the folds' solutions. @defaultValue "dml2" */
  readonly procedure?: "dml1" | "dml2";
  /** Number of random folds, or columns that hold them, one per repetition. @defaultValue 5 */
  readonly folds?: number | AnyColumn<Row> | readonly AnyColumn<Row>[];
  /** Repetitions of random folds; the estimate is their median. @defaultValue 1 */
  readonly repetitions?: number;
  /** Standard error over repetitions: root of the median of variance plus squared deviation; DoubleML for R's, whose deviation is not scaled; or Python's median of upper bounds. @defaultValue "spread" */
  readonly aggregation?: "spread" | "doubleMlR" | "upperBound";
  /** Learners of the outcome and of treatment (and instrument). @defaultValue linear; logistic for 0/1 targets of interactive models */
  readonly learners?: { readonly outcome?: Learner; readonly treatment?: Learner; readonly instrument?: Learner };
  /** Predictions made elsewhere, without instrument. */
  readonly predictions?: SuppliedPredictions<Row>;
  /** Propensities are kept inside [trimming, 1 - trimming]. @defaultValue 0.01 in interactive models */
  readonly trimming?: number;
  /** Divide inverse-probability weights by their mean. @defaultValue false */
  readonly normalizeWeights?: boolean;
  /** Column whose groups are independent of each other; random folds keep them together. */
  readonly cluster?: AnyColumn<Row>;
  /** Clustered variance: pooled with G/(G-1), pooled without, or folds weighted equally (DoubleML). @defaultValue "pooled" */
  readonly clusterVariance?: "pooled" | "uncorrected" | "foldScaled";
  /** Keep out-of-fold predictions and scores of the first repetition. @defaultValue false */
  readonly keepPredictions?: boolean;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of `doubleMl`; learners by name. */
export interface DoubleMlSettings {
  readonly model: DoubleMlModel;
  readonly outcome: string;
  readonly treatment: string;
  readonly covariates: readonly string[];
  readonly instrument?: string;
  readonly score: DoubleMlScore;
  readonly procedure: "dml1" | "dml2";
  readonly folds: number | readonly string[];
  readonly repetitions: number;
  readonly aggregation: "spread" | "doubleMlR" | "upperBound";
  readonly learners: { readonly outcome: string; readonly treatment: string; readonly instrument: string };
  readonly predictions?: SuppliedPredictions<Record<string, number>>;
  readonly trimming: number;
  readonly normalizeWeights: boolean;
  readonly cluster?: string;
  readonly clusterVariance: "pooled" | "uncorrected" | "foldScaled";
  readonly keepPredictions: boolean;
  readonly seed: number;
  readonly level: number;
}

const CALLER = "heterogeneity.doubleMl";
const SCORES: Readonly<Record<DoubleMlModel, readonly [DoubleMlScore, ...DoubleMlScore[]]>> = {
  partiallyLinear: ["partiallingOut", "ivType"],
  interactive: ["ate", "att", "treatedMean", "controlMean"],
  partiallyLinearIv: ["partiallingOut"],
  interactiveIv: ["late"],
};

/** @internal Fills in defaults, checks every choice, and names the learners. */
export function resolveDoubleMl<Row>(options: DoubleMlOptions<Row>): {
  readonly settings: DoubleMlSettings;
  readonly learners: Required<NonNullable<DoubleMlOptions<Row>["learners"]>>;
} {
  const given = resolveOptions<DoubleMlOptions<Record<string, number>> & Pick<DoubleMlSettings, "level" | "seed" | "repetitions">>(
    CALLER,
    options,
    {
      required: ["model", "outcome", "treatment"],
      defaults: {
        covariates: [],
        instrument: undefined,
        score: undefined,
        procedure: "dml2",
        folds: 5,
        repetitions: 1,
        aggregation: "spread",
        learners: {},
        predictions: undefined,
        trimming: undefined,
        normalizeWeights: false,
        cluster: undefined,
        clusterVariance: "pooled",
        keepPredictions: false,
        seed: 1,
        level: 0.95,
      },
    },
  );
  const model = checkChoice(CALLER, "model", given.model, Object.keys(SCORES) as DoubleMlModel[]);
  const score = checkChoice(CALLER, "score", given.score ?? SCORES[model][0], SCORES[model]);
  checkChoice(CALLER, "procedure", given.procedure, ["dml1", "dml2"]);
  checkChoice(CALLER, "aggregation", given.aggregation, ["spread", "doubleMlR", "upperBound"]);
  checkChoice(CALLER, "clusterVariance", given.clusterVariance, ["pooled", "uncorrected", "foldScaled"]);
  checkBoolean(CALLER, "normalizeWeights", given.normalizeWeights);
  checkBoolean(CALLER, "keepPredictions", given.keepPredictions);
  checkLevel(CALLER, given.level);
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  checkNumber(CALLER, "repetitions", given.repetitions, { min: 1, integer: true });
  if (typeof given.folds === "number") checkNumber(CALLER, "folds", given.folds, { min: 2, integer: true });
  const classes = model === "interactive" || model === "interactiveIv";
  const trimming = checkNumber(CALLER, "trimming", given.trimming ?? (classes ? 0.01 : 0), { min: 0, max: 0.5 });
  const withInstrument = model === "partiallyLinearIv" || model === "interactiveIv";
  if (withInstrument !== (given.instrument !== undefined)) {
    const found = withInstrument ? "none was given" : `"${given.instrument}" was given`;
    throw new OptionError(
      "MISSING_INSTRUMENT",
      `Cannot run ${CALLER} as model "${model}" ${withInstrument ? "needs" : "takes no"} "instrument": ${found}`,
    );
  }
  if (given.predictions !== undefined) requirePredictions(given.predictions, model, score);
  const learners = {
    outcome: given.learners?.outcome ?? linearLearner,
    treatment: given.learners?.treatment ?? (classes ? logisticLearner : linearLearner),
    instrument: given.learners?.instrument ?? (model === "interactiveIv" ? logisticLearner : linearLearner),
  };
  const names = { outcome: learners.outcome.name, treatment: learners.treatment.name, instrument: learners.instrument.name };
  const folds = typeof given.folds === "number" ? given.folds : ([given.folds].flat() as readonly string[]);
  const settings = { ...given, model, score, trimming, learners: names, folds } as unknown as DoubleMlSettings;
  return { settings: Object.freeze(settings), learners };
}

function requirePredictions(predictions: SuppliedPredictions<Record<string, number>>, model: DoubleMlModel, score: DoubleMlScore): void {
  const needed =
    model === "partiallyLinear"
      ? ["outcome", "treatment"]
      : score === "att" || score === "controlMean"
        ? ["outcomeControl", "treatment"]
        : ["outcomeControl", "outcomeTreated", "treatment"];
  const missing = needed.filter((name) => (predictions as unknown as Record<string, string>)[name] === undefined);
  if (missing.length === 0 && (model === "partiallyLinear" || model === "interactive") && score !== "ivType") return;
  throw new OptionError(
    "MISSING_PREDICTIONS",
    `Cannot run ${CALLER} as score "${score}" of model "${model}" needs predictions ${needed.join(", ")} (with an instrument or "ivType" none are taken): missing ${missing.join(", ") || "nothing"}`,
  );
}
