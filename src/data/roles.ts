import { ColumnError, DataError, OptionError } from "../core/errors.ts";
import { checkArgument } from "../core/options.ts";
import type { DroppedRows, Sample } from "../core/result.ts";
import { type CategoryData, type ColumnData, cellText, gatherCodes, gatherNumbers } from "./columns.ts";
import { type Factor, factorize } from "./factorize.ts";
import { type Frame, numericData } from "./frame.ts";
import { knownFactor } from "./known-factors.ts";
import { Panel } from "./panel.ts";
import type { AnyColumn, NumericColumn } from "./row-types.ts";

/** Rows put into groups by the values of one column; codes are dense, 0 to `count - 1`, and every group has a row. */
export interface Groups {
  /** Column the groups come from. */
  readonly column: string;
  /** One code a row. */
  readonly codes: Int32Array;
  /** Number of groups. */
  readonly count: number;
  /** Rows of each group, where they were counted on the way. */
  readonly sizes?: Int32Array;
  /** The group's value as text. */
  readonly label: (code: number) => string;
}

/**
 * What a column is used for, and what that asks of it. `Columns` is what an estimator receives.
 * A role without a column (an option not given) is received as `undefined`.
 */
export interface Role<Columns> {
  readonly holds: "number" | "binary" | "weight" | "group";
  readonly columns: readonly string[];
  readonly list: boolean;
  readonly allowInfinite: boolean;
  /** Never set: carries the type of what is received. */
  readonly received?: Columns;
}

type Optional<Name, Received> = undefined extends Name ? Received | undefined : Received;

const role = <C>(holds: Role<C>["holds"], columns: readonly string[], list = false, allowInfinite = false): Role<C> => ({
  holds,
  columns,
  list,
  allowInfinite,
});
const named = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);

/** One finite numeric column. */
export const numberRole = <N extends string | undefined>(name: N): Role<Optional<N, Float64Array>> => role("number", named(name));
/** One numeric column that may hold `Infinity` ("never"). */
export const timeRole = <N extends string | undefined>(name: N): Role<Optional<N, Float64Array>> =>
  role("number", named(name), false, true);
/** Several finite numeric columns. */
export const numbersRole = (names: readonly string[]): Role<readonly Float64Array[]> => role("number", listed(names), true);
/** One column of zeros and ones. */
export const binaryRole = <N extends string | undefined>(name: N): Role<Optional<N, Float64Array>> => role("binary", named(name));
/** One column of finite weights, none negative. */
export const weightRole = <N extends string | undefined>(name: N): Role<Optional<N, Float64Array>> => role("weight", named(name));
/** One column of any type whose values form groups. */
export const groupRole = <N extends string | undefined>(name: N): Role<Optional<N, Groups>> => role("group", named(name));
/** Several columns of any type whose values form groups. */
export const groupsRole = (names: readonly string[]): Role<readonly Groups[]> => role("group", listed(names), true);

function listed(names: readonly string[]): readonly string[] {
  if (Array.isArray(names)) return names;
  throw new OptionError(
    "COLUMNS_NOT_A_LIST",
    `Cannot read several columns as they must be listed in an array of names: ${typeof names} was given`,
  );
}

/** What weights mean; an estimator refuses by name a kind it has not worked out. */
export type WeightKind = "analytic" | "frequency" | "sampling";

/** A weights column, or one with its meaning. */
export type WeightOption<Row> = NumericColumn<Row> | { readonly column: NumericColumn<Row>; readonly kind: WeightKind };

/** The weights' column and kind. @throws OptionError `WEIGHTS_UNSUPPORTED` for a kind not in `kinds`; the first is the default. */
export function resolveWeights<Row>(
  caller: string,
  weights: WeightOption<Row> | undefined,
  kinds: readonly [WeightKind, ...WeightKind[]],
): { readonly column: string; readonly kind: WeightKind } | undefined {
  if (weights === undefined) return undefined;
  const choice = typeof weights === "object" && weights !== null ? weights : { column: weights as string, kind: kinds[0] };
  if (kinds.includes(choice.kind)) return choice as { readonly column: string; readonly kind: WeightKind };
  throw new OptionError(
    "WEIGHTS_UNSUPPORTED",
    `Cannot run ${caller} with ${choice.kind} weights as only ${kinds.join(" and ")} weights are worked out for it`,
    {
      caller,
      kind: choice.kind,
    },
  );
}

/** One or several columns to cluster by. */
export type ClusterOption<Row> = AnyColumn<Row> | readonly AnyColumn<Row>[];

