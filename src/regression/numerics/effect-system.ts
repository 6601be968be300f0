import type { Absorbed } from "./absorbed.ts";
import { type CellBlock, openCellBlock, suitsVectors } from "./cell-block.ts";
import { eliminateUnits, levelDiagonals, schurTimes, unitCoefficients, unitShifts } from "./cell-kernels.ts";
import { cellWeights, type EffectCells, unitTotals } from "./effect-cells.ts";
import { leverageOfCells } from "./effect-leverage.ts";
import type { Four } from "./four-columns.ts";
import { largestRatios, solveByGradients } from "./lane-gradients.ts";
import { subtractFour, sumFour } from "./row-kernels.ts";
import { subtractRuns, sumRuns } from "./run-kernels.ts";
import { denseSchur, type PartialCholesky, partialCholesky, solvePartial } from "./schur.ts";
import { type SparseFactor, solveSparse, sparseSchurFactor } from "./sparse-schur.ts";
import { spreadAround, spreadFrom, unitSpreads } from "./spread.ts";
import { productsOf, unstoredVariables } from "./unstored-variables.ts";

/** Remaining residual that an iterative solve must reach. */
const TOLERANCE = 1e-11;
/** What one run of the iteration aims at. */
const TARGET = 1e-12;
const MAX_ITERATIONS = 20_000;
/** Corrections after the first solve: each removes what rounding left. */
const MAX_CORRECTIONS = 4;
/** A correction is made while a level keeps more than this of what is left of its variable, */
const CLEAN = 1e-12;
/** unless it is rounding of the variable itself. */
const ROUNDING = 1e-15;
/** A correction is made as well when the effects leave less than this share of a variable. */
const HIDDEN = 1e-4;
/** Up to so many levels a dense factor is always cheapest. */
const SMALL_DENSE = 150;
/** Dense elimination: up to so many levels beside the units, */
const DENSE_LEVELS = 1500;
/** and so many multiplications. */
const DENSE_WORK = 6e8;
/** Iterations that are worth waiting for before a dense factor is made. */
const FEW_ITERATIONS = 30;

/** Sums and coefficients of four variables, four entries a unit or level. */
interface Lanes {
  readonly unitSums: Float64Array;
  readonly levelSums: Float64Array;
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  readonly squares: Float64Array;
}

/** The normal equations of the effects with the units eliminated. */
export class EffectSystem {
  readonly cells: EffectCells;
  readonly weights: Float64Array | undefined;
  readonly ownCells: Float64Array | undefined;
  readonly unitWeights: Float64Array;
  readonly levelWeights: Float64Array;
  readonly weightSum: number;
  readonly sparse: SparseFactor | undefined;
  dense: PartialCholesky | undefined;
  private readonly diagonal: Float64Array;
  /** Whether rows stand unit by unit and one other effect at most is there. */
  private readonly inRuns: boolean;
  /** Passes over the cells by vectors, where they suit. */
  private readonly block: CellBlock | undefined;
  private readonly maxIterations: number;

  constructor(cells: EffectCells, weights: Float64Array | undefined, maxIterations: number = MAX_ITERATIONS) {
    this.maxIterations = maxIterations;
    this.cells = cells;
    this.weights = weights;
    this.inRuns = cells.ascending && cells.otherEffects.length <= 1;
    this.ownCells = cellWeights(cells, weights);
    this.unitWeights = unitTotals(cells, weights);
    this.weightSum = this.unitWeights.reduce((sum, weight) => sum + weight, 0);
    const scales = suitsVectors(cells) ? this.unitWeights.map((weight) => 1 / weight) : undefined;
    this.block = scales === undefined ? undefined : openCellBlock(cells, this.ownCells, scales);
    const { levelWeights, diagonal } = levelDiagonals(cells, this.ownCells, this.unitWeights);
    this.levelWeights = levelWeights;
    this.diagonal = diagonal;
    const m = cells.levelCount;
    if (m === 0) return;
    if (m > SMALL_DENSE) this.sparse = sparseSchurFactor(cells, this.ownCells, this.unitWeights, diagonal);
    const wanted = m <= SMALL_DENSE || cells.otherEffects.length > 1;
    if (this.sparse === undefined && wanted && denseIsCheap(cells)) this.dense = this.factorDensely();
  }

