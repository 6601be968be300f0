import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import type { GlmFit, GlmInput } from "./glm-fit.ts";

/** Probabilities this close to an outcome of 0 or 1 mark a row that is fitted perfectly. */
const PERFECT = 1e-9;

/**
 * What maximum likelihood must find beside convergence: something that varies, and more observations than parameters.
 * @throws IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`, `SEPARATED`.
 */
export function checkGlmFit(caller: string, fit: GlmFit, { names, family, outcome }: GlmInput): void {
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
  if (family.name === "poisson" || perfectRows(fit, outcome).length < outcome.length) return;
  throw new IdentificationError(
    "SEPARATED",
    `Cannot run ${caller} as no combination of regressors may tell all outcomes apart: all ${outcome.length} rows are fitted perfectly, so that no estimate exists`,
    { rows: outcome.length },
  );
}

/** A doubt about binary outcomes some of which are fitted perfectly: some coefficient grows without end. */
export function separationWarnings(fit: GlmFit, { family, outcome }: GlmInput): readonly Warning[] {
  const rows = family.name === "poisson" ? [] : perfectRows(fit, outcome);
  if (rows.length === 0) return [];
  return [
    {
      code: "SEPARATION",
      message: `${rows.length} rows are fitted perfectly, with probabilities within ${PERFECT} of 0 or 1: coefficients that do so have no finite estimate, and their standard errors mean nothing`,
      details: { rows: rows.length },
    },
  ];
}

function perfectRows({ means }: GlmFit, outcome: Float64Array): readonly number[] {
  const rows: number[] = [];
  for (let i = 0; i < outcome.length; i++) {
    if ((outcome[i] === 0 || outcome[i] === 1) && Math.abs(outcome[i]! - means[i]!) < PERFECT) rows.push(i);
  }
  return rows;
}
