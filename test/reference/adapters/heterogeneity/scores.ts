import type { Estimate } from "../../../../src/core/index.ts";
import {
  averageEffect,
  bestLinearProjection,
  calibrationTest,
  effectScores,
  groupEffects,
  multiArmScores,
  type ProjectionVariance,
  rankAverageEffect,
} from "../../../../src/heterogeneity/index.ts";
import { type Adapter, type Arguments, type CaseContext, Unsupported } from "../../harness/case.ts";

export type Data = ReturnType<CaseContext["table"]>;

/** The data with a 0/1 column `.subset` where the case names one, such as `x1 > 0.3`. */
export function withSubset(data: Data, args: Arguments): { readonly data: Data; readonly subset?: string } {
  const text = args.optional<string>("subset");
  if (text === undefined) return { data };
  const conditions = text.split("&").map((one) => {
    const parts = /^\s*(\w+)\s*(<=|>=|<|>|==|!=)\s*(-?[\d.]+(?:e-?\d+)?)\s*$/.exec(one);
    if (parts === null) throw new Unsupported(`unsupported argument subset ${text}`);
    return parts;
  });
  const holds = (value: number, sign: string, bound: number): boolean =>
    sign === "<"
      ? value < bound
      : sign === "<="
        ? value <= bound
        : sign === ">"
          ? value > bound
          : sign === ">="
            ? value >= bound
            : (value === bound) === (sign === "==");
  const mask = Float64Array.from({ length: data.rowCount }, (_, i) =>
    conditions.every((c) => holds(data.numbers(c[1]!)[i]!, c[2]!, Number(c[3]))) ? 1 : 0,
  );
  return { data: data.with({ ".subset": mask }) as unknown as Data, subset: ".subset" };
}

export const pair = ({ estimate, standardError }: Estimate): unknown => ({ estimate, std_error: standardError });

/** Weights, clusters and subset as grf's arguments name them. */
export function observationOptions(args: Arguments, subset: string | undefined): Record<string, string | boolean> {
  const cluster = args.optional<string>("clusters");
  const weights = args.optional<string>("sample_weights");
  const equalize = args.get<boolean>("equalize_cluster_weights", false);
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(weights === undefined ? {} : { weights }),
    ...(equalize ? { equalizeClusters: true } : {}),
    ...(subset === undefined ? {} : { subset }),
  };
}

export const NUISANCES = {
  outcome: "y",
  treatment: "w",
  outcomePrediction: "y_hat",
  treatmentPrediction: "w_hat",
  effect: "tau_hat",
} as const;

export const nuisances = (args: Arguments): typeof NUISANCES =>
  ({
    outcome: args.get("outcome", "y"),
    treatment: args.get("treatment", "w"),
    outcomePrediction: args.get("y_hat", "y_hat"),
    treatmentPrediction: args.get("w_hat", "w_hat"),
    effect: args.get("tau_hat", "tau_hat"),
  }) as unknown as typeof NUISANCES;

/** Scores of the rows that a subset keeps. */
export const keptScores = (scores: Float64Array, data: Data, subset: string | undefined): number[] =>
  Array.from(scores).filter((_, i) => subset === undefined || data.numbers(subset)[i] === 1);

/** grf::average_treatment_effect with every target, and get_scores. */
export const average_effect: Adapter = ({ args, case: reference, table }) => {
  const { data, subset } = withSubset(table(), args);
  const names = nuisances(args);
  const observed = observationOptions(args, subset);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(reference.expected as object)) {
    const [method, target] = key.split("_") as ["AIPW" | "TMLE", "all"];
    if (method !== "AIPW" && method !== "TMLE") continue;
    result[key] = pair(averageEffect(data, { ...names, ...observed, method, target }).estimates.averageEffect);
  }
  const scores = keptScores(effectScores(data, names), data, subset);
  const mean = scores.reduce((sum, v) => sum + v, 0) / scores.length;
  return {
    ...result,
    scores_first10: scores.slice(0, 10),
    scores_mean: mean,
    scores_sd: Math.sqrt(scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (scores.length - 1)),
  };
};

