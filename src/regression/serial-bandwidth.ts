import { checkChoice, resolveOptions } from "../core/options.ts";
import { andrewsBandwidth, neweyWestBandwidth, type SerialKernel } from "../inference/bandwidth.ts";
import { orderedScores, whiten } from "../inference/vcov-hac.ts";
import { checkPrewhiten, columnsAfterwards } from "./covariance.ts";
import { keptModel } from "./kept-model.ts";

/** Options of {@link serialBandwidth}. */
export interface SerialBandwidthOptions {
  /** Numeric column that orders the rows, one a period. */
  readonly time: string;
  /** Default `"neweyWest"`. */
  readonly rule?: "neweyWest" | "andrews";
  /** Default `"bartlett"`; `"neweyWest"` knows Bartlett, Parzen and quadratic spectral kernels. */
  readonly kernel?: SerialKernel;
  /** Of the autoregression taken out of the scores first: its order, `true` for 1. Default false. */
  readonly prewhiten?: boolean | number;
}

/**
 * Plug-in bandwidth of a kernel covariance of a single time series, in periods (not rounded).
 * @throws DataError `MODEL_NOT_KEPT`. @throws OptionError `INVALID_OPTION`.
 * @see Newey & West (1994), doi:10.2307/2297912; Andrews (1991), doi:10.2307/2938229
 */
export function serialBandwidth(result: object, options: SerialBandwidthOptions): number {
  const caller = "regression.serialBandwidth";
  const settings = resolveOptions<Required<SerialBandwidthOptions>>(caller, options, {
    required: ["time"],
    defaults: { rule: "neweyWest", kernel: "bartlett", prewhiten: false },
  });
  checkChoice(caller, "rule", settings.rule, ["neweyWest", "andrews"]);
  const order = checkPrewhiten(caller, settings.prewhiten);
  const model = keptModel(caller, result);
  const columns = columnsAfterwards(caller, model.data, model.rows, { groups: [settings.time], numbers: [] });
  const { scores, width } = orderedScores(model.equations, columns.groups(settings.time));
  const used = order > 0 ? whiten(scores, width, order).residuals : scores;
  const constant = model.equations.scores.constant;
  if (settings.rule === "andrews") return andrewsBandwidth(used, width, constant, settings.kernel);
  const kernel = checkChoice(caller, "kernel", settings.kernel, ["bartlett", "parzen", "quadraticSpectral"]);
  return neweyWestBandwidth(used, width, constant, kernel, order);
}
