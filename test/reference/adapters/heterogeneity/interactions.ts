import type { Estimate, JointTest } from "../../../../src/core/index.ts";
import { interactions, probabilityEffects } from "../../../../src/heterogeneity/index.ts";
import { factor, type OlsOptions, type OlsResult, ols, interaction as product, wald } from "../../../../src/regression/index.ts";
import { type Adapter, type Arguments, Unsupported } from "../../harness/case.ts";
import { covariateTerms, levelsOf, parseFormula } from "./formula.ts";
import type { Data } from "./scores.ts";
import { estimatrCovariance } from "./subgroups.ts";

type AnyRow = Record<string, number | string>;
type Covariance = Pick<OlsOptions<AnyRow>, "vcov" | "smallSample">;

/** sandwich's vcovHC and vcovCL types. */
export function sandwichCovariance(type: string, cluster: string | undefined): Covariance {
  if (cluster === undefined) {
    if (type === "const") return { vcov: { type: "hetero", variant: "constant" } };
    if (!/^HC[0-5]m?$/.test(type)) throw new Unsupported(`unsupported argument se_type ${type}`);
    return { vcov: { type: "hetero", variant: type as "HC1" } };
  }
  const by = (variant: "CR1" | "CR2" | "CR3"): Covariance => ({ vcov: { type: "cluster", by: cluster, variant, weightedResiduals: true } });
  if (type === "HC0") return { ...by("CR1"), smallSample: { adjustParameters: false } };
  if (type === "HC1") return by("CR1");
  if (type === "HC2") return by("CR2");
  if (type === "HC3") return by("CR3");
  throw new Unsupported(`unsupported argument se_type ${type}`);
}

const table = (list: readonly Estimate[]): Record<string, unknown> => ({
  estimate: list.map(({ estimate }) => estimate),
  std_error: list.map(({ standardError }) => standardError),
  statistic: list.map(({ statistic }) => statistic),
  p_value: list.map(({ pValue }) => pValue),
  conf_low: list.map(({ confidenceInterval }) => confidenceInterval[0]),
  conf_high: list.map(({ confidenceInterval }) => confidenceInterval[1]),
});

const both = (F: JointTest, chiSquared: JointTest): Record<string, unknown> => ({
  chi2: chiSquared.statistic,
  df1: F.degreesOfFreedom,
  F: F.statistic,
  df2: F.denominatorDegreesOfFreedom,
  p_F: F.pValue,
  p_chi2: chiSquared.pValue,
});

const weightsOf = (args: Arguments): { weights?: string } => {
  const weights = args.optional<string>("weights");
  return weights === undefined ? {} : { weights };
};

/** lm() with sandwich covariances. */
export const interaction: Adapter = ({ args, table: read, case: { expected } }) => {
  const data = read();
  args.accept("factor_levels");
  const { outcome, terms } = parseFormula(args.get<string>("formula"), data, args);
  const cluster = args.optional<string>("cluster");
  const tested = args.get<string[]>("joint_test").map((name) => terms.find(({ r }) => r === name)!.ours);
  const common = { outcome, regressors: terms.map(({ term }) => term), ...weightsOf(args) };
  const under = (type: string): OlsResult => ols(data, { ...common, ...sandwichCovariance(type, cluster) });
  const first = under("HC1");
  const result: Record<string, unknown> = { n: first.sample.used, r_squared: first.fit.rSquared, sigma: first.fit.sigma };
  for (const type of args.get<string[]>("se_types")) {
    const own = under(type);
    const list = Object.values(own.estimates);
    const shape = (expected as Record<string, { effects?: { label: string[] } }>)[type]!;
    result[type] = {
      ...table(list),
      df: list[0]!.degreesOfFreedom,
      vcov: own.vcov,
      joint: both(wald(own, { terms: tested }), wald(own, { terms: tested, test: "chiSquared" })),
      ...(shape.effects === undefined
        ? {}
        : { effects: levelEffects(data, args, common, sandwichCovariance(type, cluster), terms, [shape.effects.label].flat()) }),
    };
  }
  if ("HC3_exact" in (expected as object)) result["HC3_exact"] = { std_error: exact(data, common, cluster) };
  return result;
};

