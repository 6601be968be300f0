import {
  type GenericMlOptions,
  genericMl,
  type MedianTarget,
  type MetaLearnerOptions,
  type MetaLearnerResult,
  metaLearner,
  predictEffects,
  type SplitTarget,
} from "../../../../src/heterogeneity/index.ts";
import { ols } from "../../../../src/regression/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { sandwichCovariance } from "./interactions.ts";
import type { Data } from "./scores.ts";

type AnyRow = Record<string, number | string>;

const table = (list: readonly SplitTarget[]): unknown => ({
  estimate: list.map(({ estimate }) => estimate),
  ci_low: list.map(({ confidenceInterval }) => confidenceInterval[0]),
  ci_high: list.map(({ confidenceInterval }) => confidenceInterval[1]),
  std_error: list.map(({ standardError }) => standardError),
  z: list.map(({ statistic }) => statistic),
  p_left: list.map(({ pBelow }) => pBelow),
  p_right: list.map(({ pAbove }) => pAbove),
});

const medians = (list: readonly MedianTarget[]): unknown => ({
  estimate: list.map(({ estimate }) => estimate),
  ci_low: list.map(({ confidenceInterval }) => confidenceInterval[0]),
  ci_high: list.map(({ confidenceInterval }) => confidenceInterval[1]),
  p_left: list.map(({ pBelow }) => pBelow),
  p_right: list.map(({ pAbove }) => pAbove),
});

const CONTROLS = { B: "baseline", S: "effect", p: "propensity" } as const;

/** sandwich's `vcovHC` or `vcovCL` with its type, as text; the cluster is the word that names a column. */
function vcovOf(text: string, data: Data): Pick<GenericMlOptions<AnyRow>, "vcov" | "smallSample"> {
  const type = /type\W+(\w+)/.exec(text)?.[1];
  const words = text.replace(/type\W+\w+/, "").split(/\W+/);
  const cluster = words.find((word) => (data.columnNames as readonly string[]).includes(word));
  if (!/^vcov(HC|CL)/.test(text) || type === undefined || (text.startsWith("vcovCL") && cluster === undefined)) {
    throw new Unsupported(`unsupported argument vcov ${text}`);
  }
  const { vcov, smallSample } = sandwichCovariance(type, text.startsWith("vcovCL") ? cluster : undefined);
  return { vcov: vcov!, ...(smallSample === undefined ? {} : { smallSample }) };
}

/** GenericML: BLP, GATES, CLAN from given proxies. */
export const generic_ml: Adapter = ({ args, table: read }) => {
  const diff = args.get<{ subtract_from: "most" | "least"; subtracted: number[] }>("diff");
  const effects = args.optional<string>("fixed_effects");
  const data = read();
  const options: GenericMlOptions<AnyRow> = {
    outcome: args.get<string>("outcome"),
    treatment: args.get<string>("treatment"),
    propensity: args.get<string>("propensity"),
    proxies: { baseline: args.get<string>("proxy_b"), effect: args.get<string>("proxy_s") },
    cutoffs: args.get<number[]>("cutoffs"),
    controls: args.get<("B" | "S" | "p")[]>("controls").map((name) => CONTROLS[name]),
    ...(effects === undefined ? {} : { fixedEffects: effects }),
    ...vcovOf(args.get<string>("vcov"), data),
    difference: { from: diff.subtract_from, subtract: [diff.subtracted].flat() },
    level: 1 - args.get<number>("level"),
    equalVariances: args.get<boolean>("equal_variances_clan"),
    clan: args.get<string[]>("clan_variables"),
  };
  const [split] = genericMl(data, options).splits;
  const transformed =
    effects === undefined
      ? genericMl(data, { ...options, form: "horvitzThompson", vcov: { type: "hetero", variant: "HC3" }, smallSample: {} }).splits[0]!
      : undefined;
  const K = split!.groupRows.length;
  const own = transformed?.gates.slice(0, K) ?? [];
  return {
    group_sizes: split!.groupRows,
    blp: table(split!.blp),
    blp_controls: {
      estimate: split!.blpCoefficients.map(({ estimate }) => estimate),
      std_error: split!.blpCoefficients.map(({ standardError }) => standardError),
    },
    gates: table(split!.gates),
    clan: Object.fromEntries(Object.entries(split!.clan).map(([name, list]) => [name, table(list)])),
    lambda: split!.lambda,
    lambda_bar: split!.lambdaBar,
    horvitz_thompson:
      transformed === undefined
        ? null
        : {
            blp_estimate: transformed.blp.map(({ estimate }) => estimate),
            blp_std_error_hc3: transformed.blp.map(({ standardError }) => standardError),
            gates_estimate: own.map(({ estimate }) => estimate),
            gates_std_error_hc3: own.map(({ standardError }) => standardError),
          },
  };
};

