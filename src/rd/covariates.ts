import type { Warning } from "../core/result.ts";

/** A column counts as collinear when what is left of it after the earlier ones is below this share of its length. */
const TOLERANCE = 1e-7;

/** Covariates in use. */
export interface KeptCovariates {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly warnings: readonly Warning[];
}

/**
 * Leaves out covariates that are linear combinations of earlier ones (modified Gram-Schmidt).
 * `"dropWithConstant"` orders them by the length of their names first and counts the constant among the earlier ones.
 */
export function independentCovariates(
  names: readonly string[],
  columns: readonly Float64Array[],
  rule: "drop" | "dropWithConstant" | "keep",
): KeptCovariates {
  if (rule === "keep" || columns.length === 0) return { names, columns, warnings: [] };
  const order = names.map((_, j) => j);
  if (rule === "dropWithConstant") order.sort((a, b) => names[a]!.length - names[b]!.length || a - b);
  const basis: Float64Array[] = [];
  if (rule === "dropWithConstant") basis.push(new Float64Array(columns[0]!.length).fill(1 / Math.sqrt(columns[0]!.length)));
  const kept: number[] = [];
  const left: number[] = [];
  for (const j of order) {
    const rest = columns[j]!.slice();
    const size = norm(rest);
    for (const direction of basis) subtract(rest, direction, dot(rest, direction));
    const remaining = norm(rest);
    if (!(remaining > TOLERANCE * size)) {
      left.push(j);
      continue;
    }
    for (let i = 0; i < rest.length; i++) rest[i]! /= remaining;
    basis.push(rest);
    kept.push(j);
  }
  return {
    names: kept.map((j) => names[j]!),
    columns: kept.map((j) => columns[j]!),
    warnings: collinearWarning(left.map((j) => names[j]!)),
  };
}

function collinearWarning(columns: readonly string[]): Warning[] {
  if (columns.length === 0) return [];
  const list = columns.map((name) => `"${name}"`).join(", ");
  return [{ code: "COLLINEAR_COVARIATES", message: `Left out as combinations of other covariates: ${list}`, details: { columns } }];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!;
}