/** A column option as a list. */
export function columnList(option: string | readonly string[] | undefined): readonly string[] {
  return option === undefined ? [] : typeof option === "string" ? [option] : option;
}

/** Columns by role over the rows where none is missing. */
export interface UsedColumns<Roles> {
  /** What each role received; arrays without missing rows are the frame's own: read-only. */
  readonly columns: { readonly [K in keyof Roles]: Roles[K] extends Role<infer C> ? C : never };
  /** Row numbers of the used rows in the data; `undefined` when all are used. */
  readonly rows: Int32Array | undefined;
  /** Counts for the result. */
  readonly sample: Sample;
}

/**
 * The one door from data to estimators: finds each role's columns, checks them, leaves out rows with a missing value in any of them,
 * and counts those by reason. Nothing is copied when no row is left out.
 *
 * @param finite - whether columns of numbers are taken to be finite in all rows: the caller finds those that are not, and asks again.
 * @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`.
 * @throws DataError `NO_ROWS`, `ALL_MISSING`, `INFINITE_VALUE`, `NOT_BINARY`, `NEGATIVE_WEIGHT`.
 */
export function columnsByRole<Row, const Roles extends Readonly<Record<string, Role<unknown>>>>(
  caller: string,
  data: Frame<Row>,
  roles: Roles,
  finite = false,
): UsedColumns<Roles> {
  checkArgument(caller, data, "a frame or a panel", ["rowCount", "columnNames"]);
  let keep: Uint8Array | undefined;
  const dropped: DroppedRows[] = [];
  const complete = new Set<string>();
  const factors = new Map<string, Factor>();
  for (const { holds, columns } of Object.values(roles)) {
    for (const name of columns) {
      const column = holds === "group" ? data.column(name as AnyColumn<Row>) : numericData(data, name);
      if ((finite && holds === "number") || complete.has(name) || factors.has(name)) continue;
      const whole = holds === "group" && column.type !== "category" ? knownFactor(column.values) : undefined;
      if (whole !== undefined) factors.set(name, whole); // 32-bit integers, none missing
      if (whole !== undefined || isComplete(column)) {
        complete.add(name);
        continue;
      }
      keep ??= new Uint8Array(data.rowCount).fill(1);
      const rows = dropMissing(column, keep);
      if (rows > 0) dropped.push({ reason: `missing "${name}"`, rows });
    }
  }
  const left = dropped.reduce((sum, { rows }) => sum + rows, 0);
  const used = data.rowCount - left;
  if (used === 0) throw noRows(caller, data.rowCount, dropped);
  const rows = left === 0 ? undefined : keptIndex(keep!, used);

  const received: Record<string, unknown> = {};
  for (const [key, { holds, columns, list, allowInfinite }] of Object.entries(roles)) {
    const values = columns.map((name) =>
      holds === "group"
        ? groupsOf(data, name, rows, factors.get(name))
        : holds === "number" && (finite || complete.has(name))
          ? usedNumbers(data, name, rows)
          : checkedNumbers(caller, data, name, rows, holds, allowInfinite),
    );
    received[key] = list ? values : values[0];
  }
  const units = data instanceof Panel ? { units: usedUnits(data, rows) } : {};
  return {
    columns: received as UsedColumns<Roles>["columns"],
    rows,
    sample: { rows: data.rowCount, used, dropped, ...units },
  };
}

/** Whether no row is missing and, for numbers, none infinite: one branchless scan, since almost all columns are so. */
function isComplete(column: ColumnData): boolean {
  if (column.type === "category") {
    const { codes } = column;
    let signs = 0;
    for (let i = 0; i < codes.length; i++) signs |= codes[i]!;
    return signs >= 0;
  }
  return areFinite(column.values);
}

/** `0 x` is NaN for anything but a finite x. */
function areFinite(values: Float64Array): boolean {
  const end = values.length & ~3;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < end; i += 4) {
    a += 0 * values[i]!;
    b += 0 * values[i + 1]!;
    c += 0 * values[i + 2]!;
    d += 0 * values[i + 3]!;
  }
  for (let i = end; i < values.length; i++) a += 0 * values[i]!;
  return a + b + c + d === 0;
}

/** Marks rows where the column is missing; returns how many were not marked before. */
function dropMissing(column: ColumnData, keep: Uint8Array): number {
  let count = 0;
  if (column.type === "category") {
    const { codes } = column;
    for (let i = 0; i < keep.length; i++) {
      if (codes[i]! < 0 && keep[i] === 1) {
        keep[i] = 0;
        count++;
      }
    }
    return count;
  }
  const { values } = column;
  for (let i = 0; i < keep.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value) && keep[i] === 1) {
      keep[i] = 0;
      count++;
    }
  }
  return count;
}

