import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkNumber, resolveOptions } from "../core/options.ts";
import type { ProbabilityModel } from "./numerics/probability.ts";
import type { ErrorModel } from "./numerics/record-errors.ts";
import { AGES, CHILDLESS_PER_TEN, MONTHS } from "./scenario.ts";

/** Options of the municipal generator. The same seed gives the same bits, whatever the number of persons or the size of chunks. */
export interface MunicipalOptions {
  /**
   * Seed of all random streams: an integer of at least 0.
   * @defaultValue 1
   */
  readonly seed?: number;
  /**
   * Number of persons with children (see `childless` for others). A smaller number gives a prefix of a larger one.
   * @defaultValue 1000
   */
  readonly persons?: number;
  /** In place of `persons`: about how many person-months are wanted; 41.7 make a person. */
  readonly rows?: number;
  /**
   * Number of the first person, so that parts of one data set can be made apart, e.g. in workers.
   * @defaultValue 0
   */
  readonly firstPerson?: number;
  /**
   * Whether records contain the errors of real registers; people and their lives stay the same.
   * @defaultValue false (true for `municipalFile`, `register`, `benefitSpells` and `errorLog`)
   */
  readonly errors?: boolean;
  /**
   * Variance share of shocks that all persons of a district share, 0 to .4. With 0 all estimators recover the truth at the usual rate.
   * @defaultValue 0.001
   */
  readonly districtShock?: number;
  /**
   * Share of persons whose child's age is recorded two months too low in the two months from the fifth birthday.
   * @defaultValue 0
   */
  readonly manipulation?: number;
  /**
   * Months before its start in which job help already works, 0 to 6.
   * @defaultValue 0
   */
  readonly anticipation?: number;
  /**
   * Whether higher education has its own trend and its share differs by city: parallel trends then hold given education only.
   * @defaultValue false
   */
  readonly trendByEducation?: boolean;
  /**
   * Whether the age effect gets steeper by .01 a year at the fifth birthday.
   * @defaultValue false
   */
  readonly kink?: boolean;
  /**
   * Whether employment changes with the child's age.
   * @defaultValue true
   */
  readonly ageTrend?: boolean;
  /**
   * Whether to add three adults without a child for every ten persons; they are never obliged.
   * @defaultValue false
   */
  readonly childless?: boolean;
  /**
   * Added probability of moving away once job help has started in the district.
   * @defaultValue 0
   */
  readonly attrition?: number;
}

/** Options of the generator with defaults filled in. */
export interface MunicipalSettings extends Required<Omit<MunicipalOptions, "rows">> {}

/** Rows that a person takes on average: those older than 0 at month 1 have 48, the others 48 less the months until birth. */
const ROWS_A_PERSON: number = ((AGES - 47) * MONTHS + (47 * 48) / 2) / AGES;
const MAX_PERSONS = 3e8;

const DEFAULTS = {
  seed: 1,
  firstPerson: 0,
  errors: false,
  districtShock: 0.001,
  manipulation: 0,
  anticipation: 0,
  trendByEducation: false,
  kink: false,
  ageTrend: true,
  childless: false,
  attrition: 0,
  persons: undefined,
  rows: undefined,
} as const;

/**
 * Checked settings; `extra` are defaults of options that only this caller has.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 */
export function resolveMunicipal<Extra extends object>(caller: string, options: object, extra: Extra): MunicipalSettings & Extra {
  type Resolved = Omit<MunicipalSettings, "persons"> & Pick<MunicipalOptions, "persons" | "rows"> & Extra;
  const { persons, rows, ...rest } = resolveOptions<Resolved>(caller, options, { required: [], defaults: { ...DEFAULTS, ...extra } });
  if (persons !== undefined && rows !== undefined) {
    throw new OptionError("CONFLICTING_OPTIONS", `Cannot run ${caller} as "persons" and "rows" both set the size: give one of them`, {
      persons,
      rows,
    });
  }
  const settings = { ...rest, persons: rows === undefined ? (persons ?? 1000) : personsFor(caller, rows, rest.childless) };
  checkSettings(caller, settings as MunicipalSettings);
  return Object.freeze(settings) as unknown as MunicipalSettings & Extra;
}

function personsFor(caller: string, rows: number, childless: boolean): number {
  checkNumber(caller, "rows", rows, { min: 1 });
  return Math.max(1, Math.round(rows / (ROWS_A_PERSON + (childless ? (CHILDLESS_PER_TEN / 10) * MONTHS : 0))));
}

function checkSettings(caller: string, settings: MunicipalSettings): void {
  checkNumber(caller, "seed", settings.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber(caller, "persons", settings.persons, { min: 1, max: MAX_PERSONS, integer: true });
  checkNumber(caller, "firstPerson", settings.firstPerson, { min: 0, max: MAX_PERSONS - settings.persons, integer: true });
  checkNumber(caller, "districtShock", settings.districtShock, { min: 0, max: 0.4 });
  checkNumber(caller, "manipulation", settings.manipulation, { min: 0, max: 1 });
  checkNumber(caller, "anticipation", settings.anticipation, { min: 0, max: 6, integer: true });
  checkNumber(caller, "attrition", settings.attrition, { min: 0, max: 1 });
  for (const name of ["errors", "trendByEducation", "kink", "ageTrend", "childless"] as const) checkBoolean(caller, name, settings[name]);
}

/** Extra slope of the kink, per month. */
const KINK_SLOPE: number = 0.01 / 12;
const EDUCATION_SLOPE = 0.0006;

/** The part of the settings that changes the employment probability. */
export function probabilityModel(settings: MunicipalSettings): ProbabilityModel {
  return {
    ageTrend: settings.ageTrend,
    kinkSlope: settings.kink ? KINK_SLOPE : 0,
    educationSlope: settings.trendByEducation ? EDUCATION_SLOPE : 0,
    anticipation: settings.anticipation,
  };
}

/** The part of the settings that changes the records. */
export function errorModel(settings: MunicipalSettings): ErrorModel {
  return { errors: settings.errors, manipulation: settings.manipulation, attrition: settings.attrition };
}
