import type { MunicipalChunk } from "./chunks.ts";
import type { MunicipalColumn } from "./municipal-columns.ts";
import { employmentProbability } from "./numerics/probability.ts";
import { FLAG, PROFILE, STATE } from "./numerics/profile.ts";
import { overwriteFlagged, unpackBits } from "./numerics/unpack.ts";
import { probabilityModel } from "./options.ts";
import { birthMonthDay, firstDayOfMonth, recordedAge, recordedDays } from "./recorded-age.ts";
import {
  BENEFIT_PER_HOUR,
  CITIES,
  CONTRACT_HOURS,
  DAYS_A_MONTH,
  DISTRICT_CITY,
  DISTRICT_START,
  FIRST_CALENDAR_MONTH,
  FULL_BENEFIT,
  INDEPENDENT_HOURS,
  NO_CHILD,
  REMOVAL_STARTS,
  WEEKS_A_MONTH,
} from "./scenario.ts";

/** Writes a column's values of one chunk from row `offset` on. */
type Write = (chunk: MunicipalChunk, out: Float64Array | Int32Array, offset: number) => void;

/** How a column is made: its type, its labels if any, its values. */
export interface ColumnWriter {
  readonly type: "number" | "date" | "month" | "category";
  readonly levels: readonly string[];
  readonly write: Write;
}

type Words = "month" | "district" | "profile" | "state";
type Field = readonly [shift: number, mask: number];

const number = (write: Write): ColumnWriter => ({ type: "number", levels: [], write });
const category = (levels: readonly string[], write: Write): ColumnWriter => ({ type: "category", levels, write });

/** Values by code of a field of bits. */
function bits(words: Words, [shift, mask]: Field, values: readonly number[]): Write {
  const table = Float64Array.from(values);
  return (chunk, out, offset) => unpackBits(out, offset, chunk[words], chunk.rows, shift, mask, table);
}

/** A yes/no field. */
const flag = (words: Words, field: Field): ColumnWriter => number(bits(words, field, [0, 1]));

/** `write`, then `value` where the record has an error. */
function withError(write: Write, errorFlag: number, value: number): Write {
  return (chunk, out, offset) => {
    write(chunk, out, offset);
    overwriteFlagged(out, offset, chunk.errorFlags, chunk.rows, errorFlag, value);
  };
}

/** One value a row. */
const each =
  (value: (chunk: MunicipalChunk, row: number) => number): Write =>
  (chunk, out, offset) => {
    for (let i = 0; i < chunk.rows; i++) out[offset + i] = value(chunk, i);
  };

const WHOLE: Field = [0, 255];
const NEVER: number = Number.POSITIVE_INFINITY;
const MONTHS_OR_NEVER: readonly number[] = [NEVER, ...REMOVAL_STARTS];
/** Weekly hours between the two rows of a person and month. */
const HOURS_APART = 4;
const LOST_DECIMAL_POINT = 100;
const DAYS_BEFORE_MONTH_END = 1;

const contractHours = (chunk: MunicipalChunk, i: number): number => CONTRACT_HOURS[(chunk.profile[i]! >>> PROFILE.contractHours[0]) & 3]!;
const employed = (chunk: MunicipalChunk, i: number): number => (chunk.state[i]! >>> STATE.employed[0]) & 1;

function recordedHours(chunk: MunicipalChunk, i: number): number {
  const flags = chunk.errorFlags[i]!;
  let hours = employed(chunk, i) * contractHours(chunk, i);
  if (flags === 0) return hours;
  if ((flags & FLAG.duplicateOtherHours) !== 0) hours = Math.abs(hours - HOURS_APART);
  if ((flags & FLAG.hoursPerMonth) !== 0) hours *= WEEKS_A_MONTH;
  return (flags & FLAG.hoursAbove168) !== 0 ? hours * LOST_DECIMAL_POINT : hours;
}

function recordedBenefit(chunk: MunicipalChunk, i: number): number {
  const benefit = Math.max(0, FULL_BENEFIT - BENEFIT_PER_HOUR * employed(chunk, i) * contractHours(chunk, i));
  return (chunk.errorFlags[i]! & FLAG.benefitInCents) !== 0 ? 100 * benefit : benefit;
}

const age = (chunk: MunicipalChunk, i: number): number => recordedAge(chunk.childAgeMonths[i]!, chunk.month[i]!, chunk.errorFlags[i]!);
const days = (chunk: MunicipalChunk, i: number): number =>
  recordedDays(chunk.childAgeMonths[i]!, chunk.daysSinceBirthday[i]!, chunk.errorFlags[i]!);

