import papaparse from "papaparse/papaparse.js";
import { DataError } from "../../core/errors.ts";
import type { ColumnBuilder } from "./column-builder.ts";
import { platform, type TextEncoderLike } from "./platform.ts";

/** One record of a text and the line it starts on, counted from the text's first as 0. */
export interface QuotedRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

const lineFeeds = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
};

/**
 * The records of a text that ends with a line feed, quotes resolved by papaparse; blank lines are left out.
 *
 * @throws DataError `BAD_QUOTES`; `firstLine` is the number of the text's first line in the file.
 */
export function* quotedRecords(text: string, delimiter: string, firstLine: number): Generator<QuotedRecord> {
  const { data, errors } = papaparse.parse(...withOneLineEnd(text, delimiter));
  const broken = errors.find(({ type }) => type === "Quotes");
  let line = 0;
  for (let r = 0; r < data.length; r++) {
    if (broken !== undefined && r === (broken.row ?? r)) throw badQuotes(firstLine + line, broken.message);
    const fields = data[r]!;
    const isBlank = fields.length === 1 && fields[0] === "";
    if (!isBlank) yield { fields, line };
    line++;
    for (const field of fields) if (field.includes("\n")) line += lineFeeds(field);
  }
}

/** Papaparse takes one kind of line end: where a text mixes them, those outside quotes all become line feeds. */
function withOneLineEnd(text: string, delimiter: string): Parameters<typeof papaparse.parse> {
  if (!text.includes("\r\n")) return [text, { delimiter, newline: "\n", quoteChar: '"' }];
  if (!/(?:^|[^\r])\n/.test(text)) return [text, { delimiter, newline: "\r\n", quoteChar: '"' }];
  const parts = text.split('"'); // every second part stands inside quotes
  const unified = parts.map((part, k) => (k % 2 === 0 ? part.replaceAll("\r\n", "\n") : part)).join('"');
  return [unified, { delimiter, newline: "\n", quoteChar: '"' }];
}

function badQuotes(line: number, found: string): DataError {
  return new DataError(
    "BAD_QUOTES",
    `Cannot read the file as each quoted field must end with a quote before the next delimiter, and quotes inside it be doubled: line ${line} breaks this (${found})`,
    { line },
  );
}

/** Hands cells that were read as text to column builders, by way of one small buffer of bytes. */
export class TextCells {
  private readonly encoder: TextEncoderLike = new platform.TextEncoder();
  private scratch: Uint8Array = new Uint8Array(1024);

  append(builder: ColumnBuilder, cell: string): boolean {
    const { length } = cell;
    if (3 * length > this.scratch.length) this.scratch = new Uint8Array(6 * length);
    const { scratch } = this;
    for (let i = 0; i < length; i++) {
      const code = cell.charCodeAt(i);
      if (code > 127) return builder.append(scratch, 0, this.encoder.encodeInto(cell, scratch).written);
      scratch[i] = code;
    }
    return builder.append(scratch, 0, length);
  }
}
