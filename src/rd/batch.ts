import { finishResult } from "../core/display.ts";
import { ColumnError, OptionError, WhatworksError } from "../core/errors.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnList, columnsByRole, groupRole, numberRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { checkCall, checkList } from "./check-call.ts";
import { designAt, designRoles, type RdDesign, sidesOfOutcomes, sortColumns } from "./design.ts";
import { finishEstimate, resolveEstimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult, RdEstimateSettings } from "./estimate-result.ts";
import { fitDesign } from "./fit-design.ts";
import { sidePlan } from "./select-bandwidth.ts";

/** Values of all outcomes of one block, so that tables of residuals stay small. */
const BLOCK_VALUES = 2 ** 24;

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
  for (const name of outcomes) data.column(name);
  const rows: RdBatchRow[] = [];
  for (const { frame, subgroup } of subgroupsOf(data, columnList(subgroups as string | readonly string[] | undefined))) {
    const byOutcome = fitSubgroup(frame, outcomes as readonly string[], settings);
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
    return members.map((own, code) => ({ frame: data.take(own), subgroup: { column, value: label(code) } }));
  });
}

type Cell = Pick<RdBatchRow, "fit" | "error">;

/** All fits of one subgroup: [outcome][cutoff]. */
function fitSubgroup<Row>(data: Frame<Row>, outcomes: readonly string[], settings: readonly RdEstimateSettings[]): Cell[][] {
  const cells: Cell[][] = outcomes.map(() => []);
  for (const { frame, members, dropped } of missingPatterns(data, outcomes, cells, settings.length)) {
    const names = members.map((o) => outcomes[o]!);
    const all = attempt(() => {
      const { columns, sample } = columnsByRole("rd.batch", frame, { ...designRoles(settings[0]!), outcomes: numbersRole(names) });
      const counted: Sample = { ...sample, rows: data.rowCount, dropped: [...dropped, ...sample.dropped] };
      return { columns, sorted: sortColumns("rd.batch", columns, settings[0]!, counted) };
    });
    if (all instanceof WhatworksError) {
      for (const o of members) cells[o] = settings.map(() => failed(all));
      continue;
    }
    const { columns, sorted } = all;
    const block = Math.max(1, Math.floor(BLOCK_VALUES / sorted.running.length));
    for (let from = 0; from < members.length; from += block) {
      const own = members.slice(from, from + block);
      const values = own.map((_, k) => sorted.take!(columns.outcomes[from + k]!));
      settings.forEach((at, c) => {
        const designs = own.map((o, k) => attempt(() => designAt("rd.batch", sorted, values[k]!, { ...at, outcome: outcomes[o]! })));
        fitBlock(
          designs,
          own.map((o) => outcomes[o]!),
          at,
        ).forEach((cell, k) => {
          cells[own[k]!]![c] = cell;
        });
      });
    }
  }
  return cells;
}

/** Fits of designs that differ in their outcome only. */
function fitBlock(designs: readonly (RdDesign | WhatworksError)[], names: readonly string[], settings: RdEstimateSettings): Cell[] {
  const sound = designs.filter((design): design is RdDesign => !(design instanceof WhatworksError));
  const sides = sound.length === 0 ? undefined : sidesOfOutcomes(sound, settings.cutoff, sidePlan(sound[0]!, settings));
  return designs.map((design, k) => {
    if (design instanceof WhatworksError) return failed(design);
    const own = Object.freeze({ ...settings, outcome: names[k]! });
    const fitted = attempt(() => fitDesign("rd.batch", design, own, sides!(sound.indexOf(design))));
    return fitted instanceof WhatworksError ? failed(fitted) : { fit: finishEstimate(fitted, own) };
  });
}

interface Pattern<Row> {
  readonly frame: Frame<Row>;
  readonly rows: Int32Array | undefined;
  readonly members: number[];
  readonly dropped: Sample["dropped"];
}

/** Outcomes by the rows in which they are missing; an outcome that cannot be read gets its error in all its cells. */
function missingPatterns<Row>(data: Frame<Row>, outcomes: readonly string[], cells: Cell[][], cutoffs: number): Pattern<Row>[] {
  const patterns: Pattern<Row>[] = [];
  outcomes.forEach((outcome, o) => {
    const whole = patterns.find((pattern) => pattern.rows === undefined);
    if (whole !== undefined && allFinite(data.numbers(outcome as NumericColumn<Row>))) {
      whole.members.push(o);
      return;
    }
    const read = attempt(() => columnsByRole("rd.batch", data, { outcome: numberRole(outcome) }));
    if (read instanceof WhatworksError) {
      cells[o] = Array.from({ length: cutoffs }, () => failed(read));
      return;
    }
    const same = patterns.find((pattern) => equalRows(pattern.rows, read.rows));
    if (same !== undefined) same.members.push(o);
    else {
      const frame = read.rows === undefined ? data : data.take(read.rows);
      patterns.push({ frame, rows: read.rows, members: [o], dropped: read.sample.dropped });
    }
  });
  return patterns;
}

/** `0 x` is NaN for anything but a finite x. */
function allFinite(values: Float64Array): boolean {
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