/** grf with a continuous treatment. */
export const average_partial_effect: Adapter = ({ args, table }) => {
  const { data, subset } = withSubset(table(), args);
  const names = { ...nuisances(args), debiasingWeights: args.get<string>("debiasing_weights") };
  const observed = observationOptions(args, subset);
  const effect = (target: "all" | "overlap"): unknown =>
    pair(averageEffect(data, { ...names, ...observed, target }).estimates.averageEffect);
  return {
    all: effect("all"),
    overlap: effect("overlap"),
    scores_first10: keptScores(effectScores(data, names), data, subset).slice(0, 10),
  };
};

/** sandwich's vcovCL corrects weighted residuals. */
const varianceOf = (type: string): ProjectionVariance => (type === "HC2" || type === "HC3" ? `sandwich${type}` : (type as "HC0" | "HC1"));

/** grf::best_linear_projection. */
export const best_linear_projection: Adapter = ({ args, table }) => {
  const names = nuisances(args);
  const { data: raw, subset } = withSubset(table(), args);
  const data = raw.with({ ".score": effectScores(raw, names) }) as unknown as Data;
  const observed = observationOptions(args, subset);
  const covariates = args.optional<string[]>("A") ?? [];
  const result: Record<string, unknown> = {};
  for (const target of args.get<string[]>("target_samples")) {
    for (const type of args.get<string[]>("vcov_types")) {
      const options = {
        scores: ".score",
        covariates,
        ...observed,
        ...(target === "overlap" ? { overlap: names.treatmentPrediction } : {}),
      };
      const { estimates } = bestLinearProjection(data, { ...options, variance: varianceOf(type) });
      const list = Object.values(estimates);
      result[`${target}_${type}`] = {
        estimate: list.map(({ estimate }) => estimate),
        std_error: list.map(({ standardError }) => standardError),
        statistic: list.map(({ statistic }) => statistic),
        p_value: list.map(({ pValue }) => pValue),
      };
    }
  }
  const exact = bestLinearProjection(data, { scores: ".score", covariates, ...observed });
  return { ...result, all_HC3_exact: { std_error: Object.values(exact.estimates).map(({ standardError }) => standardError) } };
};

/** grf::test_calibration. */
export const calibration_test: Adapter = ({ args, table }) => {
  const data = table();
  const observed = observationOptions(args, undefined);
  return Object.fromEntries(
    args.get<string[]>("vcov_types").map((type) => {
      const { estimates } = calibrationTest(data, { ...NUISANCES, ...observed, variance: varianceOf(type) });
      const list = [estimates.meanPrediction, estimates.differentialPrediction];
      return [
        type,
        {
          estimate: list.map(({ estimate }) => estimate),
          std_error: list.map(({ standardError }) => standardError),
          statistic: list.map(({ statistic }) => statistic),
          p_value_one_sided: list.map((one) => one.oneSidedPValue),
        },
      ];
    }),
  );
};

/** grf average effects by group, and the regression of scores on groups. */
export const group_effects: Adapter = ({ args, table }) => {
  const breaks = args.get<number[]>("breaks");
  const raw = table();
  const group = raw.numbers(args.get<string>("group_variable")).map((x) => 1 + breaks.filter((cut) => x >= cut).length);
  const data = raw.with({ ".group": group, ".score": effectScores(raw, NUISANCES) }) as unknown as Data;
  const observed = observationOptions(args, undefined);
  const present = [...new Set(group)].sort((a, b) => a - b);
  const groups = present.map((g) => {
    const inside = data.with({ ".subset": group.map((own) => (own === g ? 1 : 0)) }) as unknown as Data;
    const effect = (target: "all" | "overlap"): Estimate =>
      averageEffect(inside, { ...NUISANCES, ...observed, subset: ".subset", target }).estimates.averageEffect;
    const [all, overlap] = [effect("all"), effect("overlap")];
    const rows = group.reduce((count, own) => count + (own === g ? 1 : 0), 0);
    const treated = data.numbers("w").reduce((count, w, i) => count + (group[i] === g ? w : 0), 0);
    return {
      group: g,
      n: rows,
      n_treated: treated,
      estimate: all.estimate,
      std_error: all.standardError,
      overlap_estimate: overlap.estimate,
      overlap_std_error: overlap.standardError,
    };
  });
  const { estimates, vcov, equality } = groupEffects(data, { scores: ".score", by: ".group", ...observed });
  return {
    groups,
    regression: {
      estimate: estimates.map(({ estimate }) => estimate),
      std_error: estimates.map(({ standardError }) => standardError),
      vcov,
      equality_chi2: equality!.statistic,
      df: equality!.degreesOfFreedom,
      p: equality!.pValue,
    },
  };
};

