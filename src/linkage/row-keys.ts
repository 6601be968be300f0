import { type ColumnData, cellText } from "../data/columns.ts";
import type { AnyColumn, Frame } from "../data/index.ts";

/** Numbers the texts of one key column, the same text the same number across frames. */
type TextIds = Map<string, number>;

/**
 * Gives each row an integer for its combination of key values; rows of two frames have the same integer if and only if all
 * their keys agree as text. -1 where a key is missing.
 */
export class RowKeys {
  private readonly names: readonly string[];
  private readonly texts: readonly TextIds[];
  /** For the second and later columns: pair of (combination so far, text number) to combination. */
  private readonly pairs: readonly Map<number, number>[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.texts = names.map(() => new Map());
    this.pairs = names.slice(1).map(() => new Map());
  }

  /** Distinct combinations numbered so far. */
  get count(): number {
    return (this.pairs[this.pairs.length - 1] ?? this.texts[0]!).size;
  }

  /** The combination of each row. */
  number<Row>(data: Frame<Row>): Int32Array {
    const columns = this.names.map((name, k) => textIds(data.column(name as AnyColumn<Row>), this.texts[k]!));
    const ids = columns[0]!.slice();
    for (let k = 1; k < columns.length; k++) combine(ids, columns[k]!, this.pairs[k - 1]!);
    return ids;
  }

  /** A row's keys as text, for messages. */
  label<Row>(data: Frame<Row>, row: number): string {
    return this.names.map((name) => cellText(data.column(name as AnyColumn<Row>), row)).join(" / ");
  }
}

function textIds(column: ColumnData, known: TextIds): Int32Array {
  const idOf = (text: string): number => {
    let id = known.get(text);
    if (id === undefined) {
      id = known.size;
      known.set(text, id);
    }
    return id;
  };
  if (column.type === "category") {
    const ofLevel = Int32Array.from(column.levels, idOf);
    return column.codes.map((code) => (code < 0 ? -1 : ofLevel[code]!));
  }
  const ids = new Int32Array(column.values.length);
  const ofValue = new Map<number, number>(); // spares the text of a value seen before
  for (let i = 0; i < ids.length; i++) {
    const value = column.values[i]!;
    if (Number.isNaN(value)) ids[i] = -1;
    else {
      let id = ofValue.get(value);
      if (id === undefined) {
        id = idOf(cellText(column, i));
        ofValue.set(value, id);
      }
      ids[i] = id;
    }
  }
  return ids;
}

/** Pairs stay exact: both numbers are below 2^26 in any data that fit in memory as text. */
const PAIR = 2 ** 26;

function combine(ids: Int32Array, next: Int32Array, pairs: Map<number, number>): void {
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < 0 || next[i]! < 0) {
      ids[i] = -1;
      continue;
    }
    const pair = ids[i]! * PAIR + next[i]!;
    let id = pairs.get(pair);
    if (id === undefined) {
      id = pairs.size;
      pairs.set(pair, id);
    }
    ids[i] = id;
  }
}
