import { type Frame, frame } from "../../src/data/index.ts";
import { choleskySolve } from "../../src/linalg/index.ts";
import { createStream } from "../../src/random/index.ts";

/** One row of simulated clustered data. */
export interface ClusteredRow {
  readonly y: number;
  readonly treated: number;
  readonly x: number;
  readonly weight: number;
  readonly cluster: number;
  readonly effect: number;
  readonly unit: number;
}

/** Clusters of unequal size with a common shock; the first `treatedClusters` are treated. `unit` is nested in clusters, `effect` is not. */
export function clusteredRows(seed: number, clusters: number, treatedClusters: number, treatmentEffect = 0.3): ClusteredRow[] {
  const stream = createStream(seed);
  const rows: ClusteredRow[] = [];
  for (let g = 0; g < clusters; g++) {
    const shock = 0.5 * stream.normal();
    const size = 6 + stream.integer(10);
    for (let i = 0; i < size; i++) {
      const x = stream.normal() + 0.3 * shock;
      const treated = g < treatedClusters ? 1 : 0;
      const y = treatmentEffect * treated + 0.4 * x + shock + stream.normal();
      rows.push({ y, treated, x, weight: 0.5 + stream.uniform(), cluster: g, effect: stream.integer(3), unit: 2 * g + (i % 2) });
    }
  }
  return rows;
}

export const toFrame = (rows: readonly ClusteredRow[]): Frame<ClusteredRow> => frame.fromRows(rows);

/** Weighted least squares by the normal equations: coefficients in the order of the columns. */
export function solveRows(X: readonly (readonly number[])[], y: readonly number[], w: readonly number[]): Float64Array {
  const k = X[0]!.length;
  const [A, r] = [new Float64Array(k * k), new Float64Array(k)];
  X.forEach((row, i) => {
    for (let a = 0; a < k; a++) {
      r[a]! += w[i]! * row[a]! * y[i]!;
      for (let b = 0; b < k; b++) A[a * k + b]! += w[i]! * row[a]! * row[b]!;
    }
  });
  return choleskySolve(A, r)!;
}
