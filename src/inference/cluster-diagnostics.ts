import { dot, multiplyVector } from "../linalg/index.ts";
import { breadRoot, type ClusterSums, omittedInverses } from "./cluster-sums.ts";

/** What clusters weigh in one coefficient. */
export interface CoefficientDiagnostics {
  /** Share of each cluster in the variation that identifies the coefficient; they sum to 1. */
  readonly partialLeverage: readonly number[];
  /** Carter, Schnepel and Steigerwald's effective number of clusters, at most G. */
  readonly effectiveClusters: number;
  /** Estimate without each cluster. */
  readonly leaveOneOut: readonly number[];
  /** Smallest and largest of these. */
  readonly leaveOneOutRange: readonly [number, number];
}

/** What clusters weigh in a fit. */
export interface ClusterDiagnosticMeasures {
  /** Trace of each cluster's block of the hat matrix; they sum to the number of columns. */
  readonly leverage: readonly number[];
  readonly coefficients: readonly CoefficientDiagnostics[];
  /** Clusters without which the rest cannot identify all coefficients. */
  readonly singular: readonly number[];
}

/** A combination c of the coefficients in the basis of the sums, with its estimate. */
export interface DiagnosedCombination {
  readonly contrast: Float64Array;
  readonly estimate: number;
}

/**
 * Leverage of cluster g is `tr(A_g B)`; its partial leverage in c'b is `b'A_g b / b'A b`, b = B c. The effective number is
 * `G / (1 + mean of ((f_g - f)/f)^2)`, with `f_g = b'X_g'O X_g b` under working errors O with correlation rho within clusters.
 *
 * @param totals - `X_g'W_g^(1/2) 1` for each cluster, G by k: needed for the correlation.
 * @see MacKinnon, Nielsen & Webb (2023), doi:10.1177/1536867X231212433; Carter, Schnepel & Steigerwald (2017), doi:10.1162/REST_a_00639
 */
export function clusterMeasures(
  sums: ClusterSums,
  bread: Float64Array,
  totals: Float64Array,
  combinations: readonly DiagnosedCombination[],
  correlation: number,
): ClusterDiagnosticMeasures {
  const { clusters: G, width: k, gram, scores } = sums;
  const leverage = gram.map((A) => {
    let trace = 0;
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) trace += A[a * k + b]! * bread[b * k + a]!;
    return trace;
  });
  const { inverses, singular } = omittedInverses(sums, breadRoot(bread, k), k);
  const coefficients = combinations.map(({ contrast, estimate }): CoefficientDiagnostics => {
    const b = multiplyVector(bread, contrast, k, k);
    const own = gram.map((A) => dot(b, multiplyVector(A, b, k, k)));
    const whole = own.reduce((sum, value) => sum + value, 0);
    const f = own.map((value, g) => {
      if (correlation === 0) return value;
      return (1 - correlation) * value + correlation * dot(b, totals.subarray(g * k, (g + 1) * k)) ** 2;
    });
    const mean = f.reduce((sum, value) => sum + value, 0) / G;
    const spread = f.reduce((sum, value) => sum + ((value - mean) / mean) ** 2, 0) / G;
    const leaveOneOut = inverses.map((inverse, g) => estimate - dot(multiplyVector(inverse, contrast, k, k), scores[g]!));
    return {
      partialLeverage: own.map((value) => value / whole),
      effectiveClusters: G / (1 + spread),
      leaveOneOut,
      leaveOneOutRange: [Math.min(...leaveOneOut), Math.max(...leaveOneOut)],
    };
  });
  return { leverage, coefficients, singular };
}
