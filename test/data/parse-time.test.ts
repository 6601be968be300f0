import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayNumber, dayText, monthNumber, monthText } from "../../src/data/index.ts";
import { dayCount, parseDate, parseMonth } from "../../src/data/parse-time.ts";

const encoder = new TextEncoder();
const at = (parse: typeof parseDate, text: string): number => {
  const bytes = encoder.encode(`;${text};`);
  return parse(bytes, 1, bytes.length - 1);
};

describe("dates", () => {
  it("dayCount() counts as Date does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }), (y, m, d) => {
        const date = new Date(0);
        date.setUTCFullYear(y, m - 1, d);
        const exists = m >= 1 && m <= 12 && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
        expect(dayCount(y, m, d)).toBe(exists ? date.getTime() / 86_400_000 : Number.NaN);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(["2014-03-31", "20140331", "31-03-2014", "2014-03-31T00:00:00.000Z", "2014-03-31 00:00", "2014-03-31 00:00:00"])(
    "parseDate() reads %s",
    (text) => expect(at(parseDate, text)).toBe(16160),
  );

  it.each(["2014-02-30", "2014-13-01", "29-02-2015", "2014-03-31T12:00:00", "31/03/2014", "2014-3-31", "14-03-31", "", "yesterday!"])(
    "parseDate() finds no date in %j",
    (text) => expect(at(parseDate, text)).toBeNaN(),
  );
});

describe("months", () => {
  it.each(["2014-03", "201403", "2014M03", "2014MM03", "03-2014", "2014-03-31", "20140331", "31-03-2014"])(
    "parseMonth() reads %s",
    (text) => expect(at(parseMonth, text)).toBe(24170),
  );

  it.each(["2014-00", "201413", "2014", "24170", "2014-3", "March 2014", "2014-02-30"])("parseMonth() finds no month in %j", (text) =>
    expect(at(parseMonth, text)).toBeNaN(),
  );
});

it("day and month numbers go to text and back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 200_000 }), fc.integer({ min: 12_000, max: 40_000 }), (day, month) => {
      expect(dayNumber(dayText(day))).toBe(day);
      expect(monthNumber(monthText(month))).toBe(month);
    }),
  );
  expect(dayNumber(new Date(Date.UTC(2015, 0, 1)))).toBe(16436);
  expect(() => dayNumber("2015-02-29")).toThrow('such as "2014-03-31" is needed: "2015-02-29" was given');
  expect(() => dayNumber(new Date(Number.NaN))).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
  expect(() => monthNumber("2015")).toThrow(expect.objectContaining({ code: "INVALID_MONTH" }));
  expect(() => monthNumber("2015-0١")).toThrow(expect.objectContaining({ code: "INVALID_MONTH" }));
});
