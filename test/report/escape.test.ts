import fc from "fast-check";
import Papa from "papaparse";
import { expect, it } from "vitest";
import { escapeCsv, escapeHtml, escapeLatex, escapeMarkdown } from "../../src/report/escape.ts";
import { toCsv, toHtml, toLatex, toMarkdown } from "../../src/report/index.ts";
import { regression } from "../plot/example-results.ts";

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(..."<>&\"'`|\\{}$%#_^~*[]()!-+\n\r\t, aB1"), maxLength: 30 }),
  fc.constantFrom("<script>alert(1)</script>", "a | b", "\\input{x}", "![x](http://y)", "=cmd()", "</table>", "[1em]", "%", "\u0000"),
);

it("escapeHtml() leaves no markup and can be read back", () => {
  const back: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), nasty, (plain, text) => {
      for (const escaped of [escapeHtml(plain), escapeHtml(text)]) {
        expect(escaped).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }
      const visible = plain.replace(/[\p{Cc}\p{Cs}]/gu, "");
      expect(escapeHtml(visible).replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => back[entity]!)).toBe(visible);
    }),
  );
});

it("escapeLatex() leaves no command, comment, cell or group of its own", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const escaped = escapeLatex(text);
      const rest = escaped
        .replace(/\\text(?:backslash|asciicircum|asciitilde|less|greater|bar|quotedbl)\{\}|\\ldots\{\}|\\textsuperscript\{2\}/g, "")
        .replace(/\\[{}$&#%_]/g, "")
        .replace(/\$(?:-|\\infty|\\times)\$/g, "")
        .replace(/^\{[[*]\}/, "");
      expect(rest).not.toMatch(/[\\{}$&#%_^~\n\r]/);
      expect(escaped).not.toMatch(/^[[*]/);
    }),
  );
});

it("escapeMarkdown() keeps a cell a cell, on one line, and without markup", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const rest = escapeMarkdown(text).replace(/\\[\\`*_{}[\]#|~$!^=]/g, "");
      expect(rest).not.toMatch(/[\\`*_{}[\]|~$<>\n\r]/);
    }),
  );
  expect(escapeMarkdown("see http://x.org")).toBe("see http:&#8203;//x.org");
});

it("escapeCsv() is read back by a CSV parser", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 5 }), (cells) => {
      expect(Papa.parse<string[]>(cells.map(escapeCsv).join(","), { delimiter: ",", newline: "\r\n" }).data[0]).toEqual(cells);
    }),
  );
});

const shape = [
  ...["<table", "<caption", "</caption", "<thead", "<tr", "</tr", "</thead", "<tbody", "<tr", "</tr", "</tbody"],
  ...["<tfoot", "<tr", "<small", "</small", "</tr", "</tfoot", "</table"],
];

it("the writers of tables stay whole whatever the terms are called", () => {
  const [estimate] = Object.values(regression.estimates as Record<string, typeof regression extends never ? never : { term: string }>);
  fc.assert(
    fc.property(nasty, nasty, (term, caption) => {
      const result = { ...regression, estimates: { [term]: { ...estimate, term } } } as unknown as typeof regression;
      expect(
        toHtml(result, { caption })
          .match(/<\/?\w+/g)
          ?.filter((tag) => !/^<\/?t[hd]$/.test(tag)),
      ).toEqual(shape);
      expect(
        toMarkdown(result)
          .split("\n")
          .filter((line) => line.startsWith("|")),
      ).toHaveLength(3);
      expect(
        toLatex(result, { caption })
          .split("\n")
          .filter((line) => line.endsWith("\\\\")),
      ).toHaveLength(2);
      expect(Papa.parse<string[]>(toCsv(result), { skipEmptyLines: true, delimiter: "," }).data).toHaveLength(2);
    }),
    { numRuns: 60 },
  );
});
