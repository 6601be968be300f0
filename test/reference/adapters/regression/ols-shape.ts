import { estimateList } from "../../../../src/core/index.ts";
import type { Frame } from "../../../../src/data/index.ts";
import {
  augment,
  formula,
  type OlsOptions,
  type OlsResult,
  ols,
  type RegressionResult,
  type Term,
  withCovariance,
} from "../../../../src/regression/index.ts";
import type { Arguments } from "../../harness/case.ts";
import { Unsupported } from "../../harness/case.ts";

export type AnyRow = Record<string, number | string>;
export type Data = Frame<AnyRow>;
export type Shape = Readonly<Record<string, unknown>>;

export const listOf = (value: unknown): readonly string[] =>
  value === undefined || value === null ? [] : ([value].flat() as unknown as readonly string[]);

/** A term as R names it: a power with the call that makes it. */
const inR = (term: string): string => term.replace(/(^|:)([\w.]+\^\d+)(?=:|$)/g, "$1I($2)");

/** The terms in order, named as the case names them. */
export const orderOf = ({ estimates }: Pick<OlsResult, "estimates">, expected: unknown): readonly string[] => {
  const names = Object.keys(estimates);
  return JSON.stringify(expected ?? "").includes("I(") ? names.map(inR) : names;
};

export const byTerm = <T>(
  result: Pick<RegressionResult, "estimates">,
  read: (estimate: OlsResult["estimates"][string]) => T,
): Record<string, T> =>
  Object.fromEntries(
    estimateList(result).flatMap((estimate) => {
      const value = read(estimate);
      const names = [
        estimate.term,
        ...["factor($1)$2", "$1$2"].map((form) => estimate.term.replace(/([\w.]+)::([^:]+)/g, form)),
        ...rawPolynomial(estimate.term, result.estimates as OlsResult["estimates"]),
      ];
      return names
        .flatMap(turned)
        .map((name) => [inR(name), value] as const)
        .concat([[estimate.term, value]]);
    }),
  );

/** A product by either order of its two parts: R orders them by where they first stand in the formula. */
const turned = (name: string): readonly string[] => {
  const parts = name.split(":");
  return parts.length === 2 ? [name, `${parts[1]}:${parts[0]}`] : [name];
};

/** R's name of a column or its power where all powers up to the last are there: `poly(x, 2, raw = TRUE)1`. */
function rawPolynomial(term: string, estimates: OlsResult["estimates"]): readonly string[] {
  const [, column, power] = /^([\w.]+?)(?:\^(\d+))?$/.exec(term) ?? [];
  if (column === undefined) return [];
  let degree = 1;
  while (estimates[`${column}^${degree + 1}`] !== undefined) degree++;
  return degree > 1 && estimates[column] !== undefined ? [`poly(${column}, ${degree}, raw = TRUE)${power ?? 1}`] : [];
}

const KNOWN = /^i\([^()]*\)$|^\w+\^\d+$|^[\w.]+$/;
const isKnown = (text: string): boolean => KNOWN.test(text) && !/\bi\.|bin|keep|ref2/.test(text);

/**
 * A regressor as cases write it: a column, `x^2`, `i(cat, ref=c)`, `i(cat, x2, ref=a)`, and what `formula()` reads (`x1:x2`, `I(x1^2)`), whose factors have their levels
 * by the other regressors.
 */
export function termsOf(text: string, all: readonly string[] = []): readonly Term<AnyRow>[] {
  if (isKnown(text)) return [termOf(text)];
  const others = all.filter((other) => other !== text && (/^[\w.]+$/.test(other) || !isKnown(other)));
  const read = (parts: readonly string[]) => formula(`y ~ ${["1", ...parts].join(" + ")}`).regressors as unknown as readonly Term<AnyRow>[];
  return read([...others, text]).slice(read(others).length);
}

