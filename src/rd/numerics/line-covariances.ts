import { type ClusterParts, partOf } from "./cluster-parts.ts";
import { clusterParts, pairedSums } from "./cluster-sums.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import { type BiasPart, clusterFactor, clustersWithin, influenceAt, type ScoreRule } from "./scores.ts";
import type { Side } from "./side.ts";

/** Sums of two scores over clusters: both squares and, between them, the cross-product. */
type Products = readonly [number, number, number];

/**
 * Clustered covariances of the coefficients of a local line and of its bias-corrected version, as `coefficientCovariance` has them for
 * any order. `parameters` are the k of the cluster factors of both.
 */
export function clusteredLineCovariances(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  residuals: readonly [conventional: Float64Array, robust: Float64Array],
  rule: ScoreRule,
  parameters: readonly [conventional: number, robust: number],
  bias: BiasPart,
): [conventional: Float64Array, robust: Float64Array] {
  const rows = residuals[0].length;
  const parts = clusterParts(side);
  const products =
    parts === undefined
      ? summed(side, kernel, fit, residuals, bias)
      : ([undefined, bias] as const).map((part, kind) => dealt(side, kernel, fit, residuals[kind]!, part, parts));
  const count = rule.factor ? clustersWithin(side, rows) : 0;
  return products.map(([v00, v01, v11], kind) => {
    const factor = rule.factor ? clusterFactor(rows, parameters[kind]!, count) : 1;
    return Float64Array.of(factor * v00, factor * v01, factor * v01, factor * v11);
  }) as [Float64Array, Float64Array];
}

/** In one pass: a row's four scores go to one place. */
function summed(
  side: Side,
  kernel: Kernel,
  { h, inverse, leakage }: LocalFit,
  [plain, corrected]: readonly [Float64Array, Float64Array],
  bias: BiasPart,
): Products[] {
  const { distance, starts } = side;
  const clusters = side.clusters!;
  const biasRow = topRow(bias.fit);
  const sums = new Float64Array(4 * side.clusterCount);
  for (let m = 0; starts[m]! < plain.length; m++) {
    const at = distance[starts[m]!]!;
    const u = at / h;
    const weight = kernelAt(kernel, u);
    const correction = influenceAt(kernel, biasRow, at / bias.fit.h) * bias.ratio;
    const p0 = weight > 0 ? (inverse[0]! + inverse[1]! * u) * weight : 0;
    const p1 = weight > 0 ? (inverse[2]! + inverse[3]! * u) * weight : 0;
    const s0 = p0 - leakage[0]! * correction;
    const s1 = p1 - leakage[1]! * correction;
    const end = starts[m + 1]!;
    for (let i = starts[m]!; i < end; i++) {
      const place = 4 * clusters[i]!;
      const e = plain[i]!;
      const f = corrected[i]!;
      sums[place]! += p0 * e;
      sums[place + 1]! += p1 * e;
      sums[place + 2]! += s0 * f;
      sums[place + 3]! += s1 * f;
    }
  }
  return [0, 2].map((first) => {
    let [v00, v01, v11] = [0, 0, 0];
    for (let place = first; place < sums.length; place += 4) {
      v00 += sums[place]! * sums[place]!;
      v01 += sums[place]! * sums[place + 1]!;
      v11 += sums[place + 1]! * sums[place + 1]!;
    }
    return [v00, v01, v11];
  });
}

/** Row of the bias fit's inverse that gives its second-order coefficient. */
const topRow = ({ order, inverse }: LocalFit): Float64Array => inverse.subarray(2 * (order + 1), 3 * (order + 1));

/** One of both covariances, by parts of many clusters; rows outside the line's window have bias scores only. */
function dealt(
  side: Side,
  kernel: Kernel,
  { h, inverse, leakage, rows: mainRows }: LocalFit,
  residuals: Float64Array,
  bias: BiasPart | undefined,
  parts: ClusterParts,
): Products {
  const { distance, starts } = side;
  const clusters = side.clusters!;
  const biasRow = bias === undefined ? undefined : topRow(bias.fit);
  const { scratch } = parts;
  const ends = parts.starts.slice(0, -1);
  const rows = bias === undefined ? Math.min(mainRows, residuals.length) : residuals.length;
  for (let m = 0; starts[m]! < rows; m++) {
    const at = distance[starts[m]!]!;
    const u = at / h;
    const weight = kernelAt(kernel, u);
    const correction = bias === undefined ? 0 : influenceAt(kernel, biasRow!, at / bias.fit.h) * bias.ratio;
    const s0 = (weight > 0 ? (inverse[0]! + inverse[1]! * u) * weight : 0) - leakage[0]! * correction;
    const s1 = (weight > 0 ? (inverse[2]! + inverse[3]! * u) * weight : 0) - leakage[1]! * correction;
    for (let i = starts[m]!; i < starts[m + 1]!; i++) {
      const part = partOf(clusters[i]!);
      const place = 2 * ends[part]!;
      ends[part] = ends[part]! + 1;
      scratch[place] = s0 * residuals[i]!;
      scratch[place + 1] = s1 * residuals[i]!;
    }
  }
  return pairedSums(parts, ends);
}
