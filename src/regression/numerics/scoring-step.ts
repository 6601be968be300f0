import type { EffectCells } from "./effect-cells.ts";
import { partialCholesky } from "./schur.ts";
import type { ScoringSums } from "./scoring-arrays.ts";
import { isFullTable, unitProducts } from "./unit-products.ts";

/** Change of the parameters in one step of Fisher scoring. */
export interface ScoringStep {
  readonly coefficients: Float64Array;
  readonly units: Float64Array;
  readonly levels: Float64Array;
}

/**
 * One step of Fisher scoring for k regressors and two effects: the units are eliminated in closed form, the rest is one dense system of
 * k + m equations. Parameters that the others determine do not move.
 */
export function scoringStep(cells: EffectCells, sums: ScoringSums, k: number): ScoringStep {
  const m = cells.levelCount;
  const size = k + m;
  const H = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  fillTotals(sums, k, m, H, gradient);
  const sizes = Float64Array.from({ length: size }, (_, j) => H[j * size + j]!);
  if (isFullTable(cells)) subtractFull(cells, sums, k, H, gradient);
  else subtractUnits(cells, sums, k, H, gradient);
  const { L, kept } = partialCholesky(H, size, sizes);
  solve(L, kept, size, gradient);
  const coefficients = gradient.subarray(0, k);
  const levels = gradient.subarray(k);
  return { coefficients, levels, units: unitSteps(cells, sums, coefficients, levels) };
}

/** Normal equations before the units are eliminated: regressors first, then levels. Lower triangle. */
function fillTotals({ width, levels, products, scores }: ScoringSums, k: number, m: number, H: Float64Array, gradient: Float64Array): void {
  const size = k + m;
  for (let j = 0; j < k; j++) {
    gradient[j] = scores[j]!;
    for (let other = 0; other <= j; other++) H[j * size + other] = products[j * k + other]!;
  }
  for (let l = 0; l < m; l++) {
    const row = (k + l) * size;
    const at = l * width;
    H[row + k + l] = levels[at]!;
    gradient[k + l] = levels[at + 1]!;
    for (let j = 0; j < k; j++) H[row + j] = levels[at + 2 + j]!;
  }
}

/** As {@link subtractUnits}, all products at once: the scores stand before the regressors. */
function subtractFull(
  cells: EffectCells,
  { width, units, cells: weights }: ScoringSums,
  k: number,
  H: Float64Array,
  gradient: Float64Array,
): void {
  const size = gradient.length;
  const products = unitProducts(cells, weights, { totals: units, width, own: k + 1 });
  for (let a = 0; a < size; a++) {
    const row = (a + 1) * (size + 1);
    gradient[a]! -= products[row]!;
    for (let b = 0; b <= a; b++) H[a * size + b]! -= products[row + b + 1]!;
  }
}

function subtractUnits(
  { offsets, levels, units }: EffectCells,
  { width, units: unitSums, cells }: ScoringSums,
  k: number,
  H: Float64Array,
  gradient: Float64Array,
): void {
  const size = gradient.length;
  for (let u = 0; u < units; u++) {
    const at = u * width;
    const total = unitSums[at]!;
    if (!(total > 0)) continue;
    const score = unitSums[at + 1]! / total;
    const x = at + 2;
    for (let a = 0; a < k; a++) {
      const share = unitSums[x + a]! / total;
      gradient[a]! -= unitSums[x + a]! * score;
      for (let b = 0; b <= a; b++) H[a * size + b]! -= share * unitSums[x + b]!;
    }
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    for (let c = from; c < to; c++) {
      const level = k + levels[c]!;
      const row = level * size;
      const weight = cells[c]!;
      const share = weight / total;
      gradient[level]! -= weight * score;
      for (let b = 0; b < k; b++) H[row + b]! -= share * unitSums[x + b]!;
      for (let other = from; other <= c; other++) {
        const column = k + levels[other]!;
        if (column <= level) H[row + column]! -= share * cells[other]!;
        else H[column * size + level]! -= share * cells[other]!;
      }
    }
  }
}

function solve(L: Float64Array, kept: Uint8Array, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    if (kept[i] === 0) {
      x[i] = 0;
      continue;
    }
    let sum = x[i]!;
    for (let p = 0; p < i; p++) sum -= L[i * size + p]! * x[p]!;
    x[i] = sum / L[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    if (kept[i] === 0) continue;
    const value = x[i]! / L[i * size + i]!;
    x[i] = value;
    for (let p = 0; p < i; p++) x[p]! -= L[i * size + p]! * value;
  }
}

function unitSteps(
  { offsets, levels, units }: EffectCells,
  { width, units: unitSums, cells }: ScoringSums,
  b: Float64Array,
  gamma: Float64Array,
): Float64Array {
  const out = new Float64Array(units);
  for (let u = 0; u < units; u++) {
    const at = u * width;
    const total = unitSums[at]!;
    if (!(total > 0)) continue;
    let rest = unitSums[at + 1]!;
    for (let j = 0; j < b.length; j++) rest -= unitSums[at + 2 + j]! * b[j]!;
    for (let c = offsets[u]!; c < offsets[u + 1]!; c++) rest -= cells[c]! * gamma[levels[c]!]!;
    out[u] = rest / total;
  }
  return out;
}
