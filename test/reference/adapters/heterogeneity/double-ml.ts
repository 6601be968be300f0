import { type DoubleMlOptions, type DoubleMlResult, doubleMl, groupEffects } from "../../../../src/heterogeneity/index.ts";
import { ols } from "../../../../src/regression/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import type { Data } from "./scores.ts";

type AnyRow = Record<string, number | string>;
type Options = DoubleMlOptions<AnyRow>;

const NAMES: Readonly<Record<string, string>> = {
  ml_l: "outcome",
  ml_m: "treatment",
  ml_g: "outcomeLessTreatment",
  ml_g0: "outcomeControl",
  ml_g1: "outcomeTreated",
};

function shape(data: Data, options: Options, predictions: readonly string[]): Record<string, unknown> {
  const run = (aggregation: "doubleMlR" | "spread" | "upperBound"): DoubleMlResult =>
    doubleMl(data, { ...options, aggregation, keepPredictions: true });
  const result = run("doubleMlR");
  const { effect } = result.estimates;
  const repeated = result.repetitions.length > 1;
  return {
    ...(repeated
      ? {
          other_aggregates_of_std_error: {
            variance_plus_spread: run("spread").estimates.effect.standardError,
            upper_bound_median: run("upperBound").estimates.effect.standardError,
          },
        }
      : {}),
    coef: [effect.estimate],
    std_error: [effect.standardError],
    statistic: [effect.statistic],
    p_value: [effect.pValue],
    conf_95: [effect.confidenceInterval],
    all_coef: [result.repetitions.map(({ estimate }) => estimate)],
    all_std_error: [result.repetitions.map(({ standardError }) => standardError)],
    predictions_first8: Object.fromEntries(
      predictions.map((name) => [name, Array.from(result.predictions![NAMES[name]!]!.subarray(0, 8))]),
    ),
  };
}

const SCORES: Readonly<Record<string, Options["score"]>> = {
  "partialling out": "partiallingOut",
  "IV-type": "ivType",
  ATE: "ate",
  ATTE: "att",
};

/** DoubleML of R: PLR, IRM, PLIV and IIVM with linear and logistic learners and given folds. */
export const double_ml: Adapter = ({ args, table, case: { source } }) => {
  const data = table();
  const covariates = args.get<string[]>("x");
  if (args.has("fold_of_cluster"))
    return clustered(
      data,
      args.get<number[]>("cluster_ids"),
      args.get<number[]>("fold_of_cluster"),
      {
        model: "partiallyLinear",
        outcome: args.get<string>("outcome"),
        treatment: args.get<string>("treatment"),
        covariates,
      },
      args.get<string>("cluster"),
    );
  const folds = args.get<string[]>("folds");
  if (args.has("pliv")) {
    const pliv = args.get<Record<string, string>>("pliv");
    const iivm = args.get<Record<string, string>>("iivm");
    const options = ({ outcome, treatment, instrument, trimming_threshold }: Record<string, string>, model: Options["model"]): Options => ({
      model,
      outcome: outcome!,
      treatment: treatment!,
      instrument: instrument!,
      covariates,
      folds,
      ...(trimming_threshold === undefined ? {} : { trimming: Number(trimming_threshold) }),
    });
    return { pliv: shape(data, options(pliv, "partiallyLinearIv"), []), iivm: shape(data, options(iivm, "interactiveIv"), []) };
  }
  const interactive = source.call.includes("IRM");
  const trimming = args.optional<number>("trimming_threshold");
  const result: Record<string, unknown> = {};
  for (const name of args.get<string[]>("scores")) {
    const score = SCORES[name];
    if (score === undefined) throw new Unsupported(`unsupported argument scores ${name}`);
    for (const procedure of args.get<("dml1" | "dml2")[]>("procedures")) {
      const options: Options = {
        model: interactive ? "interactive" : "partiallyLinear",
        outcome: args.get<string>("outcome"),
        treatment: args.get<string>("treatment"),
        covariates,
        folds,
        score,
        procedure,
        ...(trimming === undefined ? {} : { trimming }),
      };
      const predictions = interactive
        ? score === "att"
          ? ["ml_g0", "ml_m"]
          : ["ml_g0", "ml_g1", "ml_m"]
        : score === "ivType"
          ? ["ml_l", "ml_m", "ml_g"]
          : ["ml_l", "ml_m"];
      result[`${name.replace(/ |-/g, "_")}_${procedure}`] = shape(data, options, predictions);
    }
  }
  return result;
};

