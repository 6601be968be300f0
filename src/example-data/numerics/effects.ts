/** Effect of the obligation on the employment probability of a person who complies: 0 to .08. */
export function obligationEffect(higherEducation: number, badHealth: number, threeChildren: number): number {
  return 0.05 + 0.03 * higherEducation - 0.03 * badHealth - 0.02 * threeChildren;
}

/** Effect of job help, fully phased in, multiplier 1. */
export function jobHelpEffect(obstacle: number): number {
  return obstacle === 1 ? 0.015 : 0.06;
}

/** What job help and obstacle removal add together beyond their sum. */
export const COMBINED_EFFECT = 0.06;
/** Effect of obstacle removal on a person with an obstacle. */
export const REMOVAL_EFFECT = 0.015;
/** Months over which job help phases in. */
export const PHASE_IN_MONTHS = 6;

/** Phase-in of job help `eventTime` months after its start, 0 to 1; with anticipation the first steps come before the start. */
export function phaseIn(eventTime: number, anticipation: number): number {
  const step = eventTime + anticipation + 1;
  return step <= 0 ? 0 : step >= PHASE_IN_MONTHS ? 1 : step / PHASE_IN_MONTHS;
}

const AGE_LIMIT = 60;

/** Smooth effect of the child's age, `x` months from the fifth birthday; `kinkSlope` is added per month after it. */
export function ageEffect(x: number, ageTrend: boolean, kinkSlope: number): number {
  const c = x > AGE_LIMIT ? AGE_LIMIT : x < -AGE_LIMIT ? -AGE_LIMIT : x;
  return (ageTrend ? 0.0012 * c + 0.00001 * c * c : 0) + (c > 0 ? kinkSlope * c : 0);
}
