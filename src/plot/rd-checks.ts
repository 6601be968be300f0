import type { Estimate, Result } from "../core/result.ts";
import type { RdCheckResult, RdCheckRow } from "../rd/index.ts";
import { decimalsOf, estimateText } from "./estimate-words.ts";
import { intervalWords } from "./figure-spec.ts";
import { formatCount, formatPlain } from "./format-number.ts";
import { type IntervalRow, intervalRowsSpec } from "./interval-rows.ts";
import { finiteOrNull, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** A check that repeats the estimate under changes. */
export type RdCheckLike = RdCheckResult<"rd.sensitivity" | "rd.donut" | "rd.placebo">;

const KINDS: readonly string[] = ["rd.sensitivity", "rd.donut", "rd.placebo"];

/** Whether a result repeats a regression-discontinuity estimate under changes. */
export function isRdCheck(result: Result): result is RdCheckLike {
  return KINDS.includes(result.kind) && Array.isArray((result as Partial<RdCheckLike>).rows);
}

/** Sensitivity and donut compare with the main estimate, their first row; a placebo has none. */
const hasMain = (result: RdCheckLike): boolean => result.kind !== "rd.placebo";

/** Tidy rows of the figure: the main estimate, then each variant below a heading for what was changed. */
export function rdCheckRows(result: RdCheckLike, settings: PlotSettings): (IntervalRow & PlotRow)[] {
  const decimals = decimalsOf(
    result.rows.map(({ robust }) => robust),
    settings.scale,
  );
  const most = Math.max(1, ...result.rows.map(rowsWithin));
  const rows: (IntervalRow & PlotRow)[] = [];
  let heading = "";
  result.rows.forEach((row, i) => {
    const part = hasMain(result) && i === 0 ? "" : partOf(result, row, settings);
    if (part !== heading && part !== "") rows.push({ ...blank, label: part });
    heading = part;
    const [value, low, high] = [row.robust.estimate, ...row.robust.confidenceInterval].map((number) => number * settings.scale);
    const count = formatCount(rowsWithin(row), settings.language);
    rows.push({
      label: labelOf(result, row, i, settings),
      size: count,
      text: estimateText(row.robust, { ...settings, unit: "" }, decimals),
      estimate: finiteOrNull(value!),
      low: finiteOrNull(Math.min(low!, high!)),
      high: finiteOrNull(Math.max(low!, high!)),
      weight: rowsWithin(row) / most,
      summary: false,
      heading: false,
    });
  });
  return rows;
}

const blank: IntervalRow = {
  label: "",
  size: "",
  text: "",
  estimate: null,
  low: null,
  high: null,
  weight: 0,
  summary: false,
  heading: true,
};

const rowsWithin = ({ within }: RdCheckRow): number => within[0] + within[1];

/** What a variant changes, as the heading above it. */
function partOf({ kind }: RdCheckLike, { label }: RdCheckRow, { language }: PlotSettings): string {
  if (kind !== "rd.sensitivity") return "";
  if (label.startsWith("bandwidth")) return say(language, "Other bandwidths", "Andere bandbreedtes");
  if (label.startsWith("order")) return say(language, "Other orders of the polynomial", "Andere graden van de veelterm");
  return say(language, "Other weights within the bandwidth", "Andere gewichten binnen de bandbreedte");
}

function labelOf({ kind }: RdCheckLike, { label, value, h }: RdCheckRow, i: number, { language, labels }: PlotSettings): string {
  if (labels[label] !== undefined) return labels[label];
  if (kind === "rd.placebo") return say(language, `Cutoff ${plain(value, language)}`, `Grens ${plain(value, language)}`);
  if (i === 0) return say(language, `As chosen (${reach(h, language)})`, `Zoals gekozen (${reach(h, language)})`);
  if (kind === "rd.donut") {
    return say(language, `Without rows within ${plain(value, language)}`, `Zonder rijen binnen ${plain(value, language)}`);
  }
  if (label.startsWith("bandwidth")) return `× ${formatPlain(value, language)} (${reach(h, language)})`;
  if (label.startsWith("order")) return say(language, `Order ${value} (${reach(h, language)})`, `Graad ${value} (${reach(h, language)})`);
  return `${capitalised(label.replace(/ kernel$/, ""))} (${reach(h, language)})`;
}

/** Four digits are enough to tell cutoffs and distances apart. */
const plain = (value: number, language: PlotSettings["language"]): string => formatPlain(Number(value.toPrecision(4)), language);

/** "±6.2", or both sides where they differ. */
function reach([left, right]: readonly [number, number], language: PlotSettings["language"]): string {
  const [a, b] = [left, right].map((side) => formatPlain(Number(side.toPrecision(3)), language));
  return a === b ? `±${a}` : `−${a}, +${b}`;
}

/** The estimate under other choices, below each other, the main one marked over all of them. */
export function rdCheckSpec(result: RdCheckLike, settings: PlotSettings): VegaLiteSpec {
  const { language } = settings;
  const rows = rdCheckRows(result, settings);
  const interval = intervalWords(settings);
  const main = hasMain(result) ? result.rows[0] : undefined;
  const dashed =
    main === undefined
      ? say(language, " One in twenty leaves out zero by chance.", " Een op de twintig sluit nul bij toeval uit.")
      : say(language, " Dashed: the estimate as chosen.", " Stippellijn: de schatting zoals gekozen.");
  const drawn = rows.filter(({ heading }) => !heading);
  return intervalRowsSpec(
    {
      title: checkTitle(result, settings),
      subtitle: say(language, `Lines: robust ${interval}.${dashed}`, `Lijnen: robuust ${interval}.${dashed}`),
      description: `${checkTitle(result, settings)}. ${drawn.map(({ label, text }) => `${label}: ${text}`).join("; ")}.`,
      rows,
      axis: say(language, "Jump at the cutoff", "Sprong bij de grens"),
      ...(main === undefined ? {} : { marked: main.robust.estimate * settings.scale }),
      heads: [headOf(result, settings), say(language, "Rows", "Rijen"), say(language, "Jump (interval)", "Sprong (interval)")],
    },
    settings,
  );
}

function headOf({ kind }: RdCheckLike, { language }: PlotSettings): string {
  if (kind === "rd.placebo") return say(language, "Made-up cutoff", "Verzonnen grens");
  if (kind === "rd.donut") return say(language, "Rows left out", "Weggelaten rijen");
  return say(language, "Choice (bandwidth)", "Keuze (bandbreedte)");
}

function checkTitle(result: RdCheckLike, settings: PlotSettings): string {
  const { language } = settings;
  const outcome = outcomeTitle(settings);
  if (!hasMain(result)) {
    // Several tests at once: each is held to its share of the level, as in `rd.validity`.
    const all = result.estimates.length;
    const raised = result.estimates.filter(({ pValue }) => pValue * all < 1 - settings.level).length;
    return raised === 0
      ? say(
          language,
          `${outcome}: no clear jump at any of ${all} made-up cutoffs`,
          `${outcome}: geen duidelijke sprong bij een van de ${all} verzonnen grenzen`,
        )
      : say(
          language,
          `${outcome}: ${raised} of ${all} made-up cutoffs show a jump where none is expected`,
          `${outcome}: ${raised} van de ${all} verzonnen grenzen tonen een sprong waar geen te verwachten is`,
        );
  }
  const [main, ...others] = result.estimates as [Estimate, ...Estimate[]];
  const text = estimateText(main, settings, decimalsOf([main], settings.scale));
  const [low, high] = main.confidenceInterval;
  const apart = others.filter(({ confidenceInterval: [from, to] }) => to < low || from > high).length;
  const finding =
    apart === 0
      ? say(language, `all ${others.length} other choices agree with it`, `alle ${others.length} andere keuzes stemmen ermee overeen`)
      : say(
          language,
          `${apart} of ${others.length} other choices differ clearly from it`,
          `${apart} van de ${others.length} andere keuzes wijken er duidelijk van af`,
        );
  return say(language, `${outcome}: a jump of ${text}, and ${finding}`, `${outcome}: een sprong van ${text}, en ${finding}`);
}
