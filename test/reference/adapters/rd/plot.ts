import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { acceptInverseTolerance, covariatesBy, definedOnly, entry, isVersion3, kernelOf, LABELS, list, pair, rowsOf } from "./shared.ts";

const BIN_SELECTOR = /^(es|qs)(mv)?(pr)?$/;

function binSelector(name: string): lib.BinSelector {
  const parts = BIN_SELECTOR.exec(name);
  if (parts === null) throw new Unsupported(`unsupported argument binselect = ${name}`);
  return {
    spacing: parts[1] === "es" ? "even" : "quantile",
    number: parts[2] === undefined ? "imse" : "mimicking",
    estimator: parts[3] === undefined ? "spacings" : "polynomial",
  };
}

export const rdplot: Adapter = ({ case: reference, args, table }) => {
  const data = rowsOf(table(), args);
  args.accept("hide", "title", "x.label", "y.label", "x.lim", "y.lim", "col.dots", "col.lines", "type.dots", "shade");
  acceptInverseTolerance(args);
  const at = args.get<string | number>("covs_eval", "mean");
  if (at !== "mean" && at !== 0) throw new Unsupported(`unsupported argument covs_eval = ${at}`);
  const shared = {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("c") ?? 0,
    covariates: list(args.optional("covs")),
    covariatesAt: at === 0 ? ("zero" as const) : ("mean" as const),
    collinearity: !args.get("covs_drop", true) ? "keep" : isVersion3(reference.source.version) ? "dropWithConstant" : "drop",
    kernel: kernelOf(args.get("kernel", "uni")),
    massPoints: args.get("masspoints", "adjust"),
    ...definedOnly({
      weights: args.optional<string>("weights"),
      order: args.optional<number>("p"),
      bins: args.optional<number>("nbins"),
      scale: args.optional<number>("scale"),
      bandwidth: args.optional<number>("h"),
      support: args.optional<readonly [number, number]>("support"),
    }),
    level: (args.optional<number>("ci") ?? 95) / 100,
  } as unknown as lib.RdBinsOptions<Record<string, number | string>>;
  const selectors = args.get<string | readonly string[]>("binselect", "esmv");
  if (typeof selectors === "string") return plotNumbers(lib.bins(data, { ...shared, selector: binSelector(selectors) }), args.has("nbins"));
  return Object.fromEntries(
    selectors.map((name) => [name, plotNumbers(lib.bins(data, { ...shared, selector: binSelector(name) }), args.has("nbins"))]),
  );
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

function plotNumbers(fit: lib.RdBinsResult, manual: boolean): object {
  const sides = <T>(read: (side: lib.RdBinsSide, s: 0 | 1) => T): object => ({ left: read(fit.left, 0), right: read(fit.right, 1) });
  const widths = (side: lib.RdBinsSide): number[] => side.edges.slice(1).map((edge, i) => edge - side.edges[i]!);
  const running = [...fit.left.curve.running, ...fit.right.curve.running];
  const outcome = [...fit.left.curve.outcome, ...fit.right.curve.outcome];
  const every = running.map((_, i) => i).filter((i) => i % 50 === 0);
  // rdplot looks up the edges of left bins by their number counted from the cutoff, which differs when bins are empty
  const left = fit.bins.filter((bin) => bin.side === "left");
  const edgeIndex = (i: number): number => fit.left.edges.length - 2 - left[left.length - 1 - i]!.index;
  const edge = (i: number, upper: 0 | 1): number =>
    i < left.length ? fit.left.edges[edgeIndex(i) + upper]! : upper === 0 ? fit.bins[i]!.from : fit.bins[i]!.to;
  return {
    J: sides((side) => side.number),
    J_IMSE: sides((side) => side.selected.imse),
    J_MV: sides((side) => side.selected.mimicking),
    scale: sides((_, s) => (manual ? 1 : fit.options.scale[s])),
    rscale: sides((side) => side.number / side.selected.imse),
    bin_avg: sides((side) => (side.edges.at(-1)! - side.edges[0]!) / (side.edges.length - 1)),
    bin_med: sides((side) => median(widths(side))),
    h: pair(fit.bandwidths.h),
    N: sides((side) => side.rows),
    N_h: sides((side) => side.within),
    coef: sides((side) => side.coefficients),
    kernel: LABELS[fit.options.kernel],
    bins: {
      rdplot_mean_bin: fit.bins.map((bin) => bin.midpoint),
      rdplot_mean_x: fit.bins.map((bin) => bin.running),
      rdplot_mean_y: fit.bins.map((bin) => bin.outcome),
      rdplot_min_bin: fit.bins.map((_, i) => edge(i, 0)),
      rdplot_max_bin: fit.bins.map((_, i) => edge(i, 1)),
      rdplot_se_y: fit.bins.map((bin) => bin.standardError),
      rdplot_N: fit.bins.map((bin) => bin.rows),
      rdplot_ci_l: fit.bins.map((bin) => bin.confidenceInterval[0]),
      rdplot_ci_r: fit.bins.map((bin) => bin.confidenceInterval[1]),
    },
    poly_grid: { index_1based: every.map((i) => i + 1), x: every.map((i) => running[i]), y: every.map((i) => outcome[i]) },
    ...(fit.covariates === undefined ? {} : { coef_covs: fit.covariates.map((row) => row.outcome) }),
  };
}

/** Curves and bins of rdmcplot: one column per cutoff, the shorter filled up. */
export const rdmcplot: Adapter = ({ args, table }) => {
  args.accept("nobins", "nopoly", "noxline", "nodraw", "verbose", "col_bins", "pch_bins", "col_poly", "lty_poly", "col_xline", "lty_xline");
  const data = table();
  const column = args.get<string>("C");
  const read = {
    bins: entry<number>(args, "nbinsmat"),
    scale: entry<number>(args, "scalevec"),
    support: entry<readonly [number, number]>(args, "supportmat"),
    order: entry<number>(args, "pvec"),
    bandwidth: entry<number>(args, "hmat"),
    weights: entry<string>(args, "weightsvec"),
    covariates: covariatesBy(args),
  };
  const [kernel, selector, drop] = [
    entry<string>(args, "kernelvec"),
    entry<string>(args, "binselectvec"),
    entry<boolean>(args, "covs_dropvec"),
  ];
  const at = entry<string | number>(args, "covs_evalvec");
  const cutoffs = [...new Set(data.numbers(column))].filter((value) => !Number.isNaN(value));
  const level = args.optional<number>("ci");
  const fit = lib.multiCutoffBins(data, {
    outcome: args.get<string>("Y"),
    running: args.get<string>("X"),
    cutoffs: column,
    kernel: "uniform",
    each: cutoffs.map((_, j) =>
      definedOnly({
        ...Object.fromEntries(Object.entries(read).map(([name, of]) => [name, of(j)])),
        kernel: kernel(j) === undefined ? undefined : kernelOf(kernel(j)),
        selector: selector(j) === undefined ? undefined : binSelector(selector(j)!),
        covariatesAt: at(j) === undefined ? undefined : Number(at(j)) === 0 ? "zero" : "mean",
        collinearity: drop(j) === false ? "keep" : "dropWithConstant",
      }),
    ),
    level: (level ?? 95) / 100,
  } as unknown as lib.RdMultiCutoffBinsOptions<Record<string, number | string>>);
  const rowsByCutoff = <T>(columns: readonly (readonly T[])[]): (T | undefined)[][] =>
    Array.from({ length: Math.max(...columns.map(({ length }) => length)) }, (_, i) => columns.map((values) => values[i]));
  const curve = (side: "left" | "right", axis: "running" | "outcome"): unknown =>
    rowsByCutoff(fit.figures.map((figure) => figure[side].curve[axis]));
  const bin = (of: (one: lib.BinSummary) => number): unknown => rowsByCutoff(fit.figures.map(({ bins }) => bins.map(of)));
  return {
    clist: fit.cutoffs,
    cnum: fit.cutoffs.length,
    X0: curve("left", "running"),
    X1: curve("right", "running"),
    Yhat0: curve("left", "outcome"),
    Yhat1: curve("right", "outcome"),
    Xmean: bin((one) => one.running),
    Ymean: bin((one) => one.outcome),
    ...(level === undefined ? {} : { CI_l: bin((one) => one.confidenceInterval[0]), CI_r: bin((one) => one.confidenceInterval[1]) }),
  };
};
