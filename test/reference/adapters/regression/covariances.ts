import { frame } from "../../../../src/data/index.ts";
import {
  leverage,
  type OlsOptions,
  type OlsResult,
  ols,
  predict,
  type SaddlepointTest,
  type SmallSampleOptions,
  saddlepointTest,
  wald,
  withCovariance,
} from "../../../../src/regression/index.ts";
import { type CaseContext, Unsupported } from "../../harness/case.ts";
import { type AnyRow, byTerm, listOf, olsOptions, orderOf, type Shape, vcovOf } from "./ols-shape.ts";

type Vcov = NonNullable<OlsOptions<AnyRow>["vcov"]>;

const under = (result: OlsResult, vcov: Vcov, smallSample: SmallSampleOptions = {}): OlsResult =>
  withCovariance(result, { vcov, smallSample });

/** `"HC"` is another name of `"HC0"`. */
const heteroVcov = (type: string): Vcov => {
  const variant = { const: "constant", HC: "HC0" }[type] ?? type;
  return { type: "hetero", variant: variant as "HC0" };
};

const heteroMatrices = (result: OlsResult, names: readonly string[]): Shape =>
  Object.fromEntries(names.map((type) => [type, under(result, heteroVcov(type)).vcov]));

/** `sandwich::vcovHC`. */
export function vcovHc({ args, table, case: { expected } }: CaseContext): unknown {
  const result = ols(table(), olsOptions(args));
  const shape = expected as { V: Shape };
  return {
    coef_order: orderOf(result, (expected as Shape)["coef_order"]),
    hat_first10: leverage(result).slice(0, 10),
    V: heteroMatrices(result, Object.keys(shape.V)),
  };
}

/** sandwich leaves negative eigenvalues as they are unless `fix` is set, which cuts them to 0. */
const unraised = ({ covariance, vcov }: OlsResult): OlsResult["vcov"] => covariance.beforeRaisingEigenvalues ?? vcov;

/** `sandwich::vcovCL`: each term has its own G / (G - 1) where `cadjust` holds; HC1 multiplies by (n - 1) / (n - K). */
function sandwichCluster(result: OlsResult, by: readonly string[], label: string): OlsResult["vcov"] {
  const [type, ...flags] = label.split("_");
  for (const flag of flags) {
    if (!["cadjust", "nocadjust", "multi0", "fix"].includes(flag)) throw new Unsupported(`unsupported argument ${flag}`);
  }
  const cadjust = !flags.includes("nocadjust");
  const rowsForIntersection = flags.includes("multi0");
  const matrix = flags.includes("fix") ? ({ vcov }: OlsResult) => vcov : unraised;
  if (type === "HC" || type === "HC0" || type === "HC1") {
    const smallSample: SmallSampleOptions = { adjustParameters: type === "HC1", adjustClusters: cadjust, clusterFactor: "conventional" };
    return matrix(under(result, { type: "cluster", by, rowsForIntersection }, smallSample));
  }
  const variant = ({ HC2: "CR2", HC3: "CR3" } as const)[type!];
  if (variant === undefined) throw new Unsupported(`unsupported argument type ${type}`);
  const weightedResiduals = result.options.weights !== undefined;
  return matrix(under(result, { type: "cluster", by, variant, rowsForIntersection, jackknifeFactor: !cadjust, weightedResiduals }));
}

/** `sandwich::vcovCL` over its types. */
export function vcovCl({ args, table, case: { expected } }: CaseContext): unknown {
  const result = ols(table(), olsOptions(args));
  const shape = expected as Record<string, Shape>;
  const ways = { one_way: "cluster_one", two_way: "cluster_two", three_way: "cluster_three" };
  return {
    coef_order: orderOf(result, (expected as Shape)["coef_order"]),
    ...Object.fromEntries(
      Object.entries(ways).map(([way, argument]) => {
        const by = listOf(args.optional(argument));
        return [way, Object.fromEntries(Object.keys(shape[way] ?? {}).map((label) => [label, sandwichCluster(result, by, label)]))];
      }),
    ),
  };
}

const CR_TYPES: Readonly<Record<string, { readonly variant?: "CR0" | "CR2" | "CR3"; readonly smallSample?: SmallSampleOptions }>> = {
  CR0: { variant: "CR0" },
  CR1: { smallSample: { adjustParameters: false } },
  CR1p: { smallSample: { adjustParameters: false, adjustClusters: "parameters" } },
  CR1S: {},
  CR2: { variant: "CR2" },
  CR3: { variant: "CR3" },
};

