import type { EffectCells } from "./effect-cells.ts";
import { addCells, type ScoringSums, type WorkingRows } from "./scoring-arrays.ts";
import { fillByVectors } from "./scoring-vectors.ts";

const BLOCK = 512;

/**
 * Fills the sums, block by block: a block stays in the cache for all regressors.
 *
 * @param working - fills the working weights and the scores of the rows from `start` to before `end`, the first row's at 0.
 */
export function fillScoringSums(
  effects: EffectCells,
  columns: readonly Float64Array[],
  centers: Float64Array,
  working: WorkingRows,
  sums: ScoringSums,
): void {
  if (!fillByVectors(effects, columns, centers, working, sums)) fillByLoops(effects, columns, centers, working, sums);
}

/** The plain loops of {@link fillScoringSums}. */
export function fillByLoops(
  effects: EffectCells,
  columns: readonly Float64Array[],
  centers: Float64Array,
  working: WorkingRows,
  { width, units, levels, products, scores, cells }: ScoringSums,
): void {
  const { unitCodes, otherCodes, rows } = effects;
  const k = columns.length;
  const levelCodes = otherCodes[0]!;
  for (const array of [units, levels, products, scores, cells]) array.fill(0);
  const [weighted, weight, score] = [new Float64Array(k * BLOCK), new Float64Array(BLOCK), new Float64Array(BLOCK)];
  const rowCells = effects.rowCells();
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    working(start, end, weight, score);
    addCells(weight, rowCells, start, end, cells);
    addPair(weight, score, unitCodes, levelCodes, width, units, levels, start, end);
    for (let j = 0; j < k; j++) {
      const x = columns[j]!;
      scores[j]! += addColumn(
        x,
        centers[j]!,
        weight,
        score,
        unitCodes,
        levelCodes,
        width,
        j + 2,
        units,
        levels,
        weighted,
        j * BLOCK,
        start,
        end,
      );
      for (let other = 0; other <= j; other++)
        products[j * k + other]! += productOf(weighted, j * BLOCK, columns[other]!, centers[other]!, start, end);
    }
  }
}

/** Weights and scores by unit and by level. */
function addPair(
  weight: Float64Array,
  score: Float64Array,
  unitCodes: Int32Array,
  levelCodes: Int32Array,
  width: number,
  units: Float64Array,
  levels: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; ) {
    const unit = unitCodes[i]!;
    let w = 0;
    let s = 0;
    do {
      const level = levelCodes[i]! * width;
      levels[level]! += weight[i - start]!;
      levels[level + 1]! += score[i - start]!;
      w += weight[i - start]!;
      s += score[i - start]!;
      i++;
    } while (i < end && unitCodes[i] === unit);
    units[unit * width]! += w;
    units[unit * width + 1]! += s;
  }
}

/** A weighted regressor by unit and by level, kept in `weighted`; returns its product with the scores. */
function addColumn(
  x: Float64Array,
  center: number,
  weight: Float64Array,
  score: Float64Array,
  unitCodes: Int32Array,
  levelCodes: Int32Array,
  width: number,
  position: number,
  units: Float64Array,
  levels: Float64Array,
  weighted: Float64Array,
  first: number,
  start: number,
  end: number,
): number {
  let product = 0;
  const shift = first - start;
  for (let i = start; i < end; ) {
    const unit = unitCodes[i]!;
    let sum = 0;
    do {
      const centred = x[i]! - center;
      const value = weight[i - start]! * centred;
      weighted[shift + i] = value;
      product += score[i - start]! * centred;
      levels[levelCodes[i]! * width + position]! += value;
      sum += value;
      i++;
    } while (i < end && unitCodes[i] === unit);
    units[unit * width + position]! += sum;
  }
  return product;
}

function productOf(weighted: Float64Array, first: number, x: Float64Array, center: number, start: number, end: number): number {
  const shift = first - start;
  let a = 0;
  let b = 0;
  let i = start;
  for (; i + 1 < end; i += 2) {
    a += weighted[shift + i]! * (x[i]! - center);
    b += weighted[shift + i + 1]! * (x[i + 1]! - center);
  }
  if (i < end) a += weighted[shift + i]! * (x[i]! - center);
  return a + b;
}
