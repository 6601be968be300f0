import { blockKernels } from "./block-kernels.ts";
import { BLOCK } from "./block-size.ts";
import { semiDefiniteFactor } from "./largest-standardized.ts";
import { semiDefiniteSolver } from "./semi-definite.ts";

/** Rows of a panel grouped by unit, and a design that is a function of cohort and period. */
export interface CellRows {
  readonly outcome: Float64Array;
  /** One positive weight a row; absent for equal weights. */
  readonly weights: Float64Array | undefined;
  readonly unitOffsets: Int32Array;
  readonly timeCodes: Int32Array;
  readonly periods: number;
  /** Cohort number of each unit. */
  readonly cohorts: Int32Array;
  readonly cohortCount: number;
  /** Regressor whose indicator is 1 in each cell (cohort by period, row-major); -1 for none. */
  readonly columns: Int32Array;
  readonly columnCount: number;
}

/** Least squares on the cells' indicators, unit and period effects removed. */
export interface CellFit {
  readonly kept: readonly number[];
  /** Regressors left out, each with the kept ones it is a combination of. */
  readonly dependent: readonly { readonly column: number; readonly on: readonly number[] }[];
  readonly coefficients: Float64Array;
  /** `(X'WX)^-1` of the kept regressors without the effects. */
  readonly inverse: Float64Array;
  /** `sum_i h_i h_i'` over units, `h_i` a unit's contribution to the coefficients. */
  readonly unitProducts: Float64Array;
  /** Rank of unit and period effects. */
  readonly rank: number;
  readonly sumOfSquares: number;
  readonly withinSumOfSquares: number;
  readonly totalSumOfSquares: number;
  readonly weightSum: number;
  /** Weight of each regressor's rows. */
  readonly columnWeights: Float64Array;
}

/** Coefficients of a combination below this are rounding: designs are indicators. */
const COMBINED = 1e-6;

/**
 * The regressors and the period effects `z` are linear in the indicators of (cohort, period), so that with unit effects removed
 * `Z'MZ` and `Z'My` follow from one periods-by-periods matrix and one vector a cohort, and a unit's score from its residuals by period.
 * Nothing of size rows by regressors is formed; units may miss any periods.
 */
export function fitCellRegression(rows: CellRows): CellFit {
  const { periods: T, columns, columnCount: K, cohortCount } = rows;
  const sums = cellSums(rows);
  const m = T + K;
  const gram = new Float64Array(m * m);
  const right = new Float64Array(m);
  const sizes = new Float64Array(m);
  const columnWeights = new Float64Array(K);
  for (let c = 0; c < cohortCount; c++) {
    for (let t = 0; t < T; t++) {
      const column = columns[c * T + t]!;
      sizes[t]! += sums.weights[c * T + t]!;
      right[t]! += sums.outcomes[c * T + t]!;
      if (column >= 0) {
        columnWeights[column]! += sums.weights[c * T + t]!;
        right[T + column]! += sums.outcomes[c * T + t]!;
      }
      for (let s = 0; s < T; s++) {
        const value = sums.within[(c * T + t) * T + s]!;
        const other = columns[c * T + s]!;
        gram[t * m + s]! += value;
        if (column >= 0) gram[(T + column) * m + s]! += value;
        if (other >= 0) gram[t * m + T + other]! += value;
        if (column >= 0 && other >= 0) gram[(T + column) * m + T + other]! += value;
      }
    }
  }
  for (let j = 0; j < K; j++) sizes[T + j] = columnWeights[j]! * (1 - columnWeights[j]! / sums.weight);
  const solver = semiDefiniteSolver(gram, m, sizes);
  const kept: number[] = [];
  const dependent: { column: number; on: readonly number[] }[] = [];
  for (let j = 0; j < K; j++) {
    if (solver.dependent[T + j] === 0) kept.push(j);
    else {
      const combination = solver.solve(gram.slice((T + j) * m, (T + j + 1) * m));
      dependent.push({ column: j, on: Array.from({ length: j }, (_, l) => l).filter((l) => Math.abs(combination[T + l]!) > COMBINED) });
    }
  }
  const solution = solver.solve(right);
  const k = kept.length;
  const inverseRows = kept.map((j) => {
    const unit = new Float64Array(m);
    unit[T + j] = 1;
    return solver.solve(unit);
  });
  const inverse = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) inverse[a * k + b] = inverseRows[a]![T + kept[b]!]!;
  const residuals = residualProducts(rows, sums, solution);
  let effectRank = sums.units;
  for (let t = 0; t < T; t++) effectRank += 1 - solver.dependent[t]!;
  return {
    kept,
    dependent,
    coefficients: Float64Array.from(kept, (j) => solution[T + j]!),
    inverse,
    unitProducts: productsOfContributions(rows, residuals.products, inverseRows),
    rank: effectRank,
    sumOfSquares: residuals.sumOfSquares,
    withinSumOfSquares: sums.square - periodPart(gram, right, sizes, m, T),
    totalSumOfSquares: sums.square + sums.between,
    weightSum: sums.weight,
    columnWeights,
  };
}

