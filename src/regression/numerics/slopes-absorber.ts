import { symmetricEigen } from "../../linalg/index.ts";
import type { Absorbed } from "./absorbed.ts";
import type { Absorber } from "./absorber.ts";
import { conjugateGradients, largestRatio } from "./conjugate-gradients.ts";
import { partialCholesky } from "./schur.ts";
import { spreadOf } from "./spread.ts";

/** A fixed effect whose levels have an intercept, slopes, or both. */
export interface SlopeEffect {
  readonly codes: Int32Array;
  readonly count: number;
  readonly intercept: boolean;
  readonly slopes: readonly Float64Array[];
}

const TOLERANCE = 1e-12;
const MAX_ITERATIONS = 50_000;
const MAX_CORRECTIONS = 4;
/** Eigenvalues of a level's block at or below this share of its largest are zero: too few rows for its parameters. */
const BLOCK_RANK = 1e-11;

/**
 * Removes effects with varying slopes. Slopes are centred within their level where it has an intercept; the effect with most parameters
 * is eliminated in closed form, the others by conjugate gradients preconditioned by their levels' own blocks. Levels with fewer rows
 * than parameters use a pseudo-inverse, and count its rank.
 */
export function createSlopesAbsorber(
  effects: readonly SlopeEffect[],
  weights: Float64Array | undefined,
  maxIterations: number = MAX_ITERATIONS,
): Absorber {
  const blocks = effects.map((effect) => new LevelBlocks(effect, weights));
  let first = 0;
  for (let e = 1; e < blocks.length; e++) if (blocks[e]!.size > blocks[first]!.size) first = e;
  const system = new SlopeSystem(blocks, first, weights, maxIterations);
  const exact = system.rank();
  return {
    rows: effects[0]!.codes.length,
    rank: exact ?? blocks.reduce((sum, block) => sum + block.rank, 0) - sharedColumns(effects),
    rankIsExact: exact !== undefined,
    components: 1,
    absorb: (columns) => columns.map((x) => system.absorb(x)),
    effects: (x) => system.effects(x),
    leverage: () => system.leverage(),
  };
}

/**
 * Constants and slope columns that several effects have: a column is the sum of its columns by level in every one of them, so that each repetition is one parameter
 * too many.
 */
function sharedColumns(effects: readonly SlopeEffect[]): number {
  const known: Float64Array[] = [];
  let shared = Math.max(0, effects.filter(({ intercept }) => intercept).length - 1);
  for (const column of effects.flatMap(({ slopes }) => slopes)) {
    if (known.some((other) => other === column || other.every((value, i) => value === column[i]))) shared++;
    else known.push(column);
  }
  return shared;
}

/** Parameters beside the eliminated effect, and their number times rows, up to which the rank is computed. */
const RANK_PARAMETERS = 400;
const RANK_WORK = 5e6;

/** One effect's columns and the inverses of its levels' cross-products. */
class LevelBlocks {
  readonly codes: Int32Array;
  readonly count: number;
  readonly width: number;
  readonly intercept: boolean;
  /** Slopes, centred within the level where it has an intercept. */
  readonly slopes: readonly Float64Array[];
  /** What was subtracted, one a level, for each slope. */
  readonly means: readonly Float64Array[];
  readonly inverse: Float64Array;
  /** Diagonal of the cross-products, one a parameter. */
  readonly diagonal: Float64Array;
  readonly rank: number;