  private factorDensely(): PartialCholesky {
    const S = denseSchur(this.cells, this.ownCells, this.unitWeights, this.diagonal);
    return partialCholesky(S, this.cells.levelCount, this.diagonal);
  }

  /** @param later - whether values may be made when they are first asked for. */
  absorb(columns: readonly Float64Array[], later = false): readonly Absorbed[] {
    const few = columns.length > 1 && columns.length <= 4 && this.inRuns && this.weights === undefined;
    if (later && few) return this.absorbFour(columns, undefined, true);
    const out: Absorbed[] = [];
    for (let first = 0; first < columns.length; first += 4) {
      const own = columns.slice(first, first + 4);
      out.push(...this.absorbFour(own, undefined).slice(0, own.length));
    }
    if (columns.length > 4) return out.map(({ products: _, ...rest }) => rest); // those of four at a time are not all
    return out;
  }

  effects(x: Float64Array): readonly Float64Array[] {
    const { otherEffects, starts, unitEffect, units, levelCount } = this.cells;
    const [alpha, beta] = [new Float64Array(4 * units), new Float64Array(4 * levelCount)];
    this.absorbFour([x], { alpha, beta });
    const lane = (values: Float64Array, from: number, to: number): Float64Array =>
      Float64Array.from({ length: to - from }, (_, l) => values[4 * (from + l)]!);
    const out: Float64Array[] = [];
    out[unitEffect] = lane(alpha, 0, units).map((value) => value + x[0]!);
    otherEffects.forEach((e, p) => {
      out[e] = lane(beta, starts[p]!, starts[p + 1]!);
    });
    return out;
  }

  /** Up to four variables; those missing repeat the last. Adds the coefficients (around each variable's first value) to `total`. */
  private absorbFour(
    columns: readonly Float64Array[],
    total: Pick<Lanes, "alpha" | "beta"> | undefined,
    later = false,
  ): readonly Absorbed[] {
    const { units, levelCount: m, rows } = this.cells;
    const inputs = fourOf(columns);
    const origins = Float64Array.from(inputs, (x) => x[0] ?? 0);
    const lanes: Lanes = {
      unitSums: new Float64Array(4 * units),
      levelSums: new Float64Array(4 * m),
      alpha: new Float64Array(4 * units),
      beta: new Float64Array(4 * m),
      squares: new Float64Array(4),
    };
    this.sum(inputs, origins, lanes);
    const spreads = this.spreads(inputs, origins, lanes);
    const deviations = spreads.map((spread) => Math.sqrt(spread / this.weightSum));
    const residuals = new Float64Array(4);
    let [iterations, residual, source, origin] = [0, Number.POSITIVE_INFINITY, inputs, origins];
    let solved = false;
    if (later) {
      iterations = this.solve(lanes, deviations);
      solved = true;
      largestRatios(lanes.levelSums, this.levelWeights, deviations, residuals);
      const clean = this.isClean(residuals, deviations, lanes.squares);
      const solution = { ...this.cells, x: inputs, origin: origins, alpha: lanes.alpha, beta: lanes.beta };
      const unstored = clean ? unstoredVariables(solution, columns.length, spreads, iterations, Math.max(...residuals)) : undefined;
      if (unstored !== undefined) return unstored;
    }
    const made = columns.map(() => new Float64Array(rows));
    const outputs = fourOf(made);
    let products: Float64Array | undefined;
    for (let correction = 0; ; correction++) {
      if (solved) solved = false;
      else iterations += this.solve(lanes, deviations);
      if (total !== undefined) addTo(total, lanes);
      products = this.subtract(source, outputs, origin, lanes); // the sums by level are now those of what is left
      const before = residual;
      largestRatios(lanes.levelSums, this.levelWeights, deviations, residuals);
      residual = Math.max(...residuals);
      const done = correction === 0 ? this.isClean(residuals, deviations, lanes.squares) : residual <= TOLERANCE && residual > before / 2;
      if (done || correction === MAX_CORRECTIONS || (correction > 0 && residual <= CLEAN)) break;
      [source, origin] = [outputs, new Float64Array(4)];
      this.sum(source, origin, lanes);
    }
    const known = this.weights === undefined ? products : undefined;
    return made.map((values, lane) => ({
      values,
      iterations,
      residual,
      spread: spreads[lane]!,
      ...(known === undefined ? {} : { products: productsOf(known, lane, made.length) }),
    }));
  }

