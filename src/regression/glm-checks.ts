import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import type { GlmFit, GlmInput } from "./glm-fit.ts";
import { binarySides, findSeparation, type SeparatedRows } from "./separation.ts";

/** Probabilities this close to an outcome of 0 or 1 mark a row that is fitted perfectly. */
const PERFECT = 1e-9;

/**
 * What maximum likelihood must find beside convergence: something that varies, and more observations than parameters.
 * @throws IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`.
 */
export function checkGlmFit(caller: string, fit: GlmFit, { names }: GlmInput): void {
  const { terms, absorber, observations, coefficients } = fit;
  if (terms.length === 0 && names.length > 0) {
    const listed = names.map((name) => `"${name}"`).join(", ");
    const found = absorber === undefined ? "none of them varies" : "the fixed effects absorb all of them";
    throw new IdentificationError("ALL_COLLINEAR", `Cannot run ${caller} as at least one regressor must vary, of ${listed}: ${found}`, {
      terms: names,
    });
  }
  const rank = absorber?.rank ?? 0;
  if (observations <= coefficients.length + rank) {
    const effects = rank > 0 ? ` and ${rank} fixed effects` : "";
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot run ${caller} as more rows than parameters are needed: ${observations} observations for ${coefficients.length} coefficients${effects}`,
      { observations, coefficients: coefficients.length, effects: rank },
    );
  }
}

/**
 * Rows with binary outcomes that regressors and effects tell apart, looked for where a fit did not converge (`undefined`) or is perfect in some rows: some coefficient
 * grows without end.
 *
 * @throws IdentificationError `SEPARATED`: all rows are told apart, or the fit did not converge for it.
 */
export function binarySeparation(caller: string, fit: GlmFit | undefined, input: GlmInput): SeparatedRows | undefined {
  const { outcome, columns, names, intercept, effects } = input;
  if (!isBinary(input) || (fit !== undefined && perfectRows(fit, outcome) === 0)) return undefined;
  const found = findSeparation({ sides: binarySides(outcome), columns, names, intercept, effects });
  const all = fit !== undefined && perfectRows(fit, outcome) === outcome.length;
  if (!all && (found === undefined || (fit !== undefined && found.rows.length < outcome.length))) return found;
  const rows = found?.rows.length ?? outcome.length;
  const named = found === undefined ? "" : ` by ${wordsOf(found)}`;
  throw new IdentificationError(
    "SEPARATED",
    `Cannot run ${caller} as regressors and fixed effects may not tell outcomes apart: ${rows} of ${outcome.length} rows are fitted perfectly${named}, so that no estimate exists; leave out what does so, or those rows`,
    { rows, of: outcome.length, terms: found?.terms ?? [], check: found?.check },
  );
}

/** A doubt about binary outcomes some of which are fitted perfectly. */
export function separationWarnings(fit: GlmFit, input: GlmInput, found: SeparatedRows | undefined): readonly Warning[] {
  if (!isBinary(input)) return [];
  const rows = found?.rows.length ?? perfectRows(fit, input.outcome);
  if (rows === 0) return [];
  const named = found === undefined ? "" : ` by ${wordsOf(found)}`;
  return [
    {
      code: "SEPARATION",
      message: `${rows} rows are fitted perfectly${named}: coefficients that do so have no finite estimate, and their standard errors mean nothing`,
      details: { rows, ...(found === undefined ? {} : { terms: found.terms, check: found.check }) },
    },
  ];
}

/** `"x", "z"`, or the fixed effects where no regressor takes part. */
export function wordsOf({ terms }: SeparatedRows): string {
  return terms.length === 0 ? "the constant and the fixed effects" : terms.map((term) => `"${term}"`).join(", ");
}

const isBinary = ({ family }: GlmInput): boolean => family.name === "logit" || family.name === "probit";

function perfectRows({ means }: GlmFit, outcome: Float64Array): number {
  let rows = 0;
  for (let i = 0; i < outcome.length; i++) {
    if ((outcome[i] === 0 || outcome[i] === 1) && Math.abs(outcome[i]! - means[i]!) < PERFECT) rows++;
  }
  return rows;
}
