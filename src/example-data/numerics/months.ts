import { normalQuantile } from "../../distributions/normal.ts";
import {
  ALWAYS_OBLIGED,
  CARE_BAD_HEALTH,
  CARE_BASE,
  CARE_EMPLOYED,
  CARE_REMOVAL,
  CARE_SHARE,
  COMPLIER,
  CUTOFF_MONTHS,
  DISTRICT_START,
  DISTRICTS,
  MONTHS,
  NO_CHILD,
  REMOVAL_STARTS,
} from "../scenario.ts";
import { DRAW, type Person } from "./person.ts";
import { employmentProbability, type ProbabilityModel } from "./probability.ts";
import { fillUniforms, STREAM } from "./stream.ts";

/** What happens to one person by month; entry t - 1 is month t. Filled anew for each person. */
export interface Months {
  /** Packed states (profile.ts); the recorded job help equals the true one. Length 48. */
  readonly state: Uint8Array;
  /** Monthly care cost in euros. Length 48. */
  readonly careCost: Float64Array;
  /** The child's true age in months; 255 = no child. Length 48. */
  readonly age: Uint8Array;
}

export function emptyMonths(): Months {
  return { state: new Uint8Array(MONTHS), careCost: new Float64Array(MONTHS), age: new Uint8Array(MONTHS) };
}

const PERSON_VARIANCE = 0.6;
const AUTOCORRELATION = 0.9;
const INNOVATION: number = Math.sqrt(1 - AUTOCORRELATION ** 2);
const DISTRICT_AUTOCORRELATION = 0.8;
const DISTRICT_INNOVATION = 0.6; // sqrt(1 - 0.8²)
/** In place of a uniform of exactly 0, whose normal quantile is infinite. */
const SMALLEST_UNIFORM = 2 ** -54;

function normalOf(u: number): number {
  return normalQuantile(u === 0 ? SMALLEST_UNIFORM : u);
}

/** Standard normal AR(1) shocks of all districts: entry `(district - 1) * 48 + t - 1`. */
export function districtShocks(seed: number): Float64Array {
  const shocks = new Float64Array(DISTRICTS * MONTHS);
  const u = new Float64Array(MONTHS);
  for (let district = 1; district <= DISTRICTS; district++) {
    fillUniforms(u, MONTHS, seed, STREAM.district, district);
    let v = 0;
    for (let t = 0; t < MONTHS; t++) {
      v = t === 0 ? normalOf(u[0]!) : DISTRICT_AUTOCORRELATION * v + DISTRICT_INNOVATION * normalOf(u[t]!);
      shocks[(district - 1) * MONTHS + t] = v;
    }
  }
  return shocks;
}

/**
 * All months of one person. Employed when Φ(√.6 a + √ρ v + √(.4 - ρ) e) < p, compared on the normal scale:
 * the left side is uniform, so that the employment rate equals p.
 *
 * @param u - the person's uniforms, length `DRAW.total`
 * @param shocks - see {@link districtShocks}
 * @param shockVariance - ρ, variance share of the district shock
 */
export function simulateMonths(
  months: Months,
  person: Person,
  u: Float64Array,
  model: ProbabilityModel,
  shocks: Float64Array,
  shockVariance: number,
): void {
  const { state, careCost, age } = months;
  const personPart = Math.sqrt(PERSON_VARIANCE) * normalOf(u[DRAW.effect]!);
  const districtWeight = Math.sqrt(shockVariance);
  const monthWeight = Math.sqrt(1 - PERSON_VARIANCE - shockVariance);
  const programStart = DISTRICT_START[person.district]!;
  const removalMonth = person.removalStart === 0 ? Number.POSITIVE_INFINITY : REMOVAL_STARTS[person.removalStart - 1]!;
  const shockOffset = (person.district - 1) * MONTHS;
  let e = 0;
  for (let t = 0; t < MONTHS; t++) {
    const z = normalOf(u[DRAW.shocks + t]!);
    e = t === 0 ? z : AUTOCORRELATION * e + INNOVATION * z;
    const month = t + 1;
    if (month < person.firstMonth) continue;
    const childAge = person.childless ? NO_CHILD : person.startAge + t;
    const type = person.complianceType;
    const obliged = person.childless ? 0 : type === ALWAYS_OBLIGED || (type === COMPLIER && childAge >= CUTOFF_MONTHS) ? 1 : 0;
    const jobHelp = month >= programStart ? 1 : 0;
    const removal = month >= removalMonth ? 1 : 0;
    let word = obliged | (jobHelp << 1) | (removal << 2) | (jobHelp << 4) | (person.removalStart << 5);
    const p = employmentProbability(model, person.profile, word, person.district, month, childAge, person.days);
    const latent = personPart + districtWeight * shocks[shockOffset + t]! + monthWeight * e;
    const employed = latent < normalQuantile(p) ? 1 : 0;
    word |= employed << 3;
    state[t] = word;
    age[t] = childAge;
    careCost[t] = 0;
    if (u[DRAW.anyCare + t]! < CARE_SHARE) {
      const level = CARE_BASE + CARE_BAD_HEALTH * person.badHealth + CARE_EMPLOYED * employed + CARE_REMOVAL * removal;
      // In whole cents: engines differ in the last bit of exp, which the data must not show.
      careCost[t] = Math.round(100 * (level / CARE_SHARE) * Math.exp(normalOf(u[DRAW.careSize + t]!) - 0.5)) / 100;
    }
  }
}
