import fc from "fast-check";
import { expect, it } from "vitest";
import { formatCount, formatNumber, formatPlain, formatPValue, formatSigned, sensibleDecimals } from "../../src/plot/format-number.ts";

it("formatNumber() groups thousands, keeps decimals and writes a true minus sign", () => {
  expect(formatNumber(-1234567.891, 2)).toBe("−1,234,567.89");
  expect(formatNumber(-1234567.891, 2, "nl")).toBe("−1.234.567,89");
  expect(formatNumber(999.5, 0)).toBe("1,000");
  expect(formatNumber(-0.0004, 2)).toBe("0.00");
  expect([formatNumber(Number.NaN, 1), formatNumber(Number.NaN, 1, "nl"), formatNumber(Number.NEGATIVE_INFINITY, 1)]).toEqual([
    "n/a",
    "n.v.t.",
    "−∞",
  ]);
});

it("formatNumber() loses nothing but the digits it was told to lose", () => {
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 6 }), (number, decimals) => {
      const english = Number(formatNumber(number, decimals).replaceAll(",", "").replace("−", "-"));
      const dutch = Number(formatNumber(number, decimals, "nl").replaceAll(".", "").replace(",", ".").replace("−", "-"));
      expect(Math.abs(english)).toBe(Math.abs(Number(number.toFixed(decimals))));
      expect(dutch).toBe(english);
    }),
  );
});

it("formatSigned(), formatPValue(), formatCount() and formatPlain() write what a reader expects", () => {
  expect([formatSigned(0.04, 1), formatSigned(2.5, 1), formatSigned(-2.5, 1)]).toEqual(["0.0", "+2.5", "−2.5"]);
  expect([formatPValue(0.0004), formatPValue(0.0004, "nl"), formatPValue(0.0314), formatPValue(1), formatPValue(Number.NaN)]).toEqual([
    "<0.001",
    "<0,001",
    "0.031",
    ">0.999",
    "n/a",
  ]);
  expect([formatCount(12345), formatCount(2.5), formatPlain(60), formatPlain(0.125), formatPlain(1e-9)]).toEqual([
    "12,345",
    "2.5",
    "60",
    "0.125",
    "1e−9",
  ]);
});

it("sensibleDecimals() shows two digits of the uncertainty", () => {
  expect([sensibleDecimals([0.0123]), sensibleDecimals([1.2]), sensibleDecimals([340]), sensibleDecimals([Number.NaN, 0])]).toEqual([
    3, 1, 0, 3,
  ]);
});
