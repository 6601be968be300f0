import type * as lib from "../../../../src/rd/index.ts";
import { type Arguments, type CaseContext, Unsupported } from "../../harness/case.ts";

/** Frames of the cases: the schema is known at run time only. */
export type Data = ReturnType<CaseContext["table"]>;

export const pair = ([left, right]: readonly [number, number]): object => ({ left, right });

/** Rows that `subset` keeps (1), and those without a negative weight, which the reference drops itself. */
export function rowsOf(data: Data, args: Arguments): Data {
  const subset = args.optional<string>("subset");
  const weights = args.optional<string>("weights");
  const kept = subset === undefined ? data : data.filter((row) => row[subset] === 1);
  return weights === undefined ? kept : kept.filter((row) => !(Number(row[weights] ?? 0) < 0));
}

export const KERNEL_NAMES = { tri: "triangular", epa: "epanechnikov", uni: "uniform" } as const;

export function kernelOf(name: string | undefined): "triangular" | "epanechnikov" | "uniform" {
  const short = (name ?? "tri").toLowerCase().slice(0, 3);
  if (!(short in KERNEL_NAMES)) throw new Unsupported(`unsupported argument kernel = ${name}`);
  return KERNEL_NAMES[short as keyof typeof KERNEL_NAMES];
}

export const isVersion3 = (version: string): boolean => version.startsWith("3");

/** rdrobust 4 maps nn, hc0 and hc1 with clusters to cr1, hc2 to cr2, hc3 to cr3; 3 sums their residuals within clusters. */
export function vcovOf(vce: string, matches: number, cluster: string | undefined, version: string): object {
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
export function vceLabel(vce: string, cluster: string | undefined, version: string): string {
  const name = vce.toUpperCase();
  if (cluster === undefined) return name.replace("CR", "HC");
  if (isVersion3(version)) return name;
  return name === "NN" || name === "HC0" || name === "HC1" ? "CR1" : name.replace("HC", "CR");
}

/** Covariates collinear in the sample are left out before their cross-products are inverted: truncation below this share has nothing left to cut. */
const TRUNCATION = 1e-10;

/** `ginv.tol`, the relative tolerance of the reference's pseudo-inverse. */
export function acceptInverseTolerance(args: Arguments): void {
  for (const name of ["ginv.tol", "ginv_tol"]) {
    const value = args.optional<number>(name);
    if (value !== undefined && !(value >= 0 && value <= TRUNCATION)) throw new Unsupported(`unsupported argument ${name} = ${value}`);
  }
}

export const list = (value: unknown): readonly string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value as string]);

/** Options that rdrobust and rdbwselect share. */
export function designOptions(args: Arguments, version: string): lib.RdDesignOptions<Record<string, number | string>> {
  const cluster = args.optional<string>("cluster");
  const drop = args.get("covs_drop", true);
  acceptInverseTolerance(args);
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

export const LABELS = { triangular: "Triangular", epanechnikov: "Epanechnikov", uniform: "Uniform" } as const;

export function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** A vector argument's entry for each of several cutoffs; one value serves all. */
export function entry<T>(args: Arguments, name: string): (j: number) => T | undefined {
  const values = args.optional<T | readonly T[]>(name);
  return (j) => (Array.isArray(values) ? (values as readonly T[])[j] : (values as T | undefined));
}

/** Covariates of each cutoff: all of `covs_mat`, or those that `covs_list` names by position or name. */
export function covariatesBy(args: Arguments): (j: number) => readonly string[] | undefined {
  const all = args.optional<string | readonly string[]>("covs_mat");
  const lists = args.optional<readonly (number | string | readonly (number | string)[])[]>("covs_list");
  if (all === undefined) return () => undefined;
  const names = list(all);
  const named = (value: number | string): string => (typeof value === "number" ? names[value - 1]! : value);
  return (j) => (lists === undefined ? names : [lists[j]!].flat().map((value) => named(value as number | string)));
}
