import {
  clusterJackknife,
  demean,
  fixedEffectEstimates,
  leverage,
  type OlsOptions,
  type OlsResult,
  withCovariance,
} from "../../../src/regression/index.ts";
import { type Adapters, type CaseContext, Unsupported } from "../harness/case.ts";
import { distributions } from "./distributions.ts";
import { predictCase, vcovCl, vcovCr, vcovHc, waldCase } from "./regression/covariances.ts";
import { glmCase } from "./regression/glm.ts";
import {
  type AnyRow,
  byTerm,
  type Data,
  effectOf,
  fitShape,
  listOf,
  ols,
  olsOptions,
  type Shape,
  singletonsOf,
  smallSampleOf,
  variantOf,
  vcovOf,
  withOffset,
} from "./regression/ols-shape.ts";
import { conley, hacPanel, hacSandwich, neweyWest } from "./regression/serial.ts";

/** `feols` and exact least squares. */
function olsCase({ args, table, case: { expected, source } }: CaseContext): unknown {
  const shape = expected as Shape;
  if (args.has("outcomes")) {
    const data = table();
    const outcomes = listOf(args.get("outcomes"));
    const options = { ...olsOptions(args), regressors: olsOptions(args).regressors };
    return Object.fromEntries(outcomes.map((outcome) => [outcome, exactShape(ols(data, { ...options, outcome }))]));
  }
  const { data, options: own } = withOffset(table(), olsOptions(args), args.optional<string>("offset"));
  const options = source.package === "base" ? { singletons: "keep" as const, ...own } : own; // lm keeps every row
  const models = Object.entries(shape).flatMap(([name, part]) => (isFit(part) ? [[name, part] as const] : []));
  if (shape["coef"] === undefined && models.length > 0) {
    const kept = (): OlsResult => withCovariance(ols(data, { ...options, singletons: "keep" }), { smallSample: { exactParameters: true } });
    return {
      ...Object.fromEntries(models.map(([name, part]) => [name, fitShape(ols(data, { ...options, ...change(name, source.call) }), part)])),
      ...("dense_rank_all_rows" in shape ? { dense_rank_all_rows: kept().covariance.parameters } : {}),
    };
  }
  const result = ols(data, options);
  const exact = withCovariance(result, { smallSample: { exactParameters: true } });
  return {
    ...fitShape(result, shape),
    ...(isExact(shape) ? exactShape(result, Array.isArray(shape["coef"])) : {}),
    ...effectShape(result, shape),
    ...(shape["sum_x_demeaned_sq"] === undefined ? {} : demeanedShape(data, options)),
    dense_rank: exact.covariance.parameters,
  };
}

const isFit = (part: unknown): part is Shape => typeof part === "object" && part !== null && "coef" in part && "n" in part;

/** How a named fit of a case differs from its arguments: `fixef.rm`, or the call's weights or clusters. */
function change(name: string, call: string): Partial<OlsOptions<AnyRow>> {
  if (name === "plain") return {};
  if (name === "weighted") return { weights: /weights = ~(\w+)/.exec(call)?.[1] ?? "w" };
  if (name === "clustered") return { vcov: vcovOf(`cluster ${/(?:vcov|cluster) = ~([\w^+ ]+)/.exec(call)?.[1] ?? "g1"}`) };
  if (name.startsWith("default")) return { singletons: "drop" };
  if (name.startsWith("keep")) return { singletons: "keep" };
  return { singletons: singletonsOf(name) };
}

/** Recovered fixed effects, where the case lists them. */
function effectShape(result: ReturnType<typeof ols>, shape: Shape): Shape {
  if (shape["fe"] === undefined && shape["fe_sum_first10"] === undefined) return {};
  const { effects, rowSums } = fixedEffectEstimates(result);
  const byLevel = effects.map(({ name, levels, estimates }) => [
    name,
    Object.fromEntries(levels.map((level, l) => [level, estimates?.[l]])),
  ]);
  return { fe: Object.fromEntries(byLevel), fe_sum_first10: rowSums.slice(0, 10) };
}

function demeanedShape(data: Data, { outcome, regressors, fixedEffects }: ReturnType<typeof olsOptions>): Shape {
  const columns = [outcome, ...regressors] as string[];
  const { sumsOfSquares } = demean(data, { columns, fixedEffects: fixedEffects ?? [] });
  return { sum_x_demeaned_sq: sumsOfSquares[columns[1]!], sum_y_demeaned_sq: sumsOfSquares[columns[0]!] };
}

