import { OptionError } from "../core/errors.ts";

/**
 * An SVG document fit to stand inside a page: one `<svg>` element without scripts, event handlers, styles of its own,
 * foreign content, or anything fetched from elsewhere.
 *
 * @throws OptionError `UNSAFE_SVG`.
 */
export function checkedSvg(svg: string): string {
  const start = svg.search(/<svg[\s>]/);
  if (start < 0) throw unsafe("no <svg> element was given");
  const body = svg.slice(start).trim();
  if (/<!|<\?/.test(body)) throw unsafe("it holds a declaration or comment");
  for (const [tag] of body.matchAll(/<[^>]*>/g)) {
    const name = /^<\/?\s*([\w:-]+)/.exec(tag)?.[1]?.toLowerCase() ?? "";
    if (/^(?:\w+:)?(?:script|style|foreignobject|iframe|image|use|animate\w*|set|a)$/.test(name)) throw unsafe(`it holds <${name}>`);
    const bare = tag.replace(/"[^"]*"|'[^']*'/g, '""');
    if (/[\s"'/]on\w+\s*=/i.test(bare)) throw unsafe("it holds an event handler");
    if (/[\s"'/](?:[\w-]+:)?(?:href|src)\s*=/i.test(bare)) throw unsafe("it holds a link");
    if (/url\(\s*["']?(?!#)/i.test(tag.replace(/\saria-label="[^"]*"/g, ""))) throw unsafe("it refers to another document");
  }
  return body;
}

function unsafe(found: string): OptionError {
  return new OptionError("UNSAFE_SVG", `Cannot put a figure into the report as it must be plain SVG without scripts and links: ${found}`);
}
