import type { CategoryData } from "../data/columns.ts";
import { FLAG } from "./numerics/profile.ts";
import { type MunicipalOptions, resolveMunicipal } from "./options.ts";
import { type Life, lifeSimulator, personNumbers } from "./people.ts";
import { MONTHS } from "./scenario.ts";

/** Every error put into the data, sorted by person and month. */
export type ErrorLog = {
  /** Number of the person. */
  readonly person: Float64Array;
  /** Month of the error; the first one where it lasts. */
  readonly month: Float64Array;
  /** Name of the error: those of `ERROR_FLAGS`, `missingMonth`, `movedAway` or `overlappingSpells`. */
  readonly error: CategoryData;
};

const FLAG_NAMES = Object.keys(FLAG) as (keyof typeof FLAG)[];
const LEVELS: readonly string[] = [...FLAG_NAMES, "missingMonth", "movedAway", "overlappingSpells"];
const [MISSING_MONTH, MOVED_AWAY, OVERLAPPING] = [LEVELS.length - 3, LEVELS.length - 2, LEVELS.length - 1] as const;
/** Errors that stay once made: logged in their first month only. */
const LASTING: number = FLAG.birthdayHeaped | FLAG.educationMissing | FLAG.jobHelpLate | FLAG.maritalStatusReversed;

/**
 * What the error layer does to the rows of {@link table} with the same options and `errors: true`: one row an error.
 * Wrong keys are in the `linkStatus` of {@link municipalFile}, moved dates in {@link benefitSpells}.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @example
 * frame(errorLog({ persons: 500 })).categories("error").levels;
 */
export function errorLog(options: MunicipalOptions = {}): ErrorLog {
  const settings = resolveMunicipal("errorLog", options, { errors: true });
  const [person, month, error]: [number[], number[], number[]] = [[], [], []];
  const simulate = lifeSimulator(settings);
  for (const id of personNumbers(settings)) {
    logLife(simulate(id), (at, code) => {
      person.push(id);
      month.push(at);
      error.push(code);
    });
  }
  return {
    person: Float64Array.from(person),
    month: Float64Array.from(month),
    error: { type: "category", codes: Int32Array.from(error), levels: LEVELS },
  };
}

function logLife({ person, errors }: Life, log: (month: number, code: number) => void): void {
  let logged = 0;
  if (errors.overlap) log(person.firstMonth, OVERLAPPING);
  for (let month = person.firstMonth; month <= MONTHS; month++) {
    if (month >= errors.exitMonth) {
      log(month, MOVED_AWAY);
      return;
    }
    if (errors.missing[month - 1] === 1) {
      log(month, MISSING_MONTH);
      continue;
    }
    const flags = (errors.flags[month - 1]! & ~logged) | errors.duplicate[month - 1]!;
    for (let bit = 0; bit < FLAG_NAMES.length; bit++) if ((flags & FLAG[FLAG_NAMES[bit]!]) !== 0) log(month, bit);
    logged |= flags & LASTING;
  }
}