function birthDate(chunk: MunicipalChunk, i: number): number {
  const months = age(chunk, i);
  if (Number.isNaN(months)) return Number.NaN;
  const birthMonth = chunk.month[i]! - months;
  return firstDayOfMonth(birthMonth) + birthMonthDay(birthMonth, days(chunk, i)) - DAYS_BEFORE_MONTH_END;
}

const probability: Write = (chunk, out, offset) => {
  const model = probabilityModel(chunk.settings);
  const { profile, state, district, month, childAgeMonths, daysSinceBirthday } = chunk;
  for (let i = 0; i < chunk.rows; i++) {
    out[offset + i] = employmentProbability(
      model,
      profile[i]!,
      state[i]!,
      district[i]!,
      month[i]!,
      childAgeMonths[i]!,
      daysSinceBirthday[i]!,
    );
  }
};

/** Codes of the recorded programme: none, JOB, JH2. */
const programCode: Write = withError(bits("state", STATE.recordedJobHelp, [0, 1]), FLAG.programCodeChanged, 2);

/** All columns, in the order of the table. */
export const COLUMN_WRITERS: Readonly<Record<MunicipalColumn, ColumnWriter>> = {
  person: number(each((chunk, i) => chunk.person[i]!)),
  month: number(each((chunk, i) => chunk.month[i]!)),
  calendarMonth: { type: "month", levels: [], write: each((chunk, i) => FIRST_CALENDAR_MONTH - 1 + chunk.month[i]!) },
  city: category(CITIES, bits("district", WHOLE, [...DISTRICT_CITY])),
  district: number(each((chunk, i) => chunk.district[i]!)),
  firstProgramMonth: number(bits("district", WHOLE, [...DISTRICT_START])),
  firstRemovalMonth: number(bits("state", STATE.removalStart, MONTHS_OR_NEVER)),
  childAgeMonths: number(each(age)),
  daysSinceBirthday: number(each(days)),
  childAge: number(each((chunk, i) => age(chunk, i) + days(chunk, i) / DAYS_A_MONTH)),
  childBirthDate: { type: "date", levels: [], write: each(birthDate) },
  obliged: flag("state", STATE.obliged),
  jobHelp: flag("state", STATE.recordedJobHelp),
  programCode: category(["none", "JOB", "JH2"], programCode),
  obstacleRemoval: flag("state", STATE.obstacleRemoval),
  employed: flag("state", STATE.employed),
  hours: number(each(recordedHours)),
  benefit: number(each(recordedBenefit)),
  independent: number(each((chunk, i) => (contractHours(chunk, i) >= INDEPENDENT_HOURS ? employed(chunk, i) : 0))),
  careCost: number(each((chunk, i) => chunk.careCost[i]!)),
  sex: category(["male", "female"], bits("profile", PROFILE.female, [0, 1])),
  education: category(["low", "middle", "high"], withError(bits("profile", PROFILE.education, [0, 1, 2]), FLAG.educationMissing, -1)),
  children: number(bits("profile", PROFILE.children, [0, 1, 2, 3])),
  badHealth: flag("profile", PROFILE.badHealth),
  debts: number(withError(bits("profile", PROFILE.debts, [0, 1]), FLAG.debtsMissing, Number.NaN)),
  language: category(["Dutch", "other"], bits("profile", PROFILE.otherLanguage, [0, 1])),
  longBenefit: flag("profile", PROFILE.longBenefit),
  maritalStatus: category(
    ["never married", "divorced", "widowed"],
    withError(bits("profile", PROFILE.maritalStatus, [0, 1, 2]), FLAG.maritalStatusReversed, 0),
  ),
  complianceType: category(["never obliged", "complier", "always obliged"], bits("profile", PROFILE.complianceType, [0, 1, 2])),
  contractHours: number(bits("profile", PROFILE.contractHours, CONTRACT_HOURS)),
  p: number(probability),
  trueChildAgeMonths: number(each((chunk, i) => (chunk.childAgeMonths[i] === NO_CHILD ? Number.NaN : chunk.childAgeMonths[i]!))),
  trueJobHelp: flag("state", STATE.jobHelp),
  errorFlags: number(each((chunk, i) => chunk.errorFlags[i]!)),
};