/** Cases made with base R list the coefficients, or give the only one. */
const isExact = (shape: Shape): boolean => typeof shape["r2"] === "number" || typeof shape["coef"] === "number";

/** The numbers of exact least squares. */
function exactShape(result: ReturnType<typeof ols>, several = true): Shape {
  const list = Object.values(result.estimates);
  return {
    coef: several ? list.map(({ estimate }) => estimate) : list[0]?.estimate,
    se: list.map(({ standardError }) => standardError),
    se_iid: list[0]?.standardError,
    rss: result.fit.residualSumOfSquares,
    sigma: result.fit.sigma,
    r2: result.fit.rSquared,
    df: result.fit.residualDegreesOfFreedom,
  };
}

/** `vcov` of one fit over a grid of `ssc`. */
function sscGrid({ args, table, case: { expected } }: CaseContext): unknown {
  const result = ols(table(), olsOptions(args));
  const variants = (expected as { variants: readonly Shape[] }).variants;
  return {
    coef: Object.fromEntries(Object.values(result.estimates).map(({ term, estimate }) => [term, estimate])),
    n: result.fit.observations,
    levels: result.fixedEffects.map(({ levels }) => levels),
    variants: variants.map((variant) => {
      const smallSample = smallSampleOf(variant["ssc"] as Shape | undefined).smallSample ?? {};
      return variantOf(withCovariance(result, { vcov: vcovOf(String(variant["vcov"])), smallSample }));
    }),
  };
}

/** `feols(y ~ x | id[z]); ...`: the calls in order are the models a, b, c. */
function slopesCase({ args, table, case: { expected, source } }: CaseContext): unknown {
  const data = table();
  const options = olsOptions(args);
  args.accept("models");
  const calls = source.call.split(";").map(effectsOfCall);
  const shapes = Object.entries(expected as Record<string, Shape>);
  return Object.fromEntries(
    shapes.map(([name, shape], m) => {
      if (calls[m] === undefined) throw new Unsupported(`unsupported model ${name}`);
      return [name, fitShape(ols(data, { ...options, fixedEffects: calls[m].map(effectOf) }), shape)];
    }),
  );
}

/** The effects of `feols(y ~ x1 | firm[x2, x3] + t, data)`. */
function effectsOfCall(call: string): readonly string[] {
  const part = call.slice(call.indexOf("|") + 1);
  let depth = 0;
  let end = 0;
  for (; end < part.length; end++) {
    const letter = part[end]!;
    if (letter === "[") depth++;
    else if (letter === "]") depth--;
    else if (depth === 0 && (letter === "," || letter === ")" || letter === "|")) break;
  }
  return part
    .slice(0, end)
    .split("+")
    .map((effect) => effect.trim());
}

/** Leave-one-cluster-out estimates. */
function jackknifeCase({ args, table }: CaseContext): unknown {
  const result = ols(table(), { singletons: "keep", ...olsOptions(args) });
  const { leaveOneOut, vcov, vcovAroundMean } = clusterJackknife(result, { cluster: args.get<string>("cluster") });
  const hat = leverage(result);
  return {
    coef: byTerm(result, ({ estimate }) => estimate),
    leave_one_out: leaveOneOut,
    V_centred_at_estimate: vcov,
    V_centred_at_mean: vcovAroundMean,
    hat_first10: hat.slice(0, 10),
    hat_sum: hat.reduce((sum, value) => sum + value, 0),
  };
}

/** Calls of the regression reference packages as calls of the library. */
export const regression: Adapters = {
  ols: olsCase,
  ssc_grid: sscGrid,
  vcov_hc: vcovHc,
  vcov_cl: vcovCl,
  vcov_cr: vcovCr,
  predict: predictCase,
  wald: waldCase,
  glm: glmCase,
  ols_slopes: slopesCase,
  cluster_jackknife: jackknifeCase,
  vcov_newey_west: neweyWest,
  vcov_hac_panel: hacPanel,
  vcov_hac_sandwich: hacSandwich,
  vcov_conley: conley,
  distributions: ({ case: { expected } }) => distributions(expected as Shape),
};
