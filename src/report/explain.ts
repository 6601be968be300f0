import { OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import { type Estimate, estimateList, type Result } from "../core/result.ts";
import { excludesZero, headlineEstimate, isEstimate } from "../plot/estimate-words.ts";
import { formatCount, formatNumber, sensibleDecimals } from "../plot/format-number.ts";
import { capitalised, type Language, say } from "../plot/language.ts";
import { confidenceLevel, optionNumber, optionText, percent } from "../plot/plot-options.ts";

/** An outcome that people are in or not: the effect is told as a number of people. */
export interface ShareMeasure {
  readonly type: "share";
  /** The state, as it stands after "were" (Dutch: after "waren"): `"in work"`, `"aan het werk"`. */
  readonly state: string;
  /** Size of the group the effect is told for. @defaultValue 1000 */
  readonly per?: number;
}

/** An outcome that is counted or measured: the effect is told as a difference of means. */
export interface MeanMeasure {
  readonly type: "mean";
  /** What is measured: `"paid work"`, `"betaald werk"`. */
  readonly name: string;
  /** Its unit: `"hours a week"`, `"uur per week"`. */
  readonly unit: string;
}

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** Whom it is about, in the plural: `"single parents"`, `"alleenstaande ouders"`. */
  readonly people: string;
  /** How the outcome is told. */
  readonly measure: ShareMeasure | MeanMeasure;
  /** Outcome without the programme: a share from 0 to 1, or a mean. @defaultValue for a sharp `rd.estimate` the level just before the cutoff */
  readonly baseRate?: number;
  /** Which estimate: itself, or its key or term in the result. @defaultValue the result's overall, robust or only estimate */
  readonly estimate?: Estimate | string;
  /** Sentence that says for whom the effect holds. @defaultValue by kind of result */
  readonly scope?: string;
  /** @defaultValue "en" */
  readonly language?: Language;
}

interface Told {
  /** "35 more", "28 fewer". */
  readonly change: (value: number) => string;
  /** "35": the size alone. */
  readonly amount: (value: number) => string;
  readonly level: (value: number) => string;
}

/**
 * An effect in plain language: how many more or fewer people in a group of one size, out of how many without the programme,
 * what is plausible, and about whom this is. Whole people, one denominator, no jargon.
 *
 * @throws OptionError `NO_ESTIMATE` when the result has no single estimate to tell of and `estimate` names none; `INVALID_OPTION`.
 * @see Brick, Freeman, Wooding, Skylark, Marteau & Spiegelhalter (2018), doi:10.1057/s41599-018-0121-9
 * @example
 * explain(atFive, { people: "single parents", measure: { type: "share", state: "in work" }, baseRate: 0.377 });
 * // "Of every 1,000 single parents, about 35 more were in work: 412 instead of 377. Plausibly it was between 28 and 42 more (95% interval). …"
 */
