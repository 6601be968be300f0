import { ColumnError, DataError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";
import { checkChoice, resolveOptions } from "../../core/options.ts";
import type { ColumnData, ColumnType } from "../columns.ts";
import { Frame } from "../frame.ts";
import type { ColumnTypes } from "../row-types.ts";
import { type BadCell, badCellError, badCellNotes } from "./bad-cell.ts";
import { type Block, decodeUtf8, firstRecord, recordBlocks, utf8Chunks } from "./blocks.ts";
import { type ColumnBuilder, columnBuilder } from "./column-builder.ts";
import { checkDelimiter, detectDelimiter } from "./dialect.ts";
import { type AbortSignalLike, platform } from "./platform.ts";
import { quotedRecords, TextCells } from "./quoted-block.ts";
import { scanBlock } from "./scan-block.ts";
import { type CsvSource, openSource } from "./source.ts";

/** Options of the CSV readers as resolved. */
export interface ReaderSettings {
  readonly columns: ColumnTypes;
  readonly delimiter?: string;
  readonly decimal?: "." | ",";
  readonly encoding: string;
  readonly header: boolean | readonly string[];
  readonly missing: readonly string[];
  readonly onBadCell: "error" | "missing" | ((cell: BadCell) => void);
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

const QUOTE = 34;
const COLUMN_TYPES: readonly ColumnType[] = ["number", "boolean", "date", "month", "category"];

/** Options with their defaults, checked. @throws OptionError. */
export function readerSettings<Settings extends ReaderSettings = ReaderSettings>(
  caller: string,
  options: object,
  more: Readonly<Record<string, unknown>> = {},
): Settings {
  const settings = resolveOptions<Settings>(caller, options, {
    required: ["columns"],
    defaults: {
      delimiter: undefined,
      decimal: undefined,
      encoding: "utf-8",
      header: true,
      missing: ["", "NA"],
      onBadCell: "error",
      signal: undefined,
      onProgress: undefined,
      ...more,
    },
  });
  checkSettings(caller, settings);
  return settings;
}

function checkSettings(caller: string, { columns, decimal, delimiter, onBadCell, encoding }: ReaderSettings): void {
  for (const [name, type] of Object.entries(columns)) checkChoice(caller, `columns.${name}`, type, COLUMN_TYPES);
  if (decimal !== undefined) checkChoice(caller, "decimal", decimal, [".", ","]);
  if (delimiter !== undefined) checkDelimiter(caller, delimiter, decimal);
  if (typeof onBadCell !== "function") checkChoice(caller, "onBadCell", onBadCell, ["error", "missing"]);
  try {
    new platform.TextDecoder(encoding);
  } catch {
    checkChoice(caller, "encoding", encoding, ["utf-8", "latin1", "windows-1252", "utf-16le", "utf-16be"]);
  }
}

/** A source as blocks of whole records, its size in bytes where known, and the bytes read so far. */
export async function openBlocks(
  source: CsvSource,
  { signal, onProgress, encoding }: ReaderSettings,
): Promise<{ readonly blocks: AsyncIterable<Block>; readonly size: number | undefined; readonly done: () => number }> {
  const { chunks, size } = await openSource(source, signal);
  let done = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (signal?.aborted === true) throw signal.reason ?? new Error("aborted");
      done += chunk.length;
      yield chunk;
      onProgress?.(done, size);
    }
  };
  return { blocks: recordBlocks(utf8Chunks(counted(), encoding)), size, done: () => done };
}

/** Columns filling up block by block; {@link CsvReader.take} empties them. */
export class CsvReader {
  private readonly settings: ReaderSettings;
  private readonly cells: TextCells = new TextCells();
  private readonly badCells: Map<string, number> = new Map();
  private names: readonly string[] = [];
  private builders: readonly (ColumnBuilder | undefined)[] | undefined;
  private delimiter = ",";
  private decimal: "." | "," = ".";
  private line = 1;
  /** Rows read since the columns were last empty. */
  rows = 0;
  private reserved = false;

  constructor(settings: ReaderSettings) {
    this.settings = settings;
  }

  read(block: Block): void {
    let rest = block;
    if (this.builders === undefined) {
      const start = this.open(block);
      if (this.builders === undefined || start === block.end) return;
      const bytes = block.bytes.subarray(start, block.end);
      rest = { ...block, bytes, end: bytes.length, quoted: block.quoted && bytes.indexOf(QUOTE) >= 0 };
    }
    if (rest.quoted) this.readQuoted(rest);
    else this.scan(rest);
  }

  /** Room for all rows, guessed from the first block's share of the bytes and 2% more; untouched pages cost nothing. */
  reserve(factor: number): void {
    if (this.reserved || this.rows === 0) return;
    this.reserved = true;
    for (const builder of this.builders ?? []) builder?.reserve(Math.ceil(1.02 * factor * this.rows));
  }

