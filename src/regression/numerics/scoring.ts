import { collectCells, type EffectCells } from "./effect-cells.ts";
import { exponentials } from "./exponentials.ts";
import type { GlmFamily } from "./glm-family.ts";
import { type LikelihoodRows, likelihoodRows } from "./likelihood-rows.ts";
import { openScoringSums, type WorkingRows } from "./scoring-arrays.ts";
import { scoringStep } from "./scoring-step.ts";
import { fillScoringSums } from "./scoring-sums.ts";

/** A likelihood with two effects. */
export interface ScoringInput {
  readonly family: GlmFamily;
  readonly y: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly offset: Float64Array | undefined;
  readonly cells: EffectCells;
}

/** Where Fisher scoring arrived. */
export interface ScoringEnd {
  readonly eta: Float64Array;
  /** Means at `eta`, and their deviance. */
  readonly mu: Float64Array;
  readonly deviance: number;
  readonly iterations: number;
}

/** Levels beside the units up to which a dense step is cheap. */
const MOST_LEVELS = 150;
/** Rounds after which the iteration is left to the guarded one. */
const MOST_ROUNDS = 15;
/** A sample takes the units one in so many, */
const SAMPLED = 16;
/** while it has at least so many of them. */
const FEWEST_UNITS = 200;
/** The sample's deviance is precise enough when it changes by less than this share. */
const SAMPLE_TOLERANCE = 1e-6;

/**
 * Predictor of a likelihood with two effects by Fisher scoring on sums: one pass over the rows a round, without removing the effects from
 * any variable. A Poisson fit first solves a sample of the units; the other units' effects then have a closed form. `undefined` where
 * the effects do not fit the method, or it does not converge without guard; the estimates are in any case those of the guarded iteration
 * that starts here.
 *
 * @param start - predictor to start from, of given rows or all.
 * @see Correia, Guimarães & Zylkin (2020), doi:10.1177/1536867X20909691, for the model; McCullagh & Nelder (1989), 2.5, for scoring.
 */
export function scoreEffects(
  input: ScoringInput,
  start: (rows: Int32Array | undefined) => Float64Array,
  tolerance: number,
): ScoringEnd | undefined {
  const { cells, family } = input;
  if (cells.otherEffects.length !== 1 || cells.levelCount > MOST_LEVELS) return undefined;
  if (family.name !== "poisson" || cells.units < SAMPLED * FEWEST_UNITS) return scoreRows(input, start(undefined), undefined, tolerance);
  const rows = sampledRows(cells);
  const first = scoreRows(sampleOf(input, rows), start(rows), undefined, SAMPLE_TOLERANCE);
  if (first === undefined) return undefined;
  const { eta, mu } = startFrom(input, first.coefficients, first.levels);
  const end = scoreRows(input, eta, mu, tolerance);
  return end === undefined ? undefined : { ...end, iterations: end.iterations + first.iterations };
}

interface ScoredRows extends ScoringEnd {
  readonly coefficients: Float64Array;
  readonly levels: Float64Array;
}

/**
 * @param eta - overwritten.
 * @param means - the means at `eta`, where `eta` less the offset is a combination of regressors and effects; `undefined` elsewhere.
 */
function scoreRows(input: ScoringInput, eta: Float64Array, means: Float64Array | undefined, tolerance: number): ScoredRows | undefined {
  const { family, y, columns, weights, offset, cells } = input;
  const rows: LikelihoodRows = likelihoodRows(family, y, weights);
  const mu = means ?? new Float64Array(y.length);
  const centers = Float64Array.from(columns, sampleMean);
  const sums = openScoringSums(cells, columns.length);
  const coefficients = new Float64Array(columns.length);
  const levels = new Float64Array(cells.levelCount);
  const inSpace = means !== undefined;
  if (!inSpace) rows.means(eta, mu, 0, y.length);
  let deviance = Number.POSITIVE_INFINITY;
  for (let iterations = 1; iterations <= MOST_ROUNDS; iterations++) {
    const outside = iterations === 1 && !inSpace;
    const working: WorkingRows = (start, end, weight, score) => {
      rows.working(eta, mu, start, end, weight, score);
      if (!outside) return;
      for (let i = start; i < end; i++) score[i - start]! += weight[i - start]! * (eta[i]! - (offset === undefined ? 0 : offset[i]!));
    };
    fillScoringSums(cells, columns, centers, working, sums);
    if (outside) {
      if (offset === undefined) eta.fill(0);
      else eta.set(offset);
    }
    const step = scoringStep(cells, sums, columns.length);
    const next = addStep(eta, columns, centers, step.coefficients, cells, step.units, step.levels, (start, end) =>
      rows.means(eta, mu, start, end),
    );
    for (let j = 0; j < coefficients.length; j++) coefficients[j]! += step.coefficients[j]!;
    for (let l = 0; l < levels.length; l++) levels[l]! += step.levels[l]!;
    if (!Number.isFinite(next) || next > deviance * (1 + 1e-9)) return undefined;
    const settled = deviance - next <= tolerance * (0.1 + Math.abs(next));
    deviance = next;
    if (settled) return { eta, mu, deviance, iterations, coefficients, levels };
  }
  return undefined;
}

