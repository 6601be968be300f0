import { ALWAYS_OBLIGED, CUTOFF_MONTHS, DAYS_A_MONTH, DISTRICT_LEVEL, DISTRICT_MULTIPLIER, DISTRICT_START, NO_CHILD } from "../scenario.ts";
import { ageEffect, COMBINED_EFFECT, jobHelpEffect, obligationEffect, phaseIn, REMOVAL_EFFECT } from "./effects.ts";

/** What of the options changes the employment probability. */
export interface ProbabilityModel {
  readonly ageTrend: boolean;
  /** Added slope per month after the fifth birthday. */
  readonly kinkSlope: number;
  /** Added slope per month for middle and high education. */
  readonly educationSlope: number;
  /** Months before its start in which job help already works. */
  readonly anticipation: number;
}

const HALF_ROOT_3 = 0.8660254037844386;
/** sin(2πt/12) for t = 0..11, written out so that all engines agree to the last bit. */
const SEASON: readonly number[] = [0, 0.5, HALF_ROOT_3, 1, HALF_ROOT_3, 0.5, 0, -0.5, -HALF_ROOT_3, -1, -HALF_ROOT_3, -0.5];
const EDUCATION: readonly number[] = [0, 0.05, 0.1];

/** Employment probability of one person in one month, from the packed row (see profile.ts); `age` in months, `NO_CHILD` for none. */
export function employmentProbability(
  model: ProbabilityModel,
  profile: number,
  state: number,
  district: number,
  month: number,
  age: number,
  days: number,
): number {
  const badHealth = profile & 1;
  const debts = (profile >>> 1) & 1;
  const education = (profile >>> 2) & 3;
  const threeChildren = ((profile >>> 4) & 3) === 3 ? 1 : 0;
  const higher = education > 0 ? 1 : 0;
  let p = 0.3 + EDUCATION[education]! - 0.05 * badHealth - 0.03 * debts - 0.03 * threeChildren;
  p += -0.04 * ((profile >>> 6) & 1) - 0.03 * ((profile >>> 7) & 1) + DISTRICT_LEVEL[district]!;
  if (((profile >>> 11) & 3) === ALWAYS_OBLIGED) p += 0.04;
  p += 0.0004 * (month - 24) + 0.01 * SEASON[month % 12]! + model.educationSlope * month * higher;
  if (age !== NO_CHILD) p += ageEffect(age - CUTOFF_MONTHS + days / DAYS_A_MONTH, model.ageTrend, model.kinkSlope);
  if ((state & 1) === 1) p += obligationEffect(higher, badHealth, threeChildren);
  const removal = (state >>> 2) & 1;
  const ramp = phaseIn(month - DISTRICT_START[district]!, model.anticipation);
  if (ramp > 0) p += DISTRICT_MULTIPLIER[district]! * ramp * (jobHelpEffect(badHealth | debts) + COMBINED_EFFECT * removal);
  return p + REMOVAL_EFFECT * removal;
}
