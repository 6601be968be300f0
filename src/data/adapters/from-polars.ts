import { checkArgument } from "../../core/options.ts";
import { CellColumn } from "../cell-column.ts";
import type { ColumnData } from "../columns.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow, UnknownRow } from "../row-types.ts";
import { type AdapterOptions, frameOf, selectColumns } from "./select-columns.ts";

/** A nodejs-polars series, by structure. */
export interface PolarsSeries {
  readonly length: number;
  nullCount(): number;
  isNumeric(): boolean;
  toArray(): ArrayLike<unknown>;
  toTypedArray(): ArrayLike<unknown>;
}

/** A nodejs-polars data frame, by structure. */
export interface PolarsFrame {
  readonly columns: readonly string[];
  readonly height: number;
  /** The column of this name. */
  getColumn(name: string): PolarsSeries;
}

/**
 * A frame of a nodejs-polars data frame, by structure. Numeric series without nulls come over as typed arrays;
 * 64-bit floats among them are not copied again.
 *
 * @throws ColumnError `UNKNOWN_COLUMN`. DataError `UNSUPPORTED_COLUMN`, `BAD_CELL`.
 */
export function fromPolars<const Columns extends ColumnTypes>(
  data: PolarsFrame,
  options: AdapterOptions<Columns> & { readonly columns: Columns },
): Frame<DeclaredRow<Columns>>;
export function fromPolars(data: PolarsFrame, options?: AdapterOptions): Frame<UnknownRow>;
export function fromPolars(data: PolarsFrame, options: AdapterOptions<ColumnTypes | readonly string[]> = {}): Frame<UnknownRow> {
  checkArgument("fromPolars", data, "a Polars data frame", ["columns", "getColumn"]);
  const columns = new Map<string, ColumnData>();
  for (const { name, type } of selectColumns("fromPolars", options, data.columns)) {
    const series = data.getColumn(name);
    const cells = series.isNumeric() && series.nullCount() === 0 ? series.toTypedArray() : series.toArray();
    if (cells instanceof Float64Array && (type === undefined || type === "number")) {
      columns.set(name, { type: "number", values: cells });
      continue;
    }
    const out = new CellColumn(name, type, data.height);
    out.fill(cells, 0);
    columns.set(name, out.finish());
  }
  return frameOf(columns, data.height);
}
