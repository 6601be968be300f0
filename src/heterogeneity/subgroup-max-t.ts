import { IdentificationError } from "../core/errors.ts";
import type { Estimate } from "../core/result.ts";
import { gatherCodes } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { type MaxTResult, maxT } from "../inference/max-t.ts";
import type { AnyRow } from "../regression/design.ts";
import { clusterVariables } from "./cluster-columns.ts";
import type { Partition } from "./subgroup-cells.ts";
import type { GroupEffect, NoEffect } from "./subgroup-effects.ts";
import { clusterings, jointCovariance } from "./subgroup-joint.ts";
import type { SubgroupDesign } from "./subgroup-options.ts";

/** What the joint distribution of one partition's group effects is read from. */
export interface JointFamily {
  readonly effects: readonly (GroupEffect | NoEffect)[];
  readonly covariance: Float64Array | undefined;
  readonly degreesOfFreedom: number;
}

/** Lattice points behind the probabilities: p-values good to about 1e-4, in a fifth of the time of the finer default. */
const POINTS = 4001;

/** A group's effect with its rows in the data. */
export interface FoundEffect {
  readonly effect: GroupEffect;
  readonly rows: Int32Array;
}

/** All groups with an effect, over all partitions. */
export function effectsFound(partitions: readonly Partition[], families: readonly JointFamily[]): readonly FoundEffect[] {
  return families.flatMap(({ effects }, f) =>
    effects.flatMap((effect, g) => ("estimate" in effect ? [{ effect, rows: partitions[f]!.rowsOf(g) }] : [])),
  );
}

/**
 * p-values of all groups of all partitions from the joint t distribution of their statistics, stepping down, and the half-width of simultaneous intervals in standard errors.
 * Within one partition the groups' covariance is the one of the test of equality; several partitions look at the same rows again, and the covariance then comes from the rows'
 * contributions, summed by cluster (by row without clusters).
 *
 * @throws IdentificationError `NO_JOINT_COVARIANCE`.
 */
export function maxTPValues(
  caller: string,
  data: Frame<AnyRow>,
  design: SubgroupDesign<AnyRow>,
  partitions: readonly Partition[],
  families: readonly JointFamily[],
  level: number,
): Pick<MaxTResult, "stepDown" | "criticalValue"> {
  const found = effectsFound(partitions, families);
  const estimates: readonly Estimate[] = found.map(({ effect }) => effect.estimate);
  const V = jointOfAll(caller, data, design, found, families, "maxT");
  const G = estimates.length;
  return maxT(
    estimates.map(({ estimate }) => estimate),
    estimates.map((_, g) => Array.from(V.subarray(g * G, (g + 1) * G))),
    {
      degreesOfFreedom: Math.min(...families.map(({ degreesOfFreedom }) => degreesOfFreedom).filter((df) => !Number.isNaN(df))),
      points: POINTS,
      level,
    },
  );
}

/** Covariance of all groups' effects, G by G, row-major. @throws IdentificationError `NO_JOINT_COVARIANCE`. */
export function jointOfAll(
  caller: string,
  data: Frame<AnyRow>,
  design: SubgroupDesign<AnyRow>,
  found: readonly FoundEffect[],
  families: readonly JointFamily[],
  multiplicity: string,
): Float64Array {
  const variances = found.map(({ effect }) => effect.estimate.standardError ** 2);
  if (families.length === 1) return ofOnePartition(families[0]!, variances);
  return ofRows(caller, data, design, found, variances, multiplicity);
}

function ofOnePartition({ covariance }: JointFamily, variances: readonly number[]): Float64Array {
  if (covariance !== undefined) return covariance;
  const G = variances.length;
  const V = new Float64Array(G * G);
  variances.forEach((variance, g) => {
    V[g * G + g] = variance;
  });
  return V;
}

function ofRows(
  caller: string,
  data: Frame<AnyRow>,
  design: SubgroupDesign<AnyRow>,
  found: readonly FoundEffect[],
  variances: readonly number[],
  multiplicity: string,
): Float64Array {
  const influence = found.flatMap(({ effect }) => (effect.influence === undefined ? [] : [effect.influence]));
  const clusters = clusterings(data, clusterVariables(design));
  const byRow = { codes: Int32Array.from({ length: data.rowCount }, (_, i) => i), count: data.rowCount, sign: 1 } as const;
  const V =
    influence.length < found.length
      ? undefined
      : jointCovariance(
          influence.map((one) => one()),
          variances,
          (clusters.length === 0 ? [byRow] : clusters).map(({ codes, count, sign }) => ({
            count,
            sign,
            codes: found.map(({ rows }) => gatherCodes(codes, rows)),
          })),
        );
  if (V !== undefined) return V;
  throw new IdentificationError(
    "NO_JOINT_COVARIANCE",
    `Cannot run ${caller} with multiplicity "${multiplicity}" over several groupings as the covariance of all group effects is needed: this design gives no row contributions; use "holm", or one grouping a call`,
  );
}