interface CellSums {
  /** Weight by cell. */
  readonly weights: Float64Array;
  /** `sum w (y - unit mean)` by cell. */
  readonly outcomes: Float64Array;
  /** By cohort: `sum_i diag(w_i) - w_i w_i' / sum w_i`. */
  readonly within: Float64Array;
  readonly means: Float64Array;
  readonly weight: number;
  readonly units: number;
  /** Sums of squares within and between units. */
  readonly square: number;
  readonly between: number;
}

function cellSums({ outcome, weights: w, unitOffsets, timeCodes, periods: T, cohorts, cohortCount }: CellRows): CellSums {
  const units = unitOffsets.length - 1;
  const weights = new Float64Array(cohortCount * T);
  const outcomes = new Float64Array(cohortCount * T);
  const within = new Float64Array(cohortCount * T * T);
  const means = new Float64Array(units);
  const unitWeights = new Float64Array(units);
  const complete = new Float64Array(cohortCount); // units of equal weights seen in every period
  let [weight, square, grand] = [0, 0, 0];
  for (let u = 0; u < units; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    const cell = cohorts[u]! * T;
    let [total, sum] = [0, 0];
    for (let i = begin; i < end; i++) {
      const own = w === undefined ? 1 : w[i]!;
      total += own;
      sum += own * outcome[i]!;
    }
    const mean = sum / total;
    means[u] = mean;
    unitWeights[u] = total;
    weight += total;
    grand += sum;
    for (let i = begin; i < end; i++) {
      const own = w === undefined ? 1 : w[i]!;
      const deviation = outcome[i]! - mean;
      weights[cell + timeCodes[i]!]! += own;
      outcomes[cell + timeCodes[i]!]! += own * deviation;
      square += own * deviation * deviation;
    }
    if (w === undefined && end - begin === T) {
      complete[cohorts[u]!]!++;
      continue;
    }
    for (let i = begin; i < end; i++) {
      const own = w === undefined ? 1 : w[i]!;
      const row = (cell + timeCodes[i]!) * T;
      within[row + timeCodes[i]!]! += own;
      for (let j = begin; j < end; j++) within[row + timeCodes[j]!]! -= (own * (w === undefined ? 1 : w[j]!)) / total;
    }
  }
  for (let c = 0; c < cohortCount; c++)
    for (let t = 0; t < T; t++) for (let s = 0; s < T; s++) within[(c * T + t) * T + s]! += complete[c]! * ((t === s ? 1 : 0) - 1 / T);
  let between = 0;
  for (let u = 0; u < units; u++) between += unitWeights[u]! * (means[u]! - grand / weight) ** 2;
  return { weights, outcomes, within, means, weight, units, square, between };
}