  /** Sums by unit and, with the units eliminated where rows stand unit by unit, by level. */
  private sum(x: Four, origins: Float64Array, { unitSums, levelSums, squares }: Lanes): void {
    const { cells, weights } = this;
    levelSums.fill(0);
    if (this.inRuns) {
      sumRuns(x, origins, cells, weights, this.unitWeights, unitSums, levelSums, squares);
      return;
    }
    unitSums.fill(0);
    sumFour(x, origins, cells, weights, unitSums, levelSums, squares);
  }

  private spreads(x: Four, origins: Float64Array, { unitSums, squares }: Lanes): Float64Array {
    const { weightSum, unitWeights, weights } = this;
    const { sums, between } = unitSpreads(unitSums, unitWeights, weightSum);
    const out = new Float64Array(4);
    for (let lane = 0; lane < 4; lane++) {
      if (lane > 0 && x[lane] === x[lane - 1]) out[lane] = out[lane - 1]!;
      else if (this.inRuns) out[lane] = squares[lane]! + between[lane]!;
      else {
        const around = spreadFrom(squares[lane]!, sums[lane]!, weightSum);
        out[lane] = around ?? spreadAround(x[lane]!, weights, origins[lane]! + sums[lane]! / weightSum);
      }
    }
    return out;
  }

  /** Coefficients from the sums, which are used up; returns the iterations. */
  private solve(lanes: Lanes, deviations: Float64Array): number {
    const { unitSums, levelSums, alpha, beta } = lanes;
    const { cells, unitWeights } = this;
    if (cells.levelCount === 0) {
      alpha.fill(0);
      unitCoefficients(unitWeights, unitSums, alpha);
      return 0;
    }
    if (!this.inRuns) this.eliminate(unitSums, levelSums);
    const right = this.inRuns ? levelSums.slice() : undefined;
    const iterations = this.solveLevels(levelSums, beta, deviations);
    this.shift(beta, alpha);
    if (right !== undefined) this.remain(right, lanes);
    unitCoefficients(unitWeights, unitSums, alpha);
    return iterations;
  }

  /**
   * What the coefficients leave, without a pass over the rows: `r - S beta` by level, and the sums of squares less `r' beta`.
   * @param right - the right-hand side r; `alpha` holds the units' shifts.
   */
  private remain(right: Float64Array, { levelSums, alpha, beta, squares }: Lanes): void {
    const { levelWeights } = this;
    for (let l = 0, at = 0; l < levelWeights.length; l++) {
      for (let lane = 0; lane < 4; lane++, at++) {
        levelSums[at] = right[at]! - levelWeights[l]! * beta[at]!;
        squares[lane]! -= right[at]! * beta[at]!;
      }
    }
    this.eliminate(alpha, levelSums);
    for (let lane = 0; lane < 4; lane++) squares[lane] = Math.max(0, squares[lane]!);
  }

  /** `sums[l] -= sum_u C_ul unitSums[u] / N_u`. */
  private eliminate(unitSums: Float64Array, sums: Float64Array): void {
    if (this.block === undefined) eliminateUnits(this.cells, this.ownCells, this.unitWeights, unitSums, sums);
    else this.block.scatter(unitSums, sums);
  }

  /** `shifts[u] = -sum_l C_ul beta[l]`. */
  private shift(beta: Float64Array, shifts: Float64Array): void {
    if (this.block === undefined) {
      unitShifts(this.cells, this.ownCells, beta, shifts);
      return;
    }
    this.block.gather(beta, shifts);
    for (let at = 0; at < shifts.length; at++) shifts[at] = -shifts[at]!;
  }

  /** `out = S beta`. */
  private multiply(beta: Float64Array, out: Float64Array): void {
    const { block, levelWeights } = this;
    if (block === undefined) {
      schurTimes(this.cells, this.ownCells, this.unitWeights, levelWeights, beta, out);
      return;
    }
    for (let l = 0, at = 0; l < levelWeights.length; l++) {
      const weight = levelWeights[l]!;
      for (let lane = 0; lane < 4; lane++, at++) out[at] = weight * beta[at]!;
    }
    block.both(beta, out);
  }