/** grf with an instrument. */
export const instrumental_average_effect: Adapter = ({ args, table }) => {
  const { data: raw, subset } = withSubset(table(), args);
  const names = {
    ...nuisances(args),
    instrument: args.get<string>("instrument"),
    instrumentPrediction: args.get<string>("z_hat"),
    compliance: args.get<string>("compliance"),
  };
  const data = raw.with({ ".score": effectScores(raw, names) }) as unknown as Data;
  const observed = observationOptions(args, subset);
  const projection = Object.values(bestLinearProjection(data, { scores: ".score", covariates: ["x1", "x3"], ...observed }).estimates);
  return {
    aclate: pair(averageEffect(data, { ...names, ...observed }).estimates.averageEffect),
    scores_first10: keptScores(data.numbers(".score"), data, subset).slice(0, 10),
    blp: { estimate: projection.map(({ estimate }) => estimate), std_error: projection.map(({ standardError }) => standardError) },
  };
};

/** grf::multi_arm_causal_forest averages and policytree::double_robust_scores. */
export const multi_arm_scores: Adapter = ({ args, table }) => {
  const { data: raw, subset } = withSubset(table(), args);
  const { potentialOutcomes, contrasts } = multiArmScores(raw, {
    outcome: args.get<string>("outcome"),
    treatment: args.get<string>("treatment"),
    arms: args.get<string[]>("levels"),
    outcomePrediction: args.get<string>("y_hat"),
    propensities: args.get<string[]>("propensities"),
    effects: args.get<string[]>("contrasts_hat"),
  });
  const observed = observationOptions(args, subset);
  const means = contrasts.map((score) => {
    const data = raw.with({ ".score": score }) as unknown as Data;
    const { estimates } = bestLinearProjection(data, { scores: ".score", covariates: [], ...observed, variance: "HC0" });
    return Object.values(estimates)[0]!;
  });
  const shown = potentialOutcomes.map((scores) => keptScores(scores, raw, subset));
  const effects = contrasts.map((scores) => keptScores(scores, raw, subset));
  const first = (columns: readonly number[][]): number[][] => [0, 1, 2, 3, 4].map((i) => columns.map((column) => column[i]!));
  return {
    estimate: means.map(({ estimate }) => estimate),
    std_error: means.map(({ standardError }) => standardError),
    contrast_scores_first5: first(effects),
    potential_outcome_scores_first5: first(shown),
    potential_outcome_scores_mean: shown.map((column) => column.reduce((sum, v) => sum + v, 0) / column.length),
  };
};

/** grf::rank_average_treatment_effect. */
export const rate: Adapter = ({ args, table }) => {
  const { data: raw, subset } = withSubset(table(), args);
  const data = raw.with({ ".score": effectScores(raw, NUISANCES) }) as unknown as Data;
  const options = {
    scores: ".score",
    priorities: args.get<string[]>("priorities"),
    quantiles: args.get<number[]>("q"),
    replicates: args.get<number>("bootstrap"),
    ...observationOptions(args, subset),
  };
  return Object.fromEntries(
    args.get<string[]>("targets").map((target) => {
      const { estimates, curve } = rankAverageEffect(data, { ...options, target: target === "QINI" ? "Qini" : "AUTOC" });
      const zero = (value: number): number => (Number.isNaN(value) ? 0 : value);
      return [
        target,
        {
          estimate: estimates.map(({ estimate }) => estimate),
          approx_std_error: estimates.map(({ standardError }) => standardError),
          toc_estimate: curve.map((point) => point.estimates.map(({ estimate }) => estimate)),
          toc_approx_std_error: curve.map((point) => point.estimates.map(({ standardError }) => zero(standardError))),
        },
      ];
    }),
  );
};
