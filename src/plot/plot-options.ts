import { OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { capitalised, type Language, say } from "./language.ts";

/** How a figure is drawn and worded. All words are optional: without them column names stand in. */
export interface PlotOptions {
  /** Outer width in pixels. Below 520 the layout is that of a telephone. @defaultValue 720 */
  readonly width?: number;
  /** Height of the drawing area in pixels, titles and axes apart. Rows of a forest plot set their own. @defaultValue by figure and width */
  readonly height?: number;
  /** Title in place of the one that states the finding. */
  readonly title?: string;
  /** Line below the title, in place of the one that says how to read the figure. */
  readonly subtitle?: string;
  /** Text for those who cannot see the figure, in place of the one made from the numbers. */
  readonly description?: string;
  /** Language of all words and numbers. @defaultValue "en" */
  readonly language?: Language;
  /** The outcome in words, e.g. `"share in work"`. @defaultValue the outcome's column name */
  readonly outcome?: string;
  /** Unit of the numbers shown, e.g. `"hours a week"`; with `"%"` effects are in percentage points. @defaultValue none */
  readonly unit?: string;
  /** Number by which outcomes and effects are multiplied before they are shown: 100 turns a share into percentages. @defaultValue 1 */
  readonly scale?: number;
  /** Unit of time of event studies and group-time effects, e.g. `"months"`. @defaultValue "periods" */
  readonly timeUnit?: string;
  /** What starts at event time 0 or happens at the cutoff, e.g. `"the obligation"`. @defaultValue "treatment" */
  readonly treatment?: string;
  /** The running variable in words, with its unit, e.g. `"age of the youngest child (months)"`. @defaultValue its column name */
  readonly running?: string;
  /** Names in words of terms, groups and the columns that form them, e.g. `{ sex: "Sex" }`. @defaultValue as in the result */
  readonly labels?: Readonly<Record<string, string>>;
  /** Effect at the cutoff, stated in the title of a regression-discontinuity figure: an estimate or a result holding one. */
  readonly effect?: Estimate | Result;
}

/** What all figures need to know, resolved once. */
export interface PlotSettings {
  readonly width: number;
  readonly height: number | undefined;
  readonly title: string | undefined;
  readonly subtitle: string | undefined;
  readonly description: string | undefined;
  readonly language: Language;
  readonly outcome: string;
  /** Unit of effects. */
  readonly unit: string;
  /** Unit of the outcome itself. */
  readonly outcomeUnit: string;
  readonly scale: number;
  readonly timeUnit: string | undefined;
  readonly treatment: string;
  readonly running: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly effect: Estimate | Result | undefined;
  /** Confidence level of the result's intervals. */
  readonly level: number;
  /** Whether the layout is that of a telephone. */
  readonly narrow: boolean;
}

const DEFAULTS = {
  width: 720,
  height: undefined,
  title: undefined,
  subtitle: undefined,
  description: undefined,
  language: "en",
  outcome: undefined,
  unit: undefined,
  scale: 1,
  timeUnit: undefined,
  treatment: undefined,
  running: undefined,
  labels: undefined,
  effect: undefined,
} as const;

/** Below this width there is no room for columns of text beside the drawing. */
const NARROW = 520;

/** Options of a figure resolved against its result. @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`. */
export function resolvePlotOptions(caller: string, result: Pick<Result, "options">, options: PlotOptions): PlotSettings {
  const given = resolveOptions<PlotOptions>(caller, options, { required: [], defaults: DEFAULTS });
  const width = checkNumber(caller, "width", given.width, { min: 240, max: 4000 });
  const height = given.height === undefined ? undefined : checkNumber(caller, "height", given.height, { min: 80, max: 4000 });
  const scale = checkNumber(caller, "scale", given.scale, {});
  if (scale === 0) throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "scale" must not be zero: 0 was given`);
  const language = checkChoice(caller, "language", given.language, ["en", "nl"]);
  return {
    width,
    height,
    title: given.title,
    subtitle: given.subtitle,
    description: given.description,
    language,
    outcome: given.outcome ?? optionText(result, "outcome") ?? (language === "nl" ? "de uitkomst" : "the outcome"),
    unit: given.unit === "%" ? say(language, "percentage points", "procentpunt") : (given.unit ?? ""),
    outcomeUnit: given.unit ?? "",
    scale,
    timeUnit: given.timeUnit,
    treatment: given.treatment ?? (language === "nl" ? "de behandeling" : "treatment"),
    running: given.running,
    labels: given.labels ?? {},
    effect: given.effect,
    level: confidenceLevel(result),
    narrow: width < NARROW,
  };
}

/** An option of the result that holds a name, e.g. the outcome's column. */
export function optionText(result: Pick<Result, "options">, name: string): string | undefined {
  const value = optionValue(result, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An option of the result that holds a number, e.g. the cutoff. */
export function optionNumber(result: Pick<Result, "options">, name: string): number | undefined {
  const value = optionValue(result, name);
  return typeof value === "number" ? value : undefined;
}

/** Confidence level of a result's intervals; 0.95 where it does not say. */
export function confidenceLevel(result: Pick<Result, "options">): number {
  return optionNumber(result, "level") ?? 0.95;
}

/** "95%" from 0.95. */
export function percent(level: number): string {
  return `${Number((100 * level).toFixed(2))}%`;
}

/** The outcome as the start of a title. */
export function outcomeTitle(settings: Pick<PlotSettings, "outcome">): string {
  return capitalised(settings.outcome);
}

function optionValue(result: Pick<Result, "options">, name: string): unknown {
  const options = result.options;
  return typeof options === "object" && options !== null ? (options as Readonly<Record<string, unknown>>)[name] : undefined;
}
