import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, type Argument, Arguments, type CaseContext, Unsupported } from "../../harness/case.ts";
import { covariatesBy, definedOnly, designOptions, entry, kernelOf, vcovOf } from "./shared.ts";

type Overrides = lib.CutoffOverrides<Record<string, number | string>>;

/** The vectors of options by cutoff that rdmc and rdms share. */
function eachOf(args: Arguments, count: number, version: string): Overrides[] {
  const read = {
    bandwidth: entry<number>(args, "hmat"),
    biasBandwidth: entry<number>(args, "bmat"),
    rho: entry<number>(args, args.has("rhovec") ? "rhovec" : "rhomat"),
    order: entry<number>(args, "pvec"),
    biasOrder: entry<number>(args, "qvec"),
    derivative: entry<number>(args, "derivvec"),
    bandwidthSelector: entry<string>(args, "bwselectvec"),
    scale: entry<number>(args, "scaleparvec"),
    regularization: entry<number>(args, "scaleregulvec"),
    massPoints: entry<string>(args, "masspointsvec"),
    minimumUniqueInBandwidth: entry<number>(args, "bwcheckvec"),
    restrictBandwidth: entry<boolean>(args, "bwrestrictvec"),
    standardize: entry<boolean>(args, "stdvarsvec"),
    weights: entry<string>(args, "weightsvec"),
  };
  const drop = entry<boolean>(args, "covs_dropvec");
  const covariates = covariatesBy(args);
  const kernel = entry<string>(args, "kernelvec");
  const vce = entry<string>(args, "vcevec");
  const matches = entry<number>(args, "nnmatchvec");
  const cluster = args.optional<string>("cluster");
  return Array.from({ length: count }, (_, j) => {
    const own = Object.fromEntries(Object.entries(read).map(([name, at]) => [name, at(j)]));
    return definedOnly({
      ...own,
      covariates: covariates(j),
      collinearity: drop(j) === false ? "keep" : "dropWithConstant",
      kernel: kernelOf(kernel(j)),
      vcov: vcovOf(vce(j) ?? "nn", matches(j) ?? 3, cluster, version),
    }) as Overrides;
  });
}

/** The options string of the pooled fit, as an object of rdrobust's arguments. */
function pooledOf(given: Readonly<Record<string, Argument>>, version: string): Overrides {
  const args = new Arguments(given);
  const { outcome: _y, running: _x, cutoff: _c, ...options } = designOptions(args, version);
  const numbers = {
    bandwidth: args.optional("h"),
    biasBandwidth: args.optional("b"),
    rho: args.optional("rho"),
    scale: args.optional("scalepar"),
  };
  const level = args.get("level", 95) / 100;
  const unread = args.unread();
  if (unread.length > 0) throw new Unsupported(`unsupported argument pooled.${unread[0]}`);
  return definedOnly({ ...options, ...numbers, level }) as Overrides;
}

