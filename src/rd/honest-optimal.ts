import type { HonestBandwidthRules, PreliminaryVariance } from "./honest-bandwidth.ts";
import { criterionValue, smallestBandwidth } from "./honest-bandwidth.ts";
import { biasPerUnit } from "./numerics/honest-fit.ts";
import { fitOfWeights, type OptimalWeights, optimalWeights } from "./numerics/honest-optimal.ts";
import type { HonestRows } from "./numerics/honest-rows.ts";
import { brentMinimum } from "./numerics/minimize.ts";

/** Relative accuracy of the search; criteria are flat at their minimum. */
const TOLERANCE = 1e-10;

/**
 * Minimax weights of the Taylor class at the point of the bias-variance frontier that minimises the criterion, under the preliminary
 * variances. `undefined` when no point leaves weights on both sides.
 */
export function bestWeights(
  rows: HonestRows,
  rules: Omit<HonestBandwidthRules, "kernel">,
  variance: PreliminaryVariance,
): OptimalWeights | undefined {
  const bound = rules.smoothness[0]!;
  const precision = Float64Array.from(rows.weights, (w, i) => w / varianceAt(rows, variance, i));
  const weightsAt = (logSize: number): OptimalWeights | undefined => optimalWeights(rows, precision, bound / 2, Math.exp(logSize));
  const risk = (logSize: number): number => {
    const found = weightsAt(logSize);
    if (found === undefined) return Number.POSITIVE_INFINITY;
    let noise = 0;
    for (let i = 0; i < found.a.length; i++) noise += found.a[i]! ** 2 * varianceAt(rows, variance, i);
    const bias = bound * biasPerUnit(rows, fitOfWeights(rows, found), "taylor");
    return criterionValue(rules, bias, Math.sqrt(noise));
  };
  // a level b reaches to the root of b / C at slope zero: from two values a side to beyond the data
  const sizeOf = (h: number): number => Math.log(bound * h * h);
  const widest = Math.max(-rows.x[0]!, rows.x[rows.x.length - 1]!);
  return weightsAt(brentMinimum(risk, sizeOf(smallestBandwidth(rows)), sizeOf(4 * widest), TOLERANCE));
}

const varianceAt = ({ x }: HonestRows, { left, right }: PreliminaryVariance, i: number): number => (x[i]! < 0 ? left[0]! : right[0]!);
