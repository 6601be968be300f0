import type { DroppedRows, Estimate, Warning } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";

/** What an estimator does with a design's weak points, in words that end the warning. */
export interface DesignRules {
  /** Without units never treated. Absent: nothing to say. */
  readonly withoutNever?: (last: number) => string;
  /** With units treated from the first period on. Absent: the estimator has its own count. */
  readonly alwaysTreated?: string;
  /** With a treated cohort of one unit. */
  readonly singleUnit?: string;
}

/** Warns of a staggered design's weak points. @param cohorts - first treatment time by row, `Infinity` for never, NaN for rows left out. */
export function designWarnings<Row>(data: Panel<Row>, cohorts: Float64Array, rules: DesignRules): Warning[] {
  const sizes = new Map<number, number>();
  let always = 0;
  for (let u = 0; u < data.unitCount; u++) {
    let own = Number.NaN;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]! && Number.isNaN(own); i++) own = cohorts[i]!;
    if (Number.isNaN(own)) continue;
    sizes.set(own, (sizes.get(own) ?? 0) + 1);
    if (own <= data.times[0]!) always++;
  }
  const warnings: Warning[] = [];
  const starts = [...sizes.keys()].filter((g) => g !== Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const last = starts[starts.length - 1];
  if (rules.withoutNever !== undefined && !sizes.has(Number.POSITIVE_INFINITY) && last !== undefined) {
    warnings.push({ code: "NO_NEVER_TREATED", message: `No unit is never treated: ${rules.withoutNever(last)}`, details: { last } });
  }
  if (rules.alwaysTreated !== undefined && always > 0) {
    warnings.push({
      code: "ALWAYS_TREATED",
      message: `${always} units are treated by the first period, ${data.times[0]}: ${rules.alwaysTreated}`,
      details: { units: always },
    });
  }
  const single = starts.filter((g) => g > data.times[0]! && sizes.get(g) === 1);
  if (rules.singleUnit !== undefined && single.length > 0) {
    warnings.push({
      code: "SINGLE_UNIT_COHORTS",
      message: `Cohorts of one unit: ${single.join(", ")}; ${rules.singleUnit}`,
      details: { cohorts: single },
    });
  }
  return warnings;
}

const missing = (column: string): string => `missing "${column}"`;

/** Counts of rows left out, with the column that a reader knows in place of one made of it. */
export function namedDrops(dropped: readonly DroppedRows[], made: string, column: string): readonly DroppedRows[] {
  return dropped.map((drop) => (drop.reason === missing(made) ? { ...drop, reason: missing(column) } : drop));
}

/** Warns of rows left out for want of a first treatment time: a missing value is not read as never. */
export function missingStarts(dropped: readonly DroppedRows[], column: string): Warning[] {
  const own = dropped.find(({ reason }) => reason === missing(column));
  if (own === undefined) return [];
  return [
    {
      code: "MISSING_FIRST_TREATED",
      message: `${own.rows} rows without "${column}" were left out: if they are of units never treated, write 0 or Infinity there`,
      details: { rows: own.rows, column },
    },
  ];
}

/** Warns of estimates without a standard error. */
export function varianceWarnings(estimates: readonly Estimate[]): Warning[] {
  const terms = estimates.filter(({ standardError }) => Number.isNaN(standardError)).map(({ term }) => term);
  if (terms.length === 0) return [];
  return [{ code: "NO_VARIANCE", message: `No standard error, as nothing varies: ${terms.join(", ")}`, details: { terms } }];
}

/** Most units that a warning names. */
const NAMED = 5;

/** Warns of units whose 0/1 treatment falls back to 0, whose later rows count as untreated. Treatments with other values are no business of it. */
export function reversalWarnings<Row>(data: Panel<Row>, column: NumericColumn<Row>): Warning[] {
  const { values } = numericData(data, column);
  for (let i = 0; i < values.length; i++) if (values[i] !== 0 && values[i] !== 1 && !Number.isNaN(values[i]!)) return [];
  const units: number[] = [];
  for (let u = 0; u < data.unitCount; u++) {
    for (let i = data.unitOffsets[u]! + 1; i < data.unitOffsets[u + 1]!; i++) {
      if (!(values[i - 1] === 1 && values[i] === 0)) continue;
      units.push(u);
      break;
    }
  }
  if (units.length === 0) return [];
  const named = units.slice(0, NAMED).map((u) => data.unitLabel(u));
  const more = units.length > NAMED ? ` and ${units.length - NAMED} more` : "";
  return [
    {
      code: "TREATMENT_REVERSAL",
      message: `"${column}" switches off for ${named.join(", ")}${more}: their rows after that count as untreated, as if effects ended at once`,
      details: { column, units: units.length },
    },
  ];
}
