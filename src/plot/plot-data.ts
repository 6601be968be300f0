import type { Result } from "../core/result.ts";
import { figureOf } from "./figures.ts";
import type { PlotRow } from "./json.ts";
import { type PlotOptions, resolvePlotOptions } from "./plot-options.ts";

/**
 * The tidy rows that {@link plotSpec} draws: one per point, after scaling, `null` where there is no number. For other plotting tools.
 *
 * @throws OptionError `NO_FIGURE`, `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * console.table(plotData(effects));
 */
export function plotData(result: Result, options: PlotOptions = {}): readonly PlotRow[] {
  return figureOf("plotData", result).rows(result, resolvePlotOptions("plotData", result, options));
}
