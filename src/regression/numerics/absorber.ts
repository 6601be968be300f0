import { choleskyInverse } from "../../linalg/index.ts";
import type { GroupCodes } from "../../moments/index.ts";
import { conjugateGradients, largestRatio } from "./conjugate-gradients.ts";
import { levelSums, removeMeansAndSum, removeUnitMeans, schurTimes, spreadOf, subtractLevels, sumByUnit } from "./effect-kernels.ts";
import { denseSchur, type PartialCholesky, partialCholesky, solvePartial } from "./schur.ts";
import { countComponents, fromSorted, type SortedEffects, sortEffects, toSorted } from "./sorted-effects.ts";
import { type SparseFactor, solveSparse, sparseSchurFactor } from "./sparse-schur.ts";

/** One variable with the fixed effects removed. */
export interface Absorbed {
  /** `M x`: what the effects leave of x. */
  readonly values: Float64Array;
  /** Iterations of the iterative solver; 0 for exact ones. */
  readonly iterations: number;
  /** Largest `|D'W M x|` of a level beside its weight times the standard deviation of x. */
  readonly residual: number;
  /** `sum w (x - mean)^2` of x itself. */
  readonly spread: number;
}

/** Removes fixed effects from variables. */
export interface Absorber {
  readonly rows: number;
  /** Rank of the effects' dummies; an upper bound where `rankIsExact` is false. */
  readonly rank: number;
  readonly rankIsExact: boolean;
  /** Connected components of the graph of levels. */
  readonly components: number;
  absorb(x: Float64Array): Absorbed;
  /** Coefficients of each effect's levels (of each of its slopes, level by level) that fit x best. */
  effects(x: Float64Array): readonly Float64Array[];
  /** Diagonal of the projection on the dummies, `w d'(D'WD)^- d`, one a row. */
  leverage(): Float64Array;
}

/** Remaining residual that an iterative solve must reach. */
const TOLERANCE = 1e-11;
const MAX_ITERATIONS = 20_000;
/** Corrections after the first solve: each removes what rounding left. */
const MAX_CORRECTIONS = 4;
/** A correction is made while a level keeps more than this of its variable. */
const CLEAN = 1e-13;
/** Above this smallest pivot (beside its weight) a dense solve needs no correction. */
const WELL_CONDITIONED = 1e-3;
/** Up to so many levels a dense factor is always cheapest. */
const SMALL_DENSE = 150;
/** Dense elimination: up to so many levels beside the units, */
const DENSE_LEVELS = 1500;
/** and so many multiplications. */
const DENSE_WORK = 6e8;

/** @param weights - positive, one a row, or `undefined`. */
export function createAbsorber(
  effects: readonly GroupCodes[],
  weights: Float64Array | undefined,
  prepared: SortedEffects = sortEffects(effects),
): Absorber {
  const system = new EffectSystem(prepared, weights);
  const components = countComponents(prepared);
  const units = prepared.offsets.length - 1;
  const q = prepared.otherEffects.length;
  const factor = system.dense ?? system.sparse;
  const exact = factor !== undefined || q <= 1;
  const rank =
    q === 0
      ? units
      : q === 1
        ? units + prepared.levelCount - components
        : factor !== undefined
          ? units + factor.rank
          : units + prepared.levelCount - q;
  return {
    rows: prepared.rows,
    rank,
    rankIsExact: exact,
    components,
    absorb: (x) => system.absorb(x),
    effects: (x) => system.effects(x),
    leverage: () => system.leverage(),
  };
}

/** The normal equations of the effects with the units eliminated. */
class EffectSystem {
  readonly sorted: SortedEffects;
  readonly q: number;
  readonly weights: Float64Array | undefined;
  readonly unitWeights: Float64Array;
  readonly levelWeights: Float64Array;
  readonly weightSum: number;
  readonly dense: PartialCholesky | undefined;
  readonly sparse: SparseFactor | undefined;
  private readonly diagonal: Float64Array | undefined;

  constructor(sorted: SortedEffects, weights: Float64Array | undefined) {
    this.sorted = sorted;
    this.q = sorted.otherEffects.length;
    this.weights = weights === undefined ? undefined : toSorted(weights, sorted.order);
    this.unitWeights = sumByUnit(sorted.offsets, this.weights);
    this.weightSum = this.unitWeights.reduce((sum, weight) => sum + weight, 0);
    const m = sorted.levelCount;
    this.levelWeights = new Float64Array(m);
    if (m === 0) return;
    const small = m <= SMALL_DENSE;
    if (!small) {
      this.diagonal = schurDiagonal(sorted, this.weights, this.unitWeights, this.levelWeights);
      this.sparse = sparseSchurFactor(sorted, this.weights, this.unitWeights, this.levelWeights);
    }
    if (this.sparse === undefined && denseIsCheap(sorted)) {
      this.levelWeights.fill(0);
      const S = denseSchur(sorted, this.weights, this.unitWeights, this.levelWeights);
      this.dense = partialCholesky(S, m, this.levelWeights);
    }
  }