function clustered(data: Data, ids: readonly number[], foldOf: readonly number[], options: Options, cluster: string): unknown {
  const folded = data.with({ ".fold": data.numbers(cluster).map((id) => foldOf[ids.indexOf(id)]!) }) as unknown as Data;
  const effect = (extra: Partial<Options>) => doubleMl(folded, { ...options, folds: ".fold", ...extra }).estimates.effect;
  const scaled = effect({ cluster, clusterVariance: "foldScaled" });
  const plain = effect({});
  return {
    doubleml: { coef: scaled.estimate, std_error: scaled.standardError },
    pooled: {
      coef: plain.estimate,
      std_error_iid: plain.standardError,
      std_error_cluster: effect({ cluster, clusterVariance: "uncorrected" }).standardError,
      std_error_cluster_small_sample: effect({ cluster }).standardError,
    },
  };
}

/** A sum or product of columns such as `y_hat - w_hat*tau_hat` or `y_hat + (1-w_hat)*tau_hat`. */
function column(data: Data, text: string): Float64Array {
  const match = /^(\w+)\s*([+-])\s*(?:\(1-(\w+)\)|(\w+))\*(\w+)$/.exec(text.trim());
  if (match === null) return data.numbers(text.trim());
  const [, base, sign, oneLess, factor, effect] = match;
  const share = oneLess === undefined ? data.numbers(factor!) : data.numbers(oneLess).map((v) => 1 - v);
  const tau = data.numbers(effect!);
  return data.numbers(base!).map((v, i) => v + (sign === "+" ? 1 : -1) * share[i]! * tau[i]!);
}

/** Means of orthogonal scores from supplied nuisances. */
export const orthogonal_scores: Adapter = ({ args, table }) => {
  const raw = table();
  const [outcome, treatment, propensity] = ["outcome", "treatment", "propensity"].map((name) => args.get<string>(name)) as [
    string,
    string,
    string,
  ];
  const data = raw.with({ ".mu0": column(raw, args.get<string>("mu0")), ".mu1": column(raw, args.get<string>("mu1")) }) as unknown as Data;
  const cluster = args.get<string>("cluster");
  const predictions = { outcome: "y_hat", outcomeControl: ".mu0", outcomeTreated: ".mu1", treatment: propensity };
  const run = (score: Options["score"], clustering: boolean): DoubleMlResult =>
    doubleMl(data, {
      model: score === "partiallingOut" ? "partiallyLinear" : "interactive",
      outcome,
      treatment,
      score: score!,
      predictions,
      ...(score === "partiallingOut"
        ? {}
        : { trimming: args.get<number>("trimming"), normalizeWeights: args.get<boolean>("normalize_ipw") }),
      ...(clustering ? { cluster, clusterVariance: "uncorrected" } : {}),
      keepPredictions: true,
    });
  const pair = (score: Options["score"]): { estimate: number; std_error: number } => {
    const { effect } = run(score, false).estimates;
    return { estimate: effect.estimate, std_error: effect.standardError };
  };
  const both = (score: Options["score"]): unknown => ({
    ...pair(score),
    std_error_cluster: run(score, true).estimates.effect.standardError,
  });
  const ate = run("ate", false);
  const x = Float64Array.from(data.numbers("x1")).sort();
  const at = (p: number): number => {
    const position = (x.length - 1) * p;
    const low = Math.floor(position);
    return x[low]! + (position - low) * (x[Math.min(low + 1, x.length - 1)]! - x[low]!);
  };
  const group = data.numbers("x1").map((v) => (v <= at(1 / 3) ? 1 : v <= at(2 / 3) ? 2 : 3));
  const scored = data.with({ ".score": ate.scores!, ".group": group }) as unknown as Data;
  const gate = groupEffects(scored, { scores: ".score", by: ".group" });
  const blp = ols(scored, { outcome: ".score", regressors: ["x1", "x3"], vcov: { type: "hetero", variant: "HC0" } });
  return {
    ate: both("ate"),
    att: both("att"),
    plr: pair("partiallingOut"),
    mu1: pair("treatedMean"),
    mu0: pair("controlMean"),
    overlap_diagnostics: {
      n_trimmed: ate.overlap!.trimmed,
      min: ate.overlap!.lowest,
      max: ate.overlap!.highest,
      ess_treated: ate.overlap!.effectiveTreated,
      ess_control: ate.overlap!.effectiveControl,
    },
    gate: {
      group: [1, 2, 3],
      n: gate.rows,
      estimate: gate.estimates.map(({ estimate }) => estimate),
      std_error_hc0: gate.estimates.map(({ standardError }) => standardError),
    },
    blp: {
      estimate: Object.values(blp.estimates).map(({ estimate }) => estimate),
      std_error_hc0: Object.values(blp.estimates).map(({ standardError }) => standardError),
      vcov_hc0: blp.vcov,
    },
  };
};