/** The cluster jackknife proper. */
function exact(data: Data, common: Parameters<typeof levelEffects>[2], cluster: string | undefined): number[] {
  const vcov =
    cluster === undefined ? ({ type: "hetero", variant: "HC3" } as const) : ({ type: "cluster", by: cluster, variant: "CR3" } as const);
  return Object.values(ols(data, { ...common, vcov }).estimates).map(({ standardError }) => standardError);
}

/** The treatment's effect at each level of the factor it is multiplied with: the same model with one coefficient a level. */
function levelEffects(
  data: Parameters<typeof levelsOf>[0],
  args: Arguments,
  common: Pick<OlsOptions<AnyRow>, "outcome" | "regressors" | "weights">,
  covariance: Covariance,
  terms: ReturnType<typeof parseFormula>["terms"],
  labels: readonly string[],
): unknown {
  const by = data.columnNames.find(
    (name) => data.column(name).type === "category" && labels.every((label) => levelsOf(data, args, name).includes(label)),
  );
  if (by === undefined) throw new Unsupported("unsupported argument by_effects");
  const levels = labels;
  const rest = terms.filter(({ ours }) => ours !== "w" && !ours.startsWith(`w:${by}::`)).map(({ term }) => term);
  const own = levels.map((level) => product("w", factor(by, { reference: levels.filter((other) => other !== level) })));
  const result = ols(data, { ...common, regressors: [...own, ...rest], ...covariance });
  const names = Object.keys(result.estimates);
  const at = levels.map((level) => names.indexOf(`w:${by}::${level}`));
  const list = at.map((k) => Object.values(result.estimates)[k]!);
  return {
    label: levels,
    estimate: list.map(({ estimate }) => estimate),
    std_error: list.map(({ standardError }) => standardError),
    vcov: at.map((a) => at.map((b) => result.vcov[a]![b]!)),
  };
}

/** estimatr::lm_robust with clusters. */
export const interaction_cr2: Adapter = ({ args, table: read }) => {
  const data = read();
  args.accept("factor_levels");
  const { outcome, terms } = parseFormula(args.get<string>("formula"), data, args);
  const result = ols(data, {
    outcome,
    regressors: terms.map(({ term }) => term),
    ...weightsOf(args),
    ...estimatrCovariance(args.get<string>("se_type"), args.get<string>("cluster")),
  });
  const list = Object.values(result.estimates);
  return {
    n: result.sample.used,
    n_clusters: result.sample.clusters,
    ...table(list),
    df: list.map(({ degreesOfFreedom }) => degreesOfFreedom),
  };
};

const common = (args: Arguments, data: Parameters<typeof covariateTerms>[0]) => ({
  outcome: args.get<string>("outcome"),
  covariates: covariateTerms(data, args),
  ...weightsOf(args),
});

/** lm() with powers of a moderator. */
export const moderator: Adapter = ({ args, table: read }) => {
  const data = read();
  args.accept("factor_levels");
  const part = interactions(data, {
    ...common(args, data),
    treatment: args.get<string>("treatment"),
    ...sandwichCovariance(args.get<string>("se_type"), args.optional<string>("cluster")),
    level: args.get<number>("level"),
    form: {
      type: "polynomial",
      moderator: args.get<string>("moderator"),
      degree: args.get<number>("degree"),
      at: args.get<number[]>("at"),
    },
  });
  return {
    coefficients: Object.values(part.model.estimates).map(({ estimate }) => estimate),
    effect: part.estimates.map(({ estimate }) => estimate),
    std_error: part.estimates.map(({ standardError }) => standardError),
    conf_low: part.estimates.map(({ confidenceInterval }) => confidenceInterval[0]),
    conf_high: part.estimates.map(({ confidenceInterval }) => confidenceInterval[1]),
    df: part.estimates[0]!.degreesOfFreedom,
    average: { estimate: part.average.estimate, std_error: part.average.standardError },
    slope: { estimate: part.slopes.map(({ estimate }) => estimate), std_error: part.slopes.map(({ standardError }) => standardError) },
    heterogeneity: both(part.heterogeneity.F, part.heterogeneity.chiSquared),
  };
};

