import { finishResult } from "../core/display.ts";
import { ColumnError, OptionError, WhatworksError } from "../core/errors.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import { gatherCodes } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnList, columnsByRole, groupRole, numberRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { checkCall, checkList } from "./check-call.ts";
import { designAt, designRoles, type RdDesign, type SortedColumns, sidesInTurn, sortColumns } from "./design.ts";
import { finishEstimate, resolveEstimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult, RdEstimateSettings } from "./estimate-result.ts";
import { fitDesign } from "./fit-design.ts";
import type { Side } from "./numerics/side.ts";
import { sidePlan } from "./select-bandwidth.ts";

/** Options of {@link batch}: those of `rd.estimate`, with lists of outcomes and cutoffs. */
export interface RdBatchOptions<Row> extends Omit<RdEstimateOptions<Row>, "outcome" | "cutoff"> {
  /** Numeric outcomes. */
  readonly outcomes: readonly NumericColumn<Row>[];
  /** Columns whose values form subgroups: every value of every column, one after another. Default none: all rows. */
  readonly subgroups?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /** Default `[0]`. */
  readonly cutoffs?: readonly number[];
}

/** One fit of a batch. */
export interface RdBatchRow {
  readonly outcome: string;
  /** Column and value that form the subgroup. */
  readonly subgroup?: { readonly column: string; readonly value: string };
  readonly cutoff: number;
  /** What `rd.estimate` gives for these rows; absent when it cannot be computed. */
  readonly fit?: RdEstimateResult;
  /** Why not. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Result of {@link batch}. */
export interface RdBatchResult extends Result<"rd.batch", object> {
  /** Robust estimates of the fits that could be computed, in the order of `rows`; the term names outcome, subgroup and cutoff. */
  readonly estimates: readonly Estimate[];
  readonly rows: readonly RdBatchRow[];
}

/**
 * `rd.estimate` for every outcome, subgroup and cutoff. Rows are sorted, neighbours looked up and common windows summed once for all
 * outcomes with the same missing values, so that a table of outcomes costs a fraction of its single fits. A fit that its data cannot
 * carry is a row with `error`, not the end of the batch. Subgroups run outermost, then cutoffs, then outcomes.
 *
 * @throws OptionError, ColumnError for bad options and columns.
 * @see Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326
 * @example
 * const table = rd.batch(people, { outcomes: ["hours", "employed"], running: "age", cutoffs: [60], subgroups: "sex" });
 * inference.adjustPValues(table.estimates.map((row) => row.pValue), { method: "holm" });
 */
export function batch<Row>(data: Frame<Row>, options: RdBatchOptions<Row>): RdBatchResult {
  checkCall("rd.batch", data, options, ["outcomes", "cutoffs"]);
  const { outcomes, subgroups, cutoffs = [0], ...shared } = options;
  requireEntries("outcomes", outcomes);
  requireEntries("cutoffs", cutoffs);
  checkList("rd.batch", "subgroups", columnList(subgroups as string | readonly string[] | undefined));
  for (const single of ["outcome", "cutoff"] as const) if (single in options) throw singular(single);
  const settings = cutoffs.map((cutoff) => resolveEstimate("rd.batch", { ...shared, outcome: outcomes[0], cutoff }));
  const complete = (outcomes as readonly string[]).filter((name) => isComplete(data, name));
  const read = { data, outcomes: outcomes as readonly string[], complete: new Set(complete), settings };
  const rows: RdBatchRow[] = [];
  for (const { subgroup, ...own } of subgroupsOf(data, columnList(subgroups as string | readonly string[] | undefined))) {
    const byOutcome = fitSubgroup(read, own);
    settings.forEach(({ cutoff }, c) => {
      outcomes.forEach((outcome, o) => {
        rows.push({ outcome, ...(subgroup === undefined ? {} : { subgroup }), cutoff, ...byOutcome[o]![c]! });
      });
    });
  }
  const label = ({ outcome, subgroup, cutoff }: RdBatchRow): string =>
    [outcome, ...(subgroup === undefined ? [] : [`${subgroup.column} = ${subgroup.value}`]), ...(cutoffs.length > 1 ? [cutoff] : [])].join(
      ", ",
    );
  return finishResult({
    kind: "rd.batch",
    estimates: rows.flatMap((row) => (row.fit === undefined ? [] : [{ ...row.fit.estimates.robust, term: label(row) }])),
    rows,
    sample: { rows: data.rowCount, used: widest(rows), dropped: [] },
    warnings: failures(rows),
    options: { ...options, cutoffs },
    reference: "Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326",
  });
}

function singular(option: "outcome" | "cutoff"): OptionError {
  return new OptionError("UNKNOWN_OPTION", `Cannot run rd.batch as it has no option "${option}": did you mean "${option}s", a list?`, {
    option,
  });
}

function requireEntries(option: string, value: unknown): void {
  if (Array.isArray(value) && value.length > 0) return;
  throw new OptionError("INVALID_OPTION", `Cannot run rd.batch as option "${option}" must be a list with at least one entry`, {
    option,
    value,
  });
}

/** Rows of the largest subgroup's fits, over all subgroups: every row counts once for each column of subgroups. */
function widest(rows: readonly RdBatchRow[]): number {
  const used = new Map<string, number>();
  for (const { fit, subgroup } of rows) {
    const key = subgroup === undefined ? "" : `${subgroup.column} = ${subgroup.value}`;
    if (fit !== undefined) used.set(key, Math.max(used.get(key) ?? 0, fit.sample.used));
  }
  const byColumn = new Map<string, number>();
  for (const [key, count] of used) {
    const column = key.split(" = ")[0]!;
    byColumn.set(column, (byColumn.get(column) ?? 0) + count);
  }
  return Math.max(0, ...byColumn.values());
}

function failures(rows: readonly RdBatchRow[]): Warning[] {
  const failed = rows.filter(({ fit }) => fit === undefined);
  if (failed.length === 0) return [];
  const message = `${failed.length} of ${rows.length} fits could not be computed: see "error" in their rows`;
  return [{ code: "FITS_FAILED", message, details: { failed: failed.length, fits: rows.length } }];
}

interface Subgroup<Row> {
  readonly frame: Frame<Row>;
  /** Its rows in the data; all of them unless given. */
  readonly rows?: Int32Array;
  readonly subgroup?: NonNullable<RdBatchRow["subgroup"]>;
}

function subgroupsOf<Row>(data: Frame<Row>, columns: readonly string[]): Subgroup<Row>[] {
  if (columns.length === 0) return [{ frame: data }];
  return columns.flatMap((column) => {
    const { columns: read, rows } = columnsByRole("rd.batch", data, { group: groupRole(column) });
    const { codes, count, label } = read.group;
    const sizes = new Int32Array(count);
    for (let i = 0; i < codes.length; i++) sizes[codes[i]!]!++;
    const members = Array.from(sizes, (size) => new Int32Array(size));
    sizes.fill(0);
    for (let i = 0; i < codes.length; i++) members[codes[i]!]![sizes[codes[i]!]!++] = rows === undefined ? i : rows[i]!;
    return members.map((own, code) => ({ frame: data.take(own), rows: own, subgroup: { column, value: label(code) } }));
  });
}

type Cell = Pick<RdBatchRow, "fit" | "error">;

/** What all subgroups share. */
interface BatchRead<Row> {
  readonly data: Frame<Row>;
  readonly outcomes: readonly string[];
  /** Outcomes that are finite in every row of the data. */
  readonly complete: ReadonlySet<string>;
  readonly settings: readonly RdEstimateSettings[];
}

/** All fits of one subgroup: [outcome][cutoff]. */
function fitSubgroup<Row>(read: BatchRead<Row>, subgroup: Subgroup<Row>): Cell[][] {
  const { outcomes, settings } = read;
  const cells: Cell[][] = outcomes.map(() => []);
  for (const { frame, rows, members, dropped } of missingPatterns(read, subgroup.frame, cells)) {
    const all = attempt(() => {
      const found = columnsByRole("rd.batch", frame, { ...designRoles(settings[0]!) });
      const sample: Sample = { ...found.sample, rows: subgroup.frame.rowCount, dropped: [...dropped, ...found.sample.dropped] };
      const used = [rows, found.rows].reduce(composed, subgroup.rows);
      return { used, sorted: sortColumns("rd.batch", found.columns, settings[0]!, sample) };
    });
    if (all instanceof WhatworksError) for (const o of members) cells[o] = settings.map(() => failed(all));
    else fitMembers(read, all.sorted, all.used, members, cells);
  }
  return cells;
}

/** Row numbers of row numbers; `undefined` stands for all rows. */
function composed(outer: Int32Array | undefined, inner: Int32Array | undefined): Int32Array | undefined {
  return outer === undefined || inner === undefined ? (outer ?? inner) : gatherCodes(outer, inner);
}

/** Fits of the outcomes that share their rows, `used` in the data: one outcome after another, as they use the same memory. */
function fitMembers<Row>(
  { data, outcomes, settings }: BatchRead<Row>,
  sorted: SortedColumns,
  used: Int32Array | undefined,
  members: readonly number[],
  cells: Cell[][],
): void {
  const values = new Float64Array(sorted.running.length);
  const read = new Float64Array(used?.length ?? 0);
  const sides = settings.map(({ cutoff }) => sidesWhenAsked(cutoff));
  for (const o of members) {
    const outcome = outcomes[o]!;
    const column = data.numbers(outcome as NumericColumn<Row>);
    sorted.take!(used === undefined ? column : gatherInto(column, used, read), values);
    cells[o] = settings.map((at, c) => {
      const own = Object.freeze({ ...at, outcome });
      const fitted = attempt(() => {
        const design = designAt("rd.batch", sorted, values, own);
        return fitDesign("rd.batch", design, own, sides[c]!(design, own));
      });
      return fitted instanceof WhatworksError ? failed(fitted) : { fit: finishEstimate(fitted, own) };
    });
  }
}

/** The sides of the designs at one cutoff; what they share is made with the first. */
function sidesWhenAsked(cutoff: number): (design: RdDesign, settings: RdEstimateSettings) => [Side, Side] {
  let next: ((design: RdDesign) => [Side, Side]) | undefined;
  return (design, settings) => {
    next ??= sidesInTurn(design, cutoff, sidePlan(design, settings));
    return next(design);
  };
}

function gatherInto(column: Float64Array, rows: Int32Array, out: Float64Array): Float64Array {
  for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!;
  return out;
}

interface Pattern<Row> {
  readonly frame: Frame<Row>;
  readonly rows: Int32Array | undefined;
  readonly members: number[];
  readonly dropped: Sample["dropped"];
}

/** Outcomes by the rows in which they are missing; an outcome that cannot be read gets its error in all its cells. */
function missingPatterns<Row>({ outcomes, complete, settings }: BatchRead<Row>, data: Frame<Row>, cells: Cell[][]): Pattern<Row>[] {
  const patterns: Pattern<Row>[] = [];
  outcomes.forEach((outcome, o) => {
    const whole = complete.has(outcome) && data.rowCount > 0;
    const read = whole ? undefined : attempt(() => columnsByRole("rd.batch", data, { outcome: numberRole(outcome) }));
    if (read instanceof WhatworksError) {
      cells[o] = settings.map(() => failed(read));
      return;
    }
    const same = patterns.find(({ rows }) => equalRows(rows, read?.rows));
    if (same !== undefined) same.members.push(o);
    else {
      const frame = read?.rows === undefined ? data : data.take(read.rows);
      patterns.push({ frame, rows: read?.rows, members: [o], dropped: read?.sample.dropped ?? [] });
    }
  });
  return patterns;
}

/** Whether a column is numeric and finite throughout; `0 x` is NaN for anything but a finite x. */
function isComplete<Row>(data: Frame<Row>, name: string): boolean {
  const column = data.column(name as AnyColumn<Row>);
  if (column.type === "category") return false;
  const { values } = column;
  let [even, odd] = [0, 0];
  const end = values.length & ~1;
  for (let i = 0; i < end; i += 2) {
    even += 0 * values[i]!;
    odd += 0 * values[i + 1]!;
  }
  if (end < values.length) even += 0 * values[end]!;
  return even + odd === 0;
}

function equalRows(a: Int32Array | undefined, b: Int32Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((row, i) => row === b[i]);
}

/** The value, or the data's error; bad options and columns end the batch. */
function attempt<T>(compute: () => T): T | WhatworksError {
  try {
    return compute();
  } catch (error) {
    if (error instanceof WhatworksError && !(error instanceof OptionError) && !(error instanceof ColumnError)) return error;
    throw error;
  }
}

const failed = ({ code, message }: WhatworksError): Cell => ({ error: { code, message } });
