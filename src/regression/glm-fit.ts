import { ConvergenceError } from "../core/errors.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import { absorbedFloors } from "./absorbed-floors.ts";
import { INTERCEPT } from "./design.ts";
import type { EffectRows } from "./fixed-effects.ts";
import type { DroppedTerm, ModelWeights } from "./linear-model.ts";
import { dropsOf, equationsFrom, termsOf, withIntercept } from "./linear-model.ts";
import { absorbEffects, type EffectAbsorber, hasSlopes } from "./numerics/absorb-effects.ts";
import { collectCells, type EffectCells } from "./numerics/effect-cells.ts";
import type { GlmFamily } from "./numerics/glm-family.ts";
import { type LeastSquares, leastSquares } from "./numerics/least-squares.ts";
import { type LikelihoodRows, likelihoodRows } from "./numerics/likelihood-rows.ts";
import { type ScoringEnd, scoreEffects } from "./numerics/scoring.ts";

/** A generalised linear model over the rows used. */
export interface GlmInput {
  readonly outcome: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly names: readonly string[];
  readonly intercept: boolean;
  readonly weights: ModelWeights | undefined;
  readonly offset: Float64Array | undefined;
  readonly effects: readonly EffectRows[];
  readonly family: GlmFamily;
  readonly maxIterations: number;
  /** Relative change of the deviance that ends the iteration. */
  readonly tolerance: number;
}

/** A fit by maximum likelihood. */
export interface GlmFit {
  readonly terms: readonly string[];
  readonly positions: readonly number[];
  readonly dropped: readonly DroppedTerm[];
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  /** Expected outcomes. */
  readonly means: Float64Array;
  readonly predictor: Float64Array;
  readonly deviance: number;
  readonly iterations: number;
  readonly absorber: EffectAbsorber | undefined;
  readonly observations: number;
}

const MAX_HALVINGS = 20;
/**
 * Scoring with another link than the canonical one converges linearly: the deviance settles long before the residuals behind an estimated dispersion,
 * so that the predictor itself must have settled to this.
 */
const SETTLED = 1e-11;
/** Rows from which a start by scoring on sums is worth its set-up. */
const WORTH_SCORING = 5000;

/** State of the iteration, one value a row. */
interface Working {
  readonly rows: LikelihoodRows;
  readonly mu: Float64Array;
  readonly weight: Float64Array;
  response: Float64Array;
}

/**
 * Iteratively reweighted least squares with fixed effects removed in each round, and step halving.
 * @throws ConvergenceError `NOT_CONVERGED`.
 * @see McCullagh & Nelder (1989), Generalized Linear Models, 2.5; with fixed effects: Correia, Guimarães & Zylkin (2020), doi:10.1177/1536867X20909691
 */
export function fitGlm(caller: string, input: GlmInput): GlmFit {
  const { outcome: y, effects, offset, family, maxIterations, tolerance } = input;
  const n = y.length;
  const cells = effects.length === 0 ? undefined : collectCells(effects);
  const intercept = input.intercept && cells === undefined;
  const scored = cells === undefined || n < WORTH_SCORING ? undefined : scoredPredictor(input, cells);
  let eta = scored?.eta ?? startPredictor(input, undefined);
  const work: Working = {
    rows: likelihoodRows(input.family, y, input.weights?.values),
    mu: scored?.mu ?? new Float64Array(n),
    weight: new Float64Array(n),
    response: new Float64Array(n),
  };
  let deviance = scored?.deviance ?? work.rows.means(eta, work.mu, 0, n);
  let kept = input.columns.map((_, j) => j);
  let dropped: readonly DroppedTerm[] = [];
  let absorber: EffectAbsorber | undefined;
  let columns: readonly Float64Array[] = [];
  const before = scored?.iterations ?? 0;
  for (let iterations = before + 1; ; iterations++) {
    fillWorking(input, eta, work);
    const step = weightedStep(input, work, kept, cells, intercept);
    const { fit } = step;
    absorber = step.absorber;
    if (iterations === before + 1) {
      dropped = dropsOf(fit, input.names, cells !== undefined);
      kept = [...fit.kept];
      columns = kept.map((j) => step.columns[j]!);
    } else columns = step.columns;
    const target = work.response;
    for (let i = 0; i < n; i++) target[i]! += (offset === undefined ? 0 : offset[i]!) - fit.residuals[i]!;
    const settled = family.dispersed === undefined || largestChange(eta, target) <= SETTLED;
    const next = halvedStep(work, eta, target, deviance, iterations === 1);
    work.response = eta; // room for the next round's
    eta = target;
    const residual = Math.abs(next - deviance) / (0.1 + Math.abs(next));
    deviance = next;
    if (residual <= tolerance && (settled || iterations === maxIterations)) {
      return {
        ...termsOf(kept, input.names, intercept, INTERCEPT),
        dropped,
        coefficients: intercept ? withIntercept(fit) : fit.coefficients,
        equations: glmEquations(input, work, fit, columns, intercept, absorber),
        means: work.mu,
        predictor: eta,
        deviance,
        iterations,
        absorber,
        observations: input.weights?.kind === "frequency" ? input.weights.values.reduce((sum, value) => sum + value, 0) : n,
      };
    }
    if (iterations < maxIterations) continue;
    throw new ConvergenceError(
      "NOT_CONVERGED",
      `Cannot run ${caller} to convergence in ${maxIterations} rounds: the deviance still changes; look for separation or raise maxIterations`,
      { iterations, deviance, residual },
    );
  }
}

