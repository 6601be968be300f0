import type { Result } from "../core/result.ts";
import { formatPlain } from "../plot/format-number.ts";
import { optionNumber, optionText } from "../plot/plot-options.ts";

type Words = (result: Result) => string;

const quoted = (result: Result, option: string, missing: string): string => {
  const name = optionText(result, option);
  return name === undefined ? missing : `"${name}"`;
};

const atCutoff: Words = (result) => {
  const cutoff = optionNumber(result, "cutoff");
  const running = quoted(result, "running", "the running variable");
  return cutoff === undefined ? `at the cutoff of ${running}` : `where ${running} passes ${formatPlain(cutoff)}`;
};

const onOutcome: Words = (result) => `on ${quoted(result, "outcome", "the outcome")}`;

/** One sentence for each kind of result that deserves its own: what was estimated. */
const SENTENCES: Readonly<Record<string, Words>> = {
  "rd.estimate": (result) => {
    const fuzzy = optionText(result, "treatment");
    if (fuzzy === undefined) return `Regression discontinuity: effect ${onOutcome(result)} ${atCutoff(result)}`;
    return `Fuzzy regression discontinuity: effect of "${fuzzy}" ${onOutcome(result)} for those whom the cutoff moves, ${atCutoff(result)}`;
  },
  "rd.bins": (result) => `Regression discontinuity: means of ${quoted(result, "outcome", "the outcome")} by bin ${atCutoff(result)}`,
  "rd.densityTest": (result) =>
    `Manipulation test: is the density of ${quoted(result, "running", "the running variable")} continuous at the cutoff?`,
  "did.attGt": (result) =>
    `Group-time average effects ${onOutcome(result)}, by first treatment ${quoted(result, "firstTreated", "").trim()}`.replace(
      /, by first treatment $/,
      "",
    ),
  "did.aggregate": (result) => {
    const words: Readonly<Record<string, string>> = {
      simple: "one average",
      dynamic: "by time since treatment",
      group: "by first treatment",
      calendar: "by period",
    };
    return `Group-time average effects summarised ${words[optionText(result, "type") ?? ""] ?? ""}`.trim();
  },
  "did.twoByTwo": (result) => `Difference-in-differences: effect ${onOutcome(result)} on the treated, two groups and two periods`,
  "did.eventStudy": (result) => `Event study by two-way fixed effects: effects ${onOutcome(result)} by time since treatment`,
  "did.twoWayFixedEffects": (result) => `Two-way fixed effects: effect ${onOutcome(result)}`,
  "heterogeneity.subgroups": () => "Effect in each subgroup, and whether the effects are equal",
  "regression.ols": (result) => `Ordinary least squares of ${quoted(result, "outcome", "the outcome")}`,
  "regression.iv": (result) => `Instrumental variables (two-stage least squares) for ${quoted(result, "outcome", "the outcome")}`,
  "regression.poisson": (result) => `Poisson regression of ${quoted(result, "outcome", "the outcome")}`,
  "regression.logit": (result) => `Logit regression of ${quoted(result, "outcome", "the outcome")}`,
};

/** What was estimated, in a sentence. */
export function resultSentence(result: Result): string {
  const words = SENTENCES[result.kind];
  if (words !== undefined) return words(result);
  const outcome = optionText(result, "outcome");
  return outcome === undefined ? `Result of ${result.kind}` : `Result of ${result.kind}: "${outcome}"`;
}

/** `"confidenceLevel"` as "confidence level". */
export function spaced(name: string): string {
  return name.replace(/(?<=\w)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