  constructor({ codes, count, intercept, slopes }: SlopeEffect, weights: Float64Array | undefined) {
    this.codes = codes;
    this.count = count;
    this.intercept = intercept;
    this.width = slopes.length + (intercept ? 1 : 0);
    const centred = slopes.map((z) => (intercept ? centreWithin(z, codes, count, weights) : { values: z, means: new Float64Array(count) }));
    this.slopes = centred.map(({ values }) => values);
    this.means = centred.map(({ means }) => means);
    const p = this.width;
    const products = new Float64Array(count * p * p);
    for (let i = 0; i < codes.length; i++) {
      const at = codes[i]! * p * p;
      const w = weights === undefined ? 1 : weights[i]!;
      for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) products[at + a * p + b]! += w * this.value(i, a) * this.value(i, b);
    }
    this.inverse = new Float64Array(count * p * p);
    this.diagonal = new Float64Array(count * p);
    let rank = 0;
    for (let level = 0; level < count; level++) {
      const block = products.subarray(level * p * p, (level + 1) * p * p);
      for (let a = 0; a < p; a++) this.diagonal[level * p + a] = block[a * p + a]!;
      rank += invertBlock(block, p, this.inverse.subarray(level * p * p, (level + 1) * p * p));
    }
    this.rank = rank;
  }

  /** Number of parameters. */
  get size(): number {
    return this.count * this.width;
  }

  /** Column `a` of the row's level. */
  value(row: number, a: number): number {
    if (this.intercept) return a === 0 ? 1 : this.slopes[a - 1]![row]!;
    return this.slopes[a]![row]!;
  }

  /** `out = D' W x`. */
  sums(x: Float64Array, weights: Float64Array | undefined, out: Float64Array): void {
    out.fill(0);
    for (let i = 0; i < x.length; i++) {
      const at = this.codes[i]! * this.width;
      const wx = weights === undefined ? x[i]! : weights[i]! * x[i]!;
      for (let a = 0; a < this.width; a++) out[at + a]! += wx * this.value(i, a);
    }
  }

  /** `x += sign D b`. */
  add(b: Float64Array, sign: number, x: Float64Array): void {
    for (let i = 0; i < x.length; i++) {
      const at = this.codes[i]! * this.width;
      let sum = 0;
      for (let a = 0; a < this.width; a++) sum += b[at + a]! * this.value(i, a);
      x[i]! += sign * sum;
    }
  }

  /** `out = (D'WD)^+ r`, level by level. */
  solve(r: Float64Array, out: Float64Array): void {
    const p = this.width;
    for (let level = 0; level < this.count; level++) {
      for (let a = 0; a < p; a++) {
        let sum = 0;
        for (let b = 0; b < p; b++) sum += this.inverse[(level * p + a) * p + b]! * r[level * p + b]!;
        out[level * p + a] = sum;
      }
    }
  }

  /** Coefficients on the slopes as given: the intercept takes what centring moved. */
  uncentred(b: Float64Array): Float64Array {
    const out = b.slice();
    if (!this.intercept) return out;
    for (let level = 0; level < this.count; level++) {
      for (let s = 0; s < this.slopes.length; s++) out[level * this.width]! -= b[level * this.width + 1 + s]! * this.means[s]![level]!;
    }
    return out;
  }
}

/** Pseudo-inverse of one block scaled to unit diagonal; returns its rank. */
function invertBlock(block: Float64Array, p: number, out: Float64Array): number {
  const size = Float64Array.from({ length: p }, (_, a) => Math.sqrt(block[a * p + a]!));
  const scaled = block.map((value, at) => value / (size[Math.floor(at / p)]! * size[at % p]! || 1));
  const { values, vectors } = symmetricEigen(scaled, p);
  let rank = 0;
  for (let q = 0; q < p; q++) {
    if (!(values[q]! > BLOCK_RANK)) continue;
    rank++;
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < p; b++) {
        if (size[a]! > 0 && size[b]! > 0)
          out[a * p + b]! += (vectors[a * p + q]! * vectors[b * p + q]!) / (values[q]! * size[a]! * size[b]!);
      }
    }
  }
  return rank;
}

/** Subtracts weighted level means; what is left of rounding beside a level's own size is set to zero. */
function centreWithin(
  z: Float64Array,
  codes: Int32Array,
  count: number,
  weights: Float64Array | undefined,
): { readonly values: Float64Array; readonly means: Float64Array } {
  const means = new Float64Array(count);
  const totals = new Float64Array(count);
  for (let i = 0; i < z.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    means[codes[i]!]! += w * z[i]!;
    totals[codes[i]!]! += w;
  }
  for (let level = 0; level < count; level++) means[level]! /= totals[level]!;
  const values = z.map((value, i) => {
    const mean = means[codes[i]!]!;
    const left = value - mean;
    return Math.abs(left) <= 8 * Number.EPSILON * Math.abs(mean) ? 0 : left;
  });
  return { values, means };
}

class SlopeSystem {
  private readonly blocks: readonly LevelBlocks[];
  private readonly first: LevelBlocks;
  private readonly firstIndex: number;
  private readonly others: readonly LevelBlocks[];
  private readonly weights: Float64Array | undefined;
  private readonly maxIterations: number;

  constructor(blocks: readonly LevelBlocks[], first: number, weights: Float64Array | undefined, maxIterations: number) {
    this.maxIterations = maxIterations;
    this.blocks = blocks;
    this.first = blocks[first]!;
    this.firstIndex = first;
    this.others = blocks.filter((_, e) => e !== first);
    this.weights = weights;
  }

  absorb(x: Float64Array): Absorbed {
    const values = x.slice();
    const spread = spreadOf(x, this.weights);
    return { ...this.remove(values, undefined, spread), values, spread };
  }

