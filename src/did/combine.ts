import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkArgument, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import { type Contributions, combineContributions } from "./contributions.ts";

/** What {@link combine} reads of a result: any table of estimates with one covariance. */
export interface CombinedTable {
  readonly kind: string;
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  readonly contributions?: Contributions;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
  readonly reference: string;
}

/** One estimate of a table with all that describes it: `eventTime`, or `group` and `time`. */
export type EstimateOf<Table extends CombinedTable> = Table["estimates"][number];

/** A set of estimates, with equal weights, or a weight for each estimate of the table. */
export type Combination<Table extends CombinedTable> =
  | {
      /** Which estimates are averaged, each alike. */
      readonly average: (estimate: EstimateOf<Table>) => boolean;
    }
  | {
      /** Weight of each estimate, taken as it is: contrasts sum to zero, averages to one. */
      readonly weights: (estimate: EstimateOf<Table>) => number;
    };

/** Options of {@link combine}. */
export interface CombineOptions<Table extends CombinedTable> {
  /** Combinations by name. */
  readonly combinations: Readonly<Record<string, Combination<Table>>>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** The weights used, as plain data: one array a combination, in the table's order. */
export interface CombineSettings {
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly level: number;
}

/** Linear combinations with one covariance over them. */
export interface CombineResult extends Result<"did.combine", CombineSettings> {
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  readonly contributions?: Contributions;
}

const CALLER = "did.combine";

/**
 * Averages and other linear combinations of a table's estimates: of group-time effects over any set of (g, t) and with any weights, of an event study
 * over any event times, contrasts between estimates. Weights count as fixed; `aggregate` counts the sampling of cohort shares.
 *
 * @param table - from `attGt`, `triple`, `aggregate`, or any event study.
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `EMPTY_COMBINATION`; DataError `MISSING_EFFECTS`.
 * @example
 * combine(effects, { combinations: { "first year": { average: ({ time, group }) => time >= group && time < group + 12 } } }).estimates;
 */
export function combine<Table extends CombinedTable>(table: Table, options: CombineOptions<Table>): CombineResult {
  checkArgument(CALLER, table, "a result with estimates and their covariance", ["estimates", "vcov"]);
  const { combinations, level } = resolveOptions<Required<CombineOptions<Table>>>(CALLER, options, {
    required: ["combinations"],
    defaults: { level: 0.95 },
  });
  checkLevel(CALLER, level);
  const named = Object.entries(combinations).map(([name, combination]) => [name, weightsOf(table, name, combination)] as const);
  const df = Math.min(...table.estimates.map(({ degreesOfFreedom }) => degreesOfFreedom).filter((value) => !Number.isNaN(value)));
  const vcov = named.map(([, a]) => named.map(([, b]) => quadratic(a, b, table.vcov)));
  return finishResult({
    kind: CALLER,
    estimates: named.map(([name, w], k) => {
      const value = table.estimates.reduce((sum, { estimate }, j) => sum + (w[j] === 0 ? 0 : w[j]! * estimate), 0);
      return tEstimate(name, value, vcov[k]![k]!, df, level);
    }),
    vcov,
    ...(table.contributions === undefined
      ? {}
      : {
          contributions: combineContributions(
            table.contributions,
            named.map(([, w]) => w),
          ),
        }),
    sample: table.sample,
    warnings: table.warnings,
    options: { weights: Object.fromEntries(named), level },
    reference: table.reference,
  });
}

function weightsOf<Table extends CombinedTable>(table: Table, name: string, combination: Combination<Table>): readonly number[] {
  const rows = table.estimates as readonly EstimateOf<Table>[];
  let weights: readonly number[];
  if ("average" in combination) {
    const chosen = rows.map((row) => (combination.average(row) ? 1 : 0));
    const count = chosen.reduce((sum: number, value) => sum + value, 0);
    weights = chosen.map((value) => value / count);
  } else weights = rows.map((row) => combination.weights(row));
  if (weights.some((value) => !Number.isFinite(value)) || weights.every((value) => value === 0)) {
    throw new OptionError(
      "EMPTY_COMBINATION",
      `Cannot combine "${name}" as it needs finite weights, at least one not zero: none of the ${rows.length} estimates is chosen`,
      { combination: name },
    );
  }
  const missing = rows.filter(({ estimate }, k) => weights[k] !== 0 && Number.isNaN(estimate)).map(({ term }) => term);
  if (missing.length === 0) return weights;
  throw new DataError(
    "MISSING_EFFECTS",
    `Cannot combine "${name}" as every effect with a weight must be estimated: ${missing.slice(0, 5).join(", ")} ${missing.length === 1 ? "is" : "are"} not`,
    { combination: name, terms: missing },
  );
}

function quadratic(a: readonly number[], b: readonly number[], V: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    for (let j = 0; j < b.length; j++) if (b[j] !== 0) sum += a[i]! * V[i]![j]! * b[j]!;
  }
  return sum;
}
