import { DataError } from "../../core/errors.ts";
import { checkArgument, checkChoice, checkOptions, resolveOptions } from "../../core/options.ts";
import { type ColumnData, numericText } from "../columns.ts";
import type { Frame } from "../frame.ts";
import type { AnyColumn } from "../row-types.ts";
import { checkDelimiter } from "./dialect.ts";

/** Options of {@link writeCsv} and {@link csvChunks}. */
export interface WriteCsvOptions {
  /** Field delimiter. @defaultValue "," */
  readonly delimiter?: string;
  /** Decimal mark. @defaultValue `","` when the delimiter is `;`, else `"."` */
  readonly decimal?: "." | ",";
  /** What a missing value is written as. @defaultValue "" (in a frame of one column "NA", as a blank line is no row) */
  readonly missing?: string;
  /** Rows in one chunk of {@link csvChunks}. @defaultValue 10000 */
  readonly chunkRows?: number;
}

/**
 * A frame as delimited text: a header line, RFC 4180 quotes where needed, line feeds, numbers in full precision, dates as `2014-03-31`,
 * months as `2014-03`, booleans as `true` and `false`. `readCsv` with the columns' types gives the same frame back.
 *
 * @throws DataError `AMBIGUOUS_LABEL`: a label is written like a missing value.
 */
export function writeCsv<Row>(data: Frame<Row>, options: WriteCsvOptions = {}): string {
  return [...csvChunks(data, options)].join("");
}

/**
 * The text of {@link writeCsv} in pieces, for files that do not fit in one string.
 *
 * @example
 * for (const chunk of csvChunks(months)) file.write(chunk);
 */
export function* csvChunks<Row>(data: Frame<Row>, options: WriteCsvOptions = {}): Generator<string, void, undefined> {
  checkArgument("writeCsv", data, "a frame", ["columnNames"]);
  checkOptions("writeCsv", options);
  const settings = resolveOptions<Required<WriteCsvOptions>>("writeCsv", options, {
    required: [],
    defaults: {
      delimiter: ",",
      decimal: options.delimiter === ";" ? "," : ".",
      missing: data.columnNames.length === 1 ? "NA" : "",
      chunkRows: 10_000,
    },
  });
  const { delimiter, decimal, missing, chunkRows } = settings;
  checkChoice("writeCsv", "decimal", decimal, [".", ","]);
  checkDelimiter("writeCsv", delimiter, decimal);
  const names: readonly AnyColumn<Row>[] = data.columnNames;
  const quote = quoter(delimiter);
  const writers = names.map((name) => cellWriter(name, data.column(name), quote, decimal, missing));
  yield `${names.map(quote).join(delimiter)}\n`;
  for (let start = 0; start < data.rowCount; start += chunkRows) {
    const stop = Math.min(start + chunkRows, data.rowCount);
    let text = "";
    for (let i = start; i < stop; i++) {
      for (let j = 0; j < writers.length; j++) text += j === 0 ? writers[j]!(i) : delimiter + writers[j]!(i);
      text += "\n";
    }
    yield text;
  }
}

function quoter(delimiter: string): (text: string) => string {
  return (text) =>
    text.includes('"') || text.includes(delimiter) || text.includes("\n") || text.includes("\r") || text.startsWith("\uFEFF")
      ? `"${text.replaceAll('"', '""')}"`
      : text;
}

function cellWriter(
  name: string,
  column: ColumnData,
  quote: (text: string) => string,
  decimal: "." | ",",
  missing: string,
): (row: number) => string {
  if (column.type === "category") {
    const { codes, levels } = column;
    if (levels.includes(missing)) throw ambiguousLabel(name, missing);
    const texts = levels.map(quote);
    return (row) => (codes[row]! < 0 ? missing : texts[codes[row]!]!);
  }
  const { type, values } = column;
  const text = type === "number" ? numberText(decimal) : (value: number) => numericText(type, value);
  return (row) => (Number.isNaN(values[row]!) ? missing : text(values[row]!));
}

function numberText(decimal: "." | ","): (value: number) => string {
  return (value) => {
    const text = Object.is(value, -0)
      ? "-0"
      : Number.isInteger(value) && !Number.isSafeInteger(value)
        ? value.toExponential()
        : String(value);
    return decimal === "." ? text : text.replace(".", ",");
  };
}

function ambiguousLabel(name: string, missing: string): DataError {
  return new DataError(
    "AMBIGUOUS_LABEL",
    `Cannot write column "${name}" as its labels must differ from the text for missing values: ${JSON.stringify(missing)} is a label; set missing to another text`,
    { column: name, missing },
  );
}
