import type { JointTest } from "../../../src/core/index.ts";
import {
  andersonRubin,
  type IvOptions,
  type IvResult,
  iv as regressionIv,
  secondStage,
  withCovariance,
} from "../../../src/regression/index.ts";
import { type Adapters, type Arguments, type CaseContext, Unsupported } from "../harness/case.ts";
import { type AnyRow, fitShape, listOf, olsOptions, type Shape, termsOf, vcovOf } from "./regression/ols-shape.ts";

type Vcov = NonNullable<IvOptions<AnyRow>["vcov"]>;

const CONSTANT = "(Intercept)";

/** `exogenous` may list the constant; fixest has one unless told otherwise. */
function ivOptions(args: Arguments): IvOptions<AnyRow> {
  const exogenous = listOf(args.get("exogenous"));
  return {
    ...olsOptions(args),
    regressors: exogenous.filter((name) => name !== CONSTANT).flatMap((name) => termsOf(name)),
    endogenous: listOf(args.get("endogenous")).flatMap((name) => termsOf(name)),
    instruments: listOf(args.get("instruments")).flatMap((name) => termsOf(name)),
  };
}

/** fixest calls an endogenous regressor `fit_x` in the second stage. */
const withPrefix = (record: unknown, endogenous: readonly string[]): Shape =>
  Object.fromEntries(
    Object.entries((record ?? {}) as Shape).map(([name, value]) => [endogenous.includes(name) ? `fit_${name}` : name, value]),
  );

const jointShape = (test: JointTest | undefined): Shape | undefined =>
  test && {
    stat: test.statistic,
    p: test.pValue,
    ...(test.distribution === "F" ? { df1: test.degreesOfFreedom, df2: test.denominatorDegreesOfFreedom } : { df: test.degreesOfFreedom }),
  };

/** `iid`, `hetero`, `cluster_id`, `cluster_id_t` as labels of `fitstat` tables and weak-instrument results. */
function vcovNamed(label: string, columns: readonly string[]): Vcov {
  if (label === "iid") return { type: "iid" };
  if (label === "hetero" || label === "HC1") return { type: "hetero" };
  const by = /^cluster_(.+)$/.exec(label)?.[1];
  if (by === undefined) throw new Unsupported(`unsupported covariance ${label}`);
  if (columns.includes(by)) return { type: "cluster", by };
  return vcovOf(`cluster ${by.replaceAll("_", ",")}`);
}

/** `fitstat(est, ~ ivf + ivwald + wh + sargan)`. */
function testsShape({ firstStages, tests }: IvResult): Shape {
  return {
    ...Object.fromEntries(firstStages.map(({ endogenous, fTest }) => [`ivf1::${endogenous}`, jointShape(fTest)])),
    ...Object.fromEntries(firstStages.map(({ endogenous, waldTest }) => [`ivwald1::${endogenous}`, jointShape(waldTest)])),
    wh: jointShape(tests.wuHausman),
    sargan: jointShape(tests.sargan),
  };
}

const stageCoefficients = ({ estimates }: IvResult["firstStages"][number]): Shape =>
  Object.fromEntries(Object.values(estimates).map(({ term, estimate }) => [term, estimate]));

