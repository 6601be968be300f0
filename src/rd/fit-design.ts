import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import { toRows } from "../linalg/index.ts";
import type { RdDesign } from "./design.ts";
import { sidesOf } from "./design.ts";
import type { RdEstimateResult, RdEstimateSettings, RdRowValues, RdSide, RobustEstimates } from "./estimate-result.ts";
import {
  type EffectFit,
  effectDegrees,
  fitEffect,
  fitSide,
  pooledAdjustment,
  type SideFit,
  sideInfluence,
  sideValues,
  spanningCovariance,
  workingClusters,
} from "./numerics/bias-corrected.ts";
import { type Adjustment, contrastCoefficient, effectContrast, factorial } from "./numerics/contrast.ts";
import { clusterFactor, clustersWithin } from "./numerics/scores.ts";
import type { BandwidthPair, Pair } from "./numerics/selectors.ts";
import { type Side, uniqueWithin, windowRows } from "./numerics/side.ts";
import type { FitRules } from "./numerics/stage.ts";
import { bandwidthChooser, fitRules, massPointWarning, sidePlan, tooFewPoints } from "./select-bandwidth.ts";

/** A first-stage F statistic below it is called weak. */
const WEAK_F = 10;
/** A jump in the treatment below this share of its spread is rounding. */
const ROUNDING = 1e-11;
/** Fewer rows within the bandwidth on a side are called few. */
const FEW_ROWS = 20;
/** Fewer clusters in the window of a side are called few. */
const FEW_CLUSTERS = 10;

/** All of a result but its options. */
export type FittedDesign = Omit<RdEstimateResult, "kind" | "options" | "reference">;

/** Chooses bandwidths where none are given and fits both sides; `given` are the design's sides when they are there already. */
export function fitDesign(caller: string, design: RdDesign, settings: RdEstimateSettings, given?: readonly [Side, Side]): FittedDesign {
  const sides = given ?? sidesOf(design, settings.cutoff, sidePlan(design, settings));
  const rules = fitRules(design, settings);
  const { bandwidths, selector, warnings } = bandwidthsOf(caller, design, settings, sides);
  const [left, right] = sides.map((side, s) =>
    fitSide(side, rules, bandwidths.h[s]!, bandwidths.b[s]!, settings.order, settings.biasOrder),
  );
  if (left === undefined || right === undefined) {
    const near = (s: 0 | 1): number => uniqueWithin(sides[s], windowRows(sides[s], bandwidths.h[s], rules.kernel.closed));
    throw tooFewPoints(caller, settings, sides, "fit the polynomials", [near(0), near(1)]);
  }
  const fits = [left, right] as const;
  const gamma = pooledAdjustment(fits, rules);
  const effects =
    design.outcomeColumns === 2 ? fuzzyEffects(caller, fits, rules, gamma, settings) : sharpEffect(fits, rules, gamma, settings);
  const shown = sides.map((_, s) => sideResult(fits, s as 0 | 1, rules, gamma, effects.fit, effects.levels, settings));
  return {
    estimates: { ...effects.estimates },
    ...(effects.firstStage === undefined ? {} : { firstStage: effects.firstStage }),
    bandwidths,
    bandwidthSelector: selector,
    left: shown[0]!,
    right: shown[1]!,
    ...(settings.perRow ? { perRow: rowValues(design, fits, rules, gamma, effects, settings) } : {}),
    ...(design.covariates.length === 0 ? {} : { covariates: covariateRows(design, gamma) }),
    sample: design.sample,
    warnings: [
      ...design.warnings,
      ...massPointWarning(settings, sides),
      ...warnings,
      ...sizeWarnings(shown[0]!, shown[1]!),
      ...varianceWarnings(effects.estimates),
      ...fittedCovariates(design, gamma, settings, effects.estimates),
      ...weakFirstStage(effects.firstStage),
    ],
  };
}

