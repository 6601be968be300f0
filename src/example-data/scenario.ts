/** Months of the panel; month 1 is January 2014. */
export const MONTHS = 48;
/** First calendar month, in months since year 0. */
export const FIRST_CALENDAR_MONTH: number = 2014 * 12;
/** Age in months at which the obligation starts: the fifth birthday. */
export const CUTOFF_MONTHS = 60;
/** Mean length of a month, which turns days into months of age. */
export const DAYS_A_MONTH = 30.4375;

export const CITIES: readonly string[] = ["Amsterdam", "Rotterdam", "The Hague", "Utrecht"];
export const CITY_SHARES: readonly number[] = [0.36, 0.33, 0.2, 0.11];
/** Shares of middle or high education by city when `trendByEducation` is on; one half everywhere when it is off. */
export const UNEQUAL_EDUCATION: readonly number[] = [0.35, 0.5, 0.65, 0.5];
export const EQUAL_EDUCATION = 0.5;
/** Share of high education among those with middle or high education. */
export const HIGH_AMONG_HIGHER = 0.24;
export const ROTTERDAM = 1;
export const THE_HAGUE = 2;

const NEVER: number = Number.POSITIVE_INFINITY;
const repeat = (start: number, times: number): number[] => new Array<number>(times).fill(start);

/** Month in which job help starts, by city and district; infinite where it never does. */
const STARTS_BY_CITY: readonly (readonly number[])[] = [
  [19, 19, 25, 25, 31, 31, NEVER, NEVER],
  [...repeat(13, 5), ...repeat(19, 4), ...repeat(25, 3), ...repeat(NEVER, 2)],
  [...repeat(25, 3), ...repeat(31, 2), ...repeat(NEVER, 3)],
  [...repeat(31, 3), ...repeat(NEVER, 7)],
];

export const DISTRICTS_BY_CITY: readonly number[] = STARTS_BY_CITY.map((starts) => starts.length);
/** District number before the first of each city: 0, 8, 22, 30. */
export const DISTRICT_OFFSETS: readonly number[] = DISTRICTS_BY_CITY.map((_, c) =>
  DISTRICTS_BY_CITY.slice(0, c).reduce((sum, n) => sum + n, 0),
);
export const DISTRICTS: number = DISTRICTS_BY_CITY.reduce((sum, n) => sum + n, 0);

/** City code by district number; entry 0 is unused. */
export const DISTRICT_CITY: Float64Array = Float64Array.from([-1, ...STARTS_BY_CITY.flatMap((starts, c) => starts.map(() => c))]);
/** Start month of job help by district number; entry 0 is unused. */
export const DISTRICT_START: Float64Array = Float64Array.from([NEVER, ...STARTS_BY_CITY.flat()]);

/** Start months of the cohorts; the last cohort never starts. */
export const COHORTS: readonly number[] = [13, 19, 25, 31, NEVER];
/** Factor on the effect of job help, by cohort. */
export const COHORT_MULTIPLIERS: readonly number[] = [1.2, 1, 0.9, 0.8, 0];
/** Level differences between cohorts: early starters are worse off, so that naive comparisons fail. */
export const COHORT_LEVELS: readonly number[] = [-0.02, -0.01, 0, 0.005, 0.015];

const byDistrict = (values: readonly number[]): Float64Array =>
  Float64Array.from(DISTRICT_START, (start) => values[COHORTS.indexOf(start)]!);
export const DISTRICT_MULTIPLIER: Float64Array = byDistrict(COHORT_MULTIPLIERS);
export const DISTRICT_LEVEL: Float64Array = byDistrict(COHORT_LEVELS);

/** Months in which obstacle removal can start; code 0 in the data is "never", code k is entry k - 1. */
export const REMOVAL_STARTS: readonly number[] = [10, 16, 22, 28, 34];
export const REMOVAL_SHARE = 0.5;

export const BAD_HEALTH_SHARE = 0.3;
export const DEBTS_SHARE = 0.4;
export const LANGUAGE_SHARES: readonly number[] = [0.38, 0.4, 0.42, 0.28];
export const LONG_BENEFIT_SHARE = 0.55;
export const FEMALE_SHARE = 0.9;
/** One, two, three or more children. */
export const CHILDREN_SHARES: readonly number[] = [0.5, 0.35, 0.15];
/** Never married, divorced, widowed. */
export const MARITAL_SHARES: readonly number[] = [0.55, 0.38, 0.07];
/** Weekly hours in the contract of a person who works. */
export const CONTRACT_HOURS: readonly number[] = [12, 20, 28, 36];
export const CONTRACT_SHARES: readonly number[] = [0.2, 0.35, 0.3, 0.15];
/** Hours from which a worker is independent of benefit. */
export const INDEPENDENT_HOURS = 28;

export const NEVER_OBLIGED = 0;
export const COMPLIER = 1;
export const ALWAYS_OBLIGED = 2;
export const ALWAYS_OBLIGED_SHARE = 0.25;
/** Share of never-obliged persons: a base, and what bad health adds. */
export const NEVER_OBLIGED_SHARE = 0.05;
export const NEVER_OBLIGED_BAD_HEALTH = 0.2;

/** Youngest and number of starting ages in months: integers from -47 to 131. */
export const FIRST_AGE = -47;
export const AGES = 179;
export const DAYS = 28;

/** Full monthly benefit, and what is taken off for each weekly hour worked. */
export const FULL_BENEFIT = 1100;
export const BENEFIT_PER_HOUR: number = 650 / 12;

/** Care cost: share of months with any, its levels and what lowers it. */
export const CARE_SHARE = 0.6;
export const CARE_BASE = 70;
export const CARE_BAD_HEALTH = 120;
export const CARE_EMPLOYED = -20;
export const CARE_REMOVAL = -10;

/** Childless adults for every ten persons with children. */
export const CHILDLESS_PER_TEN = 3;
/** Number of the first childless adult, and of the first person known to the register only. */
export const FIRST_CHILDLESS = 2_000_000_000;
export const FIRST_STRANGER = 3_000_000_000;
/** Age code of an adult without a child. */
export const NO_CHILD = 255;

/** Shares of persons whose records or links have an error (or, for `linked`, have none), by language at home. */
export const BIRTHDAY_HEAPED = { other: 0.08, dutch: 0.01 } as const;
export const EDUCATION_MISSING = { other: 0.2, dutch: 0.08 } as const;
export const LINKED_SHARE = { other: 0.93, dutch: 0.98 } as const;
/** Weeks a month: the factor by which hours are off when they are entered per month. */
export const WEEKS_A_MONTH = 4.345;
