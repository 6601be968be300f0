import { checkResult } from "../core/options.ts";
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
 * to their holder's name, except those of `fit`: `{ left: { rows: 40 } }` becomes `leftRows`, `{ fit: { aic: 7 } }` stays `aic`;
 * bandwidths get one for each side: `bandwidthsHLeft`.
 *
 * @example
 * console.table([glance(first), glance(second)]);
 */
export function glance(result: Result): GlanceRow {
  checkResult("glance", result);
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
        const joined = name === "fit" ? inner : name + inner.charAt(0).toUpperCase() + inner.slice(1);
        if (isPlain(field)) found[joined] = field;
        else if (name === "bandwidths" && isPair(field)) [found[`${joined}Left`], found[`${joined}Right`]] = field;
      }
    }
  }
  return found;
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((side) => typeof side === "number");
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
