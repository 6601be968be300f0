import { ColumnError, OptionError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import { type ColumnData, cellText } from "../data/columns.ts";
import { factorize, lowerBound } from "../data/factorize.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { Panel } from "../data/panel.ts";
import { crossGroups, type GroupCodes } from "../moments/index.ts";
import type { AnyRow } from "../regression/design.ts";
import { quantileType7 } from "./quantile.ts";
import type { GroupSpecification } from "./subgroup-options.ts";

/** One partition of the rows. */
export interface Partition {
  /** Name of the partition: the column, or columns joined by a cross. */
  readonly by: string;
  readonly columns: readonly string[];
  /** Group of each row; -1 = in none. */
  readonly codes: Int32Array;
  readonly groups: readonly { readonly label: string; readonly by: Readonly<Record<string, string>> }[];
  /** Rows before each group when rows are sorted by group, then all rows in groups. */
  readonly offsets: Int32Array;
  /** The rows of a group, ascending; sorted on first use only. */
  readonly rowsOf: (group: number) => Int32Array;
  /** Rows in no group. */
  readonly without: number;
}

/** The partitions of `by`. @throws OptionError `INVALID_OPTION`; ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`, `SAME_COLUMN`. */
export function partitionsOf(caller: string, data: Frame<AnyRow>, by: readonly GroupSpecification<AnyRow>[]): readonly Partition[] {
  if (!Array.isArray(by) || by.length === 0) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "by" must list columns or groupings: none was given`, {
      option: "by",
    });
  }
  const partitions = by.map((one) => partition(caller, data, one));
  const names = partitions.map((one) => one.by);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new ColumnError("SAME_COLUMN", `Cannot run ${caller} as each grouping of "by" may stand once: "${repeated}" is given twice`, {
      column: repeated,
    });
  }
  return partitions;
}

interface Coded {
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

function partition(caller: string, data: Frame<AnyRow>, one: GroupSpecification<AnyRow>): Partition {
  if (typeof one === "string") return finish(one, [one], levelsOf(data.column(one)));
  if ("cross" in one) return crossed(caller, data, one.cross);
  if ("levels" in one) return finish(one.column, [one.column], chosenLevels(data.column(one.column), one.levels.map(String)));
  const { values } = numericData(data, one.column);
  const cuts = "cuts" in one ? checkedCuts(caller, one.cuts) : quantileCuts(caller, values, one.quantiles);
  return finish(one.column, [one.column], intervals(values, cuts));
}

/** Levels that occur: labels in the column's own order, numbers ascending. */
function levelsOf(column: ColumnData): Coded {
  if (column.type !== "category") {
    const { codes, values } = factorize(column.values);
    const shown = { type: column.type, values } as const;
    return { codes, labels: Array.from(values, (_, code) => cellText(shown, code)) };
  }
  const rank = new Int32Array(column.levels.length).fill(-1);
  for (let i = 0; i < column.codes.length; i++) if (column.codes[i]! >= 0) rank[column.codes[i]!] = 0;
  const labels: string[] = [];
  for (let c = 0; c < rank.length; c++) if (rank[c] === 0) rank[c] = labels.push(column.levels[c]!) - 1;
  return { codes: column.codes.map((code) => (code < 0 ? -1 : rank[code]!)), labels };
}

function chosenLevels(column: ColumnData, levels: readonly string[]): Coded {
  const { codes, labels } = levelsOf(column);
  const position = labels.map((label) => levels.indexOf(label));
  return { codes: codes.map((code) => (code < 0 ? -1 : position[code]!)), labels: levels };
}

function checkedCuts(caller: string, cuts: readonly number[]): Float64Array {
  const sorted = Float64Array.from(cuts).sort();
  const distinct = sorted.every((cut, i) => Number.isFinite(cut) && (i === 0 || cut > sorted[i - 1]!));
  if (cuts.length > 0 && distinct) return sorted;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as "cuts" must be distinct finite numbers: ${cuts.join(", ") || "none"} given`,
    {
      option: "by",
      cuts,
    },
  );
}