  private solveLevels(r: Float64Array, beta: Float64Array, deviations: Float64Array): number {
    if (this.sparse !== undefined) {
      beta.set(r);
      solveSparse(this.sparse, beta);
      return 0;
    }
    if (this.dense === undefined) {
      const start = denseIsCheap(this.cells) ? r.slice() : undefined;
      beta.fill(0);
      const { iterations, residual } = this.iterate(r, beta, deviations, start === undefined ? this.maxIterations : FEW_ITERATIONS);
      if (start === undefined || residual <= TARGET) return iterations;
      this.dense = this.factorDensely(); // a badly connected graph
      r.set(start);
    }
    beta.set(r);
    solvePartial(this.dense, this.cells.levelCount, beta);
    return 0;
  }

  private iterate(r: Float64Array, beta: Float64Array, deviations: Float64Array, most: number): { iterations: number; residual: number } {
    const { levelWeights, diagonal } = this;
    const scales = diagonal.map((value, l) => 1 / (value > 1e-12 * levelWeights[l]! ? value : levelWeights[l]!));
    return solveByGradients(
      (p, out) => this.multiply(p, out),
      (from, out) => {
        for (let l = 0, at = 0; l < scales.length; l++) {
          const scale = scales[l]!;
          for (let lane = 0; lane < 4; lane++, at++) out[at] = scale * from[at]!;
        }
      },
      r,
      beta,
      levelWeights,
      deviations,
      TARGET,
      most,
    );
  }

  /** Subtracts the coefficients; where rows are in any order the levels' sums and squares of what is left come along. */
  private subtract(x: Four, out: Four, origins: Float64Array, { alpha, beta, levelSums, squares }: Lanes): Float64Array | undefined {
    const { cells, weights } = this;
    if (this.inRuns) return subtractRuns(x, out, origins, cells, alpha, beta);
    levelSums.fill(0);
    subtractFour(x, out, origins, cells, alpha, beta, weights, levelSums, squares);
    return undefined;
  }

  /** Whether the first solve suffices: each level keeps nothing but rounding, and the effects did not hide what is left. */
  private isClean(residuals: Float64Array, deviations: Float64Array, squares: Float64Array): boolean {
    const iterative = this.cells.levelCount > 0 && this.sparse === undefined && this.dense === undefined; // it would stop at once if asked again
    return residuals.every((residual, lane) => {
      const left = Math.sqrt(squares[lane]! / this.weightSum) / deviations[lane]!;
      if (left < HIDDEN && left > ROUNDING) return false;
      return !(residual > (iterative ? TARGET : Math.max(ROUNDING, CLEAN * Math.min(1, left))));
    });
  }

  leverage(): Float64Array {
    const { cells, ownCells, unitWeights, weights } = this;
    if (this.sparse === undefined && this.dense === undefined && cells.levelCount > 0 && denseIsCheap(cells))
      this.dense = this.factorDensely();
    const ones = new Float64Array(4).fill(1);
    const forms = leverageOfCells(cells, ownCells, unitWeights, (x) => {
      if (this.sparse !== undefined) solveSparse(this.sparse, x);
      else if (this.dense !== undefined) solvePartial(this.dense, cells.levelCount, x);
      else {
        const r = x.slice();
        x.fill(0);
        this.iterate(r, x, ones, this.maxIterations);
      }
    });
    const rowCells = cells.levelCount === 0 ? cells.unitCodes : cells.rowCells();
    return Float64Array.from({ length: cells.rows }, (_, i) => (weights?.[i] ?? 1) * forms[rowCells?.[i] ?? i]!);
  }
}

function fourOf(columns: readonly Float64Array[]): Four {
  const last = columns[columns.length - 1]!;
  return [columns[0] ?? last, columns[1] ?? last, columns[2] ?? last, columns[3] ?? last];
}

function addTo(total: Pick<Lanes, "alpha" | "beta">, { alpha, beta }: Lanes): void {
  for (let at = 0; at < alpha.length; at++) total.alpha[at]! += alpha[at]!;
  for (let at = 0; at < beta.length; at++) total.beta[at]! += beta[at]!;
}

function denseIsCheap({ levelCount: m, offsets, otherEffects, units }: EffectCells): boolean {
  if (m > DENSE_LEVELS) return false;
  let work = m ** 3 / 6;
  for (let u = 0; u < units; u++) {
    const width = Math.min(m, (offsets[u + 1]! - offsets[u]!) * otherEffects.length);
    work += width * width;
  }
  return work <= DENSE_WORK;
}