function largestChange(from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < from.length; i++) largest = Math.max(largest, Math.abs(to[i]! - from[i]!));
  return largest;
}

/** The family's start plus the offset, as fixest begins, of the given rows or all. */
function startPredictor({ outcome: y, weights, offset, family }: GlmInput, rows: Int32Array | undefined): Float64Array {
  let [sum, total] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    const w = weights === undefined ? 1 : weights.values[i]!;
    sum += w * y[i]!;
    total += w;
  }
  const mean = sum / total;
  const eta = new Float64Array(rows?.length ?? y.length);
  for (let r = 0; r < eta.length; r++) {
    const i = rows === undefined ? r : rows[r]!;
    eta[r] = family.link(family.start(y[i]!, mean)) + (offset === undefined ? 0 : offset[i]!);
  }
  return eta;
}

/** A start close to the maximum, where the effects allow it. */
function scoredPredictor(input: GlmInput, cells: EffectCells): ScoringEnd | undefined {
  const { family, outcome, columns, weights, offset, effects, tolerance } = input;
  if (hasSlopes(effects)) return undefined;
  const close = 0.2 * Math.sqrt(tolerance); // the next round, the first guarded one, is then within the tolerance
  const start = (rows: Int32Array | undefined): Float64Array => startPredictor(input, rows);
  return scoreEffects({ family, y: outcome, columns, weights: weights?.values, offset, cells }, start, close);
}

/** Working weights and responses at the predictor. */
function fillWorking({ offset }: GlmInput, eta: Float64Array, { rows, mu, weight, response }: Working): void {
  rows.responses(eta, mu, weight, response);
  for (let i = 0; i < eta.length; i++) response[i]! += eta[i]! - (offset === undefined ? 0 : offset[i]!);
}

function weightedStep(
  { columns, effects }: GlmInput,
  { weight, response }: Working,
  kept: readonly number[],
  cells: EffectCells | undefined,
  intercept: boolean,
): { readonly fit: LeastSquares; readonly columns: readonly Float64Array[]; readonly absorber: EffectAbsorber | undefined } {
  const used = kept.map((j) => columns[j]!);
  if (cells === undefined) {
    return { fit: leastSquares(response, used, weight, intercept, new Float64Array(used.length)), columns: used, absorber: undefined };
  }
  const absorber = absorbEffects(effects, weight, cells);
  const [own, ...without] = absorber.absorbAll([response, ...used]);
  const floors = absorbedFloors(used, without, effects);
  const demeaned = without.map(({ values }) => values);
  return { fit: leastSquares(own!.values, demeaned, weight, false, floors), columns: demeaned, absorber };
}

/** Takes the target for the predictor, moved back halfway to the one before while the deviance would rise; returns the new deviance. */
function halvedStep({ rows, mu }: Working, from: Float64Array, target: Float64Array, before: number, first: boolean): number {
  for (let halving = 0; ; halving++) {
    const deviance = rows.means(target, mu, 0, target.length);
    const sound = Number.isFinite(deviance) && (first || deviance <= before + 1e-9 * (0.1 + Math.abs(before)));
    if (sound || halving >= MAX_HALVINGS) return deviance;
    for (let i = 0; i < target.length; i++) target[i] = from[i]! + (target[i]! - from[i]!) / 2;
  }
}

/** Scores: working weight times working residual of the last round; bread the inverse of its information, as in R's `glm`. */
function glmEquations(
  { weights, effects, family }: GlmInput,
  { weight, response: multiplier }: Working,
  fit: LeastSquares,
  columns: readonly Float64Array[],
  intercept: boolean,
  absorber: EffectAbsorber | undefined,
): EstimatingEquations {
  const frequency = weights?.kind === "frequency" ? weights.values : undefined;
  const n = frequency === undefined ? fit.residuals.length : frequency.reduce((sum, value) => sum + value, 0);
  const own = frequency === undefined ? weight : weight.map((w, i) => w / frequency[i]!);
  for (let i = 0; i < multiplier.length; i++) multiplier[i] = fit.residuals[i]! * own[i]!;
  return equationsFrom(fit, columns, {
    intercept,
    effects,
    absorber,
    observations: n,
    multiplier,
    repeats: frequency,
    weights: own,
    dispersion: family.dispersed === undefined ? 1 : fit.sumOfSquares / (n - 1),
    normal: family.dispersed === undefined,
  });
}
