import type { Result } from "../core/result.ts";
import type { PlotOptions } from "./plot-options.ts";
import { plotSpec } from "./plot-spec.ts";
import { renderSvg } from "./render-svg.ts";

/** A figure for a page: two pictures of the same numbers, and the words. */
export interface RenderedFigure {
  /** Title, which states the finding. */
  readonly title: string;
  /** The figure in words. */
  readonly description: string;
  /** SVG for a column of text. */
  readonly svg: string;
  /** SVG for a telephone. */
  readonly narrowSvg: string;
}

/**
 * The figure of a result as SVG in two widths, for pages that are read on screens of any size.
 *
 * @param options As in {@link plotSpec}; `width` is that of the wide picture.
 * @throws OptionError `PEER_MISSING`, and all of {@link plotSpec}.
 * @example
 * const figure = await renderFigure(effects, { outcome: "share in work", unit: "percentage points", scale: 100 });
 */
export async function renderFigure(result: Result, options: PlotOptions = {}): Promise<RenderedFigure> {
  const wide = plotSpec(result, options);
  const narrow = plotSpec(result, { ...options, width: Math.min(options.width ?? 360, 360) });
  const [svg, narrowSvg] = await Promise.all([renderSvg(wide), renderSvg(narrow)]);
  const text = wide.title["text"];
  return { title: Array.isArray(text) ? text.join(" ") : String(text), description: wide.description, svg, narrowSvg };
}
