import { type Estimate, estimateList, type Result } from "../core/result.ts";
import { decimalsOf, estimateText, excludesZero, isEstimate, scaledEnds } from "./estimate-words.ts";
import { intervalWords } from "./figure-spec.ts";
import { type IntervalRow, intervalRowsSpec } from "./interval-rows.ts";
import { finiteOrNull, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** Longest list of estimates that a reader can still take in. */
const MOST_ROWS = 40;

/** Estimates under the name a reader knows them by: the key of a named estimate where terms repeat, else the term. */
export function namedEstimates(result: Pick<Result, "estimates">): readonly (readonly [string, Estimate])[] {
  if (Array.isArray(result.estimates)) return estimateList(result).map((estimate) => [estimate.term, estimate] as const);
  const entries = Object.entries(result.estimates as Readonly<Record<string, Estimate>>);
  const repeated = new Set(entries.map(([, { term }]) => term)).size < entries.length;
  return entries.map(([name, estimate]) => [repeated ? name : estimate.term, estimate] as const);
}

/** Whether a result has estimates to show one by one. */
export function hasEstimates(result: Result): boolean {
  const all = estimateList(result);
  return all.length > 0 && all.every(isEstimate);
}

/** Tidy rows of the figure: one per estimate, the first forty, `overall` last. */
export function coefficientRows(result: Result, settings: PlotSettings): (IntervalRow & PlotRow)[] {
  const named = namedEstimates(result).slice(0, MOST_ROWS);
  const overall = (result as { readonly overall?: unknown }).overall;
  const repeats = named.length === 1 && isEstimate(overall) && named[0]![1].estimate === overall.estimate;
  const all = isEstimate(overall) && !repeats ? [...named, [say(settings.language, "Overall", "Totaal"), overall] as const] : named;
  const decimals = decimalsOf(
    all.map(([, estimate]) => estimate),
    settings.scale,
  );
  return all.map(([label, estimate], i) => {
    const { value, low, high } = scaledEnds(estimate, settings.scale);
    const text = estimateText(estimate, { ...settings, unit: "" }, decimals);
    const numbers = { estimate: finiteOrNull(value), low: finiteOrNull(low), high: finiteOrNull(high) };
    return { label: settings.labels[label] ?? label, size: "", text, ...numbers, weight: 0.5, summary: i >= named.length, heading: false };
  });
}

/** Estimates with their intervals, one on each line. */
export function coefficientSpec(result: Result, settings: PlotSettings): VegaLiteSpec {
  const { language } = settings;
  const rows = coefficientRows(result, settings);
  const interval = intervalWords(settings);
  const shown = namedEstimates(result).length;
  const more = shown > MOST_ROWS ? say(language, ` The first ${MOST_ROWS} of ${shown}.`, ` De eerste ${MOST_ROWS} van ${shown}.`) : "";
  const list = rows.map((row) => `${row.label} ${row.text}`).join("; ");
  return intervalRowsSpec(
    {
      title: coefficientTitle(result, settings),
      subtitle: say(language, `Lines: ${interval}.${more}`, `Lijnen: ${interval}.${more}`),
      description: say(language, `Estimates with intervals: ${list}.`, `Schattingen met intervallen: ${list}.`),
      rows,
      axis: say(language, "Estimate", "Schatting"),
      heads: [say(language, "Term", "Term"), "", say(language, "Estimate (interval)", "Schatting (interval)")],
    },
    settings,
  );
}

function coefficientTitle(result: Result, settings: PlotSettings): string {
  const named = namedEstimates(result);
  const [first] = named;
  if (named.length === 1 && first !== undefined) {
    const text = estimateText(first[1], settings, decimalsOf([first[1]], settings.scale));
    return `${outcomeTitle(settings)}: ${first[0]} ${text}`;
  }
  const clear = named.filter(([, estimate]) => excludesZero(estimate)).length;
  return say(
    settings.language,
    `${outcomeTitle(settings)}: ${clear} of ${named.length} estimates have an interval that excludes zero`,
    `${outcomeTitle(settings)}: ${clear} van de ${named.length} schattingen hebben een interval dat nul uitsluit`,
  );
}
