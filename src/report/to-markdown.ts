import { escapeMarkdown } from "./escape.ts";
import { type TableOptions, type Tabular, textTable } from "./table.ts";

/**
 * A result, several results as models side by side, or a table of one's own, as a Markdown table.
 *
 * @throws OptionError `NOT_A_RESULT`, `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * toMarkdown({ "without controls": first, "with controls": second });
 */
export function toMarkdown(input: Tabular, options: TableOptions = {}): string {
  const table = textTable("toMarkdown", input, options);
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const lines = [
    line(table.header),
    `| ${table.align.map((align) => (align === "right" ? "---:" : "---")).join(" | ")} |`,
    ...table.rows.map(line),
  ];
  const caption = table.caption === undefined ? [] : [`**${escapeMarkdown(table.caption)}**`, ""];
  const notes = table.notes.length === 0 ? [] : ["", table.notes.map(escapeMarkdown).join(" ")];
  return [...caption, ...lines, ...notes, ""].join("\n");
}
