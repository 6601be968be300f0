import fc from "fast-check";
import { expect, it } from "vitest";
import { parseNumber } from "../../../src/data/csv/parse-number.ts";

const encoder = new TextEncoder();
const POINT = 46;
const parse = (text: string, decimal = POINT): number => {
  const bytes = encoder.encode(`,${text},`);
  return parseNumber(bytes, 1, bytes.length - 1, decimal);
};

it("parseNumber() equals Number() for the shortest text of any double", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (x) => {
      const text = Number.isInteger(x) && Math.abs(x) >= 2 ** 53 && Number.isFinite(x) ? x.toExponential() : String(x);
      expect(parse(text)).toBe(Number(text));
    }),
    { numRuns: 3000 },
  );
});

it("parseNumber() equals Number() for any digits, point and exponent", () => {
  const digits = fc.stringMatching(/^[0-9]{0,33}$/);
  const number = fc.tuple(fc.constantFrom("", "-", "+"), digits, digits, fc.option(fc.integer({ min: -340, max: 320 })));
  fc.assert(
    fc.property(number, ([sign, whole, fraction, exponent]) => {
      fc.pre(whole.length + fraction.length > 0);
      const text = `${sign}${whole}.${fraction}${exponent === null ? "" : `e${exponent}`}`;
      expect(parse(text)).toBe(Number(text));
    }),
    { numRuns: 5000 },
  );
});

it("parseNumber() rounds texts near the middle of two doubles as Number() does", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.integer({ min: 16, max: 30 }), (x, precision) => {
      const next = x * (1 + 2 ** -52);
      const text = (x / 2 + next / 2).toPrecision(precision);
      expect(parse(text)).toBe(Number(text));
    }),
    { numRuns: 3000 },
  );
});

it.each([
  ["9007199254740991", 2 ** 53 - 1],
  ["9007199254740992", Number.NaN],
  ["-12345678901234567", Number.NaN],
  ["1234567890123456789.5", Number("1234567890123456789.5")],
  ["00042", 42],
  ["5.", 5],
  [".5", 0.5],
  ["-0", -0],
  ["Inf", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["1e3", 1000],
  ["1E-3", 0.001],
])("parseNumber() reads %s as %d", (text, expected) => expect(parse(text)).toBe(expected));

it.each(["", ".", "-", "+.", "1.2.3", "1e", "1e+", "1e99999", "e5", "1 000", "0x10", "12a", "--1", "infinite", "1,5", "١"])(
  "parseNumber() finds no number in %j",
  (text) => expect(parse(text)).toBeNaN(),
);

it("parseNumber() takes a decimal comma, and then no point", () => {
  expect(parse("-1,25", 44)).toBe(-1.25);
  expect(parse("0,12345678901234567", 44)).toBe(Number("0.12345678901234567"));
  expect(parse("1.25", 44)).toBeNaN();
});