function keptIndex(keep: Uint8Array, used: number): Int32Array {
  const rows = new Int32Array(used);
  let next = 0;
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) rows[next++] = i;
  return rows;
}

function noRows(caller: string, rows: number, dropped: readonly DroppedRows[]): DataError {
  if (rows === 0) return new DataError("NO_ROWS", `Cannot run ${caller} as at least one row is needed: the data have none`);
  const reasons = dropped.map(({ reason, rows: count }) => `${reason} in ${count}`).join(", ");
  return new DataError("ALL_MISSING", `Cannot run ${caller} as no row has all the columns it uses: of ${rows} rows, ${reasons}`, {
    rows,
    dropped,
  });
}

function usedNumbers<Row>(data: Frame<Row>, name: string, rows: Int32Array | undefined): Float64Array {
  const { values } = numericData(data, name);
  return rows === undefined ? values : gatherNumbers(values, rows);
}

function checkedNumbers<Row>(
  caller: string,
  data: Frame<Row>,
  name: string,
  rows: Int32Array | undefined,
  holds: Role<unknown>["holds"],
  allowInfinite: boolean,
): Float64Array {
  const values = usedNumbers(data, name, rows);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const fault =
      holds === "binary" && value !== 0 && value !== 1
        ? (["NOT_BINARY", "0 or 1"] as const)
        : value === Number.NEGATIVE_INFINITY || (value === Number.POSITIVE_INFINITY && !allowInfinite)
          ? (["INFINITE_VALUE", "finite"] as const)
          : holds === "weight" && value < 0
            ? (["NEGATIVE_WEIGHT", "zero or above"] as const)
            : undefined;
    if (fault === undefined) continue;
    const row = rows === undefined ? i : rows[i]!;
    throw new DataError(
      fault[0],
      `Cannot run ${caller} as "${name}" must be ${fault[1]}: row ${row} has ${value}; correct it or mark it missing`,
      { column: name, row, value },
    );
  }
  return values;
}

/** Dense groups of a column over the used rows, in ascending order of level code or value. */
function groupsOf<Row>(data: Frame<Row>, name: string, rows: Int32Array | undefined, whole: Factor | undefined): Groups {
  const column = data.column(name as AnyColumn<Row>);
  if (column.type === "category") {
    const codes = rows === undefined ? column.codes : gatherCodes(column.codes, rows);
    return denseGroups(name, codes, column);
  }
  const factor = rows === undefined ? (whole ?? factorize(column.values)) : factorize(gatherNumbers(column.values, rows));
  const shown = { type: column.type, values: factor.values } as const;
  return {
    column: name,
    codes: factor.codes,
    count: factor.values.length,
    ...(factor.sizes === undefined ? {} : { sizes: factor.sizes }),
    label: (code) => cellText(shown, code),
  };
}

function denseGroups(name: string, codes: Int32Array, { levels }: CategoryData): Groups {
  const rank = new Int32Array(levels.length).fill(-1);
  for (let i = 0; i < codes.length; i++) rank[codes[i]!] = 0;
  const present: number[] = [];
  for (let c = 0; c < rank.length; c++) if (rank[c] === 0) rank[c] = present.push(c) - 1;
  const label = (code: number): string => levels[present[code]!]!;
  if (present.length === levels.length) return { column: name, codes, count: levels.length, label };
  return { column: name, codes: codes.map((code) => rank[code]!), count: present.length, label };
}

function usedUnits<Row>(data: Panel<Row>, rows: Int32Array | undefined): number {
  if (rows === undefined) return data.unitCount;
  let [count, unit] = [0, 0];
  for (let i = 0; i < rows.length; ) {
    while (rows[i]! >= data.unitOffsets[unit + 1]!) unit++;
    count++;
    while (i < rows.length && rows[i]! < data.unitOffsets[unit + 1]!) i++;
  }
  return count;
}

/** Checks that a column exists, for options that are only echoed. @throws ColumnError `UNKNOWN_COLUMN`. */
export function requireColumn<Row>(data: Frame<Row>, name: string): void {
  data.column(name as AnyColumn<Row>);
}

/** Fails when two roles that must differ name one column. @throws ColumnError `SAME_COLUMN`. */
export function requireDistinct(caller: string, roles: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [roleName, column] of Object.entries(roles)) {
    if (column === undefined) continue;
    const other = seen.get(column);
    if (other !== undefined)
      throw new ColumnError("SAME_COLUMN", `Cannot run ${caller} as ${other} and ${roleName} need two columns: both are "${column}"`, {
        column,
      });
    seen.set(column, roleName);
  }
}