/** Residuals' cross-products over units, a periods-by-periods matrix for each cohort. */
function residualProducts(
  { outcome, weights: w, unitOffsets, timeCodes, periods: T, cohorts, cohortCount, columns }: CellRows,
  { means }: CellSums,
  solution: Float64Array,
): { readonly products: Float64Array; readonly sumOfSquares: number } {
  const fitted = new Float64Array(cohortCount * T);
  for (let p = 0; p < fitted.length; p++) fitted[p] = solution[p % T]! + (columns[p]! < 0 ? 0 : solution[T + columns[p]!]!);
  // scores of 64 units of a cohort gather in columns before their products are added
  const width = 4 * Math.ceil(T / 4);
  const area = width * BLOCK;
  const kernels = blockKernels();
  const M = kernels.memory(cohortCount * (area + width * width));
  M.fill(0, 0, cohortCount * (area + width * width));
  const productsAt = (c: number): number => cohortCount * area + c * width * width;
  const filled = new Int32Array(cohortCount);
  const flush = (c: number): void => {
    kernels.products(c * area, T, width, productsAt(c));
    M.fill(0, c * area, c * area + T * BLOCK);
    filled[c] = 0;
  };
  let sumOfSquares = 0;
  for (let u = 0; u < means.length; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    const c = cohorts[u]!;
    const cell = c * T;
    const mean = means[u]!;
    let [total, sum] = [0, 0];
    for (let i = begin; i < end; i++) {
      const own = w === undefined ? 1 : w[i]!;
      total += own;
      sum += own * (outcome[i]! - mean - fitted[cell + timeCodes[i]!]!);
    }
    const level = sum / total;
    const place = c * area + filled[c]!++;
    for (let i = begin; i < end; i++) {
      const own = w === undefined ? 1 : w[i]!;
      const residual = outcome[i]! - mean - fitted[cell + timeCodes[i]!]! - level;
      M[place + timeCodes[i]! * BLOCK] = own * residual;
      sumOfSquares += own * residual * residual;
    }
    if (filled[c] === BLOCK) flush(c);
  }
  const products = new Float64Array(cohortCount * T * T);
  for (let c = 0; c < cohortCount; c++) {
    if (filled[c]! > 0) flush(c);
    for (let t = 0; t < T; t++) {
      for (let s = 0; s <= t; s++) {
        const value = M[productsAt(c) + t * width + s]!;
        products[(c * T + t) * T + s] = value;
        products[(c * T + s) * T + t] = value;
      }
    }
  }
  return { products, sumOfSquares };
}

/** `sum_c H_c E_c H_c'` with `H_c` the contribution of a residual in each period to each coefficient. */
function productsOfContributions(
  { periods: T, cohortCount, columns }: CellRows,
  products: Float64Array,
  inverseRows: readonly Float64Array[],
): Float64Array {
  const k = inverseRows.length;
  const out = new Float64Array(k * k);
  const loaded = new Float64Array(k);
  for (let c = 0; c < cohortCount; c++) {
    const L = semiDefiniteFactor(products.subarray(c * T * T, (c + 1) * T * T), T);
    for (let p = 0; p < T; p++) {
      for (let a = 0; a < k; a++) {
        const row = inverseRows[a]!;
        let sum = 0;
        for (let t = p; t < T; t++) {
          const column = columns[c * T + t]!;
          sum += L[t * T + p]! * (row[t]! + (column < 0 ? 0 : row[T + column]!));
        }
        loaded[a] = sum;
      }
      for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) out[a * k + b]! += loaded[a]! * loaded[b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) out[b * k + a] = out[a * k + b]!;
  return out;
}

/** What period effects alone explain of the variation within units. */
function periodPart(gram: Float64Array, right: Float64Array, sizes: Float64Array, m: number, T: number): number {
  const own = new Float64Array(T * T);
  for (let t = 0; t < T; t++) own.set(gram.subarray(t * m, t * m + T), t * T);
  const solved = semiDefiniteSolver(own, T, sizes.slice(0, T)).solve(right.slice(0, T));
  return solved.reduce((sum, value, t) => sum + value * right[t]!, 0);
}