  finish(): Frame<unknown> {
    const { columns, header } = this.settings;
    if (this.builders === undefined) {
      if (header === true) throw new DataError("NO_HEADER", "Cannot read the file as a first line must name its columns: it is empty");
      this.setColumns(header === false ? Object.keys(columns) : header);
    }
    return this.take();
  }

  /** The rows read so far, and room for the next. */
  take(): Frame<unknown> {
    const { columns } = this.settings;
    const data = new Map<string, ColumnData>();
    for (const name of Object.keys(columns)) data.set(name, this.builders![this.names.indexOf(name)]!.finish());
    const source = { names: [...data.keys()], get: (name: string): ColumnData => data.get(name)! };
    const frame = new Frame(source, this.rows, badCellNotes(this.badCells, columns));
    this.rows = 0;
    this.badCells.clear();
    this.builders = this.newBuilders();
    return frame;
  }

  /** Settles the dialect and the columns from the first record; returns where the rows begin. */
  private open(block: Block): number {
    const { header, delimiter, decimal, columns } = this.settings;
    const first = firstRecord(block);
    if (first.start === first.end) {
      this.line += first.lines;
      return block.end;
    }
    const text = decodeUtf8(block.bytes.subarray(first.start, first.end), this.line);
    this.delimiter = delimiter ?? detectDelimiter(text);
    this.decimal = decimal ?? (this.delimiter === ";" ? "," : ".");
    if (header !== true) {
      this.setColumns(header === false ? Object.keys(columns) : header);
      return 0;
    }
    const [record] = quotedRecords(text, this.delimiter, this.line);
    this.line += first.lines;
    this.setColumns(record!.fields.map((name) => name.trim()));
    return first.end;
  }

  private setColumns(names: readonly string[]): void {
    const { columns } = this.settings;
    this.names = names;
    for (const name of Object.keys(columns)) {
      if (!names.includes(name)) throw unknownColumn(name, names, this.delimiter);
      if (names.indexOf(name) !== names.lastIndexOf(name)) throw duplicateColumn(name);
    }
    this.builders = this.newBuilders();
  }

  private newBuilders(): readonly (ColumnBuilder | undefined)[] {
    const { columns, missing } = this.settings;
    const decoder = new platform.TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return this.names.map((name) =>
      Object.hasOwn(columns, name) ? columnBuilder(columns[name]!, this.decimal, missing, decoder) : undefined,
    );
  }

  private scan({ bytes, end }: Block): void {
    const { line } = this;
    let blanks = 0;
    const lines = scanBlock(bytes, end, this.delimiter.charCodeAt(0), this.builders!, {
      onBlank: () => blanks++,
      onBadCell: (at, field, start, stop) => this.badCell(line + at, field, decodeUtf8(bytes.subarray(start, stop), line + at)),
      onRagged: (at, fields) => this.ragged(line + at, fields),
    });
    this.line += lines;
    this.rows += lines - blanks;
  }

  private readQuoted({ bytes, end }: Block): void {
    const builders = this.builders!;
    const text = decodeUtf8(bytes.subarray(0, end), this.line);
    for (const { fields, line } of quotedRecords(text, this.delimiter, this.line)) {
      if (fields.length !== builders.length) this.ragged(this.line + line, fields.length);
      for (let j = 0; j < builders.length; j++) {
        const builder = builders[j];
        if (builder !== undefined && !this.cells.append(builder, fields[j]!)) this.badCell(this.line + line, j, fields[j]!);
      }
      this.rows++;
    }
    for (let i = 0; i < end; i++) if (bytes[i] === 10) this.line++;
  }

  private badCell(line: number, field: number, text: string): void {
    const column = this.names[field]!;
    const cell: BadCell = { line, column, type: this.settings.columns[column]!, text };
    if (this.settings.onBadCell === "error") throw badCellError(cell, this.decimal);
    this.badCells.set(column, (this.badCells.get(column) ?? 0) + 1);
    if (typeof this.settings.onBadCell === "function") this.settings.onBadCell(cell);
  }

  private ragged(line: number, fields: number): never {
    throw new DataError(
      "RAGGED_ROW",
      `Cannot read the file as each row must have the ${this.names.length} fields of the header: line ${line} has ${fields}; fields that hold the delimiter ${JSON.stringify(this.delimiter)} need quotes`,
      { line, fields, expected: this.names.length },
    );
  }
}

function unknownColumn(name: string, names: readonly string[], delimiter: string): ColumnError {
  const near = nearestName(name, names);
  const hint = near === undefined ? `the file's columns are ${names.map((other) => `"${other}"`).join(", ")}` : `did you mean "${near}"?`;
  return new ColumnError(
    "UNKNOWN_COLUMN",
    `Cannot read column "${name}" as the file has no such column: ${hint} (delimiter ${JSON.stringify(delimiter)})`,
    { column: name, columns: names },
  );
}

function duplicateColumn(name: string): ColumnError {
  return new ColumnError(
    "DUPLICATE_COLUMN",
    `Cannot read column "${name}" as its name must be unique in the header: the file has it twice; give all names with header: [...]`,
    { column: name },
  );
}
