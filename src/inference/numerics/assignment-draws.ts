import { createStream, substream } from "../../random/index.ts";
import { DRAWS_PER_STREAM } from "./wild-draws.ts";

/** Units that were assigned to treatment, and their sums over rows. */
export interface AssignmentSums {
  readonly units: number;
  /** Units sorted by stratum; stratum s holds `members[offsets[s]]` to `members[offsets[s + 1]]`. */
  readonly members: Int32Array;
  readonly offsets: Int32Array;
  /** Treated units in each stratum. */
  readonly treatedCounts: Int32Array;
  /** Rows of each unit. */
  readonly rows: Float64Array;
  /** Sums of the outcome, and of the actual treatment (0 or the unit's rows). */
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  /** With covariates: residuals of outcome and treatment summed instead, and of the p orthonormal columns Q: sums (units by p),
   * products with both residuals (units by p), and among themselves (units by p p; absent where a unit is a row). */
  readonly adjusted?: {
    readonly columns: number;
    readonly sums: Float64Array;
    readonly withOutcome: Float64Array;
    readonly withTreatment: Float64Array;
    readonly products: Float64Array | undefined;
  };
}

/** `"difference"` of means, weighted over strata by rows; `"coefficient"`; its t ratio with a variance over units. */
export type AssignmentStatistic = "difference" | "coefficient" | "studentized";

/** Assignments in all: the product of binomials over strata. */
export function assignmentCount({ offsets, treatedCounts }: AssignmentSums): number {
  let count = 1;
  for (let s = 0; s < treatedCounts.length; s++) count *= binomial(offsets[s + 1]! - offsets[s]!, treatedCounts[s]!);
  return count;
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) value = Math.round((value * (n - i + 1)) / i);
  return value;
}

/**
 * Statistics of assignments `start` to `end`, five numbers each, for `compareDraws`: with the hypothesis "the effect is x on every row" the statistic is
 * `(n0 + x n1) / sqrt(d0 + x d1 + x^2 d2)`; the denominator is 1 unless studentized. `source` is a seed or `"enumerate"`.
 */
export function assignmentDraws(
  sums: AssignmentSums,
  statistic: AssignmentStatistic,
  source: { readonly seed: number } | "enumerate",
  start: number,
  end: number,
): Float64Array {
  const out = new Float64Array((end - start) * 5);
  const evaluate = evaluator(sums, statistic);
  forEachAssignment(sums, source, start, end, (assigned, b) => evaluate(assigned, out, (b - start) * 5));
  return out;
}

/** The five numbers of {@link assignmentDraws} for one assignment of the units. */
export function assignmentValue(sums: AssignmentSums, statistic: AssignmentStatistic, assigned: Uint8Array): Float64Array {
  const out = new Float64Array(5);
  evaluator(sums, statistic)(assigned, out, 0);
  return out;
}

/** Calls `visit` with the 0/1 assignment of units, one array reused, of draws `start` (a multiple of {@link DRAWS_PER_STREAM} unless enumerated) to `end`. */
export function forEachAssignment(
  sums: AssignmentSums,
  source: { readonly seed: number } | "enumerate",
  start: number,
  end: number,
  visit: (assigned: Uint8Array, draw: number) => void,
): void {
  const { units, members, offsets, treatedCounts } = sums;
  const assigned = new Uint8Array(units);
  let stream = createStream(0);
  const order = members.slice();
  for (let b = start; b < end; b++) {
    assigned.fill(0);
    if (source === "enumerate") {
      unrank(sums, b, assigned);
      visit(assigned, b);
      continue;
    }
    if (b === start || b % DRAWS_PER_STREAM === 0) {
      stream = substream(source.seed, Math.floor(b / DRAWS_PER_STREAM));
      order.set(members);
    }
    for (let s = 0; s < treatedCounts.length; s++) {
      const [from, to] = [offsets[s]!, offsets[s + 1]!];
      for (let k = 0; k < treatedCounts[s]!; k++) {
        const other = from + k + stream.integer(to - from - k);
        const unit = order[other]!;
        order[other] = order[from + k]!;
        order[from + k] = unit;
        assigned[unit] = 1;
      }
    }
    visit(assigned, b);
  }
}

/** Assignment number `index` in mixed radix over strata, combinations in lexicographic order. */
function unrank({ members, offsets, treatedCounts }: AssignmentSums, index: number, assigned: Uint8Array): void {
  let rest = index;
  for (let s = 0; s < treatedCounts.length; s++) {
    const [from, to] = [offsets[s]!, offsets[s + 1]!];
    let k = treatedCounts[s]!;
    const count = binomial(to - from, k);
    let rank = rest % count;
    rest = (rest - rank) / count;
    for (let i = from; i < to && k > 0; i++) {
      const withThis = binomial(to - i - 1, k - 1);
      if (rank < withThis) {
        assigned[members[i]!] = 1;
        k--;
      } else rank -= withThis;
    }
  }
}

