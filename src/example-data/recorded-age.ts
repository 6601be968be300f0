import { MILLISECONDS_A_DAY } from "../data/columns.ts";
import { FLAG } from "./numerics/profile.ts";
import { FIRST_CALENDAR_MONTH, NO_CHILD } from "./scenario.ts";

/** Months by which manipulation lowers the recorded age. */
const MANIPULATED_MONTHS = 2;
/** 1 January is 30 days before the last day of its month. */
const DAYS_FROM_FIRST_JANUARY = 30;
/** Earliest birth month that occurs, and how many months the calendar below spans. */
const EARLIEST_MONTH = -160;
const CALENDAR_MONTHS = 220;

/** Day number of the first of each month from `EARLIEST_MONTH` on, months counted as in the panel (January 2014 = 1). */
const FIRST_DAYS: Float64Array = Float64Array.from(
  { length: CALENDAR_MONTHS },
  (_, k) => Date.UTC(FIRST_CALENDAR_MONTH / 12, EARLIEST_MONTH + k - 1, 1) / MILLISECONDS_A_DAY,
);

/** Days since 1970-01-01 of the first day of a panel month. */
export function firstDayOfMonth(month: number): number {
  return FIRST_DAYS[month - EARLIEST_MONTH]!;
}

/** Number of days in a panel month. */
export function daysInMonth(month: number): number {
  return firstDayOfMonth(month + 1) - firstDayOfMonth(month);
}

/** Day of the month of a birth `days` days before the month's last day; in January never the 1st, as `days` is at most 27. */
export function birthMonthDay(month: number, days: number): number {
  return daysInMonth(month) - days;
}

/** Recorded age in completed months; NaN without a child. A birthday moved to 1 January makes the child up to 11 months older. */
export function recordedAge(age: number, month: number, flags: number): number {
  if (age === NO_CHILD) return Number.NaN;
  if ((flags & FLAG.birthdayHeaped) !== 0) {
    const birthMonth = month - age;
    return age + ((((birthMonth - 1) % 12) + 12) % 12);
  }
  return (flags & FLAG.ageManipulated) !== 0 ? age - MANIPULATED_MONTHS : age;
}

/** Recorded days since the monthly birthday; NaN without a child. */
export function recordedDays(age: number, days: number, flags: number): number {
  if (age === NO_CHILD) return Number.NaN;
  return (flags & FLAG.birthdayHeaped) !== 0 ? DAYS_FROM_FIRST_JANUARY : days;
}
