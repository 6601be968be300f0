import type { CategoryData, ColumnType, NumericData } from "./columns.ts";

/** Names of the columns of `Row` whose values satisfy `Value`; any string where the schema is unknown. */
type ColumnsHolding<Row, Value> = string extends keyof Row
  ? string
  : { [K in keyof Row & string]-?: [NonNullable<Row[K]>] extends [Value] ? K : never }[keyof Row & string];

/** Names of numeric columns: numbers, booleans, dates, months. */
export type NumericColumn<Row> = ColumnsHolding<Row, number | boolean | Date>;

/** Names of categorical columns: strings. */
export type CategoryColumn<Row> = ColumnsHolding<Row, string>;

/** Names of all columns. */
export type AnyColumn<Row> = string extends keyof Row ? string : keyof Row & string;

/** A row as it is read back: `null` where the value is missing. */
export type MaybeMissing<Row> = { [K in keyof Row]: Row[K] | null };

/** Arrays that become a numeric column. */
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** What `frame` takes as one column; `null`, `undefined` and (in numeric columns) NaN are missing. */
export type ColumnInput =
  | NumericArray
  | BigInt64Array
  | BigUint64Array
  | readonly (number | boolean | string | bigint | Date | null | undefined)[]
  | NumericData
  | CategoryData;

/** The type of one cell of a column input; big integers become exact categories, hence strings. */
export type CellOf<Column> = Column extends NumericArray
  ? number
  : Column extends BigInt64Array | BigUint64Array | CategoryData
    ? string
    : Column extends { readonly type: "boolean" }
      ? boolean
      : Column extends { readonly type: "date" }
        ? Date
        : Column extends NumericData
          ? number
          : Column extends readonly (infer Cell)[]
            ? WidenCell<NonNullable<Cell>>
            : never;

type WidenCell<Cell> = Cell extends number
  ? number
  : Cell extends boolean
    ? boolean
    : Cell extends string | bigint
      ? string
      : Cell extends Date
        ? Date
        : never;

/** The row type of a record of column inputs. */
export type RowOf<Columns> = { [K in keyof Columns]: CellOf<Columns[K]> };

/** The types of the columns to read, by name. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

/** The row type that a declaration of column types gives. */
export type DeclaredRow<Columns extends ColumnTypes> = {
  -readonly [K in keyof Columns]: Columns[K] extends "category"
    ? string
    : Columns[K] extends "boolean"
      ? boolean
      : Columns[K] extends "date"
        ? Date
        : Columns[K] extends "number" | "month"
          ? number
          : string | number | boolean | Date;
};

/** The row type where nothing is known of the columns: any name passes the compiler, and is checked when it is used. */
export type UnknownRow = Record<string, string | number | boolean | Date>;
