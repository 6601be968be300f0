import type { Warning } from "../core/result.ts";
import type { Panel } from "../data/index.ts";

/** What an estimator does with a design's weak points, in words that end the warning. */
export interface DesignRules {
  /** Without units never treated. Absent: nothing to say. */
  readonly withoutNever?: (last: number) => string;
  /** With units treated from the first period on. Absent: the estimator has its own count. */
  readonly alwaysTreated?: string;
  /** With a treated cohort of one unit. */
  readonly singleUnit?: string;
}

/** Warns of a staggered design's weak points. @param cohorts - first treatment time by row, `Infinity` for never, NaN for rows left out. */
export function designWarnings<Row>(data: Panel<Row>, cohorts: Float64Array, rules: DesignRules): Warning[] {
  const sizes = new Map<number, number>();
  let always = 0;
  for (let u = 0; u < data.unitCount; u++) {
    let own = Number.NaN;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]! && Number.isNaN(own); i++) own = cohorts[i]!;
    if (Number.isNaN(own)) continue;
    sizes.set(own, (sizes.get(own) ?? 0) + 1);
    if (own <= data.times[0]!) always++;
  }
  const warnings: Warning[] = [];
  const starts = [...sizes.keys()].filter((g) => g !== Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const last = starts[starts.length - 1];
  if (rules.withoutNever !== undefined && !sizes.has(Number.POSITIVE_INFINITY) && last !== undefined) {
    warnings.push({ code: "NO_NEVER_TREATED", message: `No unit is never treated: ${rules.withoutNever(last)}`, details: { last } });
  }
  if (rules.alwaysTreated !== undefined && always > 0) {
    warnings.push({
      code: "ALWAYS_TREATED",
      message: `${always} units are treated by the first period, ${data.times[0]}: ${rules.alwaysTreated}`,
      details: { units: always },
    });
  }
  const single = starts.filter((g) => g > data.times[0]! && sizes.get(g) === 1);
  if (rules.singleUnit !== undefined && single.length > 0) {
    warnings.push({
      code: "SINGLE_UNIT_COHORTS",
      message: `Cohorts of one unit: ${single.join(", ")}; ${rules.singleUnit}`,
      details: { cohorts: single },
    });
  }
  return warnings;
}