export function explain(result: Result, options: ExplainOptions): string {
  const given = resolveOptions<ExplainOptions & { readonly language: Language }>("explain", options, {
    required: ["people", "measure"],
    defaults: { baseRate: undefined, estimate: undefined, scope: undefined, language: "en" },
  });
  const language = checkChoice("explain", "language", given.language, ["en", "nl"]);
  const type = checkChoice("explain", "measure.type", given.measure.type, ["share", "mean"]);
  const estimate = chosenEstimate(result, given.estimate);
  const baseRate = given.baseRate === undefined ? levelBeforeCutoff(result) : checkNumber("explain", "baseRate", given.baseRate);
  if (type === "share" && baseRate !== undefined && given.baseRate !== undefined)
    checkNumber("explain", "baseRate", baseRate, { min: 0, max: 1 });
  const told = given.measure.type === "share" ? shareWords(given.measure, language) : meanWords(given.measure, estimate, language);
  const sentences = [
    effectSentence(estimate, baseRate, given, told),
    uncertaintySentence(estimate, confidenceLevel(result), told, language),
    given.scope ?? scopeSentence(result, language),
  ];
  if (result.warnings.length > 0) sentences.push(doubtSentence(result.warnings.length, language));
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function chosenEstimate(result: Result, chosen: Estimate | string | undefined): Estimate {
  if (isEstimate(chosen)) return chosen;
  if (chosen === undefined) {
    const headline = headlineEstimate(result);
    if (headline !== undefined) return headline;
  } else {
    const named = Array.isArray(result.estimates) ? undefined : (result.estimates as Readonly<Record<string, Estimate>>)[chosen];
    const found = named ?? estimateList(result).find(({ term }) => term === chosen);
    if (found !== undefined) return found;
  }
  const names = Array.isArray(result.estimates) ? estimateList(result).map(({ term }) => term) : Object.keys(result.estimates);
  const asked = chosen === undefined ? `it has ${names.length}` : `it has no estimate "${chosen}"`;
  throw new OptionError("NO_ESTIMATE", `Cannot explain "${result.kind}" as option "estimate" must name one of its estimates: ${asked}`, {
    kind: result.kind,
    estimates: names,
  });
}

/** Limit of the outcome just before the cutoff of a sharp design in levels: what it would be without the programme. */
function levelBeforeCutoff(result: Result): number | undefined {
  const { left } = result as { readonly left?: { readonly conventional?: unknown } };
  const sharp = result.kind === "rd.estimate" && optionText(result, "treatment") === undefined;
  const levels = (optionNumber(result, "derivative") ?? 0) === 0 && (optionNumber(result, "scale") ?? 1) === 1;
  return sharp && levels && typeof left?.conventional === "number" && Number.isFinite(left.conventional) ? left.conventional : undefined;
}

function shareWords({ per = 1000 }: ShareMeasure, language: Language): Told {
  const size = checkNumber("explain", "measure.per", per, { min: 1, integer: true });
  const people = (value: number): number => Math.round(Math.abs(value) * size);
  const amount = (value: number): string => formatCount(people(value), language);
  const change = (value: number): string => {
    if (people(value) === 0) return say(language, "no more and no fewer", "geen verschil");
    return `${amount(value)} ${value > 0 ? say(language, "more", "meer") : say(language, "fewer", "minder")}`;
  };
  return { change, amount, level: (value) => formatCount(Math.round(value * size), language) };
}

function meanWords({ unit }: MeanMeasure, estimate: Estimate, language: Language): Told {
  const decimals = Math.max(0, sensibleDecimals([estimate.standardError]) - 1);
  const amount = (value: number): string => formatNumber(Math.abs(value), decimals, language);
  const change = (value: number): string =>
    `${amount(value)} ${unit} ${value < 0 ? say(language, "less", "minder") : say(language, "more", "meer")}`;
  return { change, amount, level: (value) => formatNumber(value, decimals, language) };
}

function effectSentence(
  estimate: Estimate,
  baseRate: number | undefined,
  options: ExplainOptions & { readonly language: Language },
  told: Told,
): string {
  const { language, people, measure } = options;
  const value = estimate.estimate;
  const levels =
    baseRate === undefined
      ? ""
      : `: ${told.level(baseRate + value)} ${say(language, "instead of", "in plaats van")} ${told.level(baseRate)}`;
  if (measure.type === "mean") {
    return say(
      language,
      `Among ${people}, ${measure.name} came to about ${told.change(value)} on average${levels}.`,
      `Bij ${people} was ${measure.name} gemiddeld ongeveer ${told.change(value)}${levels}.`,
    );
  }
  const per = formatCount(measure.per ?? 1000, language);
  if (Math.round(Math.abs(value) * (measure.per ?? 1000)) === 0) {
    return say(
      language,
      `Of every ${per} ${people}, about as many were ${measure.state} as without it.`,
      `Van elke ${per} ${people} waren er ongeveer evenveel ${measure.state} als zonder.`,
    );
  }
  return say(
    language,
    `Of every ${per} ${people}, about ${told.change(value)} were ${measure.state}${levels}.`,
    `Van elke ${per} ${people} waren er ongeveer ${told.change(value)} ${measure.state}${levels}.`,
  );
}

function uncertaintySentence(estimate: Estimate, level: number, told: Told, language: Language): string {
  const [low, high] = estimate.confidenceInterval;
  if (Number.isNaN(low) || Number.isNaN(high)) {
    return say(language, "How uncertain this number is could not be computed.", "Hoe onzeker dit getal is, kon niet worden berekend.");
  }
  const interval = say(language, `${percent(level)} interval`, `${percent(level)}-interval`);
  if (excludesZero(estimate)) {
    const [least, most] = low > 0 ? [low, high] : [high, low];
    return say(
      language,
      `Plausibly it was between ${told.amount(least)} and ${told.change(most)} (${interval}).`,
      `Aannemelijk is tussen ${told.amount(least)} en ${told.change(most)} (${interval}).`,
    );
  }
  return say(
    language,
    `Anything from ${told.change(low)} to ${told.change(high)} is plausible (${interval}), so the data do not tell in which direction it went.`,
    `Alles van ${told.change(low)} tot ${told.change(high)} is aannemelijk (${interval}); de gegevens zeggen dus niet welke kant het op ging.`,
  );
}

function scopeSentence(result: Result, language: Language): string {
  if (result.kind.startsWith("rd.")) {
    return optionText(result, "treatment") === undefined
      ? say(
          language,
          "This is about people close to the cutoff, not about everyone.",
          "Dit gaat over mensen dicht bij de grens, niet over iedereen.",
        )
      : say(
          language,
          "This is about people close to the cutoff who took part because of it, not about everyone.",
          "Dit gaat over mensen dicht bij de grens die daardoor meededen, niet over iedereen.",
        );
  }
  if (result.kind.startsWith("did.")) {
    return say(
      language,
      "This is about those who got the programme, compared with how they would have fared without it.",
      "Dit gaat over degenen die het programma kregen, vergeleken met hoe het hun zonder zou zijn vergaan.",
    );
  }
  return "";
}

function doubtSentence(count: number, language: Language): string {
  const english =
    count === 1 ? "There is a doubt about this result: see its warning." : `There are ${count} doubts about this result: see its warnings.`;
  const dutch =
    count === 1
      ? "Bij deze uitkomst past een kanttekening: zie de waarschuwing."
      : `Bij deze uitkomst passen ${count} kanttekeningen: zie de waarschuwingen.`;
  return capitalised(say(language, english, dutch));
}
