import * as lib from "../../../src/rd/index.ts";
import type { Adapter, Adapters, Arguments, CaseContext } from "../harness/case.ts";
import { Unsupported } from "../harness/case.ts";

/** Frames of the cases: the schema is known at run time only. */
type Data = ReturnType<CaseContext["table"]>;

const pair = ([left, right]: readonly [number, number]): object => ({ left, right });

/** Rows that `subset` keeps (1), and those without a negative weight, which the reference drops itself. */
function rowsOf(data: Data, args: Arguments): Data {
  const subset = args.optional<string>("subset");
  const weights = args.optional<string>("weights");
  const kept = subset === undefined ? data : data.filter((row) => row[subset] === 1);
  return weights === undefined ? kept : kept.filter((row) => !(Number(row[weights] ?? 0) < 0));
}

const KERNEL_NAMES = { tri: "triangular", epa: "epanechnikov", uni: "uniform" } as const;

function kernelOf(name: string | undefined): "triangular" | "epanechnikov" | "uniform" {
  const short = (name ?? "tri").toLowerCase().slice(0, 3);
  if (!(short in KERNEL_NAMES)) throw new Unsupported(`unsupported argument kernel = ${name}`);
  return KERNEL_NAMES[short as keyof typeof KERNEL_NAMES];
}

const isVersion3 = (version: string): boolean => version.startsWith("3");

/** rdrobust 4 maps nn, hc0 and hc1 with clusters to cr1, hc2 to cr2, hc3 to cr3; 3 sums their residuals within clusters. */
function vcovOf(vce: string, matches: number, cluster: string | undefined, version: string): object {
  const name = vce.toLowerCase();
  if (!/^(nn|hc[0-3]|cr[1-3])$/.test(name)) throw new Unsupported(`unsupported argument vce = ${vce}`);
  const degree = name === "nn" ? "1" : name.slice(2);
  if (cluster === undefined) {
    return name === "nn" ? { type: "nearestNeighbour", matches } : { type: "hetero", variant: `HC${degree}` };
  }
  if (isVersion3(version) && !name.startsWith("cr")) {
    return { type: "clusteredResiduals", by: cluster, residuals: name === "nn" ? "nearestNeighbour" : `HC${degree}`, matches };
  }
  return { type: "cluster", by: cluster, variant: `CR${degree === "0" ? "1" : degree}` };
}

/** Label of the variance as the reference prints it. */
function vceLabel(vce: string, cluster: string | undefined, version: string): string {
  const name = vce.toUpperCase();
  if (cluster === undefined) return name.replace("CR", "HC");
  if (isVersion3(version)) return name;
  return name === "NN" || name === "HC0" || name === "HC1" ? "CR1" : name.replace("HC", "CR");
}

const list = (value: unknown): readonly string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value as string]);

/** Options that rdrobust and rdbwselect share. */
function designOptions(args: Arguments, version: string): lib.RdDesignOptions<Record<string, number | string>> {
  const cluster = args.optional<string>("cluster");
  const drop = args.get("covs_drop", true);
  return {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("c") ?? 0,
    treatment: args.optional<string>("fuzzy"),
    covariates: list(args.optional("covs")),
    collinearity: !drop ? "keep" : isVersion3(version) ? "dropWithConstant" : "drop",
    weights: args.optional<string>("weights"),
    derivative: args.optional<number>("deriv"),
    order: args.optional<number>("p"),
    biasOrder: args.optional<number>("q"),
    kernel: kernelOf(args.optional<string>("kernel")),
    bandwidthSelector: args.optional<string>("bwselect"),
    sharpBandwidth: args.get("sharpbw", false),
    vcov: vcovOf(args.get("vce", "nn"), args.get("nnmatch", 3), cluster, version),
    massPoints: args.get("masspoints", "adjust"),
    minimumUniqueInBandwidth: args.optional<number>("bwcheck"),
    restrictBandwidth: args.get("bwrestrict", true),
    regularization: args.get("scaleregul", 1),
    standardize: args.get("stdvars", false),
  } as unknown as lib.RdDesignOptions<Record<string, number | string>>;
}

const three = (
  estimates: lib.RobustEstimates,
  field: "estimate" | "standardError" | "statistic" | "pValue" | "confidenceInterval",
): object => ({
  conventional: estimates.conventional[field],
  bias_corrected: estimates.biasCorrected[field],
  robust: estimates.robust[field],
});

