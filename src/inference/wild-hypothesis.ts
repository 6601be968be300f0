import { OptionError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";

/** How options say what is tested. */
export interface HypothesisOptions {
  readonly term?: string;
  readonly terms?: readonly string[];
  readonly restrictions?: readonly Readonly<Record<string, number>>[];
  readonly value?: number;
  readonly values?: readonly number[];
}

/** Rows of R in `R b = values`, weights by term. */
export interface Hypothesis {
  readonly restrictions: readonly Readonly<Record<string, number>>[];
  readonly values: readonly number[];
}

/** What is tested: exactly one of the three ways to say it. @throws OptionError `HYPOTHESIS_NEEDED`, `INVALID_OPTION`. */
export function hypothesis(caller: string, given: HypothesisOptions): Hypothesis {
  const named = given.term === undefined ? given.terms : [given.term];
  const restrictions = given.restrictions ?? named?.map((term) => ({ [term]: 1 }));
  const ways = [given.term, given.terms, given.restrictions].filter((way) => way !== undefined).length;
  if (restrictions === undefined || restrictions.length === 0 || ways !== 1) {
    throw new OptionError(
      "HYPOTHESIS_NEEDED",
      `Cannot run ${caller} as exactly one of "term", "terms" and "restrictions" must say what is tested: ${ways} given, or empty`,
      { options: ["term", "terms", "restrictions"] },
    );
  }
  const values = given.values ?? (given.value === undefined ? restrictions.map(() => 0) : [given.value]);
  if (values.length !== restrictions.length || !values.every(Number.isFinite)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as each restriction needs one finite value: ${values.length} for ${restrictions.length}`,
      { option: "values" },
    );
  }
  return { restrictions, values };
}

/** Weights of the terms, in their order. @throws OptionError `UNKNOWN_TERM`. */
export function restrictionRow(caller: string, weights: Readonly<Record<string, number>>, terms: readonly string[]): Float64Array {
  const row = new Float64Array(terms.length);
  for (const [term, weight] of Object.entries(weights)) {
    const at = terms.indexOf(term);
    if (at < 0) {
      const near = nearestName(term, terms);
      const hint = near === undefined ? `the terms are ${terms.map((name) => `"${name}"`).join(", ")}` : `did you mean "${near}"?`;
      throw new OptionError("UNKNOWN_TERM", `Cannot run ${caller} as the estimates have no term "${term}": ${hint}`, {
        term,
        known: terms,
      });
    }
    row[at] = weight;
  }
  return row;
}

/** `program`, or `program - 2*age` of a combination. */
export function restrictionName(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([term, weight], i) => {
      const size = Math.abs(weight) === 1 ? term : `${Math.abs(weight)}*${term}`;
      return weight < 0 ? `${i === 0 ? "-" : " - "}${size}` : `${i === 0 ? "" : " + "}${size}`;
    })
    .join("");
}
