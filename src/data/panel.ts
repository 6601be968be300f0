import { ColumnError, DataError } from "../core/errors.ts";
import { checkArgument } from "../core/options.ts";
import { type ColumnData, cellText, gatherColumn, numericText } from "./columns.ts";
import { factorize } from "./factorize.ts";
import { type ColumnSource, Frame, lazySource, numericData, type RowMask } from "./frame.ts";
import { orderRows } from "./row-order.ts";
import type { AnyColumn, ColumnInput, MaybeMissing, NumericColumn, RowOf } from "./row-types.ts";

/** Which columns identify a row of a panel. */
export interface PanelKeys<Row, Unit extends AnyColumn<Row> = AnyColumn<Row>, Time extends NumericColumn<Row> = NumericColumn<Row>> {
  /** Column that identifies the unit (person, district); any type. */
  readonly unit: Unit;
  /** Numeric, date or month column that orders the periods. */
  readonly time: Time;
}

/** What a panel of known unit and time keeps: a selection has these columns, named `Key`, in its type too. */
export interface PanelColumns<Row, Key> {
  /** Only these columns, and the unit and time that make it a panel. */
  select<Name extends AnyColumn<Row>>(...names: readonly Name[]): KeyedPanel<Pick<Row, (Name | Key) & keyof Row>, Key>;
  /** Only the rows that a mask or a predicate keeps; the periods seen are counted anew. */
  filter(keep: RowMask | ((row: MaybeMissing<Row>, index: number) => boolean)): KeyedPanel<Row, Key>;
  /** The rows at `index`, which must ascend. */
  take(index: Int32Array): KeyedPanel<Row, Key>;
  /** With columns added or replaced. */
  with<const Columns extends Readonly<Record<string, ColumnInput>>>(
    columns: Columns,
  ): KeyedPanel<Omit<Row, keyof Columns> & RowOf<Columns>, Key>;
}

/** A {@link Panel} whose unit and time columns are known to the compiler. */
export type KeyedPanel<Row, Key> = PanelColumns<Row, Key> & Panel<Row>;

/** How the rows of a panel are arranged. */
export interface PanelIndex {
  readonly unit: string;
  readonly time: string;
  readonly unitOffsets: Int32Array;
  readonly timeCodes: Int32Array;
  readonly times: Float64Array;
}

/** A frame sorted by unit, then time, with one row for each unit and time. Made by {@link panel}. */
export class Panel<Row> extends Frame<Row> {
  /** Name of the unit column. */
  readonly unit: AnyColumn<Row>;
  /** Name of the time column. */
  readonly time: NumericColumn<Row>;
  /** Rows of unit `u` are `unitOffsets[u]` to `unitOffsets[u + 1]` (excluded); length units + 1. */
  readonly unitOffsets: Int32Array;
  /** Rank of each row's time among {@link times}. */
  readonly timeCodes: Int32Array;
  /** Distinct times, ascending. */
  readonly times: Float64Array;

  /** @internal Use {@link panel}. */
  constructor(source: ColumnSource, rowCount: number, index: PanelIndex, notes: readonly string[] = []) {
    super(source, rowCount, notes);
    this.unit = index.unit as AnyColumn<Row>;
    this.time = index.time as NumericColumn<Row>;
    this.unitOffsets = index.unitOffsets;
    this.timeCodes = index.timeCodes;
    this.times = index.times;
  }

  /** Number of units. */
  get unitCount(): number {
    return this.unitOffsets.length - 1;
  }

  /** The unit's label, for messages and tables. */
  unitLabel(unit: number): string {
    return cellText(this.column(this.unit), this.unitOffsets[unit]!);
  }

  /** A time as its column shows it. */
  timeLabel(time: number): string {
    return numericText(numericData(this, this.time).type, time);
  }

  /** Only these columns, and the unit and time that make it a panel. */
  override select<Name extends AnyColumn<Row>>(...names: readonly Name[]): Panel<Pick<Row, Name & keyof Row>> {
    return new Panel(this.selectedSource([this.unit, this.time, ...names]), this.rowCount, this, this.notes);
  }

  /** Only the rows that a mask or a predicate keeps; the periods seen are counted anew. */
  override filter(keep: RowMask | ((row: MaybeMissing<Row>, index: number) => boolean)): Panel<Row> {
    return this.subset(this.keptRows(keep));
  }

  /** The rows at `index`, which must ascend. @throws DataError `UNSORTED_INDEX`, `ROW_OUT_OF_RANGE`. */
  override take(index: Int32Array): Panel<Row> {
    this.checkRows(index);
    for (let i = 1; i < index.length; i++) {
      if (index[i]! <= index[i - 1]!) {
        throw new DataError("UNSORTED_INDEX", `Cannot take rows of a panel as the row numbers must ascend: entry ${i} does not`, {
          entry: i,
        });
      }
    }
    return this.subset(index);
  }

  /** With columns added or replaced. @throws DataError `PANEL_KEY` for the unit or time column. */
  override with<const Columns extends Readonly<Record<string, ColumnInput>>>(
    columns: Columns,
  ): Panel<Omit<Row, keyof Columns> & RowOf<Columns>> {
    for (const key of [this.unit, this.time]) {
      if (key in columns)
        throw new DataError("PANEL_KEY", `Cannot replace "${key}" as it keys the panel: change the frame, then call panel() again`, {
          column: key,
        });
    }
    return new Panel(this.extendedSource(columns), this.rowCount, this, this.notes);
  }

