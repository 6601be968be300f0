import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkArgument, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { type Frame, frame } from "../data/frame.ts";
import { columnsByRole, numberRole, numbersRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { symmetricEigen } from "../linalg/index.ts";
import { checkCall, checkList } from "./check-call.ts";
import { sortWithRows } from "./numerics/sort.ts";

/** Options of {@link cells}. `Row` is the row type of the data. */
export interface RdCellsOptions<Row> {
  /** Running variable; every distinct value is a cell. */
  readonly running: NumericColumn<Row>;
  /** Outcomes, treatment, covariates: every column that will be analysed. */
  readonly columns: readonly NumericColumn<Row>[];
  /** Cells with fewer rows are left out, with a warning. Default 1: none. */
  readonly minimumRows?: number;
}

/** One value of the running variable. */
export interface RdCell {
  readonly value: number;
  readonly rows: number;
  /** Mean of each column. */
  readonly means: readonly number[];
  /** Covariances of the columns with divisor `rows`: entries (1,1), (2,1), (2,2), (3,1), and so on. */
  readonly covariances: readonly number[];
}

/** What {@link fromCells} needs: plain data, for instance as read from JSON. */
export interface RdCellTable {
  readonly running: string;
  readonly columns: readonly string[];
  readonly cells: readonly RdCell[];
}

/** Result of {@link cells}. */
export interface RdCellsResult extends Result<"rd.cells", object>, RdCellTable {
  readonly estimates: readonly Estimate[];
}

/**
 * A data set as a table by value of the running variable: counts, means and covariances, which a secure room may let out where it keeps
 * rows. All that `rd.estimate`, `rd.bandwidth`, `rd.densityTest` and `rd.honest` use of the rows, without weights and clusters, is in
 * it: {@link fromCells} makes rows that give the same numbers. Tables of parts are merged by putting their cells in one list.
 *
 * @throws OptionError, ColumnError, DataError; DataError `EMPTY_CELLS` when every cell is too small.
 * @see Lee & Card (2008), Journal of Econometrics 142(2) 655-674 on estimation from cells
 * @example
 * const table = rd.cells(people, { running: "childAgeMonths", columns: ["employed", "hours"], minimumRows: 10 });
 * rd.estimate(rd.fromCells(table), { outcome: "hours", running: "childAgeMonths", cutoff: 60 });
 */
export function cells<Row>(data: Frame<Row>, options: RdCellsOptions<Row>): RdCellsResult {
  const caller = "rd.cells";
  checkCall(caller, data, options, ["columns"]);
  const settings = resolveOptions<{ readonly running: string; readonly columns: readonly string[]; readonly minimumRows: number }>(
    caller,
    options,
    { required: ["running", "columns"], defaults: { minimumRows: 1 } },
  );
  checkNumber(caller, "minimumRows", settings.minimumRows, { min: 1, integer: true });
  if (!Array.isArray(settings.columns) || settings.columns.length === 0) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as "columns" must list at least one: it lists none`, {
      option: "columns",
    });
  }
  const { columns, sample } = columnsByRole(caller, data, {
    running: numberRole(settings.running),
    columns: numbersRole(settings.columns),
  });
  const { values, order } = sortWithRows(columns.running);
  const found: RdCell[] = [];
  let [left, rows] = [0, 0];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && values[end] === values[start]) end++;
    if (end - start < settings.minimumRows) {
      left++;
      rows += end - start;
    } else found.push(cellOf(values[start]!, order.subarray(start, end), columns.columns));
    start = end;
  }
  if (found.length === 0) {
    throw new DataError(
      "EMPTY_CELLS",
      `Cannot run ${caller} as some value of "${settings.running}" must have ${settings.minimumRows} rows: none has; lower "minimumRows" or round the values`,
      { minimumRows: settings.minimumRows },
    );
  }
  const message = `${left} cells with ${rows} rows in all are left out: they have fewer than ${settings.minimumRows} rows each`;
  const warnings: Warning[] = left === 0 ? [] : [{ code: "SMALL_CELLS", message, details: { cells: left, rows } }];
  const dropped = left === 0 ? sample.dropped : [...sample.dropped, { reason: "in a cell that is too small", rows }];
  return finishResult({
    kind: caller,
    estimates: [],
    running: settings.running,
    columns: settings.columns,
    cells: found,
    sample: { ...sample, used: sample.used - rows, dropped },
    warnings,
    options: settings,
    reference: "Lee & Card (2008), Journal of Econometrics 142(2) 655-674",
  });
}

function cellOf(value: number, rows: Int32Array, columns: readonly Float64Array[]): RdCell {
  const n = rows.length;
  const means = columns.map((column) => rows.reduce((sum, i) => sum + column[i]!, 0) / n);
  const covariances: number[] = [];
  columns.forEach((first, a) => {
    for (let b = 0; b <= a; b++) {
      const second = columns[b]!;
      covariances.push(rows.reduce((sum, i) => sum + (first[i]! - means[a]!) * (second[i]! - means[b]!), 0) / n);
    }
  });
  return { value, rows: n, means, covariances };
}

/**
 * Rows with the counts, means and covariances of a table of cells: whatever depends on the data through them alone comes out as from the
 * rows themselves, to rounding. Row i of a cell of n rows is `mean + sum over j of L_j q_j(i)`, where `L L'` is n times the covariance and
 * the q are cosines `sqrt(2 / n) cos(pi j (i + 1/2) / n)`, which are orthonormal and sum to zero.
 *
 * @throws DataError `BAD_CELLS` for a table whose numbers cannot be those of rows.
 * @example
 * rd.estimate(rd.fromCells(JSON.parse(text)), { outcome: "hours", running: "childAgeMonths", cutoff: 60 });
 */
export function fromCells(cellTable: RdCellTable): Frame<Record<string, number>> {
  const caller = "rd.fromCells";
  checkArgument(caller, cellTable, "a table of cells, as rd.cells makes", ["running", "columns", "cells"]);
  const { running, columns, cells: table } = cellTable;
  checkList(caller, "columns", columns);
  checkTable(caller, table);
  const total = table.reduce((sum, cell) => sum + cell.rows, 0);
  const out: Record<string, Float64Array> = { [running]: new Float64Array(total) };
  for (const name of columns) out[name] = new Float64Array(total);
  let at = 0;
  table.forEach((cell, c) => {
    const factor = checkedFactor(cell, columns.length, c);
    out[running]!.fill(cell.value, at, at + cell.rows);
    columns.forEach((name, a) => {
      const values = out[name]!;
      for (let i = 0; i < cell.rows; i++) {
        let value = cell.means[a]!;
        factor.forEach((direction, j) => {
          value += direction[a]! * Math.SQRT2 * Math.cos((Math.PI * (j + 1) * (i + 0.5)) / cell.rows);
        });
        values[at + i] = value;
      }
    });
    at += cell.rows;
  });
  return frame(out) as unknown as Frame<Record<string, number>>;
}

/** @throws DataError `BAD_CELLS`. */
function checkTable(caller: string, table: unknown): asserts table is readonly RdCell[] {
  const whole = (cell: unknown): boolean => {
    const { means, covariances } = (cell ?? {}) as Readonly<Record<string, unknown>>;
    return Array.isArray(means) && Array.isArray(covariances);
  };
  if (Array.isArray(table) && table.length > 0 && table.every(whole)) return;
  throw new DataError(
    "BAD_CELLS",
    `Cannot run ${caller} as "cells" must list at least one cell with means and covariances: it does not`,
    {},
  );
}

/** Columns L_j of a root of the covariance, those that are not zero. */
function checkedFactor({ value, rows, means, covariances }: RdCell, k: number, index: number): Float64Array[] {
  const bad = (what: string): DataError =>
    new DataError("BAD_CELLS", `Cannot make rows of cell ${index + 1} (value ${value}) as ${what}`, { cell: index, value });
  if (!Number.isFinite(value)) throw bad("its value must be a finite number");
  if (!Number.isInteger(rows) || rows < 1) throw bad(`it needs a whole number of rows: ${rows} was found`);
  if (means.length !== k || covariances.length !== (k * (k + 1)) / 2 || ![...means, ...covariances].every(Number.isFinite)) {
    throw bad(`it needs ${k} finite means and ${(k * (k + 1)) / 2} covariances`);
  }
  const S = new Float64Array(k * k);
  let entry = 0;
  for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) S[a * k + b] = S[b * k + a] = covariances[entry++]!;
  // each column in its own unit, so that rounding is judged alike
  const units = Float64Array.from({ length: k }, (_, a) => Math.sqrt(Math.max(0, S[a * k + a]!)));
  const R = S.map((covariance, at) => {
    const unit = units[Math.floor(at / k)]! * units[at % k]!;
    return unit > 0 ? covariance / unit : 0;
  });
  const { values, vectors } = symmetricEigen(R, k);
  const largest = Math.max(0, ...values);
  if (values.some((eigenvalue) => eigenvalue < -1e-8 * Math.max(1, largest)) || S.some((_, at) => at % (k + 1) === 0 && S[at]! < 0)) {
    throw bad("its covariances are not those of any rows");
  }
  const kept = [...values.keys()].filter((v) => values[v]! > 1e-13 * largest).sort((a, b) => values[b]! - values[a]!);
  if (kept.length > rows - 1) throw bad(`${rows} rows cannot vary in ${kept.length} directions`);
  return kept.map((v) => Float64Array.from({ length: k }, (_, a) => units[a]! * Math.sqrt(values[v]!) * vectors[a * k + v]!));
}
