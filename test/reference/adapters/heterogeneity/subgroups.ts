import type { Estimate } from "../../../../src/core/index.ts";
import { type EqualityTest, type SubgroupsOptions, type SubgroupsResult, subgroups } from "../../../../src/heterogeneity/index.ts";
import { type Adapter, type Arguments, type CaseContext, Unsupported } from "../../harness/case.ts";
import { effectOf } from "../regression/ols-shape.ts";
import type { Data } from "./scores.ts";

type AnyRow = Record<string, number | string>;
type Options = SubgroupsOptions<AnyRow>;
type LeastSquares = Pick<Extract<Options["design"], { type: "experiment" }>, "vcov" | "smallSample">;

/** estimatr's `se_type` (with and without clusters) as covariance and small-sample options. */
export function estimatrCovariance(seType: string, cluster: string | undefined): LeastSquares {
  if (cluster === undefined) {
    if (seType === "classical") return { vcov: { type: "iid" } };
    const variant = seType === "stata" ? "HC1" : seType;
    if (!["HC0", "HC1", "HC2", "HC3"].includes(variant)) throw new Unsupported(`unsupported argument se_type ${seType}`);
    return { vcov: { type: "hetero", variant: variant as "HC2" } };
  }
  if (seType === "CR2")
    return { vcov: { type: "cluster", by: cluster, variant: "CR2" }, smallSample: { degreesOfFreedom: "satterthwaite" } };
  if (seType === "stata") return { vcov: { type: "cluster", by: cluster, variant: "CR1" } };
  if (seType === "CR0") return { vcov: { type: "cluster", by: cluster, variant: "CR0" } };
  throw new Unsupported(`unsupported argument se_type ${seType}`);
}

/** A group's level as the case writes it. */
const levelOf = (args: Arguments, label: string): string | number =>
  args.get<(string | number)[]>("levels").find((level) => String(level) === label) ?? label;

const inference = (e: Estimate): Record<string, unknown> => ({
  estimate: e.estimate,
  std_error: e.standardError,
  df: e.degreesOfFreedom,
  statistic: e.statistic,
  p_value: e.pValue,
  conf_low: e.confidenceInterval[0],
  conf_high: e.confidenceInterval[1],
});

export const equality = (test: EqualityTest): Record<string, unknown> => ({
  chi2: test.chiSquared.statistic,
  df1: test.degreesOfFreedom,
  p_chi2: test.chiSquared.pValue,
  F: test.statistic,
  df2: test.denominatorDegreesOfFreedom,
  p_F: test.pValue,
});

/** Only levels that the data hold as numbers or labels, in the case's order. */
const grouping = (args: Arguments): Options["by"] => [{ column: args.get<string>("by"), levels: args.get<(string | number)[]>("levels") }];

/** estimatr::lm_robust by subgroup. */
export const subgroup: Adapter = ({ args, table }) => {
  const weights = args.optional<string>("weights");
  const covariates = args.get<string[]>("covariates");
  const result = subgroups(table(), {
    design: {
      type: "experiment",
      outcome: args.get<string>("outcome"),
      treatment: args.get<string>("treatment"),
      covariates,
      adjustment: covariates.length === 0 ? "none" : "additive",
      ...(weights === undefined ? {} : { weights }),
      ...estimatrCovariance(args.get<string>("se_type"), args.optional<string>("cluster")),
    },
    by: grouping(args),
  });
  const pairs = pairsInOrder(result);
  return {
    groups: result.groups.map((group) => ({
      level: levelOf(args, group.label),
      n: group.rows,
      n_treated: group.treatedRows,
      ...inference(group.estimate),
    })),
    overall: inference(result.overall),
    equality: equality(result.equality[0]!),
    pairwise: {
      a: pairs.map(({ comparison }) => levelOf(args, comparison)),
      b: pairs.map(({ group }) => levelOf(args, group)),
      difference: pairs.map(({ estimate }) => estimate),
      std_error: pairs.map(({ standardError }) => standardError),
    },
  };
};

const pairsInOrder = ({ contrasts }: SubgroupsResult): SubgroupsResult["contrasts"] => contrasts;

