import type { Result } from "../core/result.ts";

/** One row about a result as a whole. Beside the named fields: every plain value the result holds, e.g. `rSquared`. */
export interface GlanceRow {
  readonly kind: string;
  /** Rows handed in. */
  readonly rows: number;
  /** Rows used. */
  readonly used: number;
  /** Rows left out. */
  readonly dropped: number;
  readonly units?: number;
  readonly clusters?: number;
  /** How many warnings the result carries. */
  readonly warnings: number;
  readonly [extra: string]: string | number | boolean | undefined;
}

const OWN = new Set(["kind", "reference", "options", "estimates", "sample", "warnings", "vcov"]);

/**
 * One row of sample sizes and fit statistics. Plain values of the result keep their names; those one level down are joined
 * to their holder's name: `{ bandwidths: { left: 8 } }` becomes `bandwidthsLeft`.
 *
 * @example
 * console.table([glance(first), glance(second)]);
 */
export function glance(result: Result): GlanceRow {
  const { sample } = result;
  return {
    kind: result.kind,
    rows: sample.rows,
    used: sample.used,
    dropped: sample.rows - sample.used,
    ...(sample.units === undefined ? {} : { units: sample.units }),
    ...(sample.clusters === undefined ? {} : { clusters: sample.clusters }),
    warnings: result.warnings.length,
    ...fitStatistics(result),
  };
}

/** Plain values that are not part of every result, by name. */
export function fitStatistics(result: Result): Record<string, string | number | boolean> {
  const found: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(result)) {
    if (OWN.has(name) || "confidenceInterval" in Object(value)) continue;
    if (isPlain(value)) found[name] = value;
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      for (const [inner, field] of Object.entries(value)) {
        const joined = name + inner.charAt(0).toUpperCase() + inner.slice(1);
        if (isPlain(field)) found[joined] = field;
        else if (isSides(result, field)) [found[`${joined}Left`], found[`${joined}Right`]] = field;
      }
    }
  }
  return found;
}

/** A pair of numbers that belong to the two sides of a cutoff, such as bandwidths. */
function isSides(result: Result, value: unknown): value is readonly [number, number] {
  return result.kind.startsWith("rd.") && Array.isArray(value) && value.length === 2 && value.every((side) => typeof side === "number");
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