  absorb(input: Float64Array): Absorbed {
    const x = toSorted(input, this.sorted.order);
    const spread = spreadOf(x, this.weights);
    const solved = this.remove(x, undefined, Math.sqrt(spread / this.weightSum));
    return { spread, values: fromSorted(x, this.sorted.order), ...solved };
  }

  effects(input: Float64Array): readonly Float64Array[] {
    const { order, offsets, levels, otherEffects, starts, levelCount, unitEffect } = this.sorted;
    const x = toSorted(input, order);
    const beta = new Float64Array(levelCount);
    this.remove(x, beta, Math.sqrt(spreadOf(x, this.weights) / this.weightSum));
    const rest = toSorted(input, order); // units: the mean of what the other effects leave
    for (let i = 0; i < rest.length; i++) for (let p = 0; p < this.q; p++) rest[i]! -= beta[levels[i * this.q + p]!]!;
    const unit = new Float64Array(offsets.length - 1);
    for (let u = 0; u < unit.length; u++) {
      for (let i = offsets[u]!; i < offsets[u + 1]!; i++) unit[u]! += (this.weights?.[i] ?? 1) * rest[i]!;
      unit[u]! /= this.unitWeights[u]!;
    }
    const out: Float64Array[] = [];
    out[unitEffect] = unit;
    otherEffects.forEach((e, p) => {
      out[e] = beta.slice(starts[p]!, starts[p + 1]!);
    });
    return out;
  }

  /** `x <- M x` in place (sorted rows); adds the other effects' coefficients to `total`. */
  private remove(x: Float64Array, total: Float64Array | undefined, deviation: number): { iterations: number; residual: number } {
    const { offsets, levels, levelCount: m } = this.sorted;
    const { q, weights, unitWeights } = this;
    if (m === 0) {
      removeUnitMeans(x, offsets, weights, unitWeights);
      return { iterations: 0, residual: 0 };
    }
    const scale = this.levelWeights.map((weight) => weight * deviation);
    const r = new Float64Array(m);
    const beta = new Float64Array(m);
    const fused = q === 1 && weights === undefined;
    if (fused) removeMeansAndSum(x, offsets, levels, r);
    else removeUnitMeans(x, offsets, weights, unitWeights);
    let [iterations, residual] = [0, Number.POSITIVE_INFINITY];
    for (let correction = 0; correction <= MAX_CORRECTIONS; correction++) {
      if (correction > 0 || !fused) levelSums(x, levels, q, weights, r);
      const now = largestRatio(r, scale);
      if (now <= CLEAN || (correction > 1 && now <= TOLERANCE && now > residual / 2)) return { iterations, residual: now };
      residual = now;
      beta.fill(0);
      if (this.dense !== undefined) {
        beta.set(r);
        solvePartial(this.dense, m, beta);
      } else if (this.sparse !== undefined) {
        beta.set(r);
        solveSparse(this.sparse, beta);
      } else {
        iterations += this.iterate(r, beta, scale);
      }
      subtractLevels(x, offsets, levels, q, weights, unitWeights, beta);
      if (total !== undefined) for (let l = 0; l < m; l++) total[l]! += beta[l]!;
      if (this.dense !== undefined && this.dense.smallestPivot > WELL_CONDITIONED) return { iterations, residual: 0 };
    }
    levelSums(x, levels, q, weights, r);
    return { iterations, residual: largestRatio(r, scale) };
  }

  private iterate(r: Float64Array, beta: Float64Array, scale: Float64Array): number {
    const { offsets, levels } = this.sorted;
    const { q, weights, unitWeights } = this;
    const diagonal = this.diagonal!;
    const target = Math.max(CLEAN, Math.min(TOLERANCE, 1e-9 * largestRatio(r, scale)));
    return conjugateGradients(
      (p, out) => schurTimes(p, offsets, levels, q, weights, unitWeights, out),
      (from, out) => {
        for (let l = 0; l < from.length; l++) out[l] = from[l]! / diagonal[l]!;
      },
      r,
      beta,
      scale,
      target,
      MAX_ITERATIONS,
    ).iterations;
  }

