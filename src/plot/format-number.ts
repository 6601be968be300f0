import type { Language } from "./language.ts";

/** Minus sign of running text and figures. */
const MINUS = "\u2212";

/**
 * A number in fixed decimals with separators of thousands, independent of the machine's locale:
 * `12,345.60` in English, `12.345,60` in Dutch, a true minus sign, never `-0`.
 * NaN is `n/a` (Dutch: `n.v.t.`), infinity `∞`; beyond 1e15 powers of ten.
 */
export function formatNumber(value: number, decimals: number, language: Language = "en"): string {
  if (Number.isNaN(value)) return language === "nl" ? "n.v.t." : "n/a";
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return value < 0 ? `${MINUS}∞` : "∞";
  const digits = magnitude >= 1e15 ? magnitude.toExponential(2) : withThousands(magnitude.toFixed(decimals), language);
  return value < 0 && /[1-9]/.test(digits) ? MINUS + digits : digits;
}

/** As {@link formatNumber}, with a plus sign before what is above zero. */
export function formatSigned(value: number, decimals: number, language: Language = "en"): string {
  const text = formatNumber(value, decimals, language);
  return value > 0 && /[1-9∞]/.test(text) ? `+${text}` : text;
}

/** A p-value in three decimals, `<0.001` below, `>0.999` above. */
export function formatPValue(pValue: number, language: Language = "en"): string {
  if (pValue < 0.001) return `<${formatNumber(0.001, 3, language)}`;
  if (pValue > 0.999) return `>${formatNumber(0.999, 3, language)}`;
  return formatNumber(pValue, 3, language);
}

/** "p = 0.042", "p <0.001", with spaces that do not break. */
export function probabilityText(pValue: number, language: Language = "en"): string {
  const text = formatPValue(pValue, language);
  return `p\u00a0${/^[<>]/.test(text) ? text : `=\u00a0${text}`}`;
}

/** A whole number with separators of thousands; what is not whole keeps up to two decimals. */
export function formatCount(value: number, language: Language = "en"): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return formatNumber(value, 0, language);
  return formatNumber(value, Number.isInteger(Math.round(value * 100) / 10) ? 1 : 2, language);
}

/** A number as a person writes it: as many decimals as it has, at most six significant digits. */
export function formatPlain(value: number, language: Language = "en"): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value, 0, language);
  const rounded = Number(value.toPrecision(6));
  const fraction = String(rounded).includes("e") ? "" : (String(rounded).split(".")[1] ?? "");
  if (fraction === "" && Math.abs(rounded) < 1) return rounded.toExponential().replace("-", MINUS);
  return formatNumber(rounded, fraction.length, language);
}

/**
 * Decimals that show two significant digits of the typical uncertainty (the median of `scales` above zero),
 * and so no digits that are noise. From 0 to 6; 3 where nothing gives a scale.
 */
export function sensibleDecimals(scales: readonly number[]): number {
  const usable = scales.filter((scale) => scale > 0 && Number.isFinite(scale)).sort((a, b) => a - b);
  if (usable.length === 0) return 3;
  const median = usable[usable.length >> 1]!;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(median))));
}

function withThousands(fixed: string, language: Language): string {
  const [whole = "", fraction] = fixed.split(".");
  const [thousands, decimal] = language === "nl" ? [".", ","] : [",", "."];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
  return fraction === undefined ? grouped : grouped + decimal + fraction;
}
