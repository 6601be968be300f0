import {
  type OlsOptions,
  type OlsResult,
  ols,
  type SmallSampleOptions,
  serialBandwidth,
  withCovariance,
} from "../../../../src/regression/index.ts";
import { type CaseContext, Unsupported } from "../../harness/case.ts";
import { type AnyRow, fitShape, olsOptions, type Shape } from "./ols-shape.ts";

type Vcov = NonNullable<OlsOptions<AnyRow>["vcov"]>;

/** `NW(lag) ~ time` of fixest. */
export function neweyWest({ args, table, case: { expected } }: CaseContext): unknown {
  return fitShape(ols(table(), olsOptions(args)), expected as Shape, {
    time: args.get<string>("time"),
    unit: args.optional<string>("unit"),
  });
}

/** `NW ~ unit + time` and `DK ~ time` of fixest, without and with unit effects. */
export function hacPanel({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const options = olsOptions(args);
  const context = { time: args.get<string>("time"), unit: args.get<string>("unit") };
  return Object.fromEntries(
    Object.entries(expected as Record<string, Shape>).map(([name, shape]) => {
      const effects =
        name === "no_fe" ? {} : name === "one_fe" ? { fixedEffects: context.unit } : { fixedEffects: [context.unit, context.time] };
      return [name, fitShape(ols(data, { ...options, ...effects }), shape, context)];
    }),
  );
}

/** `NeweyWest`, `kernHAC` and the bandwidths of sandwich. */
export function hacSandwich({ args, table, case: { expected } }: CaseContext): unknown {
  const result = ols(table(), olsOptions(args));
  const time = args.get<string>("time");
  const under = (vcov: Omit<Extract<Vcov, { type: "hac" }>, "type" | "time">, adjust: boolean): OlsResult =>
    withCovariance(result, { vcov: { type: "hac", time, ...vcov }, smallSample: { adjustParameters: adjust } });
  const shape: Record<string, unknown> = {};
  for (const name of Object.keys(expected as Shape)) {
    const { base, flags } = withFlags(name);
    const prewhiten = Number(/^prewhite(\d*)$/.exec(flags.find((flag) => flag.startsWith("prewhite")) ?? "prewhite0")![1] || 1);
    const lag = /^lag(\d+)$/.exec(base);
    const chosen = /^hac_([a-z]+)_(nw|bw[\d.]+)$/.exec(base);
    const kernel = /^(hac|andrews_bw|newey_west_bw)_(\w+)$/.exec(base);
    if (lag !== null) {
      const vcov = { kernel: "bartlett", bandwidth: Number(lag[1]) + 1, prewhiten } as const;
      shape[name] = under(vcov, flags.includes("adjust")).vcov;
    } else if (base === "auto") {
      shape[name] = under({ kernel: "bartlett", bandwidth: "neweyWest", prewhiten }, flags.includes("adjust")).vcov;
    } else if (base === "auto_bw") shape[name] = serialBandwidth(result, { time, rule: "neweyWest", prewhiten });
    else if (base === "hac" || base === "vcovHAC") shape[name] = under({ prewhiten }, !flags.includes("noadjust")).vcov;
    else if (chosen !== null) {
      const own = kernelOf(chosen[1]!);
      const bandwidth =
        chosen[2] === "nw" ? serialBandwidth(result, { time, rule: "neweyWest", kernel: own, prewhiten }) : Number(chosen[2]!.slice(2));
      shape[name] = under({ kernel: own, bandwidth, prewhiten }, !flags.includes("noadjust")).vcov;
    } else if (kernel?.[1] === "hac") shape[name] = under({ kernel: kernelOf(kernel[2]!), prewhiten }, !flags.includes("noadjust")).vcov;
    else if (kernel !== null) {
      const rule = kernel[1] === "andrews_bw" ? "andrews" : "neweyWest";
      shape[name] = serialBandwidth(result, { time, rule, kernel: kernelOf(kernel[2]!), prewhiten });
    } else throw new Unsupported(`unsupported argument ${name}`);
  }
  return shape;
}

/** `lag4_prewhite_adjust`: what is asked for and the arguments that are not the default. */
function withFlags(name: string): { readonly base: string; readonly flags: readonly string[] } {
  const parts = name.split("_");
  const flags = parts.filter((part) => /^(prewhite\d*|adjust|noadjust)$/.test(part));
  return { base: parts.filter((part) => !flags.includes(part)).join("_"), flags };
}

function kernelOf(label: string): NonNullable<Extract<Vcov, { type: "hac" }>["kernel"]> {
  const kernels = {
    qs: "quadraticSpectral",
    bartlett: "bartlett",
    parzen: "parzen",
    tukey: "tukeyHanning",
    th: "tukeyHanning",
    truncated: "truncated",
  } as const;
  const kernel = kernels[label as keyof typeof kernels];
  if (kernel === undefined) throw new Unsupported(`unsupported argument kernel ${label}`);
  return kernel;
}

/** `vcov_conley` of fixest: labels like `tri_B_noadj` (distance, cutoff, `ssc(K.adj = FALSE)`), fits like `no_fe` and `t_fe`. */
export function conley({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const options = olsOptions(args);
  const { cutoff_km: cutoffs, n: _, ...fits } = expected as { cutoff_km: Record<string, number>; n?: number } & Record<string, Shape>;
  const [latitude, longitude] = [args.get<string>("lat"), args.get<string>("lon")];
  const under = (result: OlsResult, label: string): OlsResult => {
    const [kind, name, ...flags] = label.split("_");
    const distance = ({ sph: "spherical", tri: "triangular" } as const)[kind!];
    const cutoff = cutoffs[name!];
    const unknown = flags.find((flag) => flag !== "noadj");
    if (distance === undefined || cutoff === undefined || unknown !== undefined) throw new Unsupported(`unsupported argument ${label}`);
    const smallSample: SmallSampleOptions = flags.length > 0 ? { adjustParameters: false } : {};
    return withCovariance(result, { vcov: { type: "conley", latitude, longitude, cutoff, distance }, smallSample });
  };
  const estimate = (name: string): OlsResult => {
    const effects = /^(\w+)_fe$/.exec(name)?.[1];
    if (effects === undefined) throw new Unsupported(`unsupported model ${name}`);
    return ols(data, effects === "no" ? options : { ...options, fixedEffects: effects.split("_") });
  };
  return {
    cutoff_km: cutoffs,
    ...Object.fromEntries(
      Object.entries(fits).map(([name, shape]) => {
        const result = estimate(name);
        const labels = Object.keys(shape).filter((label) => label !== "K");
        const matrices = Object.fromEntries(labels.map((label) => [label, under(result, label).vcov]));
        return [name, { ...matrices, K: under(result, labels[0]!).covariance.parameters }];
      }),
    ),
    n: ols(data, options).fit.observations,
  };
}
