import { contrastCoefficient, covariateAdjustment, type EffectKind, effectContrast, factorial } from "./contrast.ts";
import type { Kernel } from "./kernel.ts";
import { combinedCoefficients, type LocalFit, localFit } from "./local-fit.ts";
import { type ResidualRule, weightedResiduals } from "./residuals.ts";
import { coefficientVariance, type ScoreRule } from "./scores.ts";
import type { Side } from "./side.ts";

/** What all fits of one problem share. */
export interface FitRules {
  readonly kernel: Kernel;
  readonly outcomeColumns: number;
  readonly effect: EffectKind;
  readonly residuals: ResidualRule;
  readonly scores: ScoreRule;
}

/** Variance, bias and regularisation constants of one pilot step on one side. */
export interface StageParts {
  readonly variance: number;
  readonly bias: number;
  readonly regularization: number;
}

interface VariancePart {
  readonly variance: number;
  readonly contrast: Float64Array;
  /** Leakage of the next power into coefficient v. */
  readonly leakage: number;
}

/** Pilot steps on one side at one pilot bandwidth; variance parts are kept, as selectors share them. */
export class PilotStages {
  private readonly side: Side;
  private readonly rules: FitRules;
  private readonly pilot: number;
  private readonly known: Map<number, VariancePart> = new Map();

  constructor(side: Side, rules: FitRules, pilot: number) {
    this.side = side;
    this.rules = rules;
    this.pilot = pilot;
  }

  /**
   * For coefficient `v` of an order-`order` fit: its variance at the pilot bandwidth, and its leading bias from a fit of order
   * `biasOrder` at bandwidth `biasBandwidth`, regularised by `scale` times three times the variance of that bias.
   * `undefined` when a window has too few distinct values.
   */
  parts(order: number, v: number, biasOrder: number, biasBandwidth: number, scale: number): StageParts | undefined {
    const { side, rules } = this;
    const first = this.variancePart(order, v);
    const fit = localFit(side, rules.kernel, biasBandwidth, biasOrder);
    if (first === undefined || fit === undefined) return undefined;
    const next = order + 1;
    const lead = 2 * (next - v);
    const unit = biasBandwidth ** next;
    const bias = (Math.sqrt(lead) * side.sign ** v * first.leakage * combinedCoefficients(fit, first.contrast)[next]!) / unit;
    const regularization =
      scale === 0 ? 0 : (scale * lead * 3 * first.leakage ** 2 * residualVariance(side, rules, fit, first.contrast, next)) / unit ** 2;
    return { variance: first.variance, bias, regularization };
  }

  private variancePart(order: number, v: number): VariancePart | undefined {
    const key = order * 64 + v;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { side, rules, pilot } = this;
    const fit = localFit(side, rules.kernel, pilot, order);
    if (fit === undefined) return undefined;
    const contrast = sideContrast(side, rules, fit, v);
    const variance = (2 * v + 1) * pilot * residualVariance(side, rules, fit, contrast, v);
    const part = { variance, contrast, leakage: fit.leakage[v]! };
    this.known.set(key, part);
    return part;
  }
}

function residualVariance(side: Side, { kernel, residuals, scores }: FitRules, fit: LocalFit, contrast: Float64Array, v: number): number {
  const values = weightedResiduals(side, kernel, residuals, fit, contrast, fit.rows);
  return coefficientVariance(side, kernel, fit, v, values, scores);
}

/** Contrast from this side and this fit alone: its own covariate coefficients, and its own levels for a fuzzy ratio. */
function sideContrast(side: Side, { kernel, outcomeColumns, effect }: FitRules, fit: LocalFit, v: number): Float64Array {
  const columns = side.columns.length;
  const gamma = covariateAdjustment([side], [fit], kernel, outcomeColumns);
  if (effect !== "fuzzy") return effectContrast(effect, columns, outcomeColumns, gamma);
  const level = (kind: EffectKind): number =>
    factorial(v) * contrastCoefficient(side, fit, effectContrast(kind, columns, outcomeColumns, gamma), v);
  return effectContrast("fuzzy", columns, outcomeColumns, gamma, { outcome: level("sharp"), treatment: level("firstStage") });
}
