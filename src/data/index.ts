export type { CategoryData, ColumnData, ColumnType, NumericData } from "./columns.ts";
export { type FirstTreatedOptions, firstTreated } from "./first-treated.ts";
export { Frame, frame, type RowMask } from "./frame.ts";
export { Panel, type PanelKeys, panel } from "./panel.ts";
export type { ClusterOption, WeightKind, WeightOption } from "./roles.ts";
export type {
  AnyColumn,
  CategoryColumn,
  CellOf,
  ColumnInput,
  MaybeMissing,
  NumericArray,
  NumericColumn,
  RowOf,
} from "./row-types.ts";
