import { escapeLatex } from "./escape.ts";
import { type TableOptions, type Tabular, textTable } from "./table.ts";

/**
 * A result, several results as models side by side, or a table of one's own, as a LaTeX table for the packages `booktabs` and `fontenc` (T1).
 *
 * @throws OptionError `NOT_A_RESULT`, `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * toLatex([first, second], { caption: "Effects on employment" });
 */
export function toLatex(input: Tabular, options: TableOptions = {}): string {
  const table = textTable("toLatex", input, options);
  const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(" & ")} \\\\`;
  const rows = table.rows.flatMap((row, i) => (i === table.ruleBefore ? ["\\midrule", line(row)] : [line(row)]));
  const tabular = [
    `\\begin{tabular}{${table.align.map((align) => align[0]).join("")}}`,
    "\\toprule",
    line(table.header),
    "\\midrule",
    ...rows,
    "\\bottomrule",
    "\\end{tabular}",
  ];
  const caption = table.caption === undefined ? [] : [`\\caption{${escapeLatex(table.caption)}}`];
  const notes = table.notes.length === 0 ? [] : ["\\par\\smallskip", `{\\footnotesize ${table.notes.map(escapeLatex).join(" ")}}`];
  return ["\\begin{table}[htbp]", "\\centering", ...caption, ...tabular, ...notes, "\\end{table}", ""].join("\n");
}