function quantileCuts(caller: string, values: Float64Array, quantiles: number | readonly number[]): Float64Array {
  const probabilities =
    typeof quantiles === "number" ? Array.from({ length: Math.max(0, quantiles - 1) }, (_, j) => (j + 1) / quantiles) : quantiles;
  if (probabilities.length === 0 || !probabilities.every((p) => p > 0 && p < 1)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as "quantiles" must be a number of parts of at least 2 or probabilities between 0 and 1: ${String(quantiles)} given`,
      { option: "by", quantiles },
    );
  }
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return Float64Array.from(new Set(probabilities.map((p) => quantileType7(sorted, p)))).sort();
}

function intervals(values: Float64Array, cuts: Float64Array): Coded {
  const labels = [`up to ${cuts[0]}`];
  for (let c = 1; c < cuts.length; c++) labels.push(`above ${cuts[c - 1]} up to ${cuts[c]}`);
  labels.push(`above ${cuts[cuts.length - 1]}`);
  const codes = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = Number.isNaN(values[i]!) ? -1 : lowerBound(cuts, values[i]!);
  return { codes, labels };
}

function crossed(caller: string, data: Frame<AnyRow>, columns: readonly string[]): Partition {
  if (columns.length < 2) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as "cross" needs at least two columns: ${columns.length} given`, {
      option: "by",
    });
  }
  const parts = columns.map((name) => levelsOf(data.column(name)));
  const inside: number[] = [];
  for (let i = 0; i < data.rowCount; i++) if (parts.every(({ codes }) => codes[i]! >= 0)) inside.push(i);
  const compact = parts.map(({ codes, labels }) => ({ codes: Int32Array.from(inside, (i) => codes[i]!), count: labels.length }));
  const joined = compact.slice(1).reduce<GroupCodes>((left, right) => crossGroups(left, right), compact[0]!);
  const example = new Int32Array(joined.count);
  const codes = new Int32Array(data.rowCount).fill(-1);
  inside.forEach((row, i) => {
    codes[row] = joined.codes[i]!;
    example[joined.codes[i]!] = row;
  });
  const values = Array.from(example, (row) => parts.map(({ codes: own, labels }) => labels[own[row]!]!));
  const by = columns.join(" × ");
  const names = values.map((labels) => Object.fromEntries(columns.map((name, j) => [name, labels[j]!])));
  return {
    by,
    columns,
    codes,
    groups: values.map((labels, g) => ({ label: labels.join(" × "), by: names[g]! })),
    ...sortedRows(codes, joined.count),
  };
}

function finish(by: string, columns: readonly string[], { codes, labels }: Coded): Partition {
  return { by, columns, codes, groups: labels.map((label) => ({ label, by: { [by]: label } })), ...sortedRows(codes, labels.length) };
}

/** Counting sort of the rows by group. */
function sortedRows(codes: Int32Array, count: number): Pick<Partition, "rowsOf" | "offsets" | "without"> {
  const offsets = new Int32Array(count + 1);
  let without = 0;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! < 0) without++;
    else offsets[codes[i]! + 1]!++;
  }
  for (let g = 0; g < count; g++) offsets[g + 1]! += offsets[g]!;
  let rows: Int32Array | undefined;
  const rowsOf = (group: number): Int32Array => {
    rows ??= rowsByGroup(codes, offsets);
    return rows.subarray(offsets[group]!, offsets[group + 1]!);
  };
  return { rowsOf, offsets, without };
}

function rowsByGroup(codes: Int32Array, offsets: Int32Array): Int32Array {
  const next = offsets.slice(0, -1);
  const rows = new Int32Array(offsets[offsets.length - 1]!);
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) rows[next[codes[i]!]!++] = i;
  return rows;
}

/** Units of a panel whose group changes over time. */
export function unitsThatMove(data: Frame<AnyRow>, { codes }: Partition): number {
  if (!(data instanceof Panel)) return 0;
  let moved = 0;
  for (let u = 0; u < data.unitCount; u++) {
    const first = codes[data.unitOffsets[u]!]!;
    for (let i = data.unitOffsets[u]! + 1; i < data.unitOffsets[u + 1]!; i++) {
      if (codes[i] === first) continue;
      moved++;
      break;
    }
  }
  return moved;
}

/** Warnings of rows in no group and of partitions with a single one. */
export function partitionWarnings(partitions: readonly Partition[]): Warning[] {
  return partitions.flatMap((one) => {
    const warnings: Warning[] = [];
    if (one.without > 0) {
      warnings.push({
        code: "ROWS_WITHOUT_GROUP",
        message: `${one.without} rows belong to no group of "${one.by}" (missing, or a level not asked for)`,
        details: { by: one.by, rows: one.without },
      });
    }
    if (one.groups.length < 2) {
      warnings.push({
        code: "ONE_GROUP",
        message: `"${one.by}" does not vary: there is nothing to compare`,
        details: { by: one.by },
      });
    }
    return warnings;
  });
}
