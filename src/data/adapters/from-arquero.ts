import { checkArgument } from "../../core/options.ts";
import { CellColumn } from "../cell-column.ts";
import type { ColumnData, ColumnType } from "../columns.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow, UnknownRow } from "../row-types.ts";
import { type ArrowColumn, arrowColumn } from "./from-arrow.ts";
import { type AdapterOptions, frameOf, selectColumns } from "./select-columns.ts";

/** An arquero table, by structure. */
export interface ArqueroTable {
  /** Rows after filters. */
  numRows(): number;
  /** Names in order. */
  columnNames(): string[];
  /** The stored column, filters and order left aside. */
  column(name: string): unknown;
  /** The column's values, filtered and ordered. */
  array(name: string): ArrayLike<unknown>;
  /** Whether rows are filtered out. */
  isFiltered(): boolean;
  /** Whether rows have an order of their own. */
  isOrdered(): boolean;
}

/**
 * A frame of an arquero table, by structure; its filter and order are kept, its groups are not.
 * `Float64Array` columns of a table without filter and order are used where they are, without a copy, and so are Arrow columns.
 *
 * @throws ColumnError `UNKNOWN_COLUMN`. DataError `UNSUPPORTED_COLUMN`, `BAD_CELL`.
 */
export function fromArquero<const Columns extends ColumnTypes>(
  table: ArqueroTable,
  options: AdapterOptions<Columns> & { readonly columns: Columns },
): Frame<DeclaredRow<Columns>>;
export function fromArquero(table: ArqueroTable, options?: AdapterOptions): Frame<UnknownRow>;
export function fromArquero(table: ArqueroTable, options: AdapterOptions<ColumnTypes | readonly string[]> = {}): Frame<UnknownRow> {
  checkArgument("fromArquero", table, "an Arquero table", ["columnNames", "numRows"]);
  const columns = new Map<string, ColumnData>();
  for (const { name, type } of selectColumns("fromArquero", options, table.columnNames())) {
    columns.set(name, arqueroColumn(table, name, type));
  }
  return frameOf(columns, table.numRows());
}

function arqueroColumn(table: ArqueroTable, name: string, type: ColumnType | undefined): ColumnData {
  const stored = table.column(name);
  const isWhole = !table.isFiltered() && !table.isOrdered();
  if (isWhole && stored instanceof Float64Array && (type === undefined || type === "number")) return { type: "number", values: stored };
  if (isWhole && isArrowColumn(stored)) return arrowColumn(name, type, stored);
  const cells = isWhole && (Array.isArray(stored) || ArrayBuffer.isView(stored)) ? (stored as ArrayLike<unknown>) : table.array(name);
  const out = new CellColumn(name, type, table.numRows());
  out.fill(cells, 0);
  return out.finish();
}

function isArrowColumn(column: unknown): column is ArrowColumn {
  if (typeof column !== "object" || column === null || !("type" in column) || !("data" in column)) return false;
  return Array.isArray(column.data) && typeof column.type === "object" && column.type !== null && "typeId" in column.type;
}