/** `eta += (x - c) b + alpha[unit] + gamma[level]`, block by block; returns the sum of what `after` finds in each. */
function addStep(
  eta: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  b: Float64Array,
  { unitCodes, otherCodes }: EffectCells,
  alpha: Float64Array,
  gamma: Float64Array,
  after: (start: number, end: number) => number,
): number {
  const levelCodes = otherCodes[0]!;
  let sum = 0;
  let shift = 0;
  for (let j = 0; j < b.length; j++) shift -= centers[j]! * b[j]!;
  const BLOCK = 1024;
  for (let start = 0; start < eta.length; start += BLOCK) {
    const end = Math.min(eta.length, start + BLOCK);
    for (let i = start; i < end; i++) eta[i]! += alpha[unitCodes[i]!]! + gamma[levelCodes[i]!]! + shift;
    for (let j = 0; j < b.length; j += 4) addFour(columns, b, j, start, end, eta);
    sum += after(start, end);
  }
  return sum;
}

/** `out += x b` for the columns from j on, four in a pass; where there are fewer the last stands in with a coefficient of 0. */
function addFour(columns: readonly Float64Array[], b: Float64Array, j: number, start: number, end: number, out: Float64Array): void {
  const last = b.length - 1;
  const [x0, x1, x2, x3] = [columns[j]!, columns[Math.min(j + 1, last)]!, columns[Math.min(j + 2, last)]!, columns[Math.min(j + 3, last)]!];
  const [b0, b1, b2, b3] = [b[j]!, b[j + 1] ?? 0, b[j + 2] ?? 0, b[j + 3] ?? 0];
  for (let i = start; i < end; i++) out[i]! += x0[i]! * b0 + x1[i]! * b1 + (x2[i]! * b2 + x3[i]! * b3);
}

/** Predictor and means at given coefficients and levels, with each unit's effect `log(sum w y / sum w mu)`. */
function startFrom(
  { y, columns, weights, offset, cells }: ScoringInput,
  b: Float64Array,
  gamma: Float64Array,
): { readonly eta: Float64Array; readonly mu: Float64Array } {
  const { unitCodes, units } = cells;
  const eta = offset === undefined ? new Float64Array(y.length) : offset.slice();
  const mu = new Float64Array(y.length);
  const [ratios, means] = [new Float64Array(units), new Float64Array(units)];
  addStep(eta, columns, new Float64Array(b.length), b, cells, new Float64Array(units), gamma, (start, end) => {
    exponentials(eta, mu, start, end);
    for (let i = start; i < end; i++) {
      const unit = unitCodes[i]!;
      const w = weights === undefined ? 1 : weights[i]!;
      ratios[unit]! += w * y[i]!;
      means[unit]! += w * mu[i]!;
    }
    return 0;
  });
  for (let u = 0; u < units; u++) {
    ratios[u]! /= means[u]!;
    means[u] = Math.log(ratios[u]!);
  }
  for (let i = 0; i < y.length; i++) {
    const unit = unitCodes[i]!;
    eta[i]! += means[unit]!;
    mu[i]! *= ratios[unit]!;
  }
  return { eta, mu };
}

/** Rows of every {@link SAMPLED}th unit. */
function sampledRows({ unitCodes, rowOffsets, ascending, units }: EffectCells): Int32Array {
  let count = 0;
  for (let u = 0; u < units; u += SAMPLED) count += rowOffsets[u + 1]! - rowOffsets[u]!;
  const rows = new Int32Array(count);
  let next = 0;
  if (ascending) {
    for (let u = 0; u < units; u += SAMPLED) for (let i = rowOffsets[u]!; i < rowOffsets[u + 1]!; i++) rows[next++] = i;
  } else {
    for (let i = 0; i < unitCodes.length; i++) if (unitCodes[i]! % SAMPLED === 0) rows[next++] = i;
  }
  return rows;
}

/** The rows as a model of their own, units numbered anew. */
function sampleOf({ family, y, columns, weights, offset, cells }: ScoringInput, rows: Int32Array): ScoringInput {
  const { unitCodes, otherCodes, units, levelCount } = cells;
  const take = (x: Float64Array): Float64Array => {
    const out = new Float64Array(rows.length);
    for (let r = 0; r < rows.length; r++) out[r] = x[rows[r]!]!;
    return out;
  };
  const [codes, levels, all] = [new Int32Array(rows.length), new Int32Array(rows.length), otherCodes[0]!];
  for (let r = 0; r < rows.length; r++) {
    codes[r] = unitCodes[rows[r]!]! / SAMPLED;
    levels[r] = all[rows[r]!]!;
  }
  return {
    family,
    y: take(y),
    columns: columns.map(take),
    weights: weights === undefined ? undefined : take(weights),
    offset: offset === undefined ? undefined : take(offset),
    cells: collectCells([
      { codes, count: Math.floor((units - 1) / SAMPLED) + 1 },
      { codes: levels, count: levelCount },
    ]),
  };
}

/** Mean of an evenly spread sample of rows: only to centre by. */
function sampleMean(x: Float64Array): number {
  const step = Math.max(1, Math.floor(x.length / 1024));
  let sum = 0;
  let count = 0;
  for (let i = 0; i < x.length; i += step) {
    sum += x[i]!;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
