import { beforeAll, expect, it } from "vitest";
import { type RenderedFigure, renderFigure } from "../../src/plot/index.ts";
import { reportHtml } from "../../src/report/index.ts";
import { eventStudy, regression } from "../plot/example-results.ts";

let figure: RenderedFigure;
beforeAll(async () => {
  figure = await renderFigure(eventStudy, { scale: 100, unit: "%" });
});

const page = (extra: object = {}) =>
  reportHtml({
    title: "What works <for> whom?",
    intro: "A question & an answer.",
    findings: ["About 30 more in work."],
    sections: [
      {
        heading: "Over time",
        paragraphs: ["One.", { list: ["a", "b<"] }],
        figures: [figure],
        tables: [{ content: eventStudy, caption: 'Effects "by" month' }],
        notes: ["Small print."],
        sections: [{ heading: "In detail", tables: [{ header: ["x"], rows: [["1"]] }] }],
      },
    ],
    appendix: [{ heading: "Models", tables: [{ content: { a: regression, b: regression } }] }],
    ...extra,
  });

it("reportHtml() is one document that stands on its own", () => {
  const html = page();
  expect(html.startsWith('<!DOCTYPE html>\n<html lang="en">')).toBe(true);
  expect(html).toContain("<title>What works &lt;for&gt; whom?</title>");
  expect(html).not.toMatch(/<script|<link|<img|\ssrc=|@import|url\((?!#)/);
  expect(html.match(/href="[^#]/g)).toBeNull();
  expect(html.match(/https?:\/\/(?!www\.w3\.org\/)/g)).toBeNull();
  expect(html).toContain("default-src 'none'");
});

it("reportHtml() has headings in order, figures in two widths with words, and tables that scroll", () => {
  const html = page();
  const main = html.slice(html.indexOf("<main>"), html.indexOf("</main>"));
  const headings = [...main.matchAll(/<(h\d)[^>]*>(.*?)<\/h\d>/g)].map((match) => [match[1], match[2]]);
  expect(headings).toEqual([
    ["h1", "What works &lt;for&gt; whom?"],
    ["h2", "What we found"],
    ["h2", "Over time"],
    ["h3", "In detail"],
    ["h2", "Technical appendix"],
    ["h3", "Models"],
  ]);
  expect(html).toContain('<figure class="both"><div class="wide"><svg');
  expect(html).toContain('<div class="narrow"><svg');
  expect(html).toContain(`<p>${figure.description}</p></details>`);
  expect(html).toContain('role="region" tabindex="0" aria-label="Effects &quot;by&quot; month"');
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const tag of ["section", "figure", "table", "ul", "p", "div", "svg", "g"]) {
    expect(main.match(new RegExp(`<${tag}[\\s>]`, "g"))?.length, tag).toBe(main.match(new RegExp(`</${tag}>`, "g"))?.length);
  }
});

it("reportHtml() speaks Dutch and lists contents of long reports", () => {
  const sections = ["a", "b", "c", "d"].map((heading) => ({ heading }));
  const html = page({ language: "nl", sections });
  expect(html).toContain('<html lang="nl">');
  expect(html).toContain("Wat we vonden");
  expect(html).toContain('<a href="#section-4">d</a>');
  expect(() => page({ language: '"><script>' })).toThrow('"language" must be a language tag');
});

it.each([
  ["<svg><script>x</script></svg>", "<script>"],
  ['<svg onload="x()"></svg>', "event handler"],
  ['<svg><path\tonclick = "x"/></svg>', "event handler"],
  ['<svg><use href="#a"/></svg>', "<use>"],
  ['<svg><g xlink:href="http://x"/></svg>', "link"],
  ['<svg><rect fill="url(http://x)"/></svg>', "another document"],
  ["<svg><foreignObject/></svg>", "<foreignobject>"],
  ["<svg><!-- x --></svg>", "comment"],
  ["no picture", "no <svg>"],
])("reportHtml() refuses the figure %s", (svg, found) => {
  expect(() => page({ sections: [{ heading: "x", figures: [{ svg, description: "x" }] }] })).toThrow(found);
});
