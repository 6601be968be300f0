import type { Estimate } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { type AdjustmentMethod, adjustPValues } from "../inference/adjust-p-values.ts";
import { criticalValue } from "../inference/estimate.ts";
import { stepdown } from "../inference/stepdown.ts";
import type { AnyRow } from "../regression/design.ts";
import type { GroupContrast } from "./group-contrasts.ts";
import type { Partition } from "./subgroup-cells.ts";
import { type JointFamily, maxTPValues } from "./subgroup-max-t.ts";
import type { SubgroupDesign } from "./subgroup-options.ts";
import { drawnErrors } from "./subgroup-romano-wolf.ts";

/** What correcting for the number of looks is made from. */
export interface MultiplicityInput {
  readonly caller: string;
  readonly data: Frame<AnyRow>;
  readonly design: SubgroupDesign<AnyRow>;
  readonly partitions: readonly Partition[];
  readonly families: readonly JointFamily[];
  /** Effects of all groups of all partitions that have one. */
  readonly estimates: readonly Estimate[];
  readonly contrasts: readonly Omit<GroupContrast, "adjustedPValue">[];
  readonly method: AdjustmentMethod | "maxT" | "romanoWolf";
  readonly level: number;
  readonly draws: number;
  readonly seed: number;
}

/** Corrected p-values, and by group the half-width of intervals that hold together, in standard errors. */
export interface Corrected {
  readonly groups: readonly number[];
  readonly contrasts: readonly number[];
  readonly critical: readonly number[];
}

/** Corrects over all groups of all partitions, and over all contrasts. */
export function correct(input: MultiplicityInput): Corrected {
  const { caller, data, design, partitions, families, estimates, contrasts, method, level } = input;
  const plain = (list: readonly Estimate[], by: AdjustmentMethod): readonly number[] =>
    adjustPValues(
      list.map(({ pValue }) => pValue),
      { method: by },
    );
  if (method === "maxT") {
    const { stepDown, criticalValue: joint } = maxTPValues(caller, data, design, partitions, families, level);
    return { groups: stepDown, contrasts: plain(contrasts, "holm"), critical: estimates.map(() => joint) };
  }
  if (method === "romanoWolf") return byDraws(input);
  // Bonferroni's rule: each interval leaves out its share of the error.
  const share = 1 - (1 - level) / estimates.length;
  return {
    groups: plain(estimates, method),
    contrasts: plain(contrasts, method),
    critical: estimates.map(({ degreesOfFreedom }) => criticalValue(share, degreesOfFreedom)),
  };
}

function byDraws(input: MultiplicityInput): Corrected {
  const { caller, data, design, partitions, families, estimates, contrasts, level } = input;
  const errors = drawnErrors(caller, data, design, partitions, families, input);
  const ratios = errors.map((draw) =>
    draw.map((error, g) => studentised(error / estimates[g]!.standardError, estimates[g]!.degreesOfFreedom)),
  );
  const statistics = (list: readonly Estimate[]): number[] => list.map(({ statistic }) => statistic);
  const position = new Map(estimates.map(({ term }, g) => [term, g]));
  const pairs = contrasts.map(({ by, group, comparison, standardError, degreesOfFreedom }) => ({
    later: position.get(`${by}: ${group}`)!,
    earlier: position.get(`${by}: ${comparison}`)!,
    standardError,
    degreesOfFreedom,
  }));
  const differences = errors.map((draw) =>
    Float64Array.from(pairs, ({ later, earlier, standardError, degreesOfFreedom }) =>
      studentised((draw[later]! - draw[earlier]!) / standardError, degreesOfFreedom),
    ),
  );
  const largest = Float64Array.from(ratios, (draw) => draw.reduce((most, t) => Math.max(most, Math.abs(t)), 0)).sort();
  const joint = largest[Math.min(largest.length - 1, Math.ceil(level * (largest.length + 1)) - 1)]!;
  return {
    groups: stepdown(statistics(estimates), ratios).romanoWolf,
    contrasts: pairs.length === 0 ? [] : stepdown(statistics(contrasts), differences).romanoWolf,
    critical: estimates.map(() => joint),
  };
}

/**
 * A draw's ratio with the standard error of the draw itself in place of the data's: where units change sign their squares stay, and what changes is the mean taken off,
 * `t = z / sqrt((1 - z^2 / (d + 1)) (d + 1) / d)`, the sign-flip form of Student's ratio on d degrees of freedom.
 */
function studentised(z: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(degreesOfFreedom)) return z;
  const units = degreesOfFreedom + 1;
  const left = Math.max(1 - (z * z) / units, 1 / units);
  return z / Math.sqrt((left * units) / degreesOfFreedom);
}
