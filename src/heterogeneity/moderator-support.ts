import { DataError } from "../core/errors.ts";
import type { Estimate, Warning } from "../core/result.ts";
import { uniformBand } from "../inference/uniform-band.ts";

/** A band that holds over all values of the moderator at once. */
export interface SimultaneousBand {
  /** Half-width in standard errors. */
  readonly criticalValue: number;
  /** By value of the moderator. */
  readonly intervals: readonly (readonly [number, number])[];
}

/** Effective rows of each arm that an effect at a value of the moderator should rest on. */
const FEWEST_ROWS = 10;
/** Lattice points behind the band's critical value. */
const POINTS = 4001;

/** @internal Fails when the moderator does not vary. */
export function requireVaryingModerator(caller: string, moderator: string, x: Float64Array): void {
  if (x.some((value) => value !== x[0])) return;
  throw new DataError(
    "CONSTANT_MODERATOR",
    `Cannot run ${caller} as "${moderator}" must vary for the effect to vary with it: it is ${x[0]} in all ${x.length} rows`,
    { column: moderator, value: x[0] },
  );
}

/** @internal Band from the estimates' joint covariance (by rows). */
export function bandOf(estimates: readonly Estimate[], covariance: readonly (readonly number[])[], level: number): SimultaneousBand {
  const { criticalValue, estimates: banded } = uniformBand(
    estimates.map(({ estimate }) => estimate),
    covariance,
    { degreesOfFreedom: estimates[0]?.degreesOfFreedom ?? Number.POSITIVE_INFINITY, level, points: POINTS },
  );
  return { criticalValue, intervals: banded.map(({ uniformBand: interval }) => interval) };
}

/**
 * @internal Warns of values of the moderator around which one arm has hardly any rows: the effect there is extrapolated (Hainmueller, Mummolo and Xu 2019).
 * `weight(a, x)` is how much a row at x counts for the effect at a. Only for 0/1 treatments.
 */
export function supportWarnings(
  moderator: string,
  at: readonly number[],
  x: Float64Array,
  w: Float64Array,
  weight: (a: number, x: number) => number,
): Warning[] {
  for (let i = 0; i < w.length; i++) if (w[i] !== 0 && w[i] !== 1) return [];
  // beyond an arm's last row the tail of a kernel still counts rows: there is nothing to compare all the same
  const [low, high] = [new Float64Array(2).fill(Number.POSITIVE_INFINITY), new Float64Array(2).fill(Number.NEGATIVE_INFINITY)];
  for (let i = 0; i < x.length; i++) {
    const arm = w[i]!;
    if (x[i]! < low[arm]!) low[arm] = x[i]!;
    if (x[i]! > high[arm]!) high[arm] = x[i]!;
  }
  const thin = at.filter((a) => {
    if (a < Math.max(low[0]!, low[1]!) || a > Math.min(high[0]!, high[1]!)) return true;
    const [sum, squares] = [new Float64Array(2), new Float64Array(2)];
    for (let i = 0; i < x.length; i++) {
      const own = weight(a, x[i]!);
      sum[w[i]!]! += own;
      squares[w[i]!]! += own * own;
    }
    return [0, 1].some((arm) => !(sum[arm]! ** 2 >= FEWEST_ROWS * squares[arm]!) || squares[arm] === 0);
  });
  if (thin.length === 0) return [];
  const shown = thin.slice(0, 5).map((a) => Number(a.toPrecision(4)));
  const message = `Around ${moderator} = ${shown.join(", ")}${thin.length > 5 ? " and elsewhere" : ""} one arm ends or has fewer than ${FEWEST_ROWS} rows' worth of data: the effect there is extrapolated`;
  return [{ code: "NO_COMMON_SUPPORT", message, details: { moderator, at: thin } }];
}

/** @internal Counts rows as near as a tenth of the moderator's rows are on average. */
export function nearness(x: Float64Array): (a: number, x: number) => number {
  const sorted = x.slice().sort();
  const n = sorted.length;
  const reach = (sorted[Math.floor(0.95 * (n - 1))]! - sorted[Math.floor(0.05 * (n - 1))]!) / 10;
  return (a, value) => (Math.abs(value - a) <= reach ? 1 : 0);
}
