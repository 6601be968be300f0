import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, type Arguments, Unsupported } from "../../harness/case.ts";
import { definedOnly, kernelOf, list, rowsOf } from "./shared.ts";

const CRITERIA = { MSE: "meanSquaredError", FLCI: "length", OCI: "oneSided" } as const;
const CLASSES = { H: "hoelder", T: "taylor" } as const;

function varianceOf(args: Arguments): object | string {
  const method = args.get<string>("se.method", "nn").toLowerCase();
  if (method === "ehw") return "hetero";
  if (method === "nn") return "nearestNeighbour";
  if (method !== "supplied.var") throw new Unsupported(`unsupported argument se.method = ${method}`);
  const optional = definedOnly({ treatment: args.optional<string>("sigmaD2"), covariance: args.optional<string>("sigmaYD") });
  return { type: "supplied", outcome: args.get<string>("sigmaY2"), ...optional };
}

export const rdhonest: Adapter = ({ args, table }) => {
  args.accept("na.action");
  const kern = args.get<string>("kern", "triangular");
  const cluster = args.optional<string>("clusterid");
  const alpha = args.get("alpha", 0.05);
  const options = {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("cutoff") ?? 0,
    covariates: list(args.optional("covs")),
    target: args.get("point.inference", false) ? "value" : "jump",
    smoothnessClass: CLASSES[args.get<keyof typeof CLASSES>("sclass", "H")],
    kernel: kern === "optimal" ? kern : kernelOf(kern),
    criterion: CRITERIA[args.get<keyof typeof CRITERIA>("opt.criterion", "MSE")],
    variance: varianceOf(args),
    level: 1 - alpha,
    ...definedOnly({
      cluster,
      treatment: args.optional<string>("d"),
      weights: args.optional<string>("weights"),
      smoothness: args.optional<number>("M"),
      bandwidth: args.optional<number>("h"),
      quantile: args.optional<number>("beta"),
      initialEffect: args.optional<number>("T0"),
      matches: args.optional<number>("J"),
    }),
  } as unknown as lib.RdHonestOptions<Record<string, number | string>>;
  const fit = lib.honest(rowsOf(table(), args), options);
  const { estimate, standardError, confidenceInterval, pValue } = fit.estimates.honest;
  return {
    estimate,
    "std.error": standardError,
    "maximum.bias": fit.maximumBias,
    "conf.low": confidenceInterval[0],
    "conf.high": confidenceInterval[1],
    "conf.low.onesided": fit.oneSided[0],
    "conf.high.onesided": fit.oneSided[1],
    bandwidth: fit.bandwidth,
    "bandwidth.m": fit.bandwidths?.[0],
    "bandwidth.p": fit.bandwidths?.[1],
    // RDHonest prints 0 where effective observations are not defined
    "eff.obs": fit.effectiveRows ?? 0,
    leverage: fit.leverage,
    cv: fit.criticalValue,
    alpha,
    M: fit.smoothness,
    "M.rf": fit.smoothnessParts?.[0],
    "M.fs": fit.smoothnessParts?.[1],
    "first.stage": fit.firstStage,
    kernel: fit.options.kernel,
    "p.value": pValue,
  };
};

export const criticalValues: Adapter = ({ args }) => {
  const ratios = [args.get<number | readonly number[]>("B")].flat();
  const alphas = [args.get<number | readonly number[]>("alpha", 0.05)].flat();
  return { cv: alphas.map((alpha) => ratios.map((ratio) => lib.honestCriticalValue(ratio as number, alpha as number))) };
};

export const rdhonestBme: Adapter = ({ args, table }) => {
  args.accept("na.action");
  const h = args.optional<number | "Inf">("h");
  const alpha = args.get("alpha", 0.05);
  const fit = lib.honestDiscrete(rowsOf(table(), args), {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("cutoff") ?? 0,
    level: 1 - alpha,
    ...definedOnly({ bandwidth: h === "Inf" ? undefined : h, order: args.optional<number>("order") }),
  } as lib.RdHonestDiscreteOptions<Record<string, number | string>>);
  const { estimate, standardError, confidenceInterval, pValue } = fit.estimates.honest;
  return {
    estimate,
    "std.error": standardError,
    "maximum.bias": fit.maximumBias,
    "conf.low": confidenceInterval[0],
    "conf.high": confidenceInterval[1],
    "conf.low.onesided": fit.oneSided[0],
    "conf.high.onesided": fit.oneSided[1],
    bandwidth: fit.bandwidth,
    "eff.obs": fit.effectiveRows,
    leverage: fit.leverage,
    cv: undefined,
    alpha,
    kernel: "uniform",
    "p.value": pValue,
  };
};

export const rdSmoothnessBound: Adapter = ({ args, table }) => {
  // of the fit only its rows matter here
  args.accept("M", "h", "kern", "opt.criterion", "se.method", "J", "beta", "T0");
  const fit = lib.smoothnessBound(rowsOf(table(), args), {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("cutoff") ?? 0,
    values: args.get<number>("s"),
    triplets: args.get("multiple", true) ? "all" : "nearest",
    smoothnessClass: CLASSES[args.get<keyof typeof CLASSES>("sclass", "H")],
    level: 1 - args.get("alpha", 0.05),
  } as lib.RdSmoothnessOptions<Record<string, number | string>>);
  const shown = ({ estimate, low }: lib.SmoothnessLimit): object => ({ estimate, "conf.low": low });
  return args.get("separate", false) ? { below: shown(fit.left), above: shown(fit.right) } : shown(fit.pooled);
};

export const efficiencyBound: Adapter = ({ args, table }) => {
  args.accept("kern", "h", "se.method", "J", "sclass", "na.action");
  const criterion = args.get<string>("opt.criterion", "FLCI");
  if (criterion !== "FLCI" && criterion !== "OCI") throw new Unsupported(`unsupported argument opt.criterion = ${criterion}`);
  const { twoSided, oneSided } = lib.honestEfficiency(rowsOf(table(), args), {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("cutoff") ?? 0,
    level: 1 - args.get("alpha", 0.05),
    ...definedOnly({
      weights: args.optional<string>("weights"),
      smoothness: args.optional<number>("M"),
      quantile: args.optional<number>("beta"),
    }),
  } as lib.RdEfficiencyOptions<Record<string, number | string>>);
  return { efficiency: criterion === "FLCI" ? twoSided : oneSided };
};