  effects(x: Float64Array): readonly Float64Array[] {
    const total = new Float64Array(this.otherSize());
    this.remove(x.slice(), total, spreadOf(x, this.weights));
    const rest = x.slice();
    this.eachOther((block, start) => block.add(total.subarray(start, start + block.size), -1, rest));
    const sums = new Float64Array(this.first.size);
    const own = new Float64Array(this.first.size);
    this.first.sums(rest, this.weights, sums);
    this.first.solve(sums, own);
    const out: Float64Array[] = [];
    out[this.firstIndex] = this.first.uncentred(own);
    this.eachOther((block, start) => {
      out[this.blocks.indexOf(block)] = block.uncentred(total.subarray(start, start + block.size));
    });
    return out;
  }

  leverage(): Float64Array {
    const n = this.first.codes.length;
    const out = new Float64Array(n);
    const indicator = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      indicator.fill(0);
      indicator[i] = 1;
      this.remove(indicator, undefined, 1);
      out[i] = 1 - indicator[i]!;
    }
    return out;
  }

  /** Rank of all columns: that of the eliminated effect and that of the Schur complement of the others; `undefined` where that is too much work. */
  rank(): number | undefined {
    const m = this.otherSize();
    const n = this.first.codes.length;
    if (m > RANK_PARAMETERS || m * n > RANK_WORK) return undefined;
    const S = new Float64Array(m * m);
    const unit = new Float64Array(m);
    const image = new Float64Array(n);
    const out = new Float64Array(m);
    for (let l = 0; l < m; l++) {
      unit.fill(0);
      unit[l] = 1;
      image.fill(0);
      this.eachOther((block, start) => block.add(unit.subarray(start, start + block.size), 1, image));
      this.removeFirst(image);
      this.otherSums(image, out);
      S.set(out, l * m);
    }
    const sizes = new Float64Array(m);
    this.eachOther((block, start) => sizes.set(block.diagonal, start));
    return this.first.rank + partialCholesky(S, m, sizes).rank;
  }

  private otherSize(): number {
    return this.others.reduce((sum, block) => sum + block.size, 0);
  }

  private eachOther(visit: (block: LevelBlocks, start: number) => void): void {
    let start = 0;
    for (const block of this.others) {
      visit(block, start);
      start += block.size;
    }
  }

  /** `x <- M x` for the eliminated effect alone. */
  private removeFirst(x: Float64Array): void {
    const sums = new Float64Array(this.first.size);
    const b = new Float64Array(this.first.size);
    this.first.sums(x, this.weights, sums);
    this.first.solve(sums, b);
    this.first.add(b, -1, x);
  }

  private otherSums(x: Float64Array, out: Float64Array): void {
    this.eachOther((block, start) => block.sums(x, this.weights, out.subarray(start, start + block.size)));
  }

  private remove(x: Float64Array, total: Float64Array | undefined, spread: number): { iterations: number; residual: number } {
    this.removeFirst(x);
    this.removeFirst(x);
    const m = this.otherSize();
    if (m === 0) return { iterations: 0, residual: 0 };
    const scale = new Float64Array(m);
    this.eachOther((block, start) => {
      for (let l = 0; l < block.size; l++) scale[start + l] = Math.sqrt(block.diagonal[l]! * spread);
    });
    const r = new Float64Array(m);
    const image = new Float64Array(x.length);
    const multiply = (p: Float64Array, out: Float64Array): void => {
      image.fill(0);
      this.eachOther((block, start) => block.add(p.subarray(start, start + block.size), 1, image));
      this.removeFirst(image);
      this.otherSums(image, out);
    };
    const precondition = (from: Float64Array, out: Float64Array): void =>
      this.eachOther((block, start) => block.solve(from.subarray(start, start + block.size), out.subarray(start, start + block.size)));
    let iterations = 0;
    let residual = Number.POSITIVE_INFINITY;
    for (let correction = 0; correction <= MAX_CORRECTIONS; correction++) {
      this.otherSums(x, r);
      const now = largestRatio(r, scale);
      if (now <= TOLERANCE || now > residual / 2) return { iterations, residual: now };
      residual = now;
      const beta = new Float64Array(m);
      iterations += conjugateGradients(
        multiply,
        precondition,
        r,
        beta,
        scale,
        Math.min(TOLERANCE, now * 1e-8),
        this.maxIterations,
      ).iterations;
      this.eachOther((block, start) => block.add(beta.subarray(start, start + block.size), -1, x));
      this.removeFirst(x);
      if (total !== undefined) for (let l = 0; l < m; l++) total[l]! += beta[l]!;
    }
    this.otherSums(x, r);
    return { iterations, residual: largestRatio(r, scale) };
  }
}
