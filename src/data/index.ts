export { type ArqueroTable, fromArquero } from "./adapters/from-arquero.ts";
export { type ArrowColumn, type ArrowTable, fromArrow } from "./adapters/from-arrow.ts";
export { fromPolars, type PolarsFrame } from "./adapters/from-polars.ts";
export type { AdapterOptions } from "./adapters/select-columns.ts";
export type { CategoryData, ColumnData, ColumnType, NumericData } from "./columns.ts";
export type { BadCell } from "./csv/bad-cell.ts";
export type { AbortSignalLike, BlobLike, ByteStreamLike, ResponseLike, UrlLike } from "./csv/platform.ts";
export { type ReadCsvOptions, readCsv } from "./csv/read-csv.ts";
export { type ReadCsvChunksOptions, readCsvChunks } from "./csv/read-csv-chunks.ts";
export type { CsvSource } from "./csv/source.ts";
export { csvChunks, type WriteCsvOptions, writeCsv } from "./csv/write-csv.ts";
export { dayNumber, dayText, monthNumber, monthText } from "./dates.ts";
export { type FirstTreatedOptions, firstTreated } from "./first-treated.ts";
export { Frame, frame, type RowMask } from "./frame.ts";
export { type KeyedPanel, Panel, type PanelColumns, type PanelKeys, panel } from "./panel.ts";
export type { ClusterOption, WeightKind, WeightOption } from "./roles.ts";
export type {
  AnyColumn,
  CategoryColumn,
  CellOf,
  ColumnInput,
  ColumnTypes,
  DeclaredRow,
  MaybeMissing,
  NumericArray,
  NumericColumn,
  RowOf,
  UnknownRow,
} from "./row-types.ts";
