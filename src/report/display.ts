import { setResultRenderers } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { checkResult } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import { hasFigure } from "../plot/figures.ts";
import type { VegaLiteSpec } from "../plot/json.ts";
import { plotSpec } from "../plot/plot-spec.ts";
import { renderSvg } from "../plot/render-svg.ts";
import { escapeHtml } from "./escape.ts";
import { resultSentence } from "./result-words.ts";
import { summarize } from "./summarize.ts";
import { toHtml } from "./to-html.ts";
import { toMarkdown } from "./to-markdown.ts";

/** What a notebook shows, by MIME type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * JupyterLab and VS Code render version 5 of the Vega-Lite MIME type and not yet 6; the figures use what both versions have.
 */
const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";
const VEGA_LITE_5 = "https://vega.github.io/schema/vega-lite/v5.json";

/**
 * Lets every result show itself: as the text of {@link summarize} in terminals (Node, Deno, Bun), and in Deno's notebooks as a table
 * with its figure. The package root calls it; call it yourself when importing from subpaths only. Calling it again does nothing new.
 *
 * @example
 * import { registerDisplay } from "whatworks/report";
 * registerDisplay();
 */
export function registerDisplay(): void {
  setResultRenderers({ text: (result) => summarize(result), bundle: mimeBundle });
}

/**
 * A result as a MIME bundle: HTML (table, warnings and, with the optional packages `vega` and `vega-lite`, the figure), Markdown,
 * plain text, the figure's Vega-Lite specification, and its SVG.
 */
export async function mimeBundle(result: Result): Promise<MimeBundle> {
  checkResult("mimeBundle", result);
  const spec = hasFigure(result) ? plotSpec(result, { width: 640 }) : undefined;
  const svg = spec === undefined ? undefined : await svgIfPossible(spec);
  return {
    "text/plain": summarize(result),
    "text/markdown": markdown(result),
    "text/html": html(result, svg),
    ...(spec === undefined ? {} : { [VEGA_LITE_MIME]: { ...spec, $schema: VEGA_LITE_5 } }),
    ...(svg === undefined ? {} : { "image/svg+xml": svg }),
  };
}

/** The part of tslab's display interface that is used. */
interface Tslab {
  readonly display: { html(html: string): void };
}

/**
 * Shows a result in a tslab notebook: table and figure. tslab does not ask values how they want to be shown.
 *
 * @throws OptionError `PEER_MISSING` outside of tslab.
 * @example
 * await display(effects);
 */
export async function display(result: Result): Promise<void> {
  const bundle = await mimeBundle(result);
  const { display: show } = await loadTslab();
  show.html(bundle["text/html"] as string);
}

/** Node's view of the program that was started: in a notebook, tslab itself. */
interface HostProcess {
  readonly mainModule?: { require(name: string): unknown };
}

/** tslab from beside the notebook, else from the running kernel, which is usually installed elsewhere. */
async function loadTslab(): Promise<Tslab> {
  const name = "tslab"; // not a literal in import(), so that bundlers do not look for it
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Tslab & { readonly default?: Tslab };
    return module.display === undefined ? module.default! : module;
  } catch (cause) {
    const { process } = globalThis as { readonly process?: HostProcess };
    try {
      const kernel = process?.mainModule?.require(name) as Tslab | undefined;
      if (kernel !== undefined) return kernel;
    } catch {
      // the program is not tslab: the first cause says what is wrong
    }
    throw new OptionError("PEER_MISSING", "Cannot display as this works in a tslab notebook only: the package tslab could not be loaded", {
      cause,
    });
  }
}

async function svgIfPossible(spec: VegaLiteSpec): Promise<string | undefined> {
  try {
    return await renderSvg(spec);
  } catch (error) {
    if (error instanceof OptionError && error.code === "PEER_MISSING") return undefined;
    throw error;
  }
}

function html(result: Result, svg: string | undefined): string {
  const warnings = result.warnings.map(({ code, message }) => `<li><code>${escapeHtml(code)}</code> ${escapeHtml(message)}</li>`).join("");
  const list = warnings === "" ? "" : `<ul>${warnings}</ul>`;
  return `<section><p>${escapeHtml(resultSentence(result))}</p>${toHtml(result)}${list}${svg ?? ""}</section>`;
}

function markdown(result: Result): string {
  return toMarkdown(result, { caption: resultSentence(result), notes: result.warnings.map(({ code, message }) => `${code}: ${message}.`) });
}
