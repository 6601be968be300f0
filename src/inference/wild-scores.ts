import { OptionError } from "../core/errors.ts";
import { multiplyVector } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { clusterSums } from "./cluster-sums.ts";
import type { EstimatingEquations } from "./covariance.ts";
import type { WildProblem } from "./wild-forms.ts";
import type { WildFit } from "./wild-source.ts";

/** A hypothesis about a likelihood fit. */
export interface ScoreHypothesis {
  readonly restrictions: readonly Readonly<Record<string, number>>[];
  readonly values: readonly number[];
  readonly imposeNull: boolean;
}

/**
 * The score bootstrap of a likelihood fit as a problem of the wild bootstrap: clusters' summed scores are multiplied, nothing is estimated again, and their own products
 * are the variance. Under the hypothesis, scores and information are those of the restricted estimate, and the statistic is the score statistic
 * `R B s / root of sum (R B s_g)^2`; else those of the estimate, and the statistic is Wald's.
 *
 * @throws OptionError `RESTRICTION_UNSUPPORTED`: a combination of terms cannot be imposed.
 * @see Kline & Santos (2012), doi:10.1515/2156-6674.1006
 */
export function scoreProblem(
  caller: string,
  fit: WildFit,
  restricted: NonNullable<WildFit["restricted"]>,
  groups: GroupCodes,
  { restrictions, values, imposeNull }: ScoreHypothesis,
  inBasis: (equations: EstimatingEquations, weights: Float64Array) => Float64Array,
): WildProblem {
  const equations = imposeNull ? restricted(caller, fixedTerms(caller, restrictions, values)) : fit.equations;
  const sums = clusterSums(equations, groups);
  const k = sums.width;
  const rows = restrictions.map((weights) => Float64Array.from(fit.terms, (term) => weights[term] ?? 0));
  const own = rows.map((row) => inBasis(equations, row));
  const total = new Float64Array(k);
  for (const score of sums.scores) for (let j = 0; j < k; j++) total[j]! += score[j]!;
  const step = multiplyVector(equations.bread, total, k, k);
  const distances = rows.map((row, r) => {
    const estimate = row.reduce((sum, weight, j) => sum + weight * fit.coefficients[j]!, 0);
    return imposeNull ? own[r]!.reduce((sum, value, j) => sum + value * step[j]!, 0) : estimate - values[r]!;
  });
  const none = new Float64Array(k * k); // scores are not taken at a new estimate in each draw
  return {
    sums: { ...sums, gram: sums.scores.map(() => none) },
    bread: equations.bread,
    restrictions: own,
    distances: Float64Array.from(distances),
  };
}

function fixedTerms(
  caller: string,
  restrictions: readonly Readonly<Record<string, number>>[],
  values: readonly number[],
): ReadonlyMap<string, number> {
  const fixed = new Map<string, number>();
  restrictions.forEach((weights, r) => {
    const [only, ...more] = Object.entries(weights).filter(([, weight]) => weight !== 0);
    if (only === undefined || more.length > 0 || fixed.has(only[0])) {
      throw new OptionError(
        "RESTRICTION_UNSUPPORTED",
        `Cannot run ${caller} as the hypotheses that a likelihood fit imposes must give single terms a value: restriction ${r + 1} does not; use imposeNull: false`,
        { restriction: r },
      );
    }
    fixed.set(only[0], values[r]! / only[1]);
  });
  return fixed;
}
