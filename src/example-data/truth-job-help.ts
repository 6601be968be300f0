import { COMBINED_EFFECT, phaseIn } from "./numerics/effects.ts";
import type { MunicipalSettings } from "./options.ts";
import { COHORT_MULTIPLIERS, COHORTS, MONTHS, REMOVAL_SHARE, REMOVAL_STARTS } from "./scenario.ts";
import { cellMean, type TruthCell } from "./truth-cells.ts";

/** True effect of job help on a cohort in one month. */
export interface CohortMonthEffect {
  /** Start month of the cohort. */
  readonly cohort: number;
  readonly month: number;
  readonly effect: number;
}

/** Truth about job help: effects on employment by cohort and month, and their aggregates. */
export interface JobHelpTruths {
  /** Share of persons by start month; Infinity = never. */
  readonly cohortShares: readonly { readonly cohort: number; readonly share: number }[];
  /** ATT(g, t) for all months, 0 before the start (or before its anticipation). */
  readonly attGt: readonly CohortMonthEffect[];
  /** Mean over treated person-months, cohorts weighted by size. */
  readonly simple: number;
  /** Mean over a cohort's treated months, and over cohorts by size. */
  readonly group: { readonly effects: readonly { readonly cohort: number; readonly effect: number }[]; readonly overall: number };
  /** Mean over treated cohorts by month, and over months. */
  readonly calendar: { readonly effects: readonly { readonly month: number; readonly effect: number }[]; readonly overall: number };
  /** Mean over cohorts by months since the start, and over event times from 0. */
  readonly dynamic: {
    readonly effects: readonly { readonly eventTime: number; readonly effect: number }[];
    /** Event times 0 to 35. */
    readonly overall: number;
    /** Event times 0 to 17, which all cohorts reach. */
    readonly balanced: number;
  };
}

const LAST_BALANCED = 17;

/**
 * Truth about job help.
 *
 * @param shares - shares of persons by cohort, in the order of `COHORTS`
 */
export function jobHelpTruths(cells: readonly TruthCell[], shares: readonly number[], settings: MunicipalSettings): JobHelpTruths {
  const treated = COHORTS.filter((cohort) => Number.isFinite(cohort));
  const effectOf = cohortEffect(cells, settings.anticipation);
  const share = (cohort: number): number => shares[COHORTS.indexOf(cohort)]!;
  const weighted = (pairs: readonly { readonly cohort: number; readonly effect: number }[]): number => {
    const total = pairs.reduce((sum, { cohort }) => sum + share(cohort), 0);
    return pairs.reduce((sum, { cohort, effect }) => sum + (share(cohort) / total) * effect, 0);
  };
  const attGt = treated.flatMap((cohort) => months().map((month) => ({ cohort, month, effect: effectOf(cohort, month) })));
  const post = attGt.filter(({ cohort, month }) => month >= cohort);
  const group = treated.map((cohort) => ({ cohort, effect: mean(post.filter((e) => e.cohort === cohort).map((e) => e.effect)) }));
  const calendar = months()
    .filter((month) => month >= treated[0]!)
    .map((month) => ({ month, effect: weighted(post.filter((e) => e.month === month)) }));
  const dynamic = eventTimes(treated, settings.anticipation).map((eventTime) => ({
    eventTime,
    effect: weighted(attGt.filter((e) => e.month - e.cohort === eventTime)),
  }));
  const after = dynamic.filter(({ eventTime }) => eventTime >= 0);
  return {
    cohortShares: COHORTS.map((cohort, k) => ({ cohort, share: shares[k]! })),
    attGt,
    simple: weighted(post),
    group: { effects: group, overall: weighted(group) },
    calendar: { effects: calendar, overall: mean(calendar.map(({ effect }) => effect)) },
    dynamic: {
      effects: dynamic,
      overall: mean(after.map(({ effect }) => effect)),
      balanced: mean(after.filter(({ eventTime }) => eventTime <= LAST_BALANCED).map(({ effect }) => effect)),
    },
  };
}

/** Multiplier, phase-in, and the mean effect given how many have had their obstacles removed by then. */
function cohortEffect(cells: readonly TruthCell[], anticipation: number): (cohort: number, month: number) => number {
  const alone = cellMean(cells, (cell) => cell.jobHelp);
  const obstacles = cellMean(cells, (cell) => cell.badHealth | cell.debts);
  return (cohort, month) => {
    const started = REMOVAL_STARTS.filter((start) => start <= month).length / REMOVAL_STARTS.length;
    const removed = obstacles * REMOVAL_SHARE * started;
    return COHORT_MULTIPLIERS[COHORTS.indexOf(cohort)]! * phaseIn(month - cohort, anticipation) * (alone + COMBINED_EFFECT * removed);
  };
}

function eventTimes(cohorts: readonly number[], anticipation: number): readonly number[] {
  const last = MONTHS - Math.min(...cohorts);
  return Array.from({ length: last + anticipation + 1 }, (_, k) => k - anticipation);
}

const months = (): readonly number[] => Array.from({ length: MONTHS }, (_, k) => k + 1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
