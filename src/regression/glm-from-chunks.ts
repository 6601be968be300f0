import { finishResult } from "../core/display.ts";
import { ConvergenceError, DataError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { AnyColumn, Frame, NumericColumn, WeightOption } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import { countParameters, resolveSmallSample, SMALL_SAMPLE_DEFAULTS, type SmallSampleOptions } from "../inference/small-sample.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import { INTERCEPT } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { type CellsFit, fitCells } from "./finish-cells.ts";
import { fitGrams, summedCovariance } from "./finish-ols.ts";
import { type EffectSpecification, effectSpecifications, type FixedEffectsOption } from "./fixed-effects.ts";
import { glmPass, groupingOf, levelKey, mergePasses, type Pass, type PassRequest, type PassState, type Predictor } from "./glm-pass.ts";
import { finishStatistics, type GlmFitStatistics } from "./glm-statistics.ts";
import { allCollinear, type DroppedTerm } from "./linear-model.ts";
import { GAMMA, type GlmFamily, LOGIT, POISSON, PROBIT } from "./numerics/glm-family.ts";
import type { RegressionResult, RegressionSettings } from "./regression-result.ts";
import type { Term } from "./terms.ts";
import { termWarnings } from "./warnings.ts";

/** Parts of data larger than memory: called once for each pass, so that it must give the same parts again. */
export type ChunkSource<Row> = () => AsyncIterable<Frame<Row>> | Iterable<Frame<Row>>;

/** Options of {@link glmFromChunks}. */
export interface GlmFromChunksOptions<Row> {
  readonly family: "poisson" | "logit" | "probit" | "gamma";
  readonly outcome: NumericColumn<Row>;
  /** Factors must show the same levels in every part of the data: give their `reference`. */
  readonly regressors: readonly Term<Row>[];
  readonly offset?: NumericColumn<Row>;
  /** Analytic or sampling. */
  readonly weights?: WeightOption<Row>;
  /** Column whose levels are the clusters. */
  readonly cluster?: AnyColumn<Row>;
  /** Fixed effects to absorb, without slopes; sums are kept for each combination of their levels and the clusters. */
  readonly fixedEffects?: FixedEffectsOption<Row>;
  readonly smallSample?: SmallSampleOptions;
  readonly singletons?: "drop" | "keep";
  /** Largest number of passes. Default 100. */
  readonly maxIterations?: number;
  /** Relative change of the deviance that ends the iteration. Default 1e-12. */
  readonly tolerance?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/** Result of {@link glmFromChunks}: that of the estimators on rows, without what needs rows. */
export interface ChunkedGlmResult
  extends RegressionResult<"regression.poisson" | "regression.logit" | "regression.probit" | "regression.gamma", RegressionSettings> {
  readonly fit: GlmFitStatistics;
}

const FAMILIES = { poisson: POISSON, logit: LOGIT, probit: PROBIT, gamma: GAMMA } as const;
const CALLER = "regression.glmFromChunks";
const MAX_HALVINGS = 20;
/** The first pass finds rows to leave out, the second the mean of the others, the third its likelihood. */
const ROUNDS_FOR_MEAN = 3;

/**
 * Generalised linear models on data larger than memory: iteratively reweighted least squares, one pass over the parts a round. The numbers are those of `poisson`,
 * `logit`, `probit` and `gamma` on all rows, with inference from the information or clustered (CR1). Memory is bounded by the levels of effects and clusters, not by
 * rows. Levels without variation are left out as there; regressors that separate outcomes are not looked for.
 *
 * @throws DataError `OUTCOME_OUT_OF_RANGE`, `CONSTANT_OUTCOME`, `NO_ROWS`. @throws OptionError `FIXED_EFFECTS_UNSUPPORTED` (slopes), `WEIGHTS_UNSUPPORTED` (frequency).
 * @throws ConvergenceError `NOT_CONVERGED`. @throws IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`, `ONE_CLUSTER`.
 * @example
 * await glmFromChunks(() => months(), { family: "poisson", outcome: "spells", regressors: ["age"], fixedEffects: "region", cluster: "region" });
 */
export async function glmFromChunks<Row>(chunks: ChunkSource<Row>, options: GlmFromChunksOptions<Row>): Promise<ChunkedGlmResult> {
  const settings = resolveSettings(options as unknown as GlmFromChunksOptions<AnyRow>);
  const { request, maxIterations, tolerance } = settings;
  const source = chunks as unknown as ChunkSource<AnyRow>;
  let state: PassState = { predictor: undefined, left: undefined, dispersion: 1, nullDispersion: 1, mean: 1 };
  let before: { readonly predictor: Predictor; readonly deviance: number } | undefined;
  let halvings = 0;
  let first: CellsFit | undefined;
  for (let round = 1; round <= maxIterations; round++) {
    const pass = await wholePass(source, request, state);
    const { weight, means, products } = pass.outcomes;
    if (!(products[0]! > 0)) throw constantOutcome(request.outcome, means[0]!, pass.data.sample.used);
    const next = { ...state, dispersion: pass.deviance / weight, nullDispersion: pass.nullDeviance / weight, mean: means[0]! };
    if (before !== undefined && state.predictor !== undefined) {
      const [now, then] = [pass.deviance, before.deviance];
      const change = Math.abs(now - then) / (0.1 + Math.abs(now));
      const rises = !Number.isFinite(now) || now > then + 1e-9 * (0.1 + Math.abs(then));
      if (rises && halvings < MAX_HALVINGS) {
        halvings++;
        state = { ...next, predictor: between(before.predictor, state.predictor) };
        continue;
      }
      if (change <= tolerance && round > ROUNDS_FOR_MEAN) {
        const last = solve(settings, pass);
        if (settled(request.family, last.predictor, state.predictor) || round === maxIterations)
          return finish(settings, last, pass, round, first);
      }
    }
    halvings = 0;
    const fit = solve(settings, pass);
    first ??= fit.cells;
    if (state.predictor !== undefined) before = { predictor: state.predictor, deviance: pass.deviance };
    state = { ...next, predictor: fit.predictor, left: state.left ?? fit.left };
  }
  throw new ConvergenceError(
    "NOT_CONVERGED",
    `Cannot run ${CALLER} to convergence in ${maxIterations} passes: the deviance still changes; look for separation or raise maxIterations`,
    { iterations: maxIterations, deviance: before?.deviance },
  );
}

interface Settings {
  readonly request: PassRequest;
  readonly family: keyof typeof FAMILIES;
  readonly smallSample: ReturnType<typeof resolveSmallSample>;
  readonly singletons: "drop" | "keep";
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly level: number;
}

function resolveSettings(options: GlmFromChunksOptions<AnyRow>): Settings {
  const raw = resolveOptions<
    GlmFromChunksOptions<AnyRow> & { level: number; singletons: "drop" | "keep"; maxIterations: number; tolerance: number }
  >(CALLER, options, {
    required: ["family", "outcome", "regressors"],
    defaults: {
      offset: undefined,
      weights: undefined,
      cluster: undefined,
      fixedEffects: undefined,
      smallSample: undefined,
      singletons: "drop",
      maxIterations: 100,
      tolerance: 1e-12,
      level: 0.95,
    },
  });
  const family = checkChoice(CALLER, "family", raw.family, ["poisson", "logit", "probit", "gamma"]);
  const effects = effectSpecifications(CALLER, raw.fixedEffects);
  const sloped = effects.filter(({ slopes }) => slopes.length > 0).map(({ name }) => name);
  if (sloped.length > 0) {
    throw new OptionError(
      "FIXED_EFFECTS_UNSUPPORTED",
      `Cannot run ${CALLER} as effects absorbed from sums must be intercepts: ${sloped.map((name) => `"${name}"`).join(", ")} have slopes`,
      { effects: sloped },
    );
  }
  return {
    request: {
      caller: CALLER,
      outcome: raw.outcome,
      regressors: raw.regressors as readonly AnyTerm[],
      offset: raw.offset,
      weights: resolveWeights<AnyRow>(CALLER, raw.weights, ["analytic", "sampling"]) as PassRequest["weights"],
      effects,
      cluster: raw.cluster,
      family: FAMILIES[family],
    },
    family,
    smallSample: resolveSmallSample(CALLER, raw.smallSample),
    singletons: checkChoice(CALLER, "singletons", raw.singletons, ["drop", "keep"]),
    maxIterations: checkNumber(CALLER, "maxIterations", raw.maxIterations, { min: 1, integer: true }),
    tolerance: checkNumber(CALLER, "tolerance", raw.tolerance, { min: 0, max: 0.1, open: true }),
    level: checkLevel(CALLER, raw.level),
  };
}

async function wholePass(source: ChunkSource<AnyRow>, request: PassRequest, state: PassState): Promise<Pass> {
  let whole: Pass | undefined;
  for await (const part of source()) {
    if (state.predictor === undefined) checkRange(request, part);
    const own = glmPass(request, part, state);
    whole = whole === undefined ? own : mergePasses(whole, own);
  }
  if (whole !== undefined) return whole;
  throw new DataError("NO_ROWS", `Cannot run ${CALLER} as the source must give at least one part: it gave none`, {});
}

function checkRange({ outcome, family }: PassRequest, part: Frame<AnyRow>): void {
  const wrong = part.numbers(outcome).find((y) => !Number.isNaN(y) && !family.allows(y));
  if (wrong === undefined) return;
  throw new DataError("OUTCOME_OUT_OF_RANGE", `Cannot run ${CALLER} as "${outcome}" must be ${family.range}: some row has ${wrong}`, {
    column: outcome,
    value: wrong,
  });
}

/** Coefficients may still move when the deviance does not: with another than the canonical link the iteration converges linearly. */
function settled({ name }: GlmFamily, a: Predictor, b: Predictor): boolean {
  if (name === "poisson" || name === "logit") return true;
  return a.slopes.every((value, j) => Math.abs(value - b.slopes[j]!) <= 1e-10 * Math.max(1e-3, Math.abs(value)));
}

/** A weighted least-squares step from a pass. */
interface Step {
  readonly terms: readonly string[];
  readonly kept: readonly number[];
  readonly dropped: readonly DroppedTerm[];
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  readonly groups: Omit<ClusterGroups, "codes"> | undefined;
  readonly predictor: Predictor;
  readonly left: ReadonlySet<string>;
  readonly cells: CellsFit | undefined;
}

function solve({ request, singletons }: Settings, pass: Pass): Step {
  const { design, sample } = pass.data;
  const names = design.map(({ name }) => name);
  const slopesOf = (kept: readonly number[], b: Float64Array): Float64Array => {
    const out = new Float64Array(names.length);
    kept.forEach((j, a) => {
      out[j] = b[a]!;
    });
    return out;
  };
  if (pass.cells === undefined) {
    const { kept, coefficients, equations, sumOfSquares } = fitGrams(CALLER, pass.gram, pass.clusters, pass.gram.rows);
    return {
      terms: [INTERCEPT, ...kept.map((j) => names[j]!)],
      kept,
      dropped: names.flatMap((term, j) => (kept.includes(j) ? [] : [{ term, reason: "combination" as const, on: [] }])),
      coefficients,
      equations: likelihoodEquations(equations, request.family, sumOfSquares),
      groups: pass.clusters && { name: request.cluster!, count: Object.keys(pass.clusters).length, nested: [] },
      predictor: { constant: coefficients[0]!, slopes: slopesOf(kept, coefficients.subarray(1)), effects: [] },
      left: new Set(),
      cells: undefined,
    };
  }
  const { family, effects, cluster } = request;
  const extremes = family === GAMMA ? {} : { extremes: { shares: pass.shares!, ones: family !== POISSON } };
  const fit = fitCells(CALLER, { cells: pass.cells, names, effects, cluster, frequency: false, singletons, sample, ...extremes });
  const used = new Set(fit.index);
  return {
    terms: fit.kept.map((j) => names[j]!),
    kept: fit.kept,
    dropped: fit.dropped,
    coefficients: fit.coefficients,
    equations: likelihoodEquations(fit.equations, family, fit.sumOfSquares),
    groups: fit.groups,
    predictor: { constant: 0, slopes: slopesOf(fit.kept, fit.coefficients), effects: levelsOf(request, pass, fit) },
    left: new Set(pass.cells.keys.filter((_, c) => !used.has(c))),
    cells: fit,
  };
}

function likelihoodEquations(equations: EstimatingEquations, { dispersed }: GlmFamily, sumOfSquares: number): EstimatingEquations {
  const normal = dispersed === undefined;
  return { ...equations, dispersion: normal ? 1 : sumOfSquares / (equations.observations - 1), normal };
}

/** Each effect's levels, fitted to what the regressors leave of the working response. */
function levelsOf(
  request: PassRequest,
  { cells }: Pass,
  { index, absorber, kept, coefficients, effects }: CellsFit,
): readonly Map<string, number>[] {
  const k = cells!.means.length / cells!.keys.length;
  const target = Float64Array.from(index, (c) => {
    let rest = cells!.means[c * k + k - 1]!;
    kept.forEach((j, a) => {
      rest -= coefficients[a]! * cells!.means[c * k + j]!;
    });
    return rest;
  });
  const values = absorber.effects(target);
  const grouping = groupingOf(request);
  const levels = Array.from(index, (c) => JSON.parse(cells!.keys[c]!) as readonly string[]);
  return request.effects.map((effect: EffectSpecification, e) => {
    const out = new Map<string, number>();
    for (const [c, cell] of levels.entries()) out.set(levelKey(effect, grouping, cell), values[e]![effects[e]!.codes[c]!]!);
    return out;
  });
}

function constantOutcome(column: string, value: number, rows: number): DataError {
  const message = `Cannot run ${CALLER} as "${column}" must vary: it is ${value} in all ${rows} rows used`;
  return new DataError("CONSTANT_OUTCOME", message, { column, value });
}

/** Half way from the predictor that was better to the new one. */
function between(a: Predictor, b: Predictor): Predictor {
  return {
    constant: (a.constant + b.constant) / 2,
    slopes: a.slopes.map((value, j) => (value + b.slopes[j]!) / 2),
    effects: a.effects.map(
      (levels, e) => new Map(Array.from(levels, ([key, value]) => [key, (value + (b.effects[e]!.get(key) ?? value)) / 2])),
    ),
  };
}

function finish(
  { request, family, smallSample, level }: Settings,
  step: Step,
  pass: Pass,
  iterations: number,
  first: CellsFit | undefined,
): ChunkedGlmResult {
  const { terms, coefficients, equations, groups, dropped, cells } = step;
  if (terms.length === 0 && dropped.length > 0) {
    const names = dropped.map(({ term }) => term);
    throw allCollinear(CALLER, names, true);
  }
  const covariance = summedCovariance(equations, groups, smallSample);
  const inference = inferencePart(terms, coefficients, covariance, level);
  const sample = first?.sample ?? pass.data.sample; // later passes do not read the rows that the first one left out
  const leftOut = (first?.warnings ?? []).filter(({ code }) => code === "SINGLETONS_DROPPED");
  return finishResult<ChunkedGlmResult>({
    kind: `regression.${family}`,
    ...inference,
    sample: { ...sample, ...(groups === undefined ? {} : { clusters: groups.count }) },
    warnings: [...termWarnings(dropped), ...leftOut, ...(cells?.warnings ?? []), ...inference.warnings],
    options: {
      outcome: request.outcome,
      vcov: request.cluster === undefined ? { type: "iid" } : { type: "cluster", by: request.cluster, variant: "CR1" },
      smallSample,
      level,
    },
    reference: "McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed.",
    fit: statistics(request.family, equations, pass, iterations),
    droppedTerms: dropped,
    fixedEffects: (cells?.effects ?? []).map(({ specification, count }) => ({ name: specification.name, levels: count })),
    design: [...(cells === undefined ? [{ name: INTERCEPT, parts: [] }] : []), ...step.kept.map((j) => pass.data.design[j]!)],
  });
}

function statistics(family: GlmFamily, equations: EstimatingEquations, pass: Pass, iterations: number): GlmFitStatistics {
  const { deviance, logLikelihood, nullLogLikelihood, outcomes } = pass;
  const parameters = countParameters(equations.counts, { ...SMALL_SAMPLE_DEFAULTS, fixedEffectParameters: "full" }, undefined);
  const [yy, ym, , mm] = outcomes.products as unknown as readonly [number, number, number, number];
  const squaredCorrelation = (ym * ym) / (yy * mm);
  const { observations } = equations;
  return finishStatistics(family, { observations, parameters, deviance, logLikelihood, nullLogLikelihood, squaredCorrelation, iterations });
}
