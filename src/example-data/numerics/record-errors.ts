import { BIRTHDAY_HEAPED, DISTRICT_START, EDUCATION_MISSING, MONTHS, ROTTERDAM, THE_HAGUE } from "../scenario.ts";
import type { Months } from "./months.ts";
import type { Person } from "./person.ts";
import { FLAG } from "./profile.ts";
import { fillUniforms, STREAM } from "./stream.ts";

/** Errors in one person's records; entry t - 1 is month t. Filled anew for each person. */
export interface RecordErrors {
  /** Bits of `FLAG` by month. Length 48. */
  readonly flags: Uint16Array;
  /** 1 where the month is missing. Length 48. */
  readonly missing: Uint8Array;
  /** 0, or the flag of the duplicate row that follows. Length 48. */
  readonly duplicate: Uint16Array;
  /** The person's uniforms of the errors stream. */
  readonly draws: Float64Array;
  /** First month after moving away; infinite for those who stay. */
  exitMonth: number;
  /** Two benefit spells of the person overlap. */
  overlap: boolean;
}

/** Which errors are made. */
export interface ErrorModel {
  readonly errors: boolean;
  /** Share of persons whose age is recorded two months too low in the two months from the cutoff. */
  readonly manipulation: number;
  /** Added probability of moving away once job help has started. */
  readonly attrition: number;
}

/** Draws for the person come first, then four by month, then those of the benefit spells. */
const PERSON_DRAWS = 12;
const MONTH_DRAWS = 4;
export const SPELL_DRAWS_FROM: number = PERSON_DRAWS + MONTH_DRAWS * MONTHS;

const LATE_ENTRY = 0.1;
const EXIT = 0.02;
/** .05 % of all persons, drawn among the divorced. */
const MARITAL_REVERSAL: number = 0.0005 / 0.38;
const DIVORCED = 1;
const OVERLAP = 0.003;
const DUPLICATE_IDENTICAL = 0.005;
const DUPLICATE_OTHER_HOURS = 0.001;
const MISSING_MONTH = 0.01;
const HOURS_ABOVE_168 = 0.0001;
const CENTS = 0.0002;
const LAST_MONTHLY_HOURS = 18;
const FIRST_DEBTS_DELIVERY = 12;
const NEW_CODE_FROM = 25;

export function emptyErrors(): RecordErrors {
  return {
    flags: new Uint16Array(MONTHS),
    missing: new Uint8Array(MONTHS),
    duplicate: new Uint16Array(MONTHS),
    draws: new Float64Array(SPELL_DRAWS_FROM),
    exitMonth: Number.POSITIVE_INFINITY,
    overlap: false,
  };
}

/** Draws the errors of one person and lowers its recorded job help in months entered late. */
export function drawErrors(errors: RecordErrors, person: Person, months: Months, model: ErrorModel, seed: number): void {
  errors.flags.fill(0);
  errors.missing.fill(0);
  errors.duplicate.fill(0);
  errors.exitMonth = Number.POSITIVE_INFINITY;
  errors.overlap = false;
  if (!model.errors && model.manipulation === 0 && model.attrition === 0) return;
  fillUniforms(errors.draws, SPELL_DRAWS_FROM, seed, STREAM.errors, person.id);
  drawExit(errors, person, model);
  if (model.manipulation > 0 && errors.draws[1]! < model.manipulation) flagManipulation(errors, months, person);
  if (!model.errors) return;
  drawPersonErrors(errors, person, months);
  drawMonthErrors(errors, person, months);
}

/** A month after `from`, uniform up to the last one; infinite when none is left. */
function monthAfter(from: number, u: number): number {
  return from >= MONTHS ? Number.POSITIVE_INFINITY : from + 1 + Math.floor(u * (MONTHS - from));
}

function drawExit(errors: RecordErrors, person: Person, model: ErrorModel): void {
  const u = errors.draws;
  if (model.errors && u[5]! < EXIT) errors.exitMonth = monthAfter(person.firstMonth, u[6]!);
  const start = DISTRICT_START[person.district]!;
  if (start <= MONTHS && u[7]! < model.attrition) {
    errors.exitMonth = Math.min(errors.exitMonth, monthAfter(Math.max(start, person.firstMonth), u[8]!));
  }
}

function flagManipulation(errors: RecordErrors, months: Months, person: Person): void {
  for (let t = person.firstMonth - 1; t < MONTHS; t++) {
    if (months.age[t] === 60 || months.age[t] === 61) errors.flags[t]! |= FLAG.ageManipulated;
  }
}

function drawPersonErrors(errors: RecordErrors, person: Person, months: Months): void {
  const u = errors.draws;
  const language = person.otherLanguage === 1 ? "other" : "dutch";
  let always = 0;
  if (!person.childless && u[0]! < BIRTHDAY_HEAPED[language]) always |= FLAG.birthdayHeaped;
  if (u[4]! < EDUCATION_MISSING[language]) always |= FLAG.educationMissing;
  errors.overlap = u[11]! < OVERLAP;
  const programStart = Math.max(DISTRICT_START[person.district]!, person.firstMonth);
  const enteredFrom = u[2]! < LATE_ENTRY ? programStart + 1 + Math.floor(u[3]! * 3) : programStart;
  const reversal =
    person.maritalStatus === DIVORCED && u[9]! < MARITAL_REVERSAL ? monthAfter(person.firstMonth, u[10]!) : Number.POSITIVE_INFINITY;
  for (let t = person.firstMonth - 1; t < MONTHS; t++) {
    const month = t + 1;
    // A shifted birthday hides the small manipulation: one error of the age at a time.
    let flags = always & FLAG.birthdayHeaped ? always : always | (errors.flags[t]! & FLAG.ageManipulated);
    if (month >= programStart && month < enteredFrom) {
      flags |= FLAG.jobHelpLate;
      months.state[t]! &= ~16;
    }
    if (month >= reversal) flags |= FLAG.maritalStatusReversed;
    errors.flags[t] = flags;
  }
}

function drawMonthErrors(errors: RecordErrors, person: Person, months: Months): void {
  const u = errors.draws;
  for (let t = person.firstMonth - 1; t < MONTHS; t++) {
    const month = t + 1;
    const at = PERSON_DRAWS + MONTH_DRAWS * t;
    const employed = (months.state[t]! >>> 3) & 1;
    let flags = errors.flags[t]!;
    if (u[at]! < DUPLICATE_IDENTICAL) errors.duplicate[t] = FLAG.duplicateIdentical;
    else if (u[at]! < DUPLICATE_IDENTICAL + DUPLICATE_OTHER_HOURS) errors.duplicate[t] = FLAG.duplicateOtherHours;
    if (u[at + 1]! < MISSING_MONTH) errors.missing[t] = 1;
    if (employed === 1 && u[at + 2]! < HOURS_ABOVE_168) flags |= FLAG.hoursAbove168;
    if (u[at + 3]! < CENTS) flags |= FLAG.benefitInCents;
    if (person.city === THE_HAGUE && month < FIRST_DEBTS_DELIVERY) flags |= FLAG.debtsMissing;
    if (person.city === THE_HAGUE && month <= LAST_MONTHLY_HOURS && employed === 1) flags |= FLAG.hoursPerMonth;
    if (person.city === ROTTERDAM && month >= NEW_CODE_FROM && (months.state[t]! & 16) !== 0) flags |= FLAG.programCodeChanged;
    errors.flags[t] = flags;
  }
}
