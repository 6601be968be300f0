import {
  AGES,
  ALWAYS_OBLIGED,
  ALWAYS_OBLIGED_SHARE,
  BAD_HEALTH_SHARE,
  CHILDREN_SHARES,
  CITY_SHARES,
  COMPLIER,
  CONTRACT_SHARES,
  DAYS,
  DEBTS_SHARE,
  DISTRICT_OFFSETS,
  DISTRICTS_BY_CITY,
  EQUAL_EDUCATION,
  FEMALE_SHARE,
  FIRST_AGE,
  FIRST_CHILDLESS,
  FIRST_STRANGER,
  HIGH_AMONG_HIGHER,
  LANGUAGE_SHARES,
  LONG_BENEFIT_SHARE,
  MARITAL_SHARES,
  MONTHS,
  NEVER_OBLIGED,
  NEVER_OBLIGED_BAD_HEALTH,
  NEVER_OBLIGED_SHARE,
  REMOVAL_SHARE,
  REMOVAL_STARTS,
  UNEQUAL_EDUCATION,
} from "../scenario.ts";

/** One person's fixed draws; filled anew for each person. */
export interface Person {
  /** Number of the person, and of its random streams. */
  id: number;
  city: number;
  /** District number, 1 to 40. */
  district: number;
  /** Characteristics, packed as in profile.ts. */
  profile: number;
  badHealth: number;
  otherLanguage: number;
  maritalStatus: number;
  complianceType: number;
  contractHours: number;
  /** Code of the month in which obstacle removal starts; 0 = never. */
  removalStart: number;
  /** The child's age in months at month 1. */
  startAge: number;
  days: number;
  childless: boolean;
  /** First month in the panel. */
  firstMonth: number;
}

/** Positions of the draws in a person's stream: 15 fixed ones, the person effect, then 48 each of e, W and z. */
export const DRAW: {
  readonly effect: number;
  readonly shocks: number;
  readonly anyCare: number;
  readonly careSize: number;
  readonly total: number;
} = {
  effect: 15,
  shocks: 16,
  anyCare: 16 + MONTHS,
  careSize: 16 + 2 * MONTHS,
  total: 16 + 3 * MONTHS,
};

export function emptyPerson(): Person {
  return {
    id: 0,
    city: 0,
    district: 0,
    profile: 0,
    badHealth: 0,
    otherLanguage: 0,
    maritalStatus: 0,
    complianceType: 0,
    contractHours: 0,
    removalStart: 0,
    startAge: 0,
    days: 0,
    childless: false,
    firstMonth: 1,
  };
}

/** Category of a uniform, by cumulating shares. */
export function pick(u: number, shares: readonly number[]): number {
  let cumulated = 0;
  for (let k = 0; k < shares.length - 1; k++) {
    cumulated += shares[k]!;
    if (u < cumulated) return k;
  }
  return shares.length - 1;
}

/** City code of a person from the first uniform of its stream. */
export function cityOf(u: number): number {
  return pick(u, CITY_SHARES);
}

/** Reads one person off the uniforms `u` of its stream; `city` below 0 means "as drawn". */
export function drawPerson(person: Person, id: number, u: Float64Array, unequalEducation: boolean, city: number): void {
  person.id = id;
  person.city = city < 0 ? cityOf(u[0]!) : city;
  person.district = 1 + DISTRICT_OFFSETS[person.city]! + Math.floor(u[1]! * DISTRICTS_BY_CITY[person.city]!);
  const badHealth = u[2]! < BAD_HEALTH_SHARE ? 1 : 0;
  const debts = u[3]! < DEBTS_SHARE ? 1 : 0;
  const higher = unequalEducation ? UNEQUAL_EDUCATION[person.city]! : EQUAL_EDUCATION;
  const education = u[4]! < 1 - higher ? 0 : u[4]! < 1 - higher * HIGH_AMONG_HIGHER ? 1 : 2;
  const kids = 1 + pick(u[5]!, CHILDREN_SHARES);
  person.otherLanguage = u[6]! < LANGUAGE_SHARES[person.city]! ? 1 : 0;
  const longBenefit = u[7]! < LONG_BENEFIT_SHARE ? 1 : 0;
  const female = u[8]! < FEMALE_SHARE ? 1 : 0;
  person.maritalStatus = pick(u[9]!, MARITAL_SHARES);
  const never = NEVER_OBLIGED_SHARE + NEVER_OBLIGED_BAD_HEALTH * badHealth;
  person.complianceType = u[10]! < never ? NEVER_OBLIGED : u[10]! < never + ALWAYS_OBLIGED_SHARE ? ALWAYS_OBLIGED : COMPLIER;
  const hasRemoval = (badHealth | debts) === 1 && u[11]! < REMOVAL_SHARE;
  person.removalStart = hasRemoval ? 1 + Math.floor((u[11]! / REMOVAL_SHARE) * REMOVAL_STARTS.length) : 0;
  person.startAge = FIRST_AGE + Math.floor(u[12]! * AGES);
  person.days = Math.floor(u[13]! * DAYS);
  person.contractHours = pick(u[14]!, CONTRACT_SHARES);
  person.childless = id >= FIRST_CHILDLESS && id < FIRST_STRANGER;
  person.firstMonth = person.childless || person.startAge >= 0 ? 1 : 1 - person.startAge;
  person.badHealth = badHealth;
  person.profile =
    badHealth |
    (debts << 1) |
    (education << 2) |
    ((person.childless ? 0 : kids) << 4) |
    (person.otherLanguage << 6) |
    (longBenefit << 7) |
    (female << 8) |
    (person.maritalStatus << 9) |
    (person.complianceType << 11) |
    (person.contractHours << 13);
}