function bandwidthsOf(
  caller: string,
  design: RdDesign,
  settings: RdEstimateSettings,
  sides: readonly [Side, Side],
): { bandwidths: BandwidthPair; selector: RdEstimateResult["bandwidthSelector"]; warnings: Warning[] } {
  const { bandwidth, biasBandwidth, rho } = settings;
  if (bandwidth !== undefined) {
    return { bandwidths: { h: bandwidth, b: fromRho(bandwidth, rho) ?? biasBandwidth ?? bandwidth }, selector: "manual", warnings: [] };
  }
  const chooser = bandwidthChooser(caller, design, settings, sides);
  const chosen = chooser.choose(settings.bandwidthSelector);
  const warnings: Warning[] = chooser.tooFewRows
    ? [
        {
          code: "NO_BANDWIDTH_SELECTION",
          message: `With ${design.rows} rows no bandwidth is chosen: the whole range of "${settings.running}" is used`,
          details: { rows: design.rows },
        },
      ]
    : [];
  return {
    bandwidths: { h: chosen.h, b: fromRho(chosen.h, rho) ?? chosen.b },
    selector: chooser.tooFewRows ? "manual" : settings.bandwidthSelector,
    warnings,
  };
}

function fromRho(h: Pair, rho: Pair | undefined): Pair | undefined {
  return rho && [h[0] / rho[0], h[1] / rho[1]];
}

interface Effects {
  readonly estimates: RobustEstimates;
  readonly firstStage?: RobustEstimates;
  /** Covariances and linearised bias of the effect. */
  readonly fit: EffectFit;
  /** Outcome limits, conventional and corrected, of each side. */
  readonly levels: readonly [Pair, Pair];
  /** Jumps that a fuzzy effect is linearised around. */
  readonly point?: { readonly outcome: number; readonly treatment: number };
}

type Fits = readonly [SideFit, SideFit];

function sharpEffect(fits: Fits, rules: FitRules, gamma: Adjustment, settings: RdEstimateSettings): Effects {
  const { derivative: v, scale, level } = settings;
  const fit = fitEffect(fits, rules, "sharp", gamma, v);
  const conventional = scale * (fit.conventional[1] - fit.conventional[0]);
  const corrected = scale * (fit.corrected[1] - fit.corrected[0]);
  const estimates = threeRows(
    conventional,
    corrected,
    fit,
    degreesOf(fits, rules, settings),
    spanningOf(fits, rules, "sharp", gamma, settings),
    v,
    scale,
    level,
  );
  return {
    estimates,
    fit,
    levels: [
      [fit.conventional[0], fit.corrected[0]],
      [fit.conventional[1], fit.corrected[1]],
    ],
  };
}

/** Largest deviation of the treatment from its mean. */
function largestTreatment(fits: Fits): number {
  let largest = 0;
  for (const { side } of fits) {
    const treatment = side.columns[1]!;
    for (let i = 0; i < treatment.length; i++) {
      const size = Math.abs(treatment[i]!);
      if (size > largest) largest = size;
    }
  }
  return largest;
}

function fuzzyEffects(caller: string, fits: Fits, rules: FitRules, gamma: Adjustment, settings: RdEstimateSettings): Effects {
  const { derivative: v, scale, level } = settings;
  const contrast = effectContrast("sharp", fits[0].side.columns.length, rules.outcomeColumns, gamma);
  const levels = [sideValues(fits[0], contrast, v), sideValues(fits[1], contrast, v)] as const;
  const first = fitEffect(fits, rules, "firstStage", gamma, v);
  const treatment = first.conventional[1] - first.conventional[0];
  const reach = Math.max(fits[0].main.h, fits[1].main.h) ** v;
  if (!(Math.abs(treatment) * reach > ROUNDING * largestTreatment(fits))) {
    throw new IdentificationError(
      "NO_FIRST_STAGE",
      `Cannot run ${caller} as the treatment "${settings.treatment}" must change at the cutoff: its jump is ${treatment}`,
      { column: settings.treatment, jump: treatment },
    );
  }
  const point = { outcome: levels[1][0] - levels[0][0], treatment };
  const fit = fitEffect(fits, rules, "fuzzy", gamma, v, point);
  const conventional = (scale * point.outcome) / treatment;
  const degrees = degreesOf(fits, rules, settings);
  const bias = fit.conventional[1] - fit.corrected[1] - (fit.conventional[0] - fit.corrected[0]);
  return {
    estimates: threeRows(
      conventional,
      conventional - scale * bias,
      fit,
      degrees,
      spanningOf(fits, rules, "fuzzy", gamma, settings, point),
      v,
      scale,
      level,
    ),
    firstStage: threeRows(
      treatment,
      first.corrected[1] - first.corrected[0],
      first,
      degrees,
      spanningOf(fits, rules, "firstStage", gamma, settings),
      v,
      1,
      level,
    ),
    fit,
    levels,
    point,
  };
}

