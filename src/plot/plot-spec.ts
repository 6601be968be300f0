import type { Result } from "../core/result.ts";
import { figureOf } from "./figures.ts";
import type { VegaLiteSpec } from "./json.ts";
import { type PlotOptions, resolvePlotOptions } from "./plot-options.ts";

/**
 * The figure of a result as a Vega-Lite 6 specification: plain data that notebooks, VS Code, Quarto and Observable render as it is
 * and {@link renderSvg} turns into SVG. The title states the finding, axes carry their units, intervals are drawn, the reference
 * period or cutoff is marked and `description` says the same in words.
 *
 * Event study: estimates with an `eventTime`. Regression discontinuity: `rd.bins`, with `effect` for the title. Forest plot:
 * `heterogeneity.subgroups`. Small multiples by cohort: `did.attGt`. Density on both sides: `rd.densityTest`. The estimate under other choices:
 * `rd.sensitivity`, `rd.donut`, `rd.placebo`. Comparisons behind a coefficient: `did.goodmanBacon`. Event studies side by side: `did.compare`. Targeting curve:
 * `heterogeneity.rankAverageEffect`. Tree: `heterogeneity.policyTree`. Any other result with estimates: a line for each.
 *
 * @throws OptionError `NO_FIGURE` for a result without estimates or bins; `INVALID_OPTION`; `UNKNOWN_OPTION`.
 * @example
 * const spec = plotSpec(effects, { outcome: "share in work", unit: "percentage points", scale: 100, timeUnit: "months" });
 */
export function plotSpec(result: Result, options: PlotOptions = {}): VegaLiteSpec {
  return figureOf("plotSpec", result).spec(result, resolvePlotOptions("plotSpec", result, options));
}
