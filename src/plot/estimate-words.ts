import type { Estimate, Result } from "../core/result.ts";
import { formatNumber, formatSigned, sensibleDecimals } from "./format-number.ts";
import { say } from "./language.ts";
import type { PlotSettings } from "./plot-options.ts";

/** The estimate a reader asks for first: what was estimated "in the end". */
const HEADLINES = ["overall", "robust", "biasCorrected", "att", "effect"] as const;

/** Whether a value is an estimate with its inference. */
export function isEstimate(value: unknown): value is Estimate {
  if (typeof value !== "object" || value === null) return false;
  const candidate = value as Partial<Estimate>;
  return (
    typeof candidate.estimate === "number" && typeof candidate.standardError === "number" && Array.isArray(candidate.confidenceInterval)
  );
}

/**
 * The one estimate that stands for a result: `overall` beside a table of estimates, else the robust, bias-corrected, `att` or
 * `effect` entry of named estimates, else the only estimate there is.
 */
export function headlineEstimate(result: Result): Estimate | undefined {
  const record = result as Result & Readonly<Record<string, unknown>>;
  if (isEstimate(record["overall"])) return record["overall"];
  const { estimates } = result;
  if (Array.isArray(estimates)) return estimates.length === 1 ? (estimates as readonly Estimate[])[0] : undefined;
  const named = estimates as Readonly<Record<string, Estimate>>;
  for (const name of HEADLINES) if (isEstimate(named[name])) return named[name];
  const all = Object.values(named);
  return all.length === 1 ? all[0] : undefined;
}

/** Whether an interval leaves out zero, so that the direction of an effect is clear. */
export function excludesZero({ confidenceInterval: [low, high] }: Estimate): boolean {
  return low > 0 || high < 0;
}

/** Decimals for estimates in running text and figures, after scaling: the standard error's last digit stands for 3 to 30 of its kind. */
export function decimalsOf(estimates: readonly Estimate[], scale = 1): number {
  return Math.max(0, sensibleDecimals(estimates.map(({ standardError }) => (Math.abs(scale) * standardError) / 3)) - 1);
}

/** "2.1 to 4.7". */
export function intervalText(estimate: Estimate, settings: Pick<PlotSettings, "language" | "scale">, decimals: number): string {
  const ends = estimate.confidenceInterval.map((end) => end * settings.scale).sort((a, b) => a - b);
  const [low, high] = ends.map((end) => formatNumber(end, decimals, settings.language));
  return `${low} ${say(settings.language, "to", "tot")} ${high}`;
}

/** "+3.4 percentage points (2.1 to 4.7)". */
export function estimateText(estimate: Estimate, settings: Pick<PlotSettings, "language" | "scale" | "unit">, decimals: number): string {
  const value = formatSigned(estimate.estimate * settings.scale, decimals, settings.language);
  const unit = settings.unit === "" ? "" : ` ${settings.unit}`;
  if (estimate.confidenceInterval.some(Number.isNaN)) return value + unit;
  return `${value}${unit} (${intervalText(estimate, settings, decimals)})`;
}

/** Estimate and interval ends after scaling, low before high also when the scale is negative. */
export function scaledEnds(estimate: Estimate, scale: number): { readonly value: number; readonly low: number; readonly high: number } {
  const [a, b] = estimate.confidenceInterval;
  return { value: estimate.estimate * scale, low: scale < 0 ? b * scale : a * scale, high: scale < 0 ? a * scale : b * scale };
}