/** `"h=10, kernel='uni', covs=c(1, 2)"` as an object. */
function optionsOf(text: string): Record<string, Argument> {
  const out: Record<string, Argument> = {};
  for (const [, name, value] of text.matchAll(/([\w.]+)\s*=\s*(c\([^)]*\)|'[^']*'|"[^"]*"|[^,]+)/g)) out[name!] = argumentOf(value!.trim());
  return out;
}

function argumentOf(text: string): Argument {
  if (text.startsWith("c("))
    return text
      .slice(2, -1)
      .split(",")
      .map((part) => argumentOf(part.trim()));
  if (/^['"]/.test(text)) return text.slice(1, -1);
  if (/^(TRUE|T|FALSE|F)$/.test(text)) return text.startsWith("T");
  const value = Number(text);
  if (Number.isNaN(value)) throw new Unsupported(`unsupported argument pooled_opt = ${text}`);
  return value;
}

function shown(fit: lib.RdMultiCutoffResult): object {
  const fits = [...fit.fits, ...(fit.weights === undefined ? [] : [undefined]), fit.pooled];
  const pad = <T>(values: readonly T[]): (T | undefined)[] => (fit.pooled === undefined ? [...values, undefined] : [...values]);
  const sums = (read: (side: lib.RdEstimateResult) => number): (number | undefined)[] =>
    fits.map((one, j) =>
      one !== undefined
        ? read(one)
        : fit.weights !== undefined && j === fit.fits.length
          ? fit.fits.reduce((sum, each) => sum + read(each), 0)
          : undefined,
    );
  const both = (read: (one: lib.RdEstimateResult) => readonly [number, number]): (number | undefined)[][] => [
    fits.map((one) => one && read(one)[0]),
    fits.map((one) => one && read(one)[1]),
  ];
  const interval = (rows: readonly Estimate[]): (number | undefined)[][] => [
    pad(rows.map((row) => row.confidenceInterval[0])),
    pad(rows.map((row) => row.confidenceInterval[1])),
  ];
  return {
    B: pad(fit.estimates.map((row) => row.estimate)),
    V: pad(fit.estimates.map((row) => row.standardError ** 2)),
    Coefs: pad(fit.conventional.map((row) => row.estimate)),
    V_cl: pad(fit.conventional.map((row) => row.standardError ** 2)),
    Nh: [sums((one) => one.left.within), sums((one) => one.right.within)],
    CI: interval(fit.estimates),
    CI_cl: interval(fit.conventional),
    H: both((one) => one.bandwidths.h),
    Bbw: both((one) => one.bandwidths.b),
    Pv: pad(fit.estimates.map((row) => row.pValue)),
    Pv_cl: pad(fit.conventional.map((row) => row.pValue)),
    W: fit.weights ?? [],
  };
}

type Estimate = lib.RdMultiCutoffResult["estimates"][0];

function multi(context: CaseContext, cutoffs: lib.CutoffDesign<Record<string, number | string>>, count: number): lib.RdMultiCutoffResult {
  const { args } = context;
  args.accept("plot", "verbose", "graph_opt", "conventional");
  // these packages were run on top of rdrobust 3.0.0
  const text = args.optional<string>("pooled_opt");
  const pooled = args.optional<Readonly<Record<string, Argument>>>("pooled") ?? (text === undefined ? {} : optionsOf(text));
  const treatment = args.optional<string>("fuzzy");
  // the pooled fit knows the options string only
  return lib.multiCutoff(context.table(), {
    outcome: args.get<string>("Y"),
    running: args.get<string>("X"),
    cutoffs,
    each: eachOf(args, count, "3").map((own) => (treatment === undefined ? own : { ...own, treatment })) as Overrides[],
    pooled: pooledOf(pooled, "3"),
    level: args.get("level", 95) / 100,
  } as lib.RdMultiCutoffOptions<Record<string, number | string>>);
}

export const rdmc: Adapter = (context) => {
  const column = context.args.get<string>("C");
  const values = new Set(context.table().numbers(column));
  return shown(multi(context, { type: "column", column }, [...values].filter((value) => !Number.isNaN(value)).length));
};

/** One end of a range; JSON writes infinite ones as text. */
const endOf = (value: number | string): number => (typeof value === "number" ? value : Number(value.replace("Inf", "Infinity")));

export const rdms: Adapter = (context) => {
  const { args } = context;
  const values = args.get<number | readonly number[]>("C");
  const first = typeof values === "number" ? [values] : values;
  const ranges = args
    .optional<readonly (readonly [number | string, number | string])[]>("rangemat")
    ?.map(([low, high]) => [endOf(low), endOf(high)] as const);
  const pooled = args.optional<string>("xnorm");
  const second = args.optional<string>("X2");
  const shared = { ...(ranges === undefined ? {} : { ranges }), ...(pooled === undefined ? {} : { pooled }) };
  if (second === undefined) return shown(multi(context, { type: "cumulative", values: first, ...shared }, first.length));
  const other = args.get<number | readonly number[]>("C2");
  const points = first.map((value, j) => [value, typeof other === "number" ? other : other[j]!] as const);
  return shown(multi(context, { type: "boundary", points, second, treated: args.get<string>("zvar"), ...shared }, points.length));
};