/** `feols(y ~ x | fe | e ~ z)`. */
function ivCase({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const shape = expected as Shape;
  const result = regressionIv(data, ivOptions(args));
  const names = result.firstStages.map(({ endogenous }) => endogenous);
  const fitted = fitShape(result, shape);
  const rows = fitted["rows"] as { readonly index_in_sample: readonly number[] } | undefined;
  const stage = rows && secondStage(result); // fixest's fitted values are those of the second stage, its residuals are not
  const variants = (fitted["variants"] as readonly Shape[]).map((variant) => ({
    ...variant,
    ...Object.fromEntries(["se", "t", "p", "ci95"].map((key) => [key, withPrefix(variant[key], names)])),
  }));
  const tests = Object.keys(shape).flatMap((key) => {
    const label = /^iv_tests_(.+)$/.exec(key)?.[1];
    return label === undefined ? [] : [[key, testsShape(withCovariance(result, { vcov: vcovNamed(label, data.columnNames) }))] as const];
  });
  const conditional = result.firstStages.map(({ conditionalFTest }) => conditionalFTest);
  const single = names.length === 1;
  return {
    ...fitted,
    rows: rows && { ...rows, fitted: rows.index_in_sample.map((i) => stage?.fitted[i - 1]) },
    coef: withPrefix(fitted["coef"], names),
    variants,
    ...Object.fromEntries(tests),
    first_stage_coef: single
      ? stageCoefficients(result.firstStages[0]!)
      : Object.fromEntries(result.firstStages.map((stage) => [stage.endogenous, stageCoefficients(stage)])),
    weak: {
      cragg_donald_F: result.weakInstruments.craggDonaldF,
      sanderson_windmeijer_F: single ? conditional[0]?.statistic : conditional.map((test) => test?.statistic),
      sw_df: [conditional[0]?.degreesOfFreedom, conditional[0]?.denominatorDegreesOfFreedom],
      residual_df: conditional[0]?.denominatorDegreesOfFreedom,
    },
  };
}

const SET_NAMES = { interval: "interval", union: "complement of interval", wholeLine: "whole line", empty: "empty" } as const;

/** Weak-instrument statistics of one endogenous regressor, written out in base R. */
function weakIvCase({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const intercept = listOf(args.get("exogenous")).includes(CONSTANT) || args.has("fixed_effects");
  const options: IvOptions<AnyRow> = { singletons: "keep", ...ivOptions(args), ...(intercept ? {} : { intercept }) };
  const estimate = (result: IvResult): number | undefined => Object.values(result.estimates).find(({ term }) => term === name)?.estimate;
  const plain = regressionIv(data, options);
  const name = plain.firstStages[0]!.endogenous;
  const liml = regressionIv(data, { ...options, estimator: "liml" });
  const fuller = regressionIv(data, { ...options, estimator: { type: "fuller", constant: 1 } });
  return Object.fromEntries(
    Object.entries(expected as Record<string, { AR?: readonly { beta0: number }[] }>).map(([label, { AR = [] }]) => {
      const result = withCovariance(plain, { vcov: vcovNamed(label, data.columnNames) });
      const [stage] = result.firstStages;
      const set = result.andersonRubin.homoskedasticSet;
      return [
        label,
        {
          n: result.fit.observations,
          k: result.instruments.length,
          F_homoskedastic: stage?.fTest?.statistic,
          F_robust: stage?.waldTest?.statistic,
          F_effective: result.weakInstruments.effectiveF?.statistic,
          first_stage: result.instruments.map((instrument) => stage?.estimates[instrument]?.estimate),
          AR: AR.map(({ beta0 }) => {
            const { homoskedasticTest, robustTest } = andersonRubin(result, { values: beta0 });
            return {
              beta0,
              wald_chi2: robustTest?.statistic,
              p_chi2: robustTest?.pValue,
              F_homoskedastic: homoskedasticTest?.statistic,
              p_F: homoskedasticTest?.pValue,
            };
          }),
          AR_set_quadratic: set && {
            a: set.quadratic?.[0],
            b: set.quadratic?.[1],
            c: set.quadratic?.[2],
            kind: SET_NAMES[set.type],
            roots: set.type === "interval" || set.type === "union" ? set.intervals.flat().filter(Number.isFinite) : undefined,
          },
          tsls: estimate(result),
          liml_kappa: liml.kappa,
          liml: estimate(liml),
          fuller1: estimate(fuller),
        },
      ];
    }),
  );
}

/** Instrumental variables of the reference packages as calls of the library. */
export const iv: Adapters = { iv: ivCase, weak_iv: weakIvCase };
