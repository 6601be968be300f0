import { augment, type GlmResult, gamma, logit, poisson, probit, withCovariance } from "../../../../src/regression/index.ts";
import { type CaseContext, Unsupported } from "../../harness/case.ts";
import { byTerm, olsOptions, type Shape, smallSampleOf, variantOf, vcovOf, withOffset } from "./ols-shape.ts";

const MODELS = { poisson, logit, probit, gamma } as const;

/** R's families with the links that the library has; `"logit"` and `"probit"` name both. */
function modelOf(family: string, link: string | undefined): keyof typeof MODELS {
  const name = family.toLowerCase();
  if (name === "poisson" && (link ?? "log") === "log") return "poisson";
  if (name === "gamma" && link === "log") return "gamma";
  if (name === "logit" || name === "probit") return name;
  if (name === "binomial" && (link === undefined || link === "logit" || link === "probit")) return link ?? "logit";
  throw new Unsupported(link === undefined ? `unsupported argument family ${family}` : `unsupported argument link ${link} of ${family}`);
}

/** `fepois` and `feglm`. The separated rows of a case are out of its data before its fit. */
export function glmCase({ args, table, case: { expected } }: CaseContext): unknown {
  const shape = expected as Shape;
  const family = args.get<string>("family");
  const links = args.optional<string[]>("links");
  const link = args.optional<string>("link");
  args.accept("glm.tol", "glm.iter"); // iterated to the end here
  const { data, options } = withOffset(table(), olsOptions(args), args.optional<string>("offset"));
  const estimate = (name: keyof typeof MODELS): GlmResult => MODELS[name](data, options);
  if (links !== undefined) {
    return Object.fromEntries(links.map((one) => [one, glmShape(estimate(modelOf(family, one)), shape[one] as Shape)]));
  }
  const result = estimate(modelOf(family, link));
  const after = shape["estimates_after_drop"] as Shape | undefined;
  if (after !== undefined) {
    // the case leaves the separating regressor out of the formula; the library reports it as constant
    const leftOut = result.droppedTerms.filter(({ reason }) => reason === "combination").map(({ term }) => term);
    return {
      separated_rows: result.separatedRows.map((row) => row + 1),
      estimates_after_drop: { ...glmShape(result, after, result.separatedRows.length), dropped: leftOut },
    };
  }
  const unadjusted = withCovariance(result, { vcov: { type: "iid" }, smallSample: { adjustParameters: false } });
  return { ...glmShape(result, shape), glm_se_no_adjustment: byTerm(unadjusted, ({ standardError }) => standardError) };
}

function glmShape(result: GlmResult, expected: Shape, leftOutBefore = 0): Shape {
  const { fit } = result;
  const index = (expected["rows"] as { index_in_sample: readonly number[] } | undefined)?.index_in_sample ?? [];
  const rows = augment(result);
  const variants = (expected["variants"] as readonly Shape[] | undefined) ?? [];
  return {
    n: fit.observations,
    n_removed: result.sample.rows - result.sample.used - leftOutBefore,
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