  leverage(): Float64Array {
    const { rows, order, offsets } = this.sorted;
    const out = new Float64Array(rows);
    if (this.q === 0) {
      for (let u = 0; u < this.unitWeights.length; u++) {
        for (let i = offsets[u]!; i < offsets[u + 1]!; i++) out[i] = (this.weights?.[i] ?? 1) / this.unitWeights[u]!;
      }
    } else if (this.dense !== undefined) {
      this.denseLeverage(this.dense, out);
    } else {
      this.leverageByRow(out);
    }
    return fromSorted(out, order);
  }

  /** `w (1/N_u + z' S^- z)`, z the row's levels less their means within the unit. */
  private denseLeverage(factor: PartialCholesky, out: Float64Array): void {
    const { offsets, levels, levelCount: m } = this.sorted;
    const { q, weights, unitWeights } = this;
    const inverse = partialInverse(factor, m);
    const share = new Float64Array(m);
    for (let u = 0; u < unitWeights.length; u++) {
      const [from, to] = [offsets[u]!, offsets[u + 1]!];
      const touched = [...new Set(levels.subarray(from * q, to * q))];
      for (let i = from; i < to; i++) for (let p = 0; p < q; p++) share[levels[i * q + p]!]! += (weights?.[i] ?? 1) / unitWeights[u]!;
      const image = touched.map((a) => touched.reduce((sum, b) => sum + inverse[a * m + b]! * share[b]!, 0));
      const own = touched.reduce((sum, a, t) => sum + share[a]! * image[t]!, 0);
      for (let i = from; i < to; i++) {
        let form = own;
        for (let p = 0; p < q; p++) {
          const a = levels[i * q + p]!;
          form -= 2 * image[touched.indexOf(a)]!;
          for (let o = 0; o < q; o++) form += inverse[a * m + levels[i * q + o]!]!;
        }
        out[i] = (weights?.[i] ?? 1) * (1 / unitWeights[u]! + form);
      }
      for (const a of touched) share[a] = 0;
    }
  }

  /** One solve a row: the effects' share of a row's own indicator. */
  private leverageByRow(out: Float64Array): void {
    const x = new Float64Array(out.length);
    for (let i = 0; i < out.length; i++) {
      x.fill(0);
      x[i] = 1;
      this.remove(x, undefined, 1 / Math.sqrt(x.length));
      out[i] = 1 - x[i]!;
    }
  }
}

function denseIsCheap({ levelCount: m, offsets, otherEffects }: SortedEffects): boolean {
  if (m > DENSE_LEVELS) return false;
  let work = m ** 3 / 6;
  for (let u = 0; u + 1 < offsets.length; u++) {
    const width = Math.min(m, (offsets[u + 1]! - offsets[u]!) * otherEffects.length);
    work += width * width;
  }
  return work <= DENSE_WORK;
}

/** Inverse over the kept levels, zero elsewhere: a generalised inverse of the Schur complement. */
function partialInverse({ L, kept }: PartialCholesky, m: number): Float64Array {
  const index = Array.from({ length: m }, (_, l) => l).filter((l) => kept[l] === 1);
  const size = index.length;
  const S = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let p = 0; p <= b; p++) sum += L[index[a]! * m + index[p]!]! * L[index[b]! * m + index[p]!]!;
      S[a * size + b] = sum;
      S[b * size + a] = sum;
    }
  }
  const small = choleskyInverse(S, size) ?? new Float64Array(size * size).fill(Number.NaN);
  const out = new Float64Array(m * m);
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) out[index[a]! * m + index[b]!] = small[a * size + b]!;
  return out;
}

/** Diagonal of the Schur complement: `N_l - sum_u C_ul^2 / N_u`; also fills the levels' weights. */
function schurDiagonal(
  { offsets, levels, otherEffects, levelCount: m }: SortedEffects,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  levelWeights: Float64Array,
): Float64Array {
  const q = otherEffects.length;
  const out = new Float64Array(m);
  const cell = new Float64Array(m);
  for (let u = 0; u + 1 < offsets.length; u++) {
    const [from, to] = [offsets[u]! * q, offsets[u + 1]! * q];
    for (let at = from; at < to; at++) {
      const weight = weights === undefined ? 1 : weights[Math.floor(at / q)]!;
      cell[levels[at]!]! += weight;
      levelWeights[levels[at]!]! += weight;
    }
    for (let at = from; at < to; at++) {
      const level = levels[at]!;
      out[level]! -= (cell[level]! * cell[level]!) / unitWeights[u]!;
      cell[level] = 0;
    }
  }
  for (let l = 0; l < m; l++) {
    const left = out[l]! + levelWeights[l]!;
    out[l] = left > 1e-12 * levelWeights[l]! ? left : levelWeights[l]!;
  }
  return out;
}
