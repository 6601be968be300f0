import { ColumnError, DataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { type CategoryData, type ColumnData, cellValue, columnLength, gatherColumn, type NumericData } from "./columns.ts";
import { encodeColumn } from "./encode.ts";
import type { AnyColumn, CategoryColumn, ColumnInput, MaybeMissing, NumericColumn, RowOf } from "./row-types.ts";

/** A row mask: truthy = keep. */
export type RowMask = Uint8Array | readonly boolean[];

/** Where a frame finds its columns; a panel sorts them on first use only. */
export interface ColumnSource {
  readonly names: readonly string[];
  readonly get: (name: string) => ColumnData;
}

/**
 * Immutable named columns of equal length. `Row` is the type of one row, so that a misspelt or wrongly typed column does not compile.
 * Made by {@link frame}, `readCsv`, `readParquet` and the adapters. The arrays are shared, not copied: treat them as read-only.
 */
export class Frame<Row> {
  /** Number of rows. */
  readonly rowCount: number;
  /** Column names in order. */
  readonly columnNames: readonly AnyColumn<Row>[];
  /** Rows a reader changed or left out, by reason; empty for frames built in memory. */
  readonly notes: readonly string[];
  /** @internal */
  protected readonly source: ColumnSource;

  /** @internal Use {@link frame}. */
  constructor(source: ColumnSource, rowCount: number, notes: readonly string[] = []) {
    this.source = source;
    this.rowCount = rowCount;
    this.columnNames = source.names as readonly AnyColumn<Row>[];
    this.notes = notes;
  }

  /** Whether a column of this name exists. */
  has(name: string): boolean {
    return this.source.names.includes(name);
  }

  /** One column. @throws ColumnError `UNKNOWN_COLUMN`, naming the nearest one. */
  column(name: AnyColumn<Row>): ColumnData {
    if (!this.has(name)) throw unknownColumn(name, this.source.names);
    return this.source.get(name);
  }

  /** The values of a numeric column. @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`. */
  numbers(name: NumericColumn<Row>): Float64Array {
    return numericData(this, name).values;
  }

  /** Codes and levels of a categorical column. @throws ColumnError `UNKNOWN_COLUMN`, `NOT_CATEGORICAL`. */
  categories(name: CategoryColumn<Row>): CategoryData {
    const column = this.column(name as AnyColumn<Row>);
    if (column.type === "category") return column;
    throw new ColumnError("NOT_CATEGORICAL", `Cannot read "${name}" as categories as it must hold labels: it holds ${column.type} values`, {
      column: name,
    });
  }

  /** Only these columns. */
  select<Name extends AnyColumn<Row>>(...names: readonly Name[]): Frame<Pick<Row, Name & keyof Row>> {
    return new Frame(this.selectedSource(names), this.rowCount, this.notes);
  }

  /** Only the rows that a mask or a predicate keeps, in their order. The predicate's row is reused: do not store it. */
  filter(keep: RowMask | ((row: MaybeMissing<Row>, index: number) => boolean)): Frame<Row> {
    const index = this.keptRows(keep);
    return new Frame(this.gatheredSource(index), index.length, this.notes);
  }

  /** The rows at `index`, in that order. @throws DataError `ROW_OUT_OF_RANGE`. */
  take(index: Int32Array): Frame<Row> {
    this.checkRows(index);
    return new Frame(this.gatheredSource(index), index.length, this.notes);
  }

  /** With columns added or replaced. */
  with<const Columns extends Readonly<Record<string, ColumnInput>>>(columns: Columns): Frame<Omit<Row, keyof Columns> & RowOf<Columns>> {
    return new Frame(this.extendedSource(columns), this.rowCount, this.notes);
  }

  /** All rows as objects; `null` = missing. */
  rows(): MaybeMissing<Row>[] {
    const columns = this.source.names.map((name) => [name, this.source.get(name)] as const);
    return Array.from(
      { length: this.rowCount },
      (_, i) => Object.fromEntries(columns.map(([name, column]) => [name, cellValue(column, i)])) as MaybeMissing<Row>,
    );
  }

  /** @internal */
  protected selectedSource(names: readonly string[]): ColumnSource {
    for (const name of names) if (!this.has(name)) throw unknownColumn(name, this.source.names);
    return { names: [...new Set(names)], get: this.source.get };
  }

  /** @internal */
  protected gatheredSource(index: Int32Array): ColumnSource {
    return lazySource(this.source.names, (name) => gatherColumn(this.source.get(name), index));
  }

  /** @internal */
  protected checkRows(index: Int32Array): void {
    for (let i = 0; i < index.length; i++) {
      const row = index[i]!;
      if (row >= 0 && row < this.rowCount) continue;
      throw new DataError(
        "ROW_OUT_OF_RANGE",
        `Cannot take rows as row numbers must lie in 0 to ${this.rowCount - 1}: entry ${i} is ${row}`,
        {
          entry: i,
          row,
        },
      );
    }
  }

  /** @internal */
  protected extendedSource(columns: Readonly<Record<string, ColumnInput>>): ColumnSource {
    const added = encodeColumns(columns, this.rowCount);
    const names = [...this.source.names, ...[...added.keys()].filter((name) => !this.has(name))];
    return { names, get: (name) => added.get(name) ?? this.source.get(name) };
  }

  /** @internal */
  protected keptRows(keep: RowMask | ((row: MaybeMissing<Row>, index: number) => boolean)): Int32Array {
    const index = new Int32Array(this.rowCount);
    let count = 0;
    if (typeof keep === "function") {
      const cursor = this.cursor();
      for (let i = 0; i < this.rowCount; i++) if (keep(cursor.at(i), i)) index[count++] = i;
    } else {
      if (keep.length !== this.rowCount) {
        throw new DataError(
          "MASK_LENGTH",
          `Cannot filter as the mask needs one entry for each of the ${this.rowCount} rows: it has ${keep.length}`,
          {
            rows: this.rowCount,
            entries: keep.length,
          },
        );
      }
      for (let i = 0; i < this.rowCount; i++) if (keep[i]) index[count++] = i;
    }
    return index.slice(0, count);
  }

  /** One row object whose getters read the current row, so that a predicate costs no allocation per row. */
  private cursor(): { at(row: number): MaybeMissing<Row> } {
    let current = 0;
    const row = {};
    for (const name of this.source.names) {
      let column: ColumnData | undefined;
      Object.defineProperty(row, name, {
        enumerable: true,
        get: () => {
          column ??= this.source.get(name);
          return cellValue(column, current);
        },
      });
    }
    return {
      at: (next) => {
        current = next;
        return row as MaybeMissing<Row>;
      },
    };
  }
}

/** A numeric column with its type. @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`. */
export function numericData<Row>(data: Frame<Row>, name: string): NumericData {
  const column = data.column(name as AnyColumn<Row>);
  if (column.type !== "category") return column;
  const numeric = data.columnNames.filter((other) => data.column(other).type !== "category");
  const others = numeric.length === 0 ? "no column is numeric" : `numeric columns are ${numeric.map((other) => `"${other}"`).join(", ")}`;
  throw new ColumnError(
    "NOT_NUMERIC",
    `Cannot read "${name}" as numbers as it must be numeric: it holds labels such as "${column.levels[0] ?? ""}"; ${others}`,
    { column: name },
  );
}

/** Columns computed when first asked for, then kept. */
export function lazySource(names: readonly string[], compute: (name: string) => ColumnData): ColumnSource {
  const known = new Map<string, ColumnData>();
  return {
    names,
    get: (name) => {
      let column = known.get(name);
      if (column === undefined) {
        column = compute(name);
        known.set(name, column);
      }
      return column;
    },
  };
}

function unknownColumn(name: string, names: readonly string[]): ColumnError {
  const near = typeof name === "string" ? nearestName(name, names) : undefined; // untyped callers may leave a column out
  const listed = names.length === 0 ? "there are none" : `the columns are ${names.map((other) => `"${other}"`).join(", ")}`;
  const hint = near === undefined ? listed : `did you mean "${near}"?`;
  return new ColumnError("UNKNOWN_COLUMN", `Cannot find column "${name}" as the data have no such column: ${hint}`, {
    column: name,
    columns: names,
  });
}

function encodeColumns(columns: Readonly<Record<string, ColumnInput>>, rowCount: number | undefined): Map<string, ColumnData> {
  const encoded = new Map<string, ColumnData>();
  let [expected, first] = [rowCount, "the frame"];
  for (const [name, input] of Object.entries(columns)) {
    const column = encodeColumn(name, input);
    const length = columnLength(column);
    expected ??= length;
    if (encoded.size === 0 && rowCount === undefined) first = `"${name}"`;
    if (length !== expected) {
      throw new DataError(
        "UNEQUAL_LENGTHS",
        `Cannot combine columns as all need one length: ${first} has ${expected} rows, "${name}" has ${length}`,
        {
          column: name,
          length,
          expected,
        },
      );
    }
    encoded.set(name, column);
  }
  return encoded;
}

interface FrameFunction {
  /**
   * A frame from named columns. `Float64Array`s are used without a copy.
   *
   * @throws DataError `COLUMNS_NOT_NAMED`, `UNEQUAL_LENGTHS`, `MIXED_COLUMN`, `UNSUPPORTED_COLUMN`, `CODE_OUT_OF_RANGE`.
   * @example
   * const months = frame({ person: ["a", "a", "b"], hours: [10, 12, null] });
   */
  <const Columns extends Readonly<Record<string, ColumnInput>>>(columns: Columns, notes?: readonly string[]): Frame<RowOf<Columns>>;
  /**
   * A frame from an array of objects; columns are the keys seen, an absent key is a missing value.
   *
   * @throws DataError `ROWS_NOT_A_LIST`, `MIXED_COLUMN`, `UNSUPPORTED_COLUMN`.
   */
  fromRows<Row extends object>(
    rows: readonly Row[],
  ): Frame<{ [K in keyof Row]-?: NonNullable<Row[K]> extends bigint ? string : NonNullable<Row[K]> }>;
}

const fromColumns = (columns: Readonly<Record<string, ColumnInput>>, notes: readonly string[] = []): Frame<never> => {
  if (typeof columns !== "object" || columns === null || Array.isArray(columns)) {
    throw new DataError("COLUMNS_NOT_NAMED", "Cannot make a frame as an object of named columns is needed: for rows use frame.fromRows()");
  }
  const encoded = encodeColumns(columns, undefined);
  const [first] = encoded.values();
  return new Frame({ names: [...encoded.keys()], get: (name) => encoded.get(name)! }, first === undefined ? 0 : columnLength(first), notes);
};

const fromRows = (rows: readonly object[]): Frame<never> => {
  if (!Array.isArray(rows))
    throw new DataError("ROWS_NOT_A_LIST", "Cannot make a frame as an array of objects is needed: for columns use frame()");
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const columns: Record<string, ColumnInput> = {};
  for (const name of names) columns[name] = rows.map((row) => (row as Record<string, string | number | null | undefined>)[name]);
  return fromColumns(columns);
};

/** Makes a {@link Frame}: `frame(columns)` from named columns, `frame.fromRows(rows)` from objects. */
export const frame: FrameFunction = Object.assign(fromColumns, { fromRows }) as unknown as FrameFunction;
