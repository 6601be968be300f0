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
  return {
    bws: Object.fromEntries(Object.entries(result.bandwidths).map(([name, { h, b }]) => [name, { h: pair(h), b: pair(b) }])),
    N: pair(rows),
    N_h: pair(within),
    M: pair(result.options.massPoints === "off" ? rows : unique),
  };
};

function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Calls of the rd reference packages as calls of the library. */
export const rd: Adapters = { rdrobust, rdbwselect };