/** GenericML over given splits with a linear learner. */
export const generic_ml_aggregation: Adapter = ({ args, table: read }) => {
  args.accept("main_sample");
  const result = genericMl(read(), {
    outcome: "y",
    treatment: "d",
    propensity: "p",
    covariates: ["z1", "z2", "z3", "z4"],
    splits: args.get<string[]>("splits"),
    cutoffs: args.get<number[]>("cutoffs"),
    vcov: { type: "hetero", variant: "constant" },
    level: 1 - args.get<number>("level"),
  });
  return {
    blp: medians(result.blp),
    gates: medians(result.gates),
    clan_z2: medians(result.clan["z2"]!),
    split1: { blp: table(result.splits[0]!.blp), gates: table(result.splits[0]!.gates) },
  };
};

/** Meta-learners with linear and logistic base learners. */
export const meta_learners: Adapter = ({ args, table: read }) => {
  args.accept("train", "test", "folds");
  const all = read();
  const { codes, levels } = all.categories("set");
  const part = (name: string): Data => all.filter(Array.from(codes, (code) => levels[code] === name));
  const [train, test] = [part("train"), part("test")];
  const weights = args.optional<string>("weights");
  const common: MetaLearnerOptions<AnyRow> = {
    outcome: args.get<string>("outcome"),
    treatment: args.get<string>("treatment"),
    covariates: args.get<string[]>("x"),
    effectCovariates: args.get<string[]>("tau_features"),
    folds: "fold",
    trimming: args.get<number>("propensity_clip"),
    ...(weights === undefined ? {} : { weights }),
  };
  const learn = (type: NonNullable<MetaLearnerOptions<AnyRow>["type"]>, more = {}): MetaLearnerResult =>
    metaLearner(train, { ...common, ...more, type });
  const record = (model: MetaLearnerResult, coefficients?: readonly number[]): object => {
    const effects = Array.from(predictEffects(model, test));
    return {
      mean_test: effects.reduce((sum, v) => sum + v, 0) / effects.length,
      test: effects,
      ...(coefficients === undefined ? {} : { coefficients }),
    };
  };
  const result: Record<string, unknown> = {};
  for (const type of args.get<("S" | "T" | "X" | "R" | "DR" | "IPW" | "U")[]>("learners")) {
    const model = learn(type);
    if (type === "S") {
      result["S_interacted"] = record(model, model.coefficients["outcome"]);
      result["S_additive"] = { effect: learn("S", { interacted: false }).coefficients["outcome"]![1] };
    } else if (type === "X") {
      const { treated, control } = model.coefficients;
      result["X"] = { ...record(model), tau1_coefficients: treated, tau0_coefficients: control };
    } else if (type === "T") result["T"] = record(model);
    else result[type] = { ...record(model, model.coefficients["effect"]), ...extras(model, train, common) };
  }
  return result;
};

function extras(model: MetaLearnerResult, train: Data, { effectCovariates = [], weights }: MetaLearnerOptions<AnyRow>): object {
  if (model.rLoss !== undefined) return { r_loss: model.rLoss };
  if (model.estimates.averageEffect === undefined) return {};
  const scored = train.with({ ".score": model.pseudoOutcomes! }) as unknown as Data;
  const fit = ols(scored, {
    outcome: ".score",
    regressors: effectCovariates,
    vcov: { type: "hetero" },
    ...(weights === undefined ? {} : { weights }),
  });
  return {
    std_error_hc1: Object.values(fit.estimates).map(({ standardError }) => standardError),
    ate: model.estimates.averageEffect.estimate,
    pseudo_outcome_first8: Array.from(model.pseudoOutcomes!.subarray(0, 8)),
  };
}