const LABELS = { triangular: "Triangular", epanechnikov: "Epanechnikov", uniform: "Uniform" } as const;

const rdrobust: Adapter = ({ case: reference, args, table }) => {
  const { version } = reference.source;
  const options = designOptions(args, version);
  const level = args.get("level", 95);
  args.accept("all", "detail");
  const fit = lib.estimate(rowsOf(table(), args), {
    ...options,
    ...definedOnly({
      bandwidth: args.optional<number>("h"),
      biasBandwidth: args.optional<number>("b"),
      rho: args.optional<number>("rho"),
      scale: args.optional<number>("scalepar"),
    }),
    level: level / 100,
  });
  const sides = <T>(read: (side: lib.RdSide) => T): object => ({ left: read(fit.left), right: read(fit.right) });
  const manual = fit.options.bandwidth !== undefined;
  const rowsAsUnique = fit.options.massPoints === "off" || (manual && isVersion3(version));
  return {
    N: sides((side) => side.rows),
    N_h: sides((side) => side.within),
    N_b: sides((side) => side.withinBias),
    M: sides((side) => (rowsAsUnique ? side.rows : side.unique)),
    bws: { h: pair(fit.bandwidths.h), b: pair(fit.bandwidths.b) },
    coef: three(fit.estimates, "estimate"),
    se: three(fit.estimates, "standardError"),
    z: three(fit.estimates, "statistic"),
    pv: three(fit.estimates, "pValue"),
    ci: three(fit.estimates, "confidenceInterval"),
    tau_cl: sides((side) => side.conventional),
    tau_bc: sides((side) => side.biasCorrected),
    bias: sides((side) => side.bias),
    beta_Y_p: sides((side) => side.coefficients),
    V_cl: sides((side) => side.covariance.conventional),
    V_rb: sides((side) => side.covariance.robust),
    p: fit.options.order,
    q: fit.options.biasOrder,
    c: fit.options.cutoff,
    bwselect: fit.bandwidthSelector === "manual" ? "Manual" : fit.bandwidthSelector,
    kernel: LABELS[fit.options.kernel],
    vce: vceLabel(args.get("vce", "nn"), args.optional("cluster"), version),
    level,
    ...(fit.covariates === undefined
      ? {}
      : { beta_covs: fit.covariates.map((row) => (row.treatment === undefined ? [row.outcome] : [row.outcome, row.treatment])) }),
    ...(fit.left.clusters === undefined ? {} : { n_clust: sides((side) => side.clusters) }),
    ...(fit.firstStage === undefined
      ? {}
      : {
          first_stage: {
            coef: three(fit.firstStage, "estimate"),
            se: three(fit.firstStage, "standardError"),
            z: three(fit.firstStage, "statistic"),
            pv: three(fit.firstStage, "pValue"),
            ci: three(fit.firstStage, "confidenceInterval"),
            beta_T_p: sides((side) => side.treatmentCoefficients),
          },
        }),
  };
};

const rdbwselect: Adapter = ({ case: reference, args, table }) => {
  const options = designOptions(args, reference.source.version);
  const all = args.get("all", false);
  const result = lib.bandwidth(rowsOf(table(), args), { ...options, all });
  const { rows, unique, within } = result.counts;
  const { pilot } = result;
  const stage = (step: NonNullable<NonNullable<typeof pilot>["steps"]>[0], name: string): object => {
    const side = ({ variance, bias, regularization }: typeof step.left): object => ({
      V: variance,
      B: bias,
      R: regularization,
      rate: step.rate,
    });
    return { left: side(step.left), right: side(step.right), [name]: step.bandwidth[0] };
  };
  const steps = pilot?.steps;
  return {
    ...(pilot === undefined ? {} : { BWp: pilot.spread, c_bw: pilot.bandwidth, range: pair(pilot.range) }),
    ...(steps === undefined ? {} : { stage_d: stage(steps[0], "d"), stage_b: stage(steps[1], "b"), stage_h: stage(steps[2], "h") }),
    bws: Object.fromEntries(Object.entries(result.bandwidths).map(([name, { h, b }]) => [name, { h: pair(h), b: pair(b) }])),
    N: pair(rows),
    N_h: pair(within),
    M: pair(result.options.massPoints === "off" ? rows : unique),
  };
};

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

