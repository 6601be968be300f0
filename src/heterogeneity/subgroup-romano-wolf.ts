import type { Frame } from "../data/frame.ts";
import { symmetricPower } from "../linalg/index.ts";
import { substream } from "../random/index.ts";
import type { AnyRow } from "../regression/design.ts";
import { clusterVariables } from "./cluster-columns.ts";
import type { Partition } from "./subgroup-cells.ts";
import { clusterings } from "./subgroup-joint.ts";
import { effectsFound, type FoundEffect, type JointFamily, jointOfAll } from "./subgroup-max-t.ts";
import type { SubgroupDesign } from "./subgroup-options.ts";

/** Independent units up to which signs are drawn for each; beyond, sums of so many signs are normal. */
const MOST_UNITS = 5_000;

/** What draws under the null need. */
export interface DrawSettings {
  readonly draws: number;
  readonly seed: number;
}

/**
 * Draws of all groups' errors at once, in the effects' units: each cluster's (without clusters: each row's) contributions to all groups change sign together, at random
 * (wild bootstrap of the scores, Kline and Santos 2012), so that the dependence between groups is kept. With more than 5,000 units, or several cluster variables, or designs
 * without row contributions, the draws are normal with the groups' covariance, to which the former tend.
 *
 * @returns One array (a number per group) per draw.
 * @throws IdentificationError `NO_JOINT_COVARIANCE`.
 */
export function drawnErrors(
  caller: string,
  data: Frame<AnyRow>,
  design: SubgroupDesign<AnyRow>,
  partitions: readonly Partition[],
  families: readonly JointFamily[],
  settings: DrawSettings,
): readonly Float64Array[] {
  const found = effectsFound(partitions, families);
  const clusters = clusterings(data, clusterVariables(design));
  const units = clusters.length === 0 ? data.rowCount : clusters[0]!.count;
  const known = found.every(({ effect }) => effect.influence !== undefined);
  if (known && clusters.length <= 1 && units <= MOST_UNITS)
    return signedSums(contributions(found, clusters[0]?.codes, units), found.length, settings);
  const V = jointOfAll(caller, data, design, found, families, "romanoWolf");
  return normalDraws(symmetricPower(V, found.length, 0.5), found.length, settings);
}

/** Units by groups, row-major: contributions scaled so that their squares sum to the group's variance. */
function contributions(found: readonly FoundEffect[], codes: Int32Array | undefined, units: number): Float64Array {
  const G = found.length;
  const table = new Float64Array(units * G);
  found.forEach(({ effect, rows }, g) => {
    const { rows: used, values } = effect.influence!();
    for (let i = 0; i < values.length; i++) {
      const row = rows[used === undefined ? i : used[i]!]!;
      const unit = codes === undefined ? row : codes[row]!;
      if (unit >= 0) table[unit * G + g]! += values[i]!;
    }
    let squares = 0;
    for (let u = 0; u < units; u++) squares += table[u * G + g]! ** 2;
    const scale = effect.estimate.standardError / Math.sqrt(squares);
    for (let u = 0; u < units; u++) table[u * G + g]! *= scale;
  });
  return table;
}

function signedSums(table: Float64Array, G: number, { draws, seed }: DrawSettings): Float64Array[] {
  const units = table.length / G;
  return Array.from({ length: draws }, (_, b) => {
    const stream = substream(seed, b + 1);
    const sums = new Float64Array(G);
    for (let u = 0, at = 0; u < units; u++) {
      const sign = stream.uniform() < 0.5 ? -1 : 1;
      for (let g = 0; g < G; g++) sums[g]! += sign * table[at++]!;
    }
    return sums;
  });
}

function normalDraws(root: Float64Array, G: number, { draws, seed }: DrawSettings): Float64Array[] {
  return Array.from({ length: draws }, (_, b) => {
    const stream = substream(seed, b + 1);
    const z = Float64Array.from({ length: G }, () => stream.normal());
    return z.map((_value, g) => {
      let sum = 0;
      for (let h = 0; h < G; h++) sum += root[g * G + h]! * z[h]!;
      return sum;
    });
  });
}
