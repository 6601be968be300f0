import { DataError, IdentificationError } from "../core/errors.ts";
import type { Groups } from "../data/roles.ts";
import type { AssignmentSums } from "./numerics/assignment-draws.ts";

/** The rows of a randomised design. */
export interface AssignedRows {
  readonly outcome: Float64Array;
  readonly treated: Float64Array;
  readonly unit: Groups | undefined;
  readonly strata: Groups | undefined;
  readonly covariates: readonly Float64Array[];
}

/**
 * Units of assignment with their sums over rows; with `adjust`, outcome and treatment are residuals on strata and covariates.
 *
 * @throws DataError `TREATMENT_VARIES_IN_UNIT`, `STRATUM_VARIES_IN_UNIT`. IdentificationError `STRATUM_WITHOUT_CONTRAST`.
 */
export function assignmentSums(caller: string, rows: AssignedRows, adjust: boolean): AssignmentSums & { readonly assigned: Uint8Array } {
  const n = rows.outcome.length;
  const codes = rows.unit?.codes ?? Int32Array.from({ length: n }, (_, i) => i);
  const units = rows.unit?.count ?? n;
  const assigned = constantInUnit(caller, "TREATMENT_VARIES_IN_UNIT", "treatment", codes, units, rows.treated, rows.unit);
  const stratum = constantInUnit(
    caller,
    "STRATUM_VARIES_IN_UNIT",
    "stratum",
    codes,
    units,
    rows.strata === undefined ? new Float64Array(n) : Float64Array.from(rows.strata.codes),
    rows.unit,
  );
  const strata = sortByStratum(caller, assigned, stratum, rows.strata);
  const sum = (values: Float64Array): Float64Array => {
    const out = new Float64Array(units);
    for (let i = 0; i < n; i++) out[codes[i]!]! += values[i]!;
    return out;
  };
  const common = { units, ...strata, rows: sum(new Float64Array(n).fill(1)), assigned: Uint8Array.from(assigned) };
  if (!adjust) return { ...common, outcome: sum(rows.outcome), treatment: sum(rows.treated) };
  const Q = orthonormal(rows);
  const [y, t] = [residual(rows.outcome, Q), residual(rows.treated, Q)];
  const p = Q.length;
  const [sums, withOutcome, withTreatment] = [new Float64Array(units * p), new Float64Array(units * p), new Float64Array(units * p)];
  const products = rows.unit === undefined ? undefined : new Float64Array(units * p * p);
  for (let i = 0; i < n; i++) {
    const at = codes[i]! * p;
    for (let a = 0; a < p; a++) {
      const q = Q[a]![i]!;
      sums[at + a]! += q;
      withOutcome[at + a]! += q * y[i]!;
      withTreatment[at + a]! += q * t[i]!;
      if (products !== undefined) for (let b = 0; b < p; b++) products[(at + a) * p + b]! += q * Q[b]![i]!;
    }
  }
  return { ...common, outcome: sum(y), treatment: sum(t), adjusted: { columns: p, sums, withOutcome, withTreatment, products } };
}

function constantInUnit(
  caller: string,
  code: string,
  what: string,
  codes: Int32Array,
  units: number,
  values: Float64Array,
  unit: Groups | undefined,
): Float64Array {
  const out = new Float64Array(units).fill(Number.NaN);
  for (let i = 0; i < codes.length; i++) {
    const u = codes[i]!;
    if (Number.isNaN(out[u]!)) out[u] = values[i]!;
    else if (out[u] !== values[i]) {
      throw new DataError(
        code,
        `Cannot run ${caller} as the ${what} must be the same on all rows of a unit of "${unit?.column}": it varies in "${unit?.label(u)}"; is treatment assigned to these units?`,
        { column: unit?.column, unit: unit?.label(u) },
      );
    }
  }
  return out;
}

function sortByStratum(
  caller: string,
  assigned: Float64Array,
  stratum: Float64Array,
  strata: Groups | undefined,
): Pick<AssignmentSums, "members" | "offsets" | "treatedCounts"> {
  const count = strata?.count ?? 1;
  const offsets = new Int32Array(count + 1);
  const treatedCounts = new Int32Array(count);
  for (let u = 0; u < stratum.length; u++) {
    offsets[stratum[u]! + 1]!++;
    treatedCounts[stratum[u]!]! += assigned[u]!;
  }
  for (let s = 0; s < count; s++) {
    const size = offsets[s + 1]!;
    if (treatedCounts[s] === 0 || treatedCounts[s] === size) {
      const where = strata === undefined ? "the data have" : `stratum "${strata.label(s)}" of "${strata.column}" has`;
      throw new IdentificationError(
        "STRATUM_WITHOUT_CONTRAST",
        `Cannot run ${caller} as every stratum needs treated and untreated units: ${where} ${treatedCounts[s]} treated of ${size}`,
        { treated: treatedCounts[s], units: size, ...(strata === undefined ? {} : { stratum: strata.label(s) }) },
      );
    }
    offsets[s + 1] = offsets[s]! + size;
  }
  const next = offsets.slice();
  const members = new Int32Array(stratum.length);
  for (let u = 0; u < stratum.length; u++) members[next[stratum[u]!]!++] = u;
  return { members, offsets, treatedCounts };
}

/** A column with less than this share of its length left depends on those before. */
const DEPENDENT = 1e-10;

/** Orthonormal columns that span the strata's intercepts and the covariates. */
function orthonormal({ outcome, strata, covariates }: AssignedRows): Float64Array[] {
  const n = outcome.length;
  const basis: Float64Array[] = [];
  for (let s = 0; s < (strata?.count ?? 1); s++) {
    const column = Float64Array.from({ length: n }, (_, i) => (strata === undefined || strata.codes[i] === s ? 1 : 0));
    const size = Math.sqrt(column.reduce((sum, value) => sum + value, 0));
    basis.push(column.map((value) => value / size));
  }
  for (const column of covariates) {
    const left = residual(column, basis);
    const [before, after] = [norm(column), norm(left)];
    if (after > DEPENDENT * before) basis.push(left.map((value) => value / after));
  }
  return basis;
}

/** What orthonormal columns leave of a column; twice, for accuracy. */
function residual(column: Float64Array, Q: readonly Float64Array[]): Float64Array {
  const left = column.slice();
  for (let pass = 0; pass < 2; pass++) {
    for (const q of Q) {
      let sum = 0;
      for (let i = 0; i < left.length; i++) sum += q[i]! * left[i]!;
      for (let i = 0; i < left.length; i++) left[i]! -= sum * q[i]!;
    }
  }
  return left;
}

function norm(column: Float64Array): number {
  let sum = 0;
  for (const value of column) sum += value * value;
  return Math.sqrt(sum);
}
