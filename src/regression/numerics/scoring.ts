import { collectCells, type EffectCells } from "./effect-cells.ts";
import type { GlmFamily } from "./glm-family.ts";
import { type LikelihoodRows, likelihoodRows } from "./likelihood-rows.ts";
import { scoringStep } from "./scoring-step.ts";
import { fillScoringSums, openScoringSums } from "./scoring-sums.ts";

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
 * @param start - predictor to start from.
 * @see Correia, Guimarães & Zylkin (2020), doi:10.1177/1536867X20909691, for the model; McCullagh & Nelder (1989), 2.5, for scoring.
 */
export function scoreEffects(input: ScoringInput, start: Float64Array, tolerance: number): ScoringEnd | undefined {
  const { cells, family } = input;
  if (cells.otherEffects.length !== 1 || cells.levelCount > MOST_LEVELS) return undefined;
  let eta: Float64Array = start.slice();
  let inSpace = false;
  let before = 0;
  if (family.name === "poisson" && cells.units >= SAMPLED * FEWEST_UNITS) {
    const sample = sampleUnits(input, start);
    const first = scoreRows(sample.input, sample.start, false, SAMPLE_TOLERANCE);
    if (first === undefined) return undefined;
    eta = startFrom(input, first.coefficients, first.levels);
    before = first.iterations;
    inSpace = true;
  }
  const end = scoreRows(input, eta, inSpace, tolerance);
  return end === undefined ? undefined : { eta: end.eta, iterations: end.iterations + before };
}

interface ScoredRows extends ScoringEnd {
  readonly coefficients: Float64Array;
  readonly levels: Float64Array;
}

/** @param inSpace - whether `eta` less the offset is a combination of regressors and effects; it is overwritten. */
function scoreRows(input: ScoringInput, eta: Float64Array, inSpace: boolean, tolerance: number): ScoredRows | undefined {
  const { family, y, columns, weights, offset, cells } = input;
  const rows: LikelihoodRows = likelihoodRows(family, y, weights);
  const [mu, weight, score] = [new Float64Array(y.length), new Float64Array(y.length), new Float64Array(y.length)];
  const centers = Float64Array.from(columns, sampleMean);
  const sums = openScoringSums(cells, columns.length);
  const coefficients = new Float64Array(columns.length);
  const levels = new Float64Array(cells.levelCount);
  let deviance = rows.means(eta, mu);
  for (let iterations = 1; iterations <= MOST_ROUNDS; iterations++) {
    rows.working(eta, mu, weight, score);
    if (iterations === 1 && !inSpace) {
      for (let i = 0; i < eta.length; i++) score[i]! += weight[i]! * (eta[i]! - (offset === undefined ? 0 : offset[i]!));
      if (offset === undefined) eta.fill(0);
      else eta.set(offset);
    }
    fillScoringSums(cells, columns, centers, weight, score, sums);
    const step = scoringStep(cells, sums, columns.length);
    addStep(eta, columns, centers, step.coefficients, cells, step.units, step.levels);
    for (let j = 0; j < coefficients.length; j++) coefficients[j]! += step.coefficients[j]!;
    for (let l = 0; l < levels.length; l++) levels[l]! += step.levels[l]!;
    const next = rows.means(eta, mu);
    const started = iterations > 1 || inSpace;
    if (!Number.isFinite(next) || (started && next > deviance * (1 + 1e-9))) return undefined;
    if (started && Math.abs(next - deviance) <= tolerance * (0.1 + Math.abs(next))) return { eta, iterations, coefficients, levels };
    deviance = next;
  }
  return undefined;
}

/** `eta += (x - c) b + alpha[unit] + gamma[level]`. */
function addStep(
  eta: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  b: Float64Array,
  { unitCodes, otherCodes }: EffectCells,
  alpha: Float64Array,
  gamma: Float64Array,
): void {
  const levelCodes = otherCodes[0]!;
  let shift = 0;
  for (let j = 0; j < b.length; j++) shift -= centers[j]! * b[j]!;
  const BLOCK = 512;
  for (let start = 0; start < eta.length; start += BLOCK) {
    const end = Math.min(eta.length, start + BLOCK);
    for (let i = start; i < end; i++) eta[i]! += alpha[unitCodes[i]!]! + gamma[levelCodes[i]!]! + shift;
    for (let j = 0; j < b.length; j++) addMultiple(columns[j]!, b[j]!, start, end, eta);
  }
}

function addMultiple(x: Float64Array, b: number, start: number, end: number, out: Float64Array): void {
  for (let i = start; i < end; i++) out[i]! += x[i]! * b;
}

/** Predictor at given coefficients and levels, with each unit's effect `log(sum w y / sum w mu)`. */
function startFrom({ y, columns, weights, offset, cells }: ScoringInput, b: Float64Array, gamma: Float64Array): Float64Array {
  const { unitCodes, units } = cells;
  const eta = offset === undefined ? new Float64Array(y.length) : offset.slice();
  addStep(eta, columns, new Float64Array(b.length), b, cells, new Float64Array(units), gamma);
  const [outcomes, means] = [new Float64Array(units), new Float64Array(units)];
  for (let i = 0; i < y.length; i++) {
    const unit = unitCodes[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    outcomes[unit]! += w * y[i]!;
    means[unit]! += w * Math.exp(eta[i]!);
  }
  for (let u = 0; u < units; u++) means[u] = Math.log(outcomes[u]! / means[u]!);
  for (let i = 0; i < y.length; i++) eta[i]! += means[unitCodes[i]!]!;
  return eta;
}

/** The rows of one unit in {@link SAMPLED}, as a model of their own. */
function sampleUnits(
  { family, y, columns, weights, offset, cells }: ScoringInput,
  start: Float64Array,
): { readonly input: ScoringInput; readonly start: Float64Array } {
  const { unitCodes, otherCodes, units, levelCount } = cells;
  let count = 0;
  for (let i = 0; i < y.length; i++) if (unitCodes[i]! % SAMPLED === 0) count++;
  const rows = new Int32Array(count);
  for (let i = 0, next = 0; i < y.length; i++) if (unitCodes[i]! % SAMPLED === 0) rows[next++] = i;
  const take = (x: Float64Array): Float64Array => {
    const out = new Float64Array(count);
    for (let r = 0; r < count; r++) out[r] = x[rows[r]!]!;
    return out;
  };
  const codes = Int32Array.from(rows, (row) => unitCodes[row]! / SAMPLED);
  const levels = Int32Array.from(rows, (row) => otherCodes[0]![row]!);
  const sampled = Math.floor((units - 1) / SAMPLED) + 1;
  const input: ScoringInput = {
    family,
    y: take(y),
    columns: columns.map(take),
    weights: weights === undefined ? undefined : take(weights),
    offset: offset === undefined ? undefined : take(offset),
    cells: collectCells([
      { codes, count: sampled },
      { codes: levels, count: levelCount },
    ]),
  };
  return { input, start: take(start) };
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