/** R's factors have their levels in alphabetical order, the first being the reference. */
function withSortedLevels(data: Data, name: string): Data {
  const column = data.column(name);
  if (column.type !== "category") return data;
  const levels = [...column.levels].sort();
  const codes = column.codes.map((code) => (code < 0 ? code : levels.indexOf(column.levels[code]!)));
  return data.with({ [name]: { type: "category", codes, levels } }) as unknown as Data;
}

/** estimatr::lm_lin over all rows and by subgroup. */
export const lin_adjusted: Adapter = ({ args, table }) => {
  const covariates = args.get<string[]>("covariates");
  const treatment = args.get<string>("treatment");
  const data = covariates.reduce(withSortedLevels, table());
  const options = (by: Options["by"]): Options => ({
    design: {
      type: "experiment",
      outcome: args.get<string>("outcome"),
      treatment,
      covariates,
      adjustment: "lin",
      ...estimatrCovariance(args.get<string>("se_type"), args.optional<string>("cluster")),
    },
    by,
  });
  const everybody = data.with({ everybody: new Array<string>(data.rowCount).fill("all") });
  const all = subgroups(everybody as unknown as typeof data, options(["everybody"])).groups;
  const groups = [...all, ...subgroups(data, options(grouping(args))).groups];
  return {
    groups: groups.map((group) => ({
      level: levelOf(args, group.label),
      n: group.rows,
      estimate: group.estimate.estimate,
      std_error: group.estimate.standardError,
      df: group.estimate.degreesOfFreedom,
      coefficients: group.coefficients!.map(({ estimate }) => estimate),
      std_errors: group.coefficients!.map(({ standardError }) => standardError),
    })),
  };
};

function interacted(
  { args, table }: CaseContext,
  cluster: readonly string[],
  vcovType: string,
  effects: readonly string[],
  covariates: string[],
) {
  const vcov =
    vcovType === "cluster"
      ? ({ type: "cluster", by: cluster } as const)
      : vcovType === "hetero" || vcovType === "HC1"
        ? ({ type: "hetero" } as const)
        : vcovType === "iid"
          ? ({ type: "iid" } as const)
          : undefined;
  if (vcov === undefined) throw new Unsupported(`unsupported argument vcov ${vcovType}`);
  const result = subgroups(table(), {
    design: {
      type: "regression",
      model: "interacted",
      outcome: args.get<string>("outcome"),
      treatment: args.get<string>("treatment"),
      covariates,
      singletons: "keep",
      ...(effects.length === 0 ? {} : { fixedEffects: effects.map(effectOf) }),
      vcov,
    },
    by: grouping(args),
  });
  return { result, model: Object.values(result.models!)[0]! };
}

/** fixest::feols with i(group, treatment) and group main effects. */
export const group_fixed_effects: Adapter = (context) => {
  const { args } = context;
  const effects = args.get<string[]>("fixed_effects") ?? [];
  const { result, model } = interacted(
    context,
    args.optional<string[]>("cluster") ?? [],
    args.get<string>("vcov"),
    effects,
    args.get<string[]>("covariates"),
  );
  const estimates = Object.values(model.estimates);
  // fixest puts an intercept first, our order; with fixed effects there is none.
  return {
    n: model.sample.used,
    estimate: estimates.map(({ estimate }) => estimate),
    std_error: estimates.map(({ standardError }) => standardError),
    vcov: model.vcov,
    df_t: estimates[0]!.degreesOfFreedom,
    p_value: estimates.map(({ pValue }) => pValue),
    conf_low: estimates.map(({ confidenceInterval }) => confidenceInterval[0]),
    conf_high: estimates.map(({ confidenceInterval }) => confidenceInterval[1]),
    equality: equality(result.equality[0]!),
  };
};

/** fixest::feols with i(group, treatment) in a panel. */
export const panel_subgroup: Adapter = (context) => {
  const { args } = context;
  const effects = args
    .get<string>("fixed_effects")
    .split("+")
    .map((effect) => effect.trim());
  const { result, model } = interacted(context, [args.get<string>("cluster")], "cluster", effects, []);
  return {
    n: model.sample.used,
    estimate: result.groups.map(({ estimate }) => estimate.estimate),
    std_error: result.groups.map(({ estimate }) => estimate.standardError),
    vcov: model.vcov,
    df_t: result.groups[0]!.estimate.degreesOfFreedom,
    equality: equality(result.equality[0]!),
  };
};
