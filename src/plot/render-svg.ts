import { OptionError } from "../core/errors.ts";
import { checkArgument } from "../core/options.ts";
import type { VegaLiteSpec } from "./json.ts";

/** The parts of the optional peers that are used. */
interface VegaLiteModule {
  compile(spec: unknown): { readonly spec: unknown };
}
interface VegaModule {
  parse(spec: unknown): unknown;
  readonly View: new (runtime: unknown, options: { readonly renderer: "none" }) => { toSVG(): Promise<string>; finalize(): unknown };
}

/**
 * A specification as an SVG document: no browser, no canvas. Title and description go in as `<title>` and `<desc>`;
 * the picture shrinks with its column and its ids do not clash with those of other figures on a page.
 *
 * @throws OptionError `PEER_MISSING` when the optional packages `vega` and `vega-lite` are not installed.
 * @example
 * const svg = await renderSvg(plotSpec(effects, { unit: "percentage points", scale: 100 }));
 */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  checkArgument("renderSvg", spec, "a specification, such as plotSpec() gives", ["$schema"]);
  const [vega, vegaLite] = await loadPeers();
  // Vega marks the rows it draws; the caller's specification stays as it is.
  const own: unknown = JSON.parse(JSON.stringify(spec));
  const view = new vega.View(vega.parse(vegaLite.compile(own).spec), { renderer: "none" });
  try {
    return accessible(await view.toSVG(), spec);
  } finally {
    view.finalize();
  }
}

async function loadPeers(): Promise<[VegaModule, VegaLiteModule]> {
  try {
    // The casts keep the peers' types, which need a browser's, out of this package's.
    return (await Promise.all([import("vega" as string), import("vega-lite" as string)])) as [VegaModule, VegaLiteModule];
  } catch (cause) {
    const message =
      "Cannot render SVG as the optional packages vega and vega-lite are needed: one could not be loaded. Install both: npm install vega@6 vega-lite@6";
    throw new OptionError("PEER_MISSING", message, { packages: ["vega", "vega-lite"], cause });
  }
}

/** Title and subtitle of a specification on one line. */
function titleText(spec: VegaLiteSpec): string {
  const text = spec.title["text"];
  return Array.isArray(text) ? text.join(" ") : String(text ?? "");
}

/** Words in, names of the renderer's own parts out: to a screen reader the picture is one image. */
function accessible(svg: string, spec: VegaLiteSpec): string {
  const [title, description] = [titleText(spec), spec.description];
  const head = `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`;
  const body = withOwnIds(svg, `figure-${hash(JSON.stringify(spec))}`).replace(/<[a-zA-Z][^>]*>/g, (tag) =>
    tag.replace(/\s(?:role|aria-[a-z]+|class)="[^"]*"/g, ""),
  );
  return body.replace(/<svg\b([^>]*)>/, (_all, attributes: string) => {
    return `<svg${attributes} role="img" aria-label="${escapeXml(`${title}. ${description}`)}" style="max-width:100%;height:auto">${head}`;
  });
}

/** Ids by the figure's content and their order: the renderer numbers them through all figures it ever drew. */
function withOwnIds(svg: string, prefix: string): string {
  const names = new Map<string, string>();
  const own = (id: string): string => {
    if (!names.has(id)) names.set(id, `${prefix}-${names.size + 1}`);
    return names.get(id)!;
  };
  return svg
    .replace(/\bid="([^"]+)"/g, (_all, id: string) => `id="${own(id)}"`)
    .replace(/url\(#([^)]+)\)/g, (_all, id: string) => `url(#${own(id)})`);
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** FNV-1a of the text, in base 36: enough to tell the figures of one page apart. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state >>> 0).toString(36);
}