type Evaluate = (assigned: Uint8Array, out: Float64Array, at: number) => void;

function evaluator(sums: AssignmentSums, statistic: AssignmentStatistic): Evaluate {
  if (statistic === "difference" || sums.adjusted === undefined) return difference(sums);
  return statistic === "studentized" ? studentized(sums, sums.adjusted) : coefficient(sums, sums.adjusted);
}

function difference({ members, offsets, rows, outcome, treatment, treatedCounts }: AssignmentSums): Evaluate {
  const strata = treatedCounts.length;
  const all = rows.reduce((sum, value) => sum + value, 0);
  return (assigned, out, at) => {
    let [effect, actual] = [0, 0];
    for (let s = 0; s < strata; s++) {
      let [n1, y1, t1, n0, y0, t0] = [0, 0, 0, 0, 0, 0];
      for (let i = offsets[s]!; i < offsets[s + 1]!; i++) {
        const u = members[i]!;
        if (assigned[u] === 1) {
          n1 += rows[u]!;
          y1 += outcome[u]!;
          t1 += treatment[u]!;
        } else {
          n0 += rows[u]!;
          y0 += outcome[u]!;
          t0 += treatment[u]!;
        }
      }
      const share = (n1 + n0) / all;
      effect += share * (y1 / n1 - y0 / n0);
      actual += share * (t1 / n1 - t0 / n0);
    }
    out[at] = effect;
    out[at + 1] = -actual;
    out[at + 2] = 1;
  };
}

type Adjusted = NonNullable<AssignmentSums["adjusted"]>;

/** `z = Q'T`, and the coefficient's parts: `T'MT`, `T'My`, `T'MT_actual`. */
function partial({ rows, outcome, treatment }: AssignmentSums, { columns: p, sums }: Adjusted, assigned: Uint8Array, z: Float64Array) {
  z.fill(0);
  let [size, y, t] = [0, 0, 0];
  for (let u = 0; u < assigned.length; u++) {
    if (assigned[u] === 0) continue;
    size += rows[u]!;
    y += outcome[u]!;
    t += treatment[u]!;
    for (let a = 0; a < p; a++) z[a]! += sums[u * p + a]!;
  }
  for (let a = 0; a < p; a++) size -= z[a]! * z[a]!;
  return { size, effect: y / size, actual: t / size };
}

function coefficient(sums: AssignmentSums, adjusted: Adjusted): Evaluate {
  const z = new Float64Array(adjusted.columns);
  return (assigned, out, at) => {
    const { effect, actual } = partial(sums, adjusted, assigned, z);
    out[at] = effect;
    out[at + 1] = -actual;
    out[at + 2] = 1;
  };
}

/** Unit u's score is `sum t~_i (y~_i - b t~_i)`, `t~_i = T_u - Q_i z`; affine in x through y~ and b. */
function studentized(sums: AssignmentSums, adjusted: Adjusted): Evaluate {
  const { columns: p, sums: Q, withOutcome, withTreatment, products } = adjusted;
  const { rows, outcome, treatment, units } = sums;
  const z = new Float64Array(p);
  return (assigned, out, at) => {
    const { size, effect, actual } = partial(sums, adjusted, assigned, z);
    let [d0, d1, d2] = [0, 0, 0];
    for (let u = 0; u < units; u++) {
      const T = assigned[u]!;
      let [y, t, fitted, square] = [T * outcome[u]!, T * treatment[u]!, 0, 0];
      for (let a = 0; a < p; a++) {
        y -= z[a]! * withOutcome[u * p + a]!;
        t -= z[a]! * withTreatment[u * p + a]!;
        fitted += z[a]! * Q[u * p + a]!;
        if (products !== undefined) for (let b = 0; b < p; b++) square += z[a]! * products[(u * p + a) * p + b]! * z[b]!;
      }
      const own = products === undefined ? (T - fitted) ** 2 : T * (rows[u]! - 2 * fitted) + square;
      const base = (y - effect * own) / size;
      const slope = -(t - actual * own) / size;
      d0 += base * base;
      d1 += 2 * base * slope;
      d2 += slope * slope;
    }
    out[at] = effect;
    out[at + 1] = -actual;
    out[at + 2] = d0;
    out[at + 3] = d1;
    out[at + 4] = d2;
  };
}