/** `clubSandwich::vcovCR` with the degrees of freedom of a `coef_test`. */
function clubSandwich(result: OlsResult, by: string, type: string, test = "Satterthwaite"): OlsResult {
  const { variant, smallSample = {} } = CR_TYPES[type] ?? {};
  if (CR_TYPES[type] === undefined) throw new Unsupported(`unsupported argument type ${type}`);
  const withDegrees = (degreesOfFreedom: NonNullable<SmallSampleOptions["degreesOfFreedom"]>): OlsResult =>
    under(result, { type: "cluster", by, ...(variant === undefined ? {} : { variant }) }, { ...smallSample, degreesOfFreedom });
  const { sample, covariance } = withDegrees("min");
  const degrees = {
    z: Number.POSITIVE_INFINITY,
    "naive-t": "min",
    "naive-tp": sample.clusters! - covariance.parameters,
    Satterthwaite: "satterthwaite",
  } as const;
  const chosen = degrees[test as keyof typeof degrees];
  if (chosen === undefined) throw new Unsupported(`unsupported argument test ${test}`);
  return withDegrees(chosen);
}

const WALD_TESTS = {
  HTZ: "hotelling",
  HTA: "hotellingLeastSquares",
  HTB: "hotellingDistinct",
  EDF: "spectralF",
  EDT: "spectralNormal",
  "chi-sq": "chiSquared",
  "Naive-F": "F",
  "Naive-Fp": "F",
} as const;

/** `vcovCR`, `coef_test`, `Wald_test`. */
export function vcovCr({ args, table, case: { expected } }: CaseContext): unknown {
  const shape = expected as { types?: Shape; HC?: Shape } & Shape;
  const result = ols(table(), { singletons: "keep", ...olsOptions(args) });
  const by = args.get<string>("cluster");
  const type = args.optional<string>("type");
  const test = args.optional<string>("test");
  const level = args.get<number>("level", 0.95);
  if (type !== undefined) {
    const changed = withCovariance(clubSandwich(result, by, type, test === "saddlepoint" ? "naive-t" : test), { level });
    if (test === "saddlepoint") return saddlepoints(changed);
    return {
      coef: byTerm(changed, ({ estimate }) => estimate),
      se: byTerm(changed, ({ standardError }) => standardError),
      df: byTerm(changed, ({ degreesOfFreedom }) => degreesOfFreedom),
      p: byTerm(changed, ({ pValue }) => pValue),
    };
  }
  const slopes = Object.keys(result.estimates).filter((term) => term !== "(Intercept)");
  return {
    coef_order: orderOf(result, (expected as Shape)["coef_order"]),
    coef: byTerm(result, ({ estimate }) => estimate),
    types: Object.fromEntries(
      Object.keys(shape.types ?? {}).map((name) => [name, crShape(withCovariance(clubSandwich(result, by, name, test), { level }))]),
    ),
    HC: heteroMatrices(result, Object.keys(shape.HC ?? {})),
    ...waldShapes(result, by, slopes, shape),
  };
}

function saddlepoints(result: OlsResult): Shape {
  const of = (term: string): SaddlepointTest => saddlepointTest(result, { term });
  return {
    coef: byTerm(result, ({ estimate }) => estimate),
    se: byTerm(result, ({ standardError }) => standardError),
    saddlepoint: byTerm(result, ({ term }) => of(term).saddlepoint),
    p: byTerm(result, ({ term }) => of(term).pValue),
  };
}

/** Tests of all slopes, `wald_CR2` by that type. */
function waldShapes(result: OlsResult, by: string, slopes: readonly string[], shape: Shape): Shape {
  const wanted = Object.entries(shape).filter(([name]) => name.startsWith("wald_")) as [string, readonly { test: string }[]][];
  return Object.fromEntries(
    wanted.map(([name, tests]) => {
      const clustered = clubSandwich(result, by, name.slice("wald_".length));
      return [
        name,
        tests.map(({ test }) => {
          const kind = WALD_TESTS[test as keyof typeof WALD_TESTS];
          if (kind === undefined) throw new Unsupported(`unsupported argument test ${test}`);
          const degreesOfFreedom = clustered.sample.clusters! - clustered.covariance.parameters;
          const variant =
            test === "Naive-Fp"
              ? withCovariance(clustered, { smallSample: { ...CR_TYPES[name.slice("wald_".length)]?.smallSample, degreesOfFreedom } })
              : clustered;
          const tested = wald(variant, { terms: slopes, test: kind });
          const chi = tested.distribution === "chiSquared";
          return {
            test,
            F: chi ? tested.statistic / tested.degreesOfFreedom : tested.statistic,
            df_num: tested.degreesOfFreedom,
            df_denom: chi ? null : tested.denominatorDegreesOfFreedom,
            p: tested.pValue,
          };
        }),
      ];
    }),
  );
}