function termOf(text: string): Term<AnyRow> {
  const power = /^(\w+)\^(\d+)$/.exec(text);
  if (power !== null) return power[2] === "1" ? power[1]! : { term: "power", column: power[1]!, exponent: Number(power[2]) };
  const indicators = /^i\((.*)\)$/.exec(text);
  if (indicators === null) return text;
  const parts = indicators[1]!.split(",").map((part) => part.trim());
  const reference = parts
    .find((part) => part.startsWith("ref"))
    ?.split("=")[1]
    ?.trim()
    .replace(/['"]/g, "");
  const [column, by] = parts.filter((part) => !part.startsWith("ref"));
  const factor = { term: "factor", column: column!, reference: reference ?? null } as const;
  return by === undefined ? factor : { term: "interaction", parts: [factor, by] };
}

/** A fixed effect as fixest writes it: `id`, `firm^t`, `id[x2]`, `id[[x2]]`. */
export function effectOf(text: string): NonNullable<OlsOptions<AnyRow>["fixedEffects"]>[number] {
  const slopes = /^([^[]+)\[(\[?)([^\]]+)\]+$/.exec(text);
  if (slopes !== null) {
    const names = slopes[3]!.split(",").map((name) => name.trim());
    return { fixedEffect: slopes[1]!.split("^"), slopes: names, intercept: slopes[2] === "" };
  }
  return text.includes("^") ? text.split("^") : text;
}

/** The options that all regression cases share. */
export function olsOptions(args: Arguments): OlsOptions<AnyRow> {
  const effects = listOf(args.optional("fixed_effects"));
  const weights = args.optional<string>("weights");
  const kind = args.get<"analytic" | "frequency" | "sampling">("weights_kind", "analytic");
  const intercept = args.optional<boolean>("intercept");
  const keep = args.optional<string>("fixef.rm");
  const [vcov, ssc] = [args.optional<string>("vcov"), args.optional<Shape>("ssc")];
  // what changes speed, memory or printing, and tolerances of iterations that are exact here
  args.accept("nthreads", "lean", "verbose", "notes", "warn", "mem.clean", "data.save", "fixef.tol", "fixef.iter");
  const terms = args.has("terms") ? listOf(args.get("terms")) : listOf(args.optional("regressors"));
  return {
    outcome: args.get<string>("outcome"),
    regressors: terms.flatMap((text) => termsOf(text, terms)),
    ...(effects.length === 0 ? (intercept === undefined ? {} : { intercept }) : { fixedEffects: effects.map(effectOf) }),
    ...(weights === undefined ? {} : { weights: { column: weights, kind } }),
    ...(keep === undefined ? {} : { singletons: singletonsOf(keep) }),
    ...(vcov === undefined ? {} : { vcov: vcovOf(vcov.startsWith("~") ? `cluster ${vcov.slice(1).replaceAll("+", ",")}` : vcov) }),
    ...smallSampleOf(ssc),
  };
}

/** An offset of a case: a column, or the log of one. */
export function withOffset(
  data: Data,
  options: OlsOptions<AnyRow>,
  offset: string | undefined,
): { data: Data; options: OlsOptions<AnyRow> } {
  if (offset === undefined) return { data, options };
  const log = /^~?\s*log\((\w+)\)$/.exec(offset);
  if (log === null) return { data, options: { ...options, offset: offset.replace(/^~\s*/, "") } };
  const column = data.numbers(log[1]!).map(Math.log);
  return { data: data.with({ logged: column }) as unknown as Data, options: { ...options, offset: "logged" } };
}

/** fixest's `fixef.rm`. */
export function singletonsOf(rule: string): "drop" | "keep" {
  if (rule === "none" || rule === "infinite_coef") return "keep";
  if (rule === "perfect_fit" || rule === "singletons" || rule === "singleton") return "drop";
  throw new Unsupported(`unsupported argument fixef.rm ${rule}`);
}

/** fixest's `ssc` as small-sample options. */
export function smallSampleOf(ssc: Shape | undefined): Pick<OlsOptions<AnyRow>, "smallSample"> {
  if (ssc === undefined) return {};
  const names: Record<string, string> = {
    "K.adj": "adjustParameters",
    "K.fixef": "fixedEffectParameters",
    "K.exact": "exactParameters",
    "G.adj": "adjustClusters",
    "G.df": "clusterFactor",
    "t.df": "degreesOfFreedom",
  };
  return {
    smallSample: Object.fromEntries(
      Object.entries(ssc).map(([name, value]) => {
        if (names[name] === undefined) throw new Unsupported(`unsupported argument ssc.${name}`);
        return [names[name], value];
      }),
    ),
  };
}

/** A covariance as cases label it. */
export function vcovOf(label: string, time = "time", unit?: string): NonNullable<OlsOptions<AnyRow>["vcov"]> {
  // settings of `ssc` that a label repeats
  const plain = label.replace(/,?\s*(?:[KGt]\.(?:adj|fixef|exact|df)\S*(?:\s*=?\s*\S+)?|no adjustment)/g, "").trim();
  const cluster = /^cluster (.+)$/.exec(plain);
  const lag = /lag (\d+)/.exec(plain);
  const lagged = lag === null ? {} : { lag: Number(lag[1]) };
  if (plain.startsWith("iid")) return { type: "iid" };
  if (plain === "hetero") return { type: "hetero" };
  if (/^HC\w+$/.test(plain)) return { type: "hetero", variant: plain as "HC1" };
  if (/^Newey-West|^NW/.test(plain)) return { type: "neweyWest", time, ...(unit === undefined ? {} : { unit }), ...lagged };
  if (/^Driscoll-Kraay|^DK/.test(plain)) return { type: "driscollKraay", time, ...lagged };
  const combined = /^cluster on the interaction (\w+) x (\w+)$/.exec(plain);
  if (combined !== null) return { type: "cluster", by: [[combined[1]!, combined[2]!]] };
  if (cluster !== null) {
    const names = cluster[1]!.split(/[,+]/).map((name) => name.trim());
    return { type: "cluster", by: names.map((name) => (name.includes("^") ? name.split("^") : name)) };
  }
  throw new Unsupported(`unsupported covariance ${label}`);
}

/** The numbers of one covariance. */
export function variantOf(result: RegressionResult): Shape {
  return {
    se: byTerm(result, ({ standardError }) => standardError),
    t: byTerm(result, ({ statistic }) => statistic),
    p: byTerm(result, ({ pValue }) => pValue),
    ci95: byTerm(result, ({ confidenceInterval }) => confidenceInterval),
    df_t: estimateList(result)[0]?.degreesOfFreedom,
    K: result.covariance.parameters,
    G: result.covariance.clusters === undefined ? undefined : Math.min(...result.covariance.clusters),
    V: result.vcov,
    V_before_psd_fix: result.covariance.beforeRaisingEigenvalues,
  };
}

export interface ShapeContext {
  readonly time?: string;
  readonly unit?: string | undefined;
}

/** The numbers that `fit()` of the R script wrote, for one fit. */
export function fitShape(
  result: RegressionResult & { readonly fit: OlsResult["fit"] },
  expected: Shape,
  context: ShapeContext = {},
): Shape {
  const variants = (expected["variants"] as readonly Shape[] | undefined) ?? [];
  const { fit } = result;
  const rows = expected["rows"] === undefined ? undefined : augment(result);
  const index = (expected["rows"] as { index_in_sample: readonly number[] } | undefined)?.index_in_sample ?? [];
  return {
    n: fit.observations,
    n_removed: (fit.observations === result.sample.used ? result.sample.rows : fit.observations) - fit.observations,
    coef: byTerm(result, ({ estimate }) => estimate),
    dropped: result.droppedTerms.map(({ term }) => term),
    K_full: fit.parameters,
    sigma: fit.sigma,
    rss: fit.residualSumOfSquares,
    tss: fit.totalSumOfSquares,
    rmse: fit.rootMeanSquaredError,
    r2: { r2: fit.rSquared, ar2: fit.adjustedRSquared, wr2: fit.withinRSquared, war2: fit.adjustedWithinRSquared },
    loglik: fit.logLikelihood,
    aic: fit.aic,
    bic: fit.bic,
    levels: result.fixedEffects.map(({ levels }) => levels),
    rows: rows && {
      index_in_sample: index,
      fitted: index.map((i) => rows.fitted[i - 1]),
      residual: index.map((i) => rows.residuals[i - 1]),
    },
    variants: variants.map((variant) => {
      const vcov = vcovOf(String(variant["vcov"]), context.time, context.unit);
      const ssc = smallSampleOf(variant["ssc"] as Shape | undefined);
      return variantOf(withCovariance(result, { vcov, smallSample: ssc.smallSample ?? {} }));
    }),
  };
}

export { ols };
