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
    const prewhiten = flags.includes("prewhite");
    const lag = /^lag(\d+)$/.exec(base);
    const kernel = /^(hac|andrews_bw|newey_west_bw)_(\w+)$/.exec(base);
    if (lag !== null) {
      const vcov = { kernel: "bartlett", bandwidth: Number(lag[1]) + 1, prewhiten } as const;
      shape[name] = under(vcov, flags.includes("adjust")).vcov;
    } else if (base === "auto") {
      shape[name] = under({ kernel: "bartlett", bandwidth: "neweyWest", prewhiten }, flags.includes("adjust")).vcov;
    } else if (base === "auto_bw") shape[name] = serialBandwidth(result, { time, rule: "neweyWest", prewhiten });
    else if (kernel?.[1] === "hac") shape[name] = under({ kernel: kernelOf(kernel[2]!), prewhiten }, !flags.includes("noadjust")).vcov;
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
  const flags = parts.filter((part) => ["prewhite", "adjust", "noadjust"].includes(part));
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

/** `vcov_conley` of fixest. */
export function conley({ args, table, case: { expected } }: CaseContext): unknown {
  const data = table();
  const options = olsOptions(args);
  const shape = expected as { cutoff_km: Record<string, number>; no_fe: Shape; t_fe: Shape };
  const [latitude, longitude] = [args.get<string>("lat"), args.get<string>("lon")];
  const matrix = (result: OlsResult, name: string): OlsResult => {
    const [kind, cutoff, flag] = name.split("_");
    const distance = kind === "sph" ? "spherical" : "triangular";
    const smallSample: SmallSampleOptions = flag === "noadj" ? { adjustParameters: false } : {};
    return withCovariance(result, {
      vcov: { type: "conley", latitude, longitude, cutoff: shape.cutoff_km[cutoff!]!, distance },
      smallSample,
    });
  };
  const plain = ols(data, options);
  const effects = ols(data, { ...options, fixedEffects: "t" });
  const all = (result: OlsResult, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, matrix(result, name).vcov]));
  return {
    cutoff_km: shape.cutoff_km,
    no_fe: all(plain, Object.keys(shape.no_fe)),
    t_fe: {
      ...all(effects, Object.keys(shape.t_fe).filter((name) => name !== "K")), // biome-ignore format: short
      K: matrix(effects, "sph_B").covariance.parameters,
    },
    n: plain.fit.observations,
  };
}
