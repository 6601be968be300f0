import { IdentificationError, OptionError } from "../core/errors.ts";
import { type Covariance, covarianceFrom, type EstimatingEquations } from "./covariance.ts";
import { scoreProducts } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/**
 * Corrections of heteroskedasticity-robust covariances; HC4m and HC5 as in R's sandwich. `"constant"` takes the weighted residuals `w e` to be of equal
 * variance, `B X'X B sum (w e)^2 / (n - K)`: `"iid"` without weights, and what sandwich's `type = "const"` gives with them.
 */
export type HeteroVariant = "constant" | "HC0" | "HC1" | "HC2" | "HC3" | "HC4" | "HC4m" | "HC5";

/** A row whose leverage is so close to 1 fits exactly: HC2 and above are undefined. */
const FULL_LEVERAGE = 1 - 1e-10;

/**
 * Heteroskedasticity-robust covariance `B (sum s s' / (1 - h)^d) B'`: d = 0 (HC0, HC1), 1 (HC2), 2 (HC3),
 * min(4, nh/K) (HC4), min(1, nh/K) + min(1.5, nh/K) (HC4m), min(nh/K, max(4, 0.7 n max(h)/K)) / 2 twice rooted (HC5).
 * HC1 is multiplied by n / (n - K).
 *
 * @throws IdentificationError `FULL_LEVERAGE` when a row's leverage is 1 and the variant divides by 1 - h.
 * @throws OptionError `VCOV_UNSUPPORTED` for leverage-based variants where leverage has no meaning.
 * @see MacKinnon & White (1985), doi:10.1016/0304-4076(85)90158-7; Cribari-Neto (2004), doi:10.1016/S0167-9473(02)00366-3
 */
export function heteroCovariance(equations: EstimatingEquations, variant: HeteroVariant, settings: SmallSample): Covariance {
  const { observations: n, counts, scores } = equations;
  const parameters = countParameters(counts, settings, undefined);
  if (variant === "constant") return constantCovariance(equations, settings, parameters);
  const factor = variant === "HC0" || variant === "HC1" ? undefined : leverageFactor(equations, variant);
  const adjust = variant === "HC1" && settings.adjustParameters ? n / (n - parameters) : 1;
  const meat = scoreProducts(scores, factor);
  for (let p = 0; p < meat.length; p++) meat[p]! *= adjust;
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, n - parameters);
  return {
    matrix: covarianceFrom(equations, meat),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    warnings: [],
  };
}

function constantCovariance(equations: EstimatingEquations, settings: SmallSample, parameters: number): Covariance {
  const { observations: n, scores } = equations;
  const { multiplier, repeats } = scores;
  let square = 0;
  for (let i = 0; i < multiplier.length; i++) square += (repeats === undefined ? 1 : repeats[i]!) * multiplier[i]! ** 2;
  const scale = square / (settings.adjustParameters ? n - parameters : n);
  const products = scoreProducts({ ...scores, multiplier: new Float64Array(multiplier.length).fill(1) }, undefined);
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, n - parameters);
  return {
    matrix: covarianceFrom(
      equations,
      products.map((value) => value * scale),
    ),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    warnings: [],
  };
}

/** `(1 - h)^(-d/2)`, one a row. */
function leverageFactor({ leverage, observations: n, counts }: EstimatingEquations, variant: HeteroVariant): Float64Array {
  if (leverage === undefined) {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot compute ${variant} as it needs the leverage of each row: instruments leave none; use HC1`,
      {
        variant,
      },
    );
  }
  const h = leverage();
  const K = counts.coefficients + counts.rank;
  let largest = 0;
  for (let i = 0; i < h.length; i++) largest = Math.max(largest, h[i]!);
  if (largest > FULL_LEVERAGE) {
    const rows = h.reduce((count, value) => count + (value > FULL_LEVERAGE ? 1 : 0), 0);
    throw new IdentificationError(
      "FULL_LEVERAGE",
      `Cannot compute ${variant} as each row needs a leverage below 1: ${rows} rows are fitted exactly; leave them out or use HC1`,
      { variant, rows },
    );
  }
  const top = Math.max(4, (0.7 * n * largest) / K);
  return h.map((value) => {
    const ratio = (n * value) / K;
    const d =
      variant === "HC2"
        ? 1
        : variant === "HC3"
          ? 2
          : variant === "HC4"
            ? Math.min(4, ratio)
            : variant === "HC4m"
              ? Math.min(1, ratio) + Math.min(1.5, ratio)
              : Math.min(ratio, top) / 2;
    return (1 - value) ** (-d / 2);
  });
}