/** The binning estimator by lm(). */
export const binning: Adapter = ({ args, table: read }) => {
  const data = read();
  args.accept("factor_levels");
  const bins = args.optional<number>("nbins");
  const cuts = args.optional<number[]>("cutoffs");
  const part = interactions(data, {
    ...common(args, data),
    treatment: args.get<string>("treatment"),
    ...sandwichCovariance(args.get<string>("se_type"), args.optional<string>("cluster")),
    form: {
      type: "binning",
      moderator: args.get<string>("moderator"),
      ...(bins === undefined ? {} : { bins }),
      ...(cuts === undefined ? {} : { cuts }),
    },
  });
  return {
    breaks: part.cuts,
    bin_n: part.bins.map(({ rows }) => rows),
    bin_n_treated: part.bins.map(({ treatedRows }) => treatedRows),
    bin_median: part.bins.map(({ median }) => median),
    effect: part.estimates.map(({ estimate }) => estimate),
    std_error: part.estimates.map(({ standardError }) => standardError),
    vcov_effect: part.vcov,
    slope_within: part.bins.map(({ slope }) => slope.estimate),
    df: part.estimates[0]!.degreesOfFreedom,
    equality: both(part.equality.F, part.equality.chiSquared),
    linearity: both(part.linearity.F, part.linearity.chiSquared),
  };
};

/** The kernel estimator by lm(). */
export const kernel_moderator: Adapter = ({ args, table: read }) => {
  const data = read();
  args.accept("factor_levels");
  if (args.get("kernel", "gaussian") !== "gaussian") throw new Unsupported("unsupported argument kernel");
  const part = interactions(data, {
    ...common(args, data),
    treatment: args.get<string>("treatment"),
    form: {
      type: "kernel",
      moderator: args.get<string>("moderator"),
      bandwidth: args.get<number>("bandwidth"),
      at: args.get<number[]>("at"),
    },
  });
  return {
    effect: part.estimates.map(({ estimate }) => estimate),
    slope: part.slopes.map(({ estimate }) => estimate),
    std_error_hc1: part.estimates.map(({ standardError }) => standardError),
  };
};

/** lm(y ~ w * b) with contrasts. */
export const factorial: Adapter = ({ args, table: read }) => {
  const data = read();
  args.accept("factor_levels");
  const [treatment, other] = args.get<[string, string]>("factors");
  const covariance = sandwichCovariance(args.get<string>("se_type"), args.optional<string>("cluster"));
  const part = interactions(data, {
    ...common(args, data),
    treatment,
    ...covariance,
    smallSample: { ...covariance.smallSample, degreesOfFreedom: "conventional" },
    form: { type: "factorial", other },
  });
  const list = Object.values(part.estimates);
  return {
    cells: {
      w: part.cells.map((cell) => cell.treatment),
      b: part.cells.map((cell) => cell.other),
      mean: part.cells.map(({ mean }) => mean),
      n: part.cells.map(({ rows }) => rows),
      variance: part.cells.map(({ variance }) => variance),
    },
    estimate: list.map(({ estimate }) => estimate),
    std_error: list.map(({ standardError }) => standardError),
    df: list[0]!.degreesOfFreedom,
    bonferroni_p: Object.values(part.adjustedPValues.bonferroni),
    vcov: part.vcov,
  };
};

/** glm(binomial) with average effects on the probability. */
export const logit_probability: Adapter = ({ args, table: read }) => {
  const data = read();
  const { outcome, terms } = parseFormula(args.get<string>("formula"), data, args);
  args.accept("outcome", "factor_levels");
  const cluster = args.optional<string>("cluster");
  const result = probabilityEffects(data, {
    outcome,
    treatment: args.get<string>("treatment"),
    regressors: terms.map(({ term }) => term),
    by: args.get<string>("by"),
    levels: args.get<(string | number)[]>("levels"),
    ...(cluster === undefined ? {} : { cluster }),
  });
  const coefficients = Object.values(result.model.estimates);
  const pair = (list: readonly Estimate[]): { estimate: number[]; std_error: number[] } => ({
    estimate: list.map(({ estimate }) => estimate),
    std_error: list.map(({ standardError }) => standardError),
  });
  const groups = pair(result.estimates);
  return {
    n: result.model.sample.used,
    coefficients: coefficients.map(({ estimate }) => estimate),
    std_error: coefficients.map(({ standardError }) => standardError),
    log_likelihood: result.model.fit.logLikelihood,
    groups: { level: args.get("levels"), effect: groups.estimate, std_error: groups.std_error },
    overall: { effect: result.overall.estimate, std_error: result.overall.standardError },
    difference_from_first: pair(result.differences),
    equality: { chi2: result.equality!.statistic, df: result.equality!.degreesOfFreedom, p: result.equality!.pValue },
  };
};