/** Degrees of freedom of the t distributions, infinite for normal inference; or another pair of numbers by row. */
interface ByRow {
  readonly conventional: number;
  readonly robust: number;
}

/** What clusters with rows on both sides add to the variances, where they are joined. */
function spanningOf(
  fits: Fits,
  rules: FitRules,
  kind: "sharp" | "firstStage" | "fuzzy",
  gamma: Adjustment,
  { vcov, derivative: v }: RdEstimateSettings,
  point?: { readonly outcome: number; readonly treatment: number },
): ByRow {
  if (vcov.type !== "cluster" || vcov.spanning !== "joined") return { conventional: 0, robust: 0 };
  const contrast = effectContrast(kind, fits[0].side.columns.length, rules.outcomeColumns, gamma, point);
  const value = (row: "conventional" | "robust"): number => spanningCovariance(fits, rules, contrast, v, row);
  return { conventional: value("conventional"), robust: value("robust") };
}

function degreesOf(fits: Fits, rules: FitRules, { vcov, derivative: v }: RdEstimateSettings): ByRow {
  if (vcov.type !== "cluster" || vcov.degreesOfFreedom !== "satterthwaite") {
    return { conventional: Number.POSITIVE_INFINITY, robust: Number.POSITIVE_INFINITY };
  }
  return { conventional: effectDegrees(fits, rules, v, "conventional"), robust: effectDegrees(fits, rules, v, "robust") };
}

/** Weights and influences of the design's rows: right less left, so that they add up to the jump. */
function rowValues(
  design: RdDesign,
  fits: Fits,
  rules: FitRules,
  gamma: Adjustment,
  { point }: Effects,
  { derivative: v, scale }: RdEstimateSettings,
): NonNullable<FittedDesign["perRow"]> {
  const contrast = effectContrast(point === undefined ? "sharp" : "fuzzy", fits[0].side.columns.length, rules.outcomeColumns, gamma, point);
  const values = (kind: "conventional" | "robust"): RdRowValues => {
    const [weights, influence] = [new Float64Array(design.rows), new Float64Array(design.rows)];
    for (const s of [0, 1] as const) {
      const found = sideInfluence(fits, s, rules, contrast, v, kind);
      const { side, rows, main, bias } = fits[s];
      const order = kind === "robust" && rules.residuals.startsWith("CR") ? bias.order : main.order;
      const factor = rules.scores.factor ? Math.sqrt(clusterFactor(rows, order + 1, clustersWithin(side, rows))) : 1;
      const first = s === 0 ? design.left - 1 : design.left;
      for (let i = 0; i < found.weights.length; i++) {
        weights[first + side.sign * i] = scale * side.sign * found.weights[i]!;
        influence[first + side.sign * i] = scale * side.sign * factor * found.influence[i]!;
      }
    }
    return { weights, influence };
  };
  return { conventional: values("conventional"), robust: values("robust") };
}

function threeRows(
  conventional: number,
  corrected: number,
  fit: EffectFit,
  degrees: ByRow,
  spanning: ByRow,
  v: number,
  scale: number,
  level: number,
): RobustEstimates {
  const factor = (scale * factorial(v)) ** 2;
  const plain = factor * bothSides(fit.conventionalCovariance, v) + scale ** 2 * spanning.conventional;
  const robust = factor * bothSides(fit.robustCovariance, v) + scale ** 2 * spanning.robust;
  return {
    conventional: tEstimate("conventional", conventional, plain, degrees.conventional, level),
    biasCorrected: tEstimate("biasCorrected", corrected, plain, degrees.conventional, level),
    robust: tEstimate("robust", corrected, robust, degrees.robust, level),
  };
}

/** Sum of both sides' variances of coefficient `v`. */
function bothSides([left, right]: readonly [Float64Array, Float64Array], v: number): number {
  const at = v * Math.round(Math.sqrt(left.length)) + v;
  return left[at]! + right[at]!;
}

