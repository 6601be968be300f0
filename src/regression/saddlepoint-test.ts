import { OptionError } from "../core/errors.ts";
import { checkArgument, checkNumber, resolveOptions } from "../core/options.ts";
import { estimateList } from "../core/result.ts";
import { saddlepointTail } from "../inference/saddlepoint.ts";
import { symmetricEigen } from "../linalg/index.ts";
import { linearCombination } from "./linear-combination.ts";
import { restrictionRows, standardize, type WaldInput } from "./wald.ts";

/** Options of {@link saddlepointTest}. */
export interface SaddlepointTestOptions {
  /** The coefficient tested; or give `weights`. */
  readonly term?: string;
  /** Weights of the tested combination by term. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Value under the hypothesis. Default 0. */
  readonly value?: number;
}

/** Result of {@link saddlepointTest}. */
export interface SaddlepointTest {
  readonly estimate: number;
  readonly standardError: number;
  /** t ratio of the estimate's distance from the hypothesis. */
  readonly statistic: number;
  /** Where the tail is expanded: below 1/2, negative where |t| is below its expectation. */
  readonly saddlepoint: number;
  /** Two-sided. */
  readonly pValue: number;
}

/** The weights of the chi-squared variables are eigenvalues of a matrix over clusters. */
const MOST_CLUSTERS = 1000;

/**
 * Two-sided t test of a coefficient or combination for few clusters, of one variable: the tail of the ratio of a normal to the root of the estimated variance, a weighted
 * sum of chi-squared variables under independent errors of equal variance, by a saddlepoint approximation instead of a t distribution. For any variant of the clustered
 * covariance, CR2 foremost; the variance counts as unbiased.
 *
 * @throws OptionError `UNKNOWN_TERM`, `INVALID_OPTION` (no clusters of one variable; neither or both of `term` and `weights`), `TOO_MANY_CLUSTERS` (above 1,000).
 * @throws DataError `MODEL_NOT_KEPT`.
 * @see McCaffrey & Bell (2006), doi:10.1002/sim.2502; Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181
 * @example
 * const result = ols(people, { outcome: "hours", regressors: ["program"], vcov: { type: "cluster", by: "town", variant: "CR2" } });
 * saddlepointTest(result, { term: "program" }).pValue;
 */
export function saddlepointTest(result: WaldInput, options: SaddlepointTestOptions): SaddlepointTest {
  const caller = "regression.saddlepointTest";
  checkArgument(caller, result, "a result of a regression", ["estimates", "vcov", "covariance", "options"]);
  const { term, weights, value } = resolveOptions<SaddlepointTestOptions & { readonly value: number }>(caller, options, {
    required: [],
    defaults: { term: undefined, weights: undefined, value: 0 },
  });
  checkNumber(caller, "value", value);
  if ((term === undefined) === (weights === undefined)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as one of "term" and "weights" must say what is tested: ${term === undefined ? "none" : "both"} does`,
      {
        option: "term",
      },
    );
  }
  const tested = weights ?? { [term!]: 1 };
  const names = estimateList(result).map(({ term: name }) => name);
  const rows = restrictionRows(caller, { restrictions: [tested] }, names);
  const { products } = standardize(caller, result, rows, "saddlepoint");
  const P = products(Float64Array.of(1), Float64Array.of(1));
  const G = Math.round(Math.sqrt(P.length));
  if (G > MOST_CLUSTERS) {
    throw new OptionError(
      "TOO_MANY_CLUSTERS",
      `Cannot run ${caller} as it is for few clusters, ${MOST_CLUSTERS} at most: there are ${G}; use Satterthwaite's degrees of freedom, smallSample: { degreesOfFreedom: "satterthwaite" }`,
      { clusters: G },
    );
  }
  const { estimate: distance, standardError, statistic } = linearCombination(result, { weights: tested, value });
  if (Number.isNaN(statistic)) return { estimate: distance + value, standardError, statistic, saddlepoint: Number.NaN, pValue: Number.NaN };
  const eigenvalues = symmetricEigen(P, G).values.map((own) => Math.max(0, own));
  const { saddlepoint, probability } = saddlepointTail(statistic, eigenvalues);
  return { estimate: distance + value, standardError, statistic, saddlepoint, pValue: probability };
}
