import type { ScoreColumns } from "./effect-scores.ts";

/**
 * Targeted maximum likelihood with linear fluctuation: arm residuals are regressed through the origin on the clever covariate, and the fitted shift is added to the arm's
 * prediction. Variance: that of the fluctuations (HC3; of a plain mean of residuals for the arm averaged over), and of the mean of tau.
 *
 * @returns Estimate and variance.
 * @see van der Laan and Rose (2011), Targeted Learning.
 */
export function targetedEffect(columns: ScoreColumns, target: "all" | "treated" | "control"): readonly [number, number] {
  const { treatment: W, treatmentPrediction: e, effect: tau } = columns;
  const over = target === "all" ? undefined : target === "treated" ? 1 : 0;
  let [sum, size] = [0, 0];
  const center = [0, 0];
  const clever = (arm: 0 | 1, i: number): number => {
    const p = e[i]!;
    if (over === arm) return 1;
    const inverse = arm === 1 ? 1 / p : 1 / (1 - p);
    return over === undefined ? inverse : inverse * (arm === 1 ? 1 - p : p);
  };
  for (let i = 0; i < W.length; i++) {
    if (over !== undefined && W[i] !== over) continue;
    sum += tau[i]!;
    size++;
    center[0]! += clever(0, i);
    center[1]! += clever(1, i);
  }
  const shifts = ([0, 1] as const).map((arm) => fluctuation(columns, arm, (i) => clever(arm, i), over === arm));
  const [control, treated] = [shifts[0]!, shifts[1]!];
  const [c0, c1] = [center[0]! / size, center[1]! / size];
  // As grf does, the arm averaged over is not shifted by its own residual mean (its variance counts all the same).
  const up = over === 1 ? 0 : treated.coefficient * c1;
  const down = over === 0 ? 0 : control.coefficient * c0;
  const estimate = sum / size + up - down;
  let spread = 0; // of tau over the rows averaged
  for (let i = 0; i < W.length; i++) if (over === undefined || W[i] === over) spread += (tau[i]! - sum / size) ** 2;
  return [estimate, treated.variance * c1 * c1 + control.variance * c0 * c0 + spread / size / size];
}

/** Slope through the origin of an arm's residuals on the clever covariate, with its HC3 variance (of a mean: sd^2 / n). */
function fluctuation(
  { outcome, treatment: W, outcomePrediction, treatmentPrediction, effect }: ScoreColumns,
  arm: 0 | 1,
  clever: (row: number) => number,
  mean: boolean,
): { readonly coefficient: number; readonly variance: number } {
  let [xy, xx, n] = [0, 0, 0];
  const residual = (i: number): number => outcome[i]! - outcomePrediction[i]! - effect[i]! * (arm - treatmentPrediction[i]!);
  for (let i = 0; i < W.length; i++) {
    if (W[i] !== arm) continue;
    const x = clever(i);
    xy += x * residual(i);
    xx += x * x;
    n++;
  }
  const coefficient = xy / xx;
  let variance = 0;
  for (let i = 0; i < W.length; i++) {
    if (W[i] !== arm) continue;
    const x = clever(i);
    const left = residual(i) - coefficient * x;
    variance += mean ? (left * left) / (n - 1) / n : ((x * left) / (1 - (x * x) / xx) / xx) ** 2;
  }
  return { coefficient, variance };
}
