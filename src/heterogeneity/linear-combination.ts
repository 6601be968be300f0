import { IdentificationError } from "../core/errors.ts";
import { type Estimate, estimateList } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import type { OlsResult } from "../regression/index.ts";

/** Weights of coefficients, by term; terms not named have weight 0. */
export type Combination = Readonly<Record<string, number>>;

/** What combinations are made from. */
export type Fitted = Pick<OlsResult, "estimates" | "vcov" | "covariance">;

/** Combinations of a model's coefficients with their joint covariance (row-major) and inference. */
export interface Combined {
  readonly estimates: readonly Estimate[];
  readonly covariance: Float64Array;
}

/**
 * `L b` with covariance `L V L'`; t with the model's joint degrees of freedom.
 *
 * @throws IdentificationError `TERM_NOT_ESTIMATED`: a combination needs a coefficient that was left out.
 */
export function combinations(
  caller: string,
  fit: Fitted,
  rows: readonly { readonly term: string; readonly weights: Combination }[],
  level: number,
): Combined {
  const terms = estimateList(fit).map(({ term }) => term);
  const b = estimateList(fit).map(({ estimate }) => estimate);
  const L = rows.map(({ weights }) => {
    const row = new Float64Array(terms.length);
    for (const [name, weight] of Object.entries(weights)) {
      const at = terms.indexOf(name);
      if (at < 0 && weight !== 0) {
        throw new IdentificationError(
          "TERM_NOT_ESTIMATED",
          `Cannot run ${caller} as the coefficient of "${name}" is needed: it was left out as a combination of the other regressors`,
          { term: name },
        );
      }
      if (at >= 0) row[at] = weight;
    }
    return row;
  });
  const m = rows.length;
  const covariance = new Float64Array(m * m);
  L.forEach((row, i) => {
    const product = terms.map((_, k) => row.reduce((sum, weight, j) => (weight === 0 ? sum : sum + weight * fit.vcov[j]![k]!), 0));
    L.forEach((other, j) => {
      covariance[i * m + j] = other.reduce((sum, weight, k) => sum + weight * product[k]!, 0);
    });
  });
  const estimates = rows.map(({ term }, i) =>
    tEstimate(
      term,
      L[i]!.reduce((sum, weight, j) => sum + weight * b[j]!, 0),
      covariance[i * m + i]!,
      fit.covariance.jointDegreesOfFreedom,
      level,
    ),
  );
  return { estimates, covariance };
}

/** A row-major square matrix as rows. */
export const squareRows = (matrix: Float64Array): number[][] => {
  const m = Math.round(Math.sqrt(matrix.length));
  return Array.from({ length: m }, (_, i) => Array.from(matrix.subarray(i * m, (i + 1) * m)));
};
