import type { Estimate } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupRole } from "../data/roles.ts";
import { substream } from "../random/index.ts";
import type { AnyRow } from "../regression/design.ts";
import type { OlsResult } from "../regression/index.ts";
import { clusterVariables } from "./cluster-columns.ts";
import type { InteractionsSettings } from "./interaction-model.ts";
import { bandOf, type SimultaneousBand } from "./moderator-support.ts";
import { quantileType7 } from "./quantile.ts";
import { coefficientInfluence } from "./subgroup-effects.ts";
import { clusterings, jointCovariance } from "./subgroup-joint.ts";

/** What the bootstrap of a kernel form gives, by value of the moderator. */
export interface KernelBootstrap {
  readonly draws: number;
  readonly standardErrors: readonly number[];
  /** Percentile intervals, each by itself. */
  readonly intervals: readonly (readonly [number, number])[];
}

/** @internal Band from the joint covariance of the local regressions: correlations of their rows' contributions (summed by cluster), their own standard errors. */
export function kernelBand(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  estimates: readonly Estimate[],
  fits: readonly OlsResult[],
): SimultaneousBand | undefined {
  const treatment = settings.treatment as string;
  const variables = clusterings(data, clusterVariables(settings as Parameters<typeof clusterVariables>[0]));
  const rows = { codes: Int32Array.from({ length: data.rowCount }, (_, i) => i), count: data.rowCount, sign: 1 } as const;
  const V = jointCovariance(
    fits.map((fit) => ({ rows: undefined, values: coefficientInfluence(fit, treatment) })),
    estimates.map(({ standardError }) => standardError ** 2),
    (variables.length === 0 ? [rows] : variables).map(({ codes, count, sign }) => ({ codes: fits.map(() => codes), count, sign })),
  );
  if (V === undefined) return undefined;
  const P = estimates.length;
  return bandOf(
    estimates,
    estimates.map((_, a) => Array.from(V.subarray(a * P, (a + 1) * P))),
    settings.level,
  );
}

/** @internal What a bootstrap needs besides the refit. */
export interface KernelDraws {
  readonly data: Frame<AnyRow>;
  readonly settings: InteractionsSettings;
  readonly estimates: readonly Estimate[];
  readonly draws: number;
}

/**
 * @internal Refits on rows (or the first cluster variable's clusters) drawn with replacement, as interflex does; `refit(counts, k)` gives the effect at value k. The band takes the
 * quantile over draws of the largest deviation in bootstrap standard errors.
 */
export function kernelBootstrap(
  { data, settings, estimates, draws }: KernelDraws,
  refit: (counts: Float64Array, at: number) => number,
): { readonly bootstrap: KernelBootstrap; readonly band: SimultaneousBand } {
  const [first] = clusterVariables(settings as Parameters<typeof clusterVariables>[0]);
  const cluster =
    first === undefined ? undefined : columnsByRole("heterogeneity.interactions", data, { by: groupRole(first[0]) }).columns.by;
  const n = data.rowCount;
  const units = cluster?.count ?? n;
  const drawn = Array.from({ length: draws }, (_, b) => {
    const stream = substream(settings.seed, b + 1);
    const times = new Float64Array(units);
    for (let u = 0; u < units; u++) times[Math.floor(stream.uniform() * units)]!++;
    const counts = cluster === undefined ? times : Float64Array.from(cluster.codes, (code) => times[code]!);
    return estimates.map((_, k) => refit(counts, k));
  });
  const columns = estimates.map((_, k) => Float64Array.from(drawn, (draw) => draw[k]!).filter((v) => !Number.isNaN(v)));
  const errors = columns.map((column) => {
    const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
    return Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (column.length - 1));
  });
  const largest = Float64Array.from(drawn, (draw) =>
    draw.reduce((most, v, k) => Math.max(most, Math.abs(v - estimates[k]!.estimate) / errors[k]!), 0),
  ).sort();
  const criticalValue = quantileType7(largest, settings.level);
  const tail = (1 - settings.level) / 2;
  const sorted = columns.map((column) => column.slice().sort());
  return {
    bootstrap: {
      draws,
      standardErrors: errors,
      intervals: sorted.map((column) => [quantileType7(column, tail), quantileType7(column, 1 - tail)] as const),
    },
    band: {
      criticalValue,
      intervals: estimates.map(
        ({ estimate }, k) => [estimate - criticalValue * errors[k]!, estimate + criticalValue * errors[k]!] as const,
      ),
    },
  };
}