  private subset(index: Int32Array): Panel<Row> {
    const seen = new Int32Array(this.times.length);
    for (let i = 0; i < index.length; i++) seen[this.timeCodes[index[i]!]!] = 1;
    const times = this.times.filter((_, t) => seen[t] === 1);
    let rank = 0;
    for (let t = 0; t < seen.length; t++) seen[t] = seen[t] === 1 ? rank++ : -1;
    const timeCodes = new Int32Array(index.length);
    const offsets = [0];
    let unit = 0;
    for (let i = 0; i < index.length; i++) {
      const row = index[i]!;
      timeCodes[i] = seen[this.timeCodes[row]!]!;
      while (row >= this.unitOffsets[unit + 1]!) {
        unit++;
        if (offsets[offsets.length - 1] !== i) offsets.push(i);
      }
    }
    if (index.length > 0) offsets.push(index.length);
    const keys = {
      unit: this.unit,
      time: this.time,
      unitOffsets: Int32Array.from(offsets),
      timeCodes,
      times,
    };
    return new Panel(this.gatheredSource(index), index.length, keys, this.notes);
  }
}

/** How many duplicates an error lists. */
const LISTED_DUPLICATES = 5;

/**
 * Sorts a frame by unit and time and checks that each unit has one row a period.
 * Gaps and unequal lengths are fine. Data already in order are not copied; other columns are sorted when first used.
 *
 * @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC` (time).
 * @throws DataError `DUPLICATE_UNIT_TIME` (listing the first), `MISSING_KEY`, `INFINITE_VALUE` (time).
 * @example
 * const people = panel(months, { unit: "person", time: "month" });
 */
export function panel<Row, const Unit extends AnyColumn<Row>, const Time extends NumericColumn<Row>>(
  data: Frame<Row>,
  keys: PanelKeys<Row, Unit, Time>,
): KeyedPanel<Row, Unit | Time> {
  checkArgument("panel", data, "a frame", ["columnNames"]);
  checkArgument("panel", keys, "the names of two columns, { unit, time }", ["unit", "time"]);
  if (keys.unit === (keys.time as string))
    throw new ColumnError("SAME_KEY", `Cannot build a panel as unit and time need two columns: both are "${keys.unit}"`, {
      column: keys.unit,
    });
  const unitColumn = data.column(keys.unit);
  const time = factorize(numericData(data, keys.time).values);
  const units =
    unitColumn.type === "category" ? { codes: unitColumn.codes, count: unitColumn.levels.length } : rankUnits(unitColumn.values);
  checkKeys(data, keys, units.codes, time.codes, time.values);

  const { order, unit: unitCodes, time: timeCodes } = orderRows(units.codes, units.count, time.codes, time.values.length);
  const duplicates: number[] = [];
  let count = 0;
  for (let i = 1; i < unitCodes.length; i++) {
    if (unitCodes[i] !== unitCodes[i - 1] || timeCodes[i] !== timeCodes[i - 1]) continue;
    count++;
    if (duplicates.length < LISTED_DUPLICATES) duplicates.push(order === undefined ? i : order[i]!);
  }
  if (count > 0) throw duplicateError(data, keys, unitColumn, duplicates, count);

  const source: ColumnSource = {
    names: data.columnNames,
    get: (name) => data.column(name as AnyColumn<Row>),
  };
  const sorted = order === undefined ? source : lazySource(data.columnNames, (name) => gatherColumn(source.get(name), order));
  const index = { unit: keys.unit, time: keys.time, unitOffsets: offsetsOf(unitCodes), timeCodes, times: time.values };
  return new Panel<Row>(sorted, data.rowCount, index, data.notes) as KeyedPanel<Row, Unit | Time>; // unit and time are kept by all that it makes
}

function rankUnits(values: Float64Array): { codes: Int32Array; count: number } {
  const { codes, values: distinct } = factorize(values);
  return { codes, count: distinct.length };
}

function checkKeys<Row>(data: Frame<Row>, keys: PanelKeys<Row>, unit: Int32Array, time: Int32Array, times: Float64Array): void {
  for (const [name, codes] of [
    [keys.unit, unit],
    [keys.time, time],
  ] as const) {
    let missing = 0;
    for (let i = 0; i < codes.length; i++) if (codes[i]! < 0) missing++;
    if (missing > 0) {
      throw new DataError(
        "MISSING_KEY",
        `Cannot build a panel as every row needs "${name}": ${missing} of ${data.rowCount} rows have none; filter them first`,
        { column: name, rows: missing },
      );
    }
  }
  if (times.length > 0 && !(Number.isFinite(times[0]!) && Number.isFinite(times[times.length - 1]!))) {
    throw new DataError("INFINITE_VALUE", `Cannot build a panel as "${keys.time}" must be finite: it holds infinite values`, {
      column: keys.time,
    });
  }
}

/** Where each run of equal codes starts, and the end. */
function offsetsOf(codes: Int32Array): Int32Array {
  let count = 0;
  for (let i = 0; i < codes.length; i++) if (i === 0 || codes[i] !== codes[i - 1]) count++;
  const offsets = new Int32Array(count + 1);
  let next = 0;
  for (let i = 0; i < codes.length; i++) if (i === 0 || codes[i] !== codes[i - 1]) offsets[next++] = i;
  offsets[count] = codes.length;
  return offsets;
}

function duplicateError<Row>(data: Frame<Row>, keys: PanelKeys<Row>, unit: ColumnData, rows: readonly number[], count: number): DataError {
  const time = numericData(data, keys.time);
  const pairs = rows.map((row) => `${cellText(unit, row)} at ${numericText(time.type, time.values[row]!)}`);
  const more = count > rows.length ? ` and ${count - rows.length} more` : "";
  return new DataError(
    "DUPLICATE_UNIT_TIME",
    `Cannot build a panel as each "${keys.unit}" needs one row for each "${keys.time}": repeated ${pairs.join(", ")}${more}; remove or merge the repeats first`,
    { rows, duplicates: count, pairs },
  );
}