function crShape(result: OlsResult): Shape {
  const list = Object.values(result.estimates);
  return {
    V: result.vcov,
    se: list.map(({ standardError }) => standardError),
    t: list.map(({ statistic }) => statistic),
    df_satterthwaite: list.map(({ degreesOfFreedom }) => degreesOfFreedom),
    p: list.map(({ pValue }) => pValue),
    ci95: list.map(({ confidenceInterval }) => confidenceInterval),
  };
}

/** `predict(lm, newdata)`. */
export function predictCase({ args, table, case: { expected } }: CaseContext): unknown {
  const result = ols(table(), olsOptions(args));
  const newdata = frame.fromRows(args.get<AnyRow[]>("newdata"));
  const at = (interval: "confidence" | "prediction", level: number) => {
    const { lower, upper } = predict(result, newdata, { interval, level });
    return Array.from(lower, (low, i) => [low, upper[i]]);
  };
  const plain = predict(result, newdata);
  const intervals: Record<string, unknown> = {};
  for (const name of Object.keys(expected as Shape)) {
    const interval = /^(confidence|prediction)(\d+)$/.exec(name);
    const cluster = /^se_fit_cluster_(\w+)$/.exec(name);
    if (interval !== null) intervals[name] = at(interval[1] as "confidence", Number(interval[2]) / 100);
    if (cluster !== null) intervals[name] = predict(withCovariance(result, { cluster: cluster[1]! }), newdata).standardErrors;
  }
  return { fit: plain.fitted, se_fit: plain.standardErrors, ...intervals };
}

/** `fixest::wald(est, keep, vcov)`: the models of the case, the terms by the hypotheses' names. */
export function waldCase({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const models = args.get<Record<string, string>>("models");
  const weights = args.optional<string>("weights");
  return Object.fromEntries(
    Object.entries(expected as Record<string, readonly { test: string; vcov: string }[]>).map(([name, tests]) => {
      const result = ols(data, { ...formulaOptions(models[name]!), ...(weights === undefined ? {} : { weights }) });
      return [name, tests.map((one) => waldShape(result, one))];
    }),
  );
}

function waldShape(result: OlsResult, { test, vcov }: { test: string; vcov: string }): Shape {
  const named = /^(iid|hetero|HC\w+|cluster .*|Newey.*|Driscoll.*)$/.test(vcov);
  const chosen: Vcov = vcovOf(named ? vcov : `cluster ${vcov}`);
  const tested = wald(under(result, chosen), { terms: testedTerms(test, Object.keys(result.estimates)) });
  return { test, vcov, stat: tested.statistic, df1: tested.degreesOfFreedom, df2: tested.denominatorDegreesOfFreedom, p: tested.pValue };
}

/** `x1=x2=0`, `all t dummies = 0`, `t 2..4 = 0`. */
function testedTerms(test: string, known: readonly string[]): readonly string[] {
  const all = /^all (\w+) dummies/.exec(test);
  const range = /^(\w+) (\d+)\.\.(\d+)/.exec(test);
  if (all !== null) return known.filter((term) => term.startsWith(`${all[1]}::`));
  if (range === null)
    return test
      .split(/[=,]/)
      .map((part) => part.trim())
      .filter((part) => part !== "0");
  const [low, high] = [Number(range[2]), Number(range[3])];
  return known.filter(
    (term) => term.startsWith(`${range[1]}::`) && Number(term.split("::")[1]) >= low && Number(term.split("::")[1]) <= high,
  );
}

/** `y ~ x1 + i(t, ref=1) | id + t`. */
function formulaOptions(formula: string): OlsOptions<AnyRow> {
  const [outcome, right] = formula.split("~").map((part) => part.trim()) as [string, string];
  const [terms, effects] = right.split("|").map((part) => part.split("+").map((term) => term.trim()));
  const values: Record<string, unknown> = { outcome, terms };
  if (effects !== undefined) values["fixed_effects"] = effects;
  return olsOptions({
    has: (name: string) => name in values,
    get: (name: string, other?: unknown) => values[name] ?? other,
    optional: (name: string) => values[name],
    accept: () => undefined,
  } as never);
}
