import type { Warning } from "../core/result.ts";
import { cholesky } from "../linalg/index.ts";

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
  const constant = rule === "drop" ? constantWarning(names.filter((_, j) => columns[j]![0] !== 0 && isConstant(columns[j]!))) : [];
  const order = names.map((_, j) => j);
  if (rule === "dropWithConstant") order.sort((a, b) => names[a]!.length - names[b]!.length || a - b);
  if (clearlyIndependent(columns, rule === "dropWithConstant")) {
    return { names: order.map((j) => names[j]!), columns: order.map((j) => columns[j]!), warnings: constant };
  }
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
    warnings: [...constant, ...collinearWarning(left.map((j) => names[j]!))],
  };
}

/** Share of a column's squares that is far above what rounding can leave of a combination of others. */
const CLEAR = 1e-6;

/** Whether cross-products alone show that no column comes near a combination of the others, which saves the orthogonal basis. */
function clearlyIndependent(columns: readonly Float64Array[], constant: boolean): boolean {
  const n = columns[0]!.length;
  const all = constant ? [new Float64Array(n).fill(1), ...columns] : columns;
  const k = all.length;
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j <= i; j++) gram[i * k + j] = gram[j * k + i] = dot(all[i]!, all[j]!);
  const factor = cholesky(gram, k);
  if (factor === undefined) return false;
  for (let i = 0; i < k; i++) if (!(factor[i * k + i]! ** 2 > CLEAR * gram[i * k + i]!)) return false;
  return true;
}

function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Constants stay, as in rdrobust 4, with coefficients of zero. Zeros are combinations of nothing, and dropped as such. */
function constantWarning(names: readonly string[]): Warning[] {
  if (names.length === 0) return [];
  const list = names.map((name) => `"${name}"`).join(", ");
  const message = `Covariates without effect, as they do not vary: ${list}; leave them out`;
  return [{ code: "CONSTANT_COVARIATES", message, details: { columns: names } }];
}

function collinearWarning(columns: readonly string[]): Warning[] {
  if (columns.length === 0) return [];
  const list = columns.map((name) => `"${name}"`).join(", ");
  return [{ code: "COLLINEAR_COVARIATES", message: `Left out as combinations of other covariates: ${list}`, details: { columns } }];
}

function dot(a: Float64Array, b: Float64Array): number {
  const end = a.length & ~3;
  let [s, t, u, v] = [0, 0, 0, 0];
  for (let i = 0; i < end; i += 4) {
    s += a[i]! * b[i]!;
    t += a[i + 1]! * b[i + 1]!;
    u += a[i + 2]! * b[i + 2]!;
    v += a[i + 3]! * b[i + 3]!;
  }
  for (let i = end; i < a.length; i++) s += a[i]! * b[i]!;
  return s + t + (u + v);
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!;
}