const rdplot: Adapter = ({ case: reference, args, table }) => {
  const data = rowsOf(table(), args);
  args.accept("hide", "title", "x.label", "y.label", "x.lim", "y.lim", "col.dots", "col.lines", "shade");
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

const DENSITY_SELECTORS = { comb: "combination", each: "each", diff: "difference", sum: "sum" } as const;

function densityOptions(args: Arguments): lib.RdDensityOptions<Record<string, number | string>> {
  return {
    running: args.get<string>("X"),
    cutoff: args.optional<number>("c") ?? 0,
    kernel: kernelOf(args.optional("kernel")),
    fit: args.get("fitselect", "unrestricted"),
    variance: args.get("vce", "jackknife"),
    bandwidthSelector: DENSITY_SELECTORS[args.get<keyof typeof DENSITY_SELECTORS>("bwselect", "comb")],
    regularize: args.get("regularize", true),
    massPoints: args.get("massPoints", true) ? "adjust" : "off",
    binomial: definedOnly({
      rows: args.optional<number>("binoN"),
      width: args.optional<number>("binoW"),
      rowStep: args.optional<number>("binoNStep"),
      widthStep: args.optional<number>("binoWStep"),
      windows: args.optional<number>("binoNW"),
      probability: args.optional<number>("binoP"),
    }),
    ...definedOnly({
      order: args.optional<number>("p"),
      testOrder: args.optional<number>("q"),
      bandwidth: args.optional<number>("h"),
      minimumRows: args.optional<number>("nLocalMin"),
      minimumUnique: args.optional<number>("nUniqueMin"),
    }),
  } as lib.RdDensityOptions<Record<string, number | string>>;
}

const bandwidthTable = (selected: NonNullable<lib.RdDensityResult["selected"]>): object =>
  Object.fromEntries(
    (
      [
        ["l", "left"],
        ["r", "right"],
        ["diff", "difference"],
        ["sum", "sum"],
      ] as const
    ).map(([theirs, ours]) => {
      const { bandwidth, variance, squaredBias } = selected[ours];
      return [theirs, { bw: bandwidth, variance, biassq: squaredBias }];
    }),
  );

const rddensity: Adapter = ({ args, table }) => {
  args.accept("bino", "noPrint");
  const all = args.get("all", false);
  const fit = lib.densityTest(table(), densityOptions(args));
  const plugin = fit.options.variance === "plugin";
  const columns = (estimates: lib.DensityEstimates | undefined, field: "estimate" | "standardError", shown: boolean): object => ({
    left: shown ? estimates?.left[field] : undefined,
    right: shown ? estimates?.right[field] : undefined,
    diff: shown ? estimates?.difference[field] : undefined,
  });
  const tests = (estimates: lib.DensityEstimates | undefined, shown: boolean): object => ({
    t_asy: shown && plugin ? estimates?.difference.statistic : undefined,
    t_jk: shown && !plugin ? estimates?.difference.statistic : undefined,
    p_asy: shown && plugin ? estimates?.difference.pValue : undefined,
    p_jk: shown && !plugin ? estimates?.difference.pValue : undefined,
  });
  const sides = <T>(read: (side: lib.RdDensityResult["left"]) => T): object => ({ left: read(fit.left), right: read(fit.right) });
  return {
    hat: columns(fit.densities, "estimate", true),
    sd_jk: columns(fit.densities, "standardError", !plugin),
    sd_asy: columns(fit.densities, "standardError", plugin),
    test: tests(fit.densities, true),
    hat_p: columns(fit.conventional, "estimate", all),
    sd_jk_p: columns(fit.conventional, "standardError", all && !plugin),
    sd_asy_p: columns(fit.conventional, "standardError", all && plugin),
    test_p: tests(fit.conventional, all),
    N: {
      full: fit.sample.used,
      left: fit.left.rows,
      right: fit.right.rows,
      eff_left: fit.left.within,
      eff_right: fit.right.within,
    },
    h: pair(fit.bandwidths.h),
    X_min: sides((side) => side.minimum),
    X_max: sides((side) => side.maximum),
    p: fit.options.order,
    q: fit.options.testOrder,
    nLocalMin: fit.options.minimumRows,
    nUniqueMin: fit.options.minimumUnique,
    masspoints_flag: fit.options.massPoints === "adjust" && fit.left.unique + fit.right.unique < fit.sample.used,
    bino: {
      LeftN: fit.binomial.map(({ rows }) => rows[0]),
      RightN: fit.binomial.map(({ rows }) => rows[1]),
      LeftWindow: fit.binomial.map(({ width }) => width[0]),
      RightWindow: fit.binomial.map(({ width }) => width[1]),
      pval: fit.binomial.map(({ pValue }) => pValue),
    },
    ...(fit.selected === undefined ? {} : { rdbwdensity: bandwidthTable(fit.selected) }),
  };
};

const rdbwdensity: Adapter = ({ args, table }) => {
  const fit = lib.densityTest(table(), densityOptions(args));
  return { h: bandwidthTable(fit.selected!), ...bandwidthTable(fit.selected!) };
};

function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const neighbourResiduals: Adapter = ({ args, table }) => {
  const matches = args.get<number | readonly number[]>("nnmatch", 3);
  const shared = { outcome: args.get<string>("y"), running: args.get<string>("x") };
  const residuals = (count: number): readonly number[] =>
    lib.nearestNeighbourResiduals(table(), { ...shared, matches: count } as lib.NeighbourResidualOptions<Record<string, number | string>>)
      .residuals;
  return Object.fromEntries((typeof matches === "number" ? [matches] : matches).map((count) => [`nn${count}`, residuals(count)]));
};

/** Whether a column was passed as a factor: labels, 0/1, or few whole numbers. */
function isFactor(data: Data, name: string): boolean {
  const column = data.column(name);
  if (column.type === "category") return true;
  const values = new Set(column.values.filter((value) => !Number.isNaN(value)));
  return values.size <= 10 && [...values].every(Number.isInteger);
}

/** `"v + z2"` and `"a*b"`: the columns of a design without intercept. */
function alongOf(text: string): (string | string[])[] {
  const out: (string | string[])[] = [];
  for (const term of text.split("+").map((part) => part.trim())) {
    const factors = term.split("*").map((part) => part.trim());
    out.push(...factors);
    if (factors.length === 2) out.push(factors);
    if (factors.length > 2 || factors.some((name) => !/^[\w.]+$/.test(name)))
      throw new Unsupported(`unsupported argument covs.hte = ${text}`);
  }
  return out;
}

function hteFit(context: CaseContext): { fit: lib.RdHeterogeneityResult; vce: string } {
  const { args, table } = context;
  const data = rowsOf(table(), args);
  const cluster = args.optional<string>("cluster");
  const vce = args.get("vce", "hc3").toLowerCase();
  const name = `HC${vce.slice(-1)}`;
  const covariate = args.optional<string | readonly string[]>("covs.hte");
  const columns = covariate === undefined ? [] : typeof covariate === "string" ? alongOf(covariate) : [...covariate];
  const factor = columns.length === 1 && typeof columns[0] === "string" && isFactor(data, columns[0]);
  const h = args.optional<number | readonly number[]>("h");
  const levels = factor ? new Set(data.rows().map((row) => row[columns[0] as string])).size : 1;
  const perGroup = Array.isArray(h) && factor && h.length === levels;
  const options = {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("c") ?? 0,
    covariates: list(args.optional("covs.eff")),
    kernel: kernelOf(args.optional("kernel")),
    vcov: cluster === undefined ? { type: "hetero", variant: name } : { type: "clusteredResiduals", by: cluster, residuals: name },
    jointBandwidth: args.get("bw.joint", false),
    ...(factor ? { by: columns[0] } : { along: columns }),
    ...definedOnly({
      weights: args.optional<string>("weights"),
      order: args.optional<number>("p"),
      biasOrder: args.optional<number>("q"),
      bandwidthSelector: args.optional<string>("bwselect"),
      bandwidth: perGroup ? (h as readonly number[]).map((value) => [value, value]) : h,
    }),
    level: args.get("level", 95) / 100,
  };
  return { fit: lib.heterogeneity(data, options as unknown as lib.RdHeterogeneityOptions<Record<string, number | string>>), vce };
}

const rdhte: Adapter = (context) => {
  const { fit, vce } = hteFit(context);
  const whole = fit.options.by === undefined && fit.options.along.length === 0;
  return {
    levels: whole ? ["Overall"] : undefined,
    estimate: fit.conventional,
    estimate_bc: fit.estimates.map((row) => row.estimate),
    se_rb: fit.estimates.map((row) => row.standardError),
    t_rb: fit.estimates.map((row) => row.statistic),
    pv_rb: fit.estimates.map((row) => row.pValue),
    ci_rb: fit.estimates.map((row) => row.confidenceInterval),
    h: fit.groups.map((group) => group.h),
    N: fit.options.by === undefined ? fit.groups[0]!.rows : fit.groups.map((group) => group.rows[0] + group.rows[1]),
    Nh: fit.groups.map((group) => group.within),
    bwselect: fit.options.bandwidth === undefined ? fit.options.bandwidthSelector : "Manual",
    kernel: LABELS[fit.options.kernel],
    vce: vce.toUpperCase(),
    coef_full: fullCoefficients(fit),
    vcov: fit.vcov,
  };
};

/** The pooled regression's coefficients by R's names: those of the first group, and differences to it. */
function fullCoefficients(fit: lib.RdHeterogeneityResult): Record<string, number> {
  const out: Record<string, number> = {};
  const { by, along, order, covariates } = fit.options;
  const power = (j: number): string => (order === 1 ? "Xp" : `Xp${j + 1}`);
  type Block = lib.RdGroup["coefficients"]["along"][0];
  const put = (block: Block, base: Block | undefined, w: string): void => {
    const name = (...parts: string[]): string => [...parts, ...(w === "" ? [] : [w])].join(":") || "(Intercept)";
    out[name()] = block.intercept - (base?.intercept ?? 0);
    out[name("T")] = block.treated - (base?.treated ?? 0);
    block.powers.forEach((value, j) => {
      out[name(power(j))] = value - (base?.powers[j] ?? 0);
      out[name("T", power(j))] = block.treatedPowers[j]! - (base?.treatedPowers[j] ?? 0);
    });
  };
  const covariate = (z: number): string => (covariates.length === 1 ? "covs" : `covs${covariates[z]}`);
  const [first, ...others] = fit.groups.map((group) => group.coefficients) as [
    lib.RdGroup["coefficients"],
    ...lib.RdGroup["coefficients"][],
  ];
  put(first, undefined, "");
  first.covariates.forEach((value, z) => {
    out[covariate(z)] = value;
  });
  if (by !== undefined) {
    others.forEach((group, g) => {
      const w = `W.covs${fit.groups[g + 1]!.group}`;
      put(group, first, w);
      group.covariates.forEach((value, z) => {
        out[`${w}:${covariate(z)}`] = value - first.covariates[z]!;
      });
    });
  }
  first.along.forEach((block, m) => {
    const w = along.length === 1 ? "W.covs" : `W.covs${[along[m]!].flat().join(":")}`;
    put(block, undefined, w);
    first.covariatesAlong[m]!.forEach((value, z) => {
      out[`${w}:${covariate(z)}`] = value;
    });
  });
  return out;
}

const rdhteLincom: Adapter = (context) => {
  const contrast = context.args.get<string>("contrast");
  const parts = /^level (\S+) minus level (\S+)$/.exec(contrast);
  if (parts === null) throw new Unsupported(`unsupported argument contrast = ${contrast}`);
  const level = context.args.has("level") ? context.args.get<number>("level") / 100 : 0.95;
  const { fit } = hteFit(context);
  const { estimate, conventional, test } = lib.heterogeneityContrast(fit, { [parts[1]!]: 1, [parts[2]!]: -1 }, level);
  return {
    estimate: conventional,
    z: estimate.statistic,
    pv: estimate.pValue,
    ci: estimate.confidenceInterval,
    joint: { chi2: test.statistic, df: test.degreesOfFreedom, pv: test.pValue },
  };
};

/** Calls of the rd reference packages as calls of the library. */
export const rd: Adapters = {
  rdrobust,
  rdbwselect,
  rdplot,
  rddensity,
  rdbwdensity,
  nn_residuals: neighbourResiduals,
  rdhte,
  rdhte_lincom: rdhteLincom,
};
