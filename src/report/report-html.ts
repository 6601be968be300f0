import { OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import { checkedSvg } from "./check-svg.ts";
import { escapeHtml } from "./escape.ts";
import { reportStyle } from "./report-style.ts";
import type { TableOptions, Tabular } from "./table.ts";
import { toHtml } from "./to-html.ts";

/** A paragraph of plain text, or a list of them. */
export type ReportParagraph = string | { readonly list: readonly string[]; readonly ordered?: boolean };

/** A figure: what `renderFigure` of `whatworks/plot` gives, and a caption. */
export interface ReportFigure {
  readonly svg: string;
  /** Picture for narrow screens; without it `svg` shrinks. */
  readonly narrowSvg?: string;
  /** The figure in words, for those who cannot see it; on the page it can be unfolded. */
  readonly description: string;
  /** Line below the figure. */
  readonly caption?: string;
}

/** A table: anything tabular, with or without options. */
export type ReportTable = Tabular | (TableOptions & { readonly content: Tabular });

/** Part of a report; shown in the order paragraphs, figures, tables, notes, subsections. */
export interface ReportSection {
  readonly heading: string;
  readonly paragraphs?: readonly ReportParagraph[];
  readonly figures?: readonly ReportFigure[];
  readonly tables?: readonly ReportTable[];
  /** Small print. */
  readonly notes?: readonly string[];
  readonly sections?: readonly ReportSection[];
}

/** Options of {@link reportHtml}. All text is plain: nothing in it is read as HTML. */
export interface ReportOptions {
  readonly title: string;
  /** Line below the title: who, when. */
  readonly subtitle?: string;
  /** First paragraphs, in larger type. */
  readonly intro?: string | readonly string[];
  /** What was found, in a box at the top. */
  readonly findings?: readonly string[];
  readonly sections: readonly ReportSection[];
  /** Technical sections at the end. */
  readonly appendix?: readonly ReportSection[];
  /** Last line. */
  readonly footer?: string;
  /** Language of the text, as a BCP 47 tag. @defaultValue "en" */
  readonly language?: string;
}

interface Words {
  readonly findings: string;
  readonly contents: string;
  readonly inWords: string;
  readonly appendix: string;
  readonly table: string;
}

const ENGLISH: Words = {
  findings: "What we found",
  contents: "Contents",
  inWords: "The figure in words",
  appendix: "Technical appendix",
  table: "Table",
};
const DUTCH: Words = {
  findings: "Wat we vonden",
  contents: "Inhoud",
  inWords: "De figuur in woorden",
  appendix: "Technische bijlage",
  table: "Tabel",
};

/**
 * A report as one HTML document that stands on its own: style and figures inside, no scripts, nothing fetched (a content security
 * policy says so), light and dark, readable on a telephone, a desk and paper, headings and tables marked up for screen readers.
 *
 * @throws OptionError `UNSAFE_SVG` for a figure with scripts or links; `INVALID_OPTION`, `MISSING_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * const figure = await renderFigure(effects, { outcome: "share in work", unit: "%", scale: 100 });
 * const html = reportHtml({
 *   title: "What works for whom?",
 *   intro: "Does the obligation to work help single parents into work?",
 *   findings: [explain(effects, { people: "single parents", measure: { type: "share", state: "in work" } })],
 *   sections: [{ heading: "Effects over time", figures: [figure], tables: [{ content: effects, caption: "Effects by month" }] }],
 * });
 */
export function reportHtml(options: ReportOptions): string {
  const defaults = { subtitle: undefined, intro: [], findings: [], appendix: [], footer: undefined, language: "en" };
  const given = resolveOptions<Required<Omit<ReportOptions, "subtitle" | "footer">> & Pick<ReportOptions, "subtitle" | "footer">>(
    "reportHtml",
    options,
    { required: ["title", "sections"], defaults },
  );
  if (!/^[a-zA-Z]{2,8}(-[a-zA-Z\d]{1,8})*$/.test(given.language)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run reportHtml as option "language" must be a language tag such as "en": "${given.language}" was given`,
    );
  }
  const words = /^nl\b/.test(given.language) ? DUTCH : ENGLISH;
  const write = sectionWriter(words, /^nl\b/.test(given.language) ? "nl" : "en");
  const intro = typeof given.intro === "string" ? [given.intro] : given.intro;
  const appendix = given.appendix.map((section, i) => write(section, `appendix-${i + 1}`, 3)).join("");
  const main = [
    `<header><h1>${escapeHtml(given.title)}</h1>`,
    given.subtitle === undefined ? "" : `<p class="subtitle">${escapeHtml(given.subtitle)}</p>`,
    "</header>",
    ...intro.map((text) => `<p class="lead">${escapeHtml(text)}</p>`),
    findingsBox(given.findings, words),
    contents(given.sections, appendix !== "", words),
    ...given.sections.map((section, i) => write(section, `section-${i + 1}`, 2)),
    appendix === "" ? "" : `<section class="appendix" id="appendix"><h2>${words.appendix}</h2>${appendix}</section>`,
  ];
  const footer = given.footer === undefined ? "" : `<footer>${escapeHtml(given.footer)}</footer>`;
  return `<!DOCTYPE html>
<html lang="${given.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(given.title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<div class="page">
<main>
${main.filter((part) => part !== "").join("\n")}
</main>
${footer}
</div>
</body>
</html>
`;
}

function findingsBox(findings: readonly string[], words: Words): string {
  if (findings.length === 0) return "";
  const items = findings.map((text) => `<li>${escapeHtml(text)}</li>`).join("");
  return `<section class="findings" aria-labelledby="findings"><h2 id="findings">${words.findings}</h2><ul>${items}</ul></section>`;
}

/** Links to the sections, where there are enough to get lost. */
function contents(sections: readonly ReportSection[], appendix: boolean, words: Words): string {
  if (sections.length < 4) return "";
  const links = sections.map(({ heading }, i) => `<li><a href="#section-${i + 1}">${escapeHtml(heading)}</a></li>`);
  if (appendix) links.push(`<li><a href="#appendix">${words.appendix}</a></li>`);
  return `<nav aria-label="${words.contents}"><ul>${links.join("")}</ul></nav>`;
}

type SectionWriter = (section: ReportSection, id: string, level: number) => string;

function sectionWriter(words: Words, language: "en" | "nl"): SectionWriter {
  const table = (input: ReportTable): string => {
    const { content, ...options } =
      "content" in input && !("kind" in input) ? (input as TableOptions & { content: Tabular }) : { content: input as Tabular };
    const html = toHtml(content, { language, ...options });
    const label = /<caption>(.*?)<\/caption>/s.exec(html)?.[1] ?? words.table;
    return `<div class="table" role="region" tabindex="0" aria-label="${label}">${html}</div>`;
  };
  const write: SectionWriter = (section, id, level) => {
    const tag = `h${Math.min(6, level)}`;
    const parts = [
      `<${tag}>${escapeHtml(section.heading)}</${tag}>`,
      ...(section.paragraphs ?? []).map(paragraph),
      ...(section.figures ?? []).map((figure) => figureHtml(figure, words)),
      ...(section.tables ?? []).map(table),
      ...(section.notes ?? []).map((note) => `<p class="note">${escapeHtml(note)}</p>`),
      ...(section.sections ?? []).map((inner, i) => write(inner, `${id}-${i + 1}`, level + 1)),
    ];
    return `<section id="${id}">\n${parts.join("\n")}\n</section>`;
  };
  return write;
}

function paragraph(text: ReportParagraph): string {
  if (typeof text === "string") return `<p>${escapeHtml(text)}</p>`;
  const tag = text.ordered === true ? "ol" : "ul";
  return `<${tag}>${text.list.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</${tag}>`;
}

function figureHtml(figure: ReportFigure, words: Words): string {
  const wide = checkedSvg(figure.svg);
  const pictures =
    figure.narrowSvg === undefined
      ? `<div>${wide}</div>`
      : `<div class="wide">${wide}</div><div class="narrow">${checkedSvg(figure.narrowSvg)}</div>`;
  const caption = figure.caption === undefined ? "" : `<figcaption>${escapeHtml(figure.caption)}</figcaption>`;
  const description = `<details><summary>${words.inWords}</summary><p>${escapeHtml(figure.description)}</p></details>`;
  return `<figure${figure.narrowSvg === undefined ? "" : ' class="both"'}>${pictures}${caption}${description}</figure>`;
}
