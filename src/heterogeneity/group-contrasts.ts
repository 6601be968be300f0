import type { Estimate, JointTest, Warning } from "../core/result.ts";
import { chiSquaredTest, fTest, tEstimate, waldStatistic } from "../inference/estimate.ts";

/** Effects of several groups with their covariance. */
export interface GroupEffects {
  readonly labels: readonly string[];
  readonly estimates: readonly Estimate[];
  /** G by G, row-major; `undefined` when the groups are independent. */
  readonly covariance: Float64Array | undefined;
  /** Denominator degrees of freedom of F; `Infinity` where inference is normal. */
  readonly degreesOfFreedom: number;
}

/** Test that all groups of a partition have one effect: F where there are degrees of freedom, with the chi-squared form beside it. */
export interface EqualityTest extends JointTest {
  /** The partition tested. */
  readonly by: string;
  /** Groups compared. */
  readonly groups: number;
  /** The chi-squared form of the test. */
  readonly chiSquared: JointTest;
}

/** Beyond this many dependent groups their joint covariance is not inverted. */
export const MOST_DEPENDENT_GROUPS = 500;

/** Wald test of equal effects, `R b = 0` with `R = [-1 | I]`. */
export function equalityTest(by: string, effects: GroupEffects): { readonly test?: EqualityTest; readonly warnings: readonly Warning[] } {
  const G = effects.estimates.length;
  if (G < 2) return { warnings: [] };
  const statistic = effects.covariance === undefined ? independentStatistic(effects.estimates) : dependentStatistic(effects);
  if (statistic === undefined || !Number.isFinite(statistic)) {
    const message = `No test of equality over "${by}": the covariance of the group effects is singular or not available`;
    return { warnings: [{ code: "NO_EQUALITY_TEST", message, details: { by } }] };
  }
  const chiSquared = chiSquaredTest(statistic, G - 1);
  const main = Number.isFinite(effects.degreesOfFreedom) ? fTest(statistic / (G - 1), G - 1, effects.degreesOfFreedom) : chiSquared;
  return { test: { by, groups: G, ...main, chiSquared }, warnings: [] };
}

/** Independent groups: the precision-weighted sum of squares around the weighted mean is the Wald statistic. */
function independentStatistic(estimates: readonly Estimate[]): number {
  let [weights, weighted] = [0, 0];
  for (const { estimate, standardError } of estimates) {
    const weight = 1 / (standardError * standardError);
    weights += weight;
    weighted += weight * estimate;
  }
  const mean = weighted / weights;
  return estimates.reduce((sum, { estimate, standardError }) => sum + ((estimate - mean) / standardError) ** 2, 0);
}

function dependentStatistic({ estimates, covariance }: GroupEffects): number | undefined {
  const G = estimates.length;
  const V = covariance!;
  const m = G - 1;
  const difference = Float64Array.from({ length: m }, (_, i) => estimates[i + 1]!.estimate - estimates[0]!.estimate);
  const matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) matrix[i * m + j] = V[(i + 1) * G + j + 1]! - V[(i + 1) * G]! - V[j + 1]! + V[0]!;
  }
  return waldStatistic(difference, matrix);
}

/** A difference between two groups' effects. */
export interface GroupContrast extends Estimate {
  readonly by: string;
  /** The later group's label; the difference is later minus earlier. */
  readonly group: string;
  readonly comparison: string;
  readonly adjustedPValue: number;
}

/** Above this many groups the pairwise contrasts are left out. */
export const MOST_PAIRED_GROUPS = 40;

/** All pairwise differences, later group minus earlier. Independent groups: Welch-Satterthwaite degrees of freedom. */
export function pairwiseContrasts(by: string, effects: GroupEffects, level: number): Omit<GroupContrast, "adjustedPValue">[] {
  const { labels, estimates, covariance: V } = effects;
  const G = estimates.length;
  const out: Omit<GroupContrast, "adjustedPValue">[] = [];
  for (let a = 0; a < G; a++) {
    for (let b = a + 1; b < G; b++) {
      const [first, second] = [estimates[a]!, estimates[b]!];
      const [va, vb] = [first.standardError ** 2, second.standardError ** 2];
      const variance = va + vb - (V === undefined ? 0 : 2 * V[a * G + b]!);
      const df = V === undefined ? welch(va, first.degreesOfFreedom, vb, second.degreesOfFreedom) : effects.degreesOfFreedom;
      const term = `${by}: ${labels[b]} - ${labels[a]}`;
      out.push({
        ...tEstimate(term, second.estimate - first.estimate, variance, df, level),
        by,
        group: labels[b]!,
        comparison: labels[a]!,
      });
    }
  }
  return out;
}

function welch(va: number, dfa: number, vb: number, dfb: number): number {
  const denominator = (va * va) / dfa + (vb * vb) / dfb;
  return denominator > 0 ? (va + vb) ** 2 / denominator : Number.POSITIVE_INFINITY;
}
