import { finishResult } from "../core/display.ts";
import { checkBoolean, checkNumber } from "../core/options.ts";
import type { Frame } from "../data/frame.ts";
import { checkCall } from "./check-call.ts";
import { type RdDesign, readDesign } from "./design.ts";
import type { RdEstimateOptions, RdEstimateResult, RdEstimateSettings, RdRowValues } from "./estimate-result.ts";
import { type FittedDesign, fitDesign } from "./fit-design.ts";
import type { Pair } from "./numerics/selectors.ts";
import { positivePair, resolveDesign } from "./options.ts";
import { fitTwoWay } from "./two-way.ts";

/**
 * Regression discontinuity by local polynomials with robust bias correction: sharp, fuzzy (`treatment`) and kink (`derivative: 1`).
 * Report `robust`: its interval accounts for the bias that a data-driven bandwidth leaves. Equals `rdrobust` 4.0.0 of R.
 * Rows with a missing value in a used column, or with weight zero, are left out and counted.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`, `NO_BANDWIDTH`, `NO_FIRST_STAGE`.
 * @throws DataError `NO_VARIATION`, `NO_WEIGHT`, `INFINITE_VALUE`, `NEGATIVE_WEIGHT`.
 * @throws OptionError, ColumnError for bad options and columns.
 * @see Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326; Calonico, Cattaneo & Farrell (2018), JASA 113 767-779;
 * covariates: Calonico, Cattaneo, Farrell & Titiunik (2019), REStat 101(3) 442-451
 * @example
 * const atSixty = rd.estimate(people, { outcome: "employed", running: "childAgeMonths", cutoff: 60, cluster: "person" });
 * atSixty.estimates.robust.confidenceInterval;
 */
export function estimate<Row>(data: Frame<Row>, options: RdEstimateOptions<Row>): RdEstimateResult {
  checkCall("rd.estimate", data, options, ["covariates"]);
  const settings = resolveEstimate("rd.estimate", options);
  const design = readDesign("rd.estimate", data, settings, settings.perRow);
  const run = design.secondClusters === undefined ? fitDesign : fitTwoWay;
  return finishEstimate(withSourceRows(run("rd.estimate", design, settings), design, data.rowCount), settings);
}

/** Values per row of the design as values per row of the data. */
function withSourceRows(fitted: FittedDesign, { source }: RdDesign, rows: number): FittedDesign {
  if (fitted.perRow === undefined || source === undefined) return fitted;
  const spread = (values: Float64Array): Float64Array => {
    const out = new Float64Array(rows);
    for (let i = 0; i < values.length; i++) out[source[i]!] = values[i]!;
    return out;
  };
  const both = ({ weights, influence }: RdRowValues): RdRowValues => ({ weights: spread(weights), influence: spread(influence) });
  return { ...fitted, perRow: { conventional: both(fitted.perRow.conventional), robust: both(fitted.perRow.robust) } };
}

/** Resolves and checks the options of {@link estimate}. */
export function resolveEstimate(caller: string, options: object): RdEstimateSettings {
  const extra = { bandwidth: undefined, biasBandwidth: undefined, rho: undefined, scale: 1, perRow: false };
  const settings = resolveDesign<RdEstimateSettings>(caller, options, extra);
  checkNumber(caller, "scale", settings.scale);
  checkBoolean(caller, "perRow", settings.perRow);
  const pairs: Record<string, Pair> = {};
  for (const name of ["bandwidth", "biasBandwidth", "rho"] as const) {
    if (settings[name] !== undefined) pairs[name] = positivePair(caller, name, settings[name]);
  }
  return Object.freeze({ ...settings, ...pairs });
}

/** The result of a fitted design. */
export function finishEstimate(fitted: FittedDesign, settings: RdEstimateSettings): RdEstimateResult {
  const reference = "Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326";
  return finishResult({ kind: "rd.estimate", ...fitted, options: settings, reference });
}
