import type { CohortSample } from "./cohort-sample.ts";

/** One group-time comparison: cohort `group` at period `time` against the base period; all by rank. */
export interface GroupTimeCell {
  /** Rank of the cohort among the treated cohorts. */
  readonly group: number;
  /** Rank of the period. */
  readonly time: number;
  /** Rank of the base period; -1 when there is none. */
  readonly base: number;
  /** Cohort codes that serve as controls, ascending. */
  readonly controls: readonly number[];
  /** Base period of the cohort's post-treatment cells, whose weights `fixedWeights: "basePeriod"` takes. */
  readonly postBase: number;
  /** Whether the period is at or after the cohort's start. */
  readonly isPost: boolean;
}

export interface CellRules {
  readonly controlGroup: "neverTreated" | "notYetTreated";
  readonly basePeriod: "varying" | "universal";
  readonly anticipation: number;
}

/**
 * All cells in order of cohort, then period. Only the order of observed periods matters: gaps are no problem, and a cohort may start between them.
 * The base period of post-treatment cells is the latest observed one with `period + anticipation < start`; pre-treatment cells use
 * it too (`universal`) or the period before (`varying`). Not-yet-treated controls start after `max(period, base) + anticipation`.
 */
export function groupTimeCells({ times, groups }: Pick<CohortSample, "times" | "groups">, rules: CellRules): GroupTimeCell[] {
  const cells: GroupTimeCell[] = [];
  for (let group = 0; group < groups.length; group++) {
    const start = groups[group]!;
    let postBase = times.length - 1;
    while (postBase >= 0 && !(times[postBase]! + rules.anticipation < start)) postBase--;
    for (let time = rules.basePeriod === "varying" ? 1 : 0; time < times.length; time++) {
      const isPost = times[time]! >= start;
      const base = isPost || rules.basePeriod === "universal" ? postBase : time - 1;
      const until = Math.max(times[time]!, base < 0 ? Number.NEGATIVE_INFINITY : times[base]!) + rules.anticipation;
      const controls: number[] = [];
      if (rules.controlGroup === "notYetTreated") {
        for (let h = 0; h < groups.length; h++) if (h !== group && groups[h]! > until) controls.push(h);
      }
      controls.push(groups.length);
      cells.push({ group, time, base, controls, postBase, isPost });
    }
  }
  return cells;
}
