import { IdentificationError } from "../core/errors.ts";

/** The effect on a cohort in a period with its weight. */
export interface EffectWeight {
  readonly group: number;
  readonly time: number;
  readonly weight: number;
}

/** Averages of effects by cohort and period. */
export type EfficientEstimand = "simple" | "cohort" | "calendar" | "eventStudy" | readonly EffectWeight[];

/** What the contrasts depend on. */
export interface ContrastCohorts {
  readonly times: Float64Array;
  readonly groups: readonly number[];
  readonly units: readonly number[];
}

/** Means and covariances of the outcome path by cohort; groups ascending, `Infinity` last where there are never-treated units. */
export interface CohortPaths extends ContrastCohorts {
  /** Periods by cohort. */
  readonly means: readonly Float64Array[];
  /** Periods by periods, row-major, with n - 1. */
  readonly covariances: readonly Float64Array[];
}

/** Weights on cohort means, cohorts by periods: of the effect, and of the same contrasts in the period before each cohort's start. */
export interface CohortContrasts {
  readonly effect: readonly Float64Array[];
  readonly before: readonly Float64Array[];
}

/** A cohort's effect at a period with its weight in the average. */
interface WeightedEffect {
  readonly cohort: number;
  readonly time: number;
  readonly weight: number;
}

/** Contrasts of an average. @throws IdentificationError `NO_EFFECTS`. */
export function cohortContrasts(
  cohorts: ContrastCohorts,
  estimand: EfficientEstimand,
  eventTime: number,
  lastOnly: boolean,
): CohortContrasts {
  const { times, groups, units } = cohorts;
  const list = weightedEffects(cohorts, estimand, eventTime);
  if (list.length === 0) {
    const found =
      estimand === "eventStudy"
        ? `no cohort has event time ${eventTime} with a later cohort to compare`
        : "no cohort is seen after its start";
    throw new IdentificationError("NO_EFFECTS", `Cannot estimate "${estimand}" as a treated cohort and a later one are needed: ${found}`, {
      estimand,
      eventTime,
    });
  }
  const effect = groups.map(() => new Float64Array(times.length));
  const before = groups.map(() => new Float64Array(times.length));
  for (const { cohort, time, weight } of list) {
    const start = groups[cohort]!;
    let base = times.length - 1;
    while (base >= 0 && times[base]! >= start) base--;
    const until = Math.max(start, times[time]!);
    const controls = groups.flatMap((g, h) => (lastOnly ? (h === groups.length - 1 ? [h] : []) : g > until ? [h] : []));
    const total = controls.reduce((sum, h) => sum + units[h]!, 0);
    effect[cohort]![time]! += weight;
    before[cohort]![base]! += weight;
    for (const h of controls) {
      effect[h]![time]! -= (weight * units[h]!) / total;
      before[h]![base]! -= (weight * units[h]!) / total;
    }
  }
  return { effect, before };
}

/** Differences between cohorts in each period before either starts: each cohort not yet treated less the last, which spans all pairs. */
export function earlierDifferences({ times, groups }: ContrastCohorts): readonly (readonly Float64Array[])[] {
  return Array.from(times).flatMap((t, time) => {
    const untreated = groups.flatMap((g, h) => (g > t ? [h] : []));
    const last = untreated[untreated.length - 1];
    return untreated.slice(0, -1).map((h) =>
      groups.map((_, g) => {
        const row = new Float64Array(times.length);
        if (g === h) row[time] = 1;
        if (g === last) row[time] = -1;
        return row;
      }),
    );
  });
}

/** Effects that an average takes and their weights, which sum to one unless given; a period counts while a later cohort is untreated. */
function weightedEffects({ times, groups, units }: ContrastCohorts, estimand: EfficientEstimand, eventTime: number): WeightedEffect[] {
  if (typeof estimand !== "string") return estimand.map((given) => ownEffect(times, groups, given));
  const last = groups[groups.length - 1]!;
  const treated = groups.slice(0, -1);
  const post = treated.flatMap((g, cohort) =>
    Array.from(times, (t, time) => ({ cohort, time, t, g })).filter(({ t }) => t >= g && t < last),
  );
  const normalized = (list: readonly WeightedEffect[]): WeightedEffect[] => {
    const total = list.reduce((sum, { weight }) => sum + weight, 0);
    return list.map((entry) => ({ ...entry, weight: entry.weight / total }));
  };
  if (estimand === "simple") return normalized(post.map(({ cohort, time }) => ({ cohort, time, weight: units[cohort]! })));
  if (estimand === "cohort") {
    const count = (cohort: number): number => post.filter((other) => other.cohort === cohort).length;
    return normalized(post.map(({ cohort, time }) => ({ cohort, time, weight: units[cohort]! / count(cohort) })));
  }
  if (estimand === "calendar") {
    const atTime = (time: number): number =>
      post.filter((other) => other.time === time).reduce((sum, { cohort }) => sum + units[cohort]!, 0);
    return normalized(post.map(({ cohort, time }) => ({ cohort, time, weight: units[cohort]! / atTime(time) })));
  }
  const at = treated.flatMap((g, cohort) => {
    const time = times.indexOf(g + eventTime);
    return time >= 0 && times[time]! < last ? [{ cohort, time, weight: units[cohort]! }] : [];
  });
  return normalized(at);
}

/** A weighted effect as named. @throws IdentificationError `NO_EFFECTS` where no later cohort is untreated in its period. */
function ownEffect(times: Float64Array, groups: readonly number[], { group, time, weight }: EffectWeight): WeightedEffect {
  const found = { cohort: groups.indexOf(group), time: times.indexOf(time), weight };
  const last = groups[groups.length - 1]!;
  if (found.cohort >= 0 && found.time >= 0 && group < last && time < last && Number.isFinite(weight)) return found;
  const cohorts = groups.slice(0, -1).join(", ");
  throw new IdentificationError(
    "NO_EFFECTS",
    `Cannot estimate the effect on cohort ${group} in period ${time} with weight ${weight} as it needs a cohort among ${cohorts}, a period before ${last} that the data hold, and a finite weight`,
    { group, time, weight },
  );
}