function sideResult(
  fits: Fits,
  s: 0 | 1,
  rules: FitRules,
  gamma: Adjustment,
  effect: EffectFit,
  levels: readonly [Pair, Pair],
  { scale }: RdEstimateSettings,
): RdSide {
  const fit = fits[s];
  const { side, main, bias } = fit;
  return {
    rows: side.rows,
    within: main.rows,
    withinBias: bias.rows,
    unique: side.unique,
    ...(rules.scores.clustered ? { clusters: clustersWithin(side, side.rows), clustersWithin: workingClusters(fit) } : {}),
    conventional: scale * levels[s][0],
    biasCorrected: scale * levels[s][1],
    bias: scale * (effect.conventional[s] - effect.corrected[s]),
    coefficients: coefficientsOf(fit, rules, gamma, "sharp", scale),
    ...(rules.outcomeColumns === 2 ? { treatmentCoefficients: coefficientsOf(fit, rules, gamma, "firstStage", 1) } : {}),
    covariance: { conventional: square(effect.conventionalCovariance[s]), robust: square(effect.robustCovariance[s]) },
  };
}

/** Coefficients of the powers of `x - c` of one combination of the columns. */
function coefficientsOf(
  { side, main }: SideFit,
  rules: FitRules,
  gamma: Adjustment,
  kind: "sharp" | "firstStage",
  factor: number,
): number[] {
  const contrast = effectContrast(kind, side.columns.length, rules.outcomeColumns, gamma);
  const out: number[] = [];
  for (let j = 0; j <= main.order; j++) out.push(factor * contrastCoefficient(side, main, contrast, j));
  return out;
}

function square(matrix: Float64Array): readonly (readonly number[])[] {
  if (matrix.length !== 4) return toRows(matrix, Math.round(Math.sqrt(matrix.length)));
  return [
    [matrix[0]!, matrix[1]!],
    [matrix[2]!, matrix[3]!],
  ];
}

function covariateRows(design: RdDesign, gamma: Adjustment): NonNullable<RdEstimateResult["covariates"]> {
  const width = design.outcomeColumns;
  return design.covariates.map((column, z) => ({
    column,
    outcome: gamma[z * width]!,
    ...(width === 2 ? { treatment: gamma[z * width + 1]! } : {}),
  }));
}

function sizeWarnings(left: RdSide, right: RdSide): Warning[] {
  const warnings: Warning[] = [];
  const rows = [left.within, right.within];
  if (Math.min(...rows) < FEW_ROWS) {
    const message = `Few rows within the bandwidth: ${rows[0]} left and ${rows[1]} right`;
    warnings.push({ code: "FEW_ROWS", message, details: { rows } });
  }
  const clusters = [left.clustersWithin, right.clustersWithin];
  if (clusters[0] !== undefined && Math.min(clusters[0], clusters[1]!) < FEW_CLUSTERS) {
    const message = `Few clusters within the bandwidth: ${clusters[0]} left and ${clusters[1]} right; clustered standard errors are too small then`;
    warnings.push({ code: "FEW_CLUSTERS", message, details: { clusters } });
  }
  return warnings;
}

function varianceWarnings({ conventional, robust }: RobustEstimates): Warning[] {
  if (conventional.standardError > 0 && robust.standardError > 0) return [];
  const message = "No standard error: residuals within the bandwidth are zero, or too few rows or clusters are left for them";
  return [{ code: "NO_VARIANCE", message }];
}

/** Covariates with coefficients of exactly zero, other than those whose values are all the same, which are named elsewhere. */
function fittedCovariates(
  design: RdDesign,
  gamma: Adjustment,
  { running }: RdEstimateSettings,
  { conventional }: RobustEstimates,
): Warning[] {
  if (!(conventional.standardError > 0)) return [];
  const width = design.outcomeColumns;
  const columns = design.covariates.filter((_, z) => {
    for (let a = 0; a < width; a++) if (gamma[z * width + a] !== 0) return false;
    const values = design.columns[width + z]!;
    return values.some((value) => value !== values[0]);
  });
  if (columns.length === 0) return [];
  const list = columns.map((name) => `"${name}"`).join(", ");
  const message = `Covariates without effect, as the polynomials of "${running}" fit them exactly within the bandwidth: ${list}; leave them out`;
  return [{ code: "COLLINEAR_COVARIATES", message, details: { columns } }];
}

function weakFirstStage(firstStage: RobustEstimates | undefined): Warning[] {
  if (firstStage === undefined) return [];
  const F = firstStage.conventional.statistic ** 2;
  if (!(F < WEAK_F)) return [];
  const message = `Weak first stage: F = ${F.toFixed(1)}; the ratio and its interval are unreliable when treatment hardly jumps at the cutoff`;
  return [{ code: "WEAK_FIRST_STAGE", message, details: { F } }];
}
