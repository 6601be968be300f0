import { escapeHtml } from "./escape.ts";
import { type TableOptions, type Tabular, type TextTable, textTable } from "./table.ts";

/**
 * A result, several results as models side by side, or a table of one's own, as an HTML `<table>`: caption, heads with scope,
 * notes in the foot. Just enough inline style to read well in a notebook.
 *
 * @throws OptionError `NOT_A_RESULT`, `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * element.innerHTML = toHtml(effects, { caption: "Effects on employment" });
 */
export function toHtml(input: Tabular, options: TableOptions = {}): string {
  return htmlTable(textTable("toHtml", input, options));
}

function htmlTable(table: TextTable): string {
  const style = (j: number): string =>
    table.align[j] === "right" ? "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap" : "text-align:left";
  const head = table.header.map((cell, j) => `<th scope="col" style="${style(j)}">${escapeHtml(cell)}</th>`).join("");
  const body = table.rows.map((row, i) => {
    const cells = row.map((cell, j) => {
      const text = escapeHtml(cell);
      return j === 0 && cell !== ""
        ? `<th scope="row" style="${style(0)};font-weight:normal">${text}</th>`
        : `<td style="${style(j)}">${text}</td>`;
    });
    return `<tr${i === table.ruleBefore ? ' class="ruled" style="border-top:1px solid"' : ""}>${cells.join("")}</tr>`;
  });
  const caption = table.caption === undefined ? "" : `<caption>${escapeHtml(table.caption)}</caption>`;
  const notes = table.notes.map(escapeHtml).join(" ");
  const foot =
    notes === ""
      ? ""
      : `\n<tfoot><tr><td colspan="${table.header.length}" style="text-align:left"><small>${notes}</small></td></tr></tfoot>`;
  return `<table style="border-collapse:collapse">${caption}\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>${foot}\n</table>`;
}
