const HYPHEN = 45;
const ZERO = 48;

/** `count` digits at `start` as a number, or NaN. */
function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) {
    const digit = bytes[i]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar; NaN when there is no such date. */
export function dayCount(year: number, month: number, day: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= length)) return Number.NaN;
  const y = month <= 2 ? year - 1 : year; // the year runs from March, so that the leap day is its last
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/**
 * Days since 1970-01-01 of `2014-03-31`, `20140331`, `31-03-2014` or `2014-03-31T00:00:00` (midnight, with or without fraction and `Z`);
 * NaN for anything else, dates that do not exist included.
 */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 8) return dayCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 4, 2), digitsAt(bytes, start + 6, 2));
  if (length < 10) return Number.NaN;
  if (length === 10 && bytes[start + 2] === HYPHEN && bytes[start + 5] === HYPHEN)
    return dayCount(digitsAt(bytes, start + 6, 4), digitsAt(bytes, start + 3, 2), digitsAt(bytes, start, 2));
  if (bytes[start + 4] !== HYPHEN || bytes[start + 7] !== HYPHEN) return Number.NaN;
  if (length > 10 && !isMidnight(bytes, start + 10, end)) return Number.NaN;
  return dayCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 5, 2), digitsAt(bytes, start + 8, 2));
}

/** Whether the rest reads `T00:00`, with seconds and fraction zero if given. */
function isMidnight(bytes: Uint8Array, start: number, end: number): boolean {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return /^[T ]00:00(:00(\.0+)?)?Z?$/.test(text);
}

/**
 * Months since year 0 of `2014-03`, `201403`, `2014M03` (also `MM`), `03-2014`, or of a date that {@link parseDate} reads;
 * NaN for anything else. 2014-03 is 24170.
 */
export function parseMonth(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 6) return monthCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 4, 2));
  if (length === 7) {
    const [third, fifth] = [bytes[start + 2]!, bytes[start + 4]!];
    if (third === HYPHEN) return monthCount(digitsAt(bytes, start + 3, 4), digitsAt(bytes, start, 2));
    return fifth === HYPHEN || (fifth | 32) === 109 ? monthCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 5, 2)) : Number.NaN;
  }
  if (length === 8 && (bytes[start + 4]! | 32) === 109 && (bytes[start + 5]! | 32) === 109)
    return monthCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 6, 2));
  if (Number.isNaN(parseDate(bytes, start, end))) return Number.NaN;
  if (length === 8) return monthCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 4, 2));
  return bytes[start + 2] === HYPHEN
    ? monthCount(digitsAt(bytes, start + 6, 4), digitsAt(bytes, start + 3, 2))
    : monthCount(digitsAt(bytes, start, 4), digitsAt(bytes, start + 5, 2));
}

function monthCount(year: number, month: number): number {
  return month >= 1 && month <= 12 ? 12 * year + month - 1 : Number.NaN;
}
