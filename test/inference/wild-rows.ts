import { expect } from "vitest";
import { frame } from "../../src/data/index.ts";
import type { WildClusterBootstrapResult } from "../../src/inference/wild-cluster-bootstrap.ts";
import { choleskySolve } from "../../src/linalg/index.ts";
import { augment, ols } from "../../src/regression/index.ts";
import { type ClusteredRow, clusteredRows, solveRows } from "./clustered-data.ts";

export type Design = { readonly X: number[][]; readonly y: number[]; readonly w: number[]; readonly cluster: number[] };

export function designOf(rows: readonly ClusteredRow[], weighted: boolean, effect: "effect" | "unit" | undefined): Design {
  const levels = effect === undefined ? [] : [...new Set(rows.map((row) => row[effect]))];
  return {
    X: rows.map((row) => [row.treated, row.x, ...(effect === undefined ? [1] : levels.map((level) => (row[effect] === level ? 1 : 0)))]),
    y: rows.map(({ y }) => y),
    w: rows.map(({ weight }) => (weighted ? weight : 1)),
    cluster: rows.map(({ cluster }) => cluster),
  };
}

/** Coefficients under `b_j = values_j` for the first q tested columns, from rows alone. */
export function restricted(
  { X, w }: Design,
  y: number[],
  tested: readonly number[],
  values: readonly number[],
  keep: (i: number) => boolean,
): Float64Array {
  const others = X[0]!.map((_, j) => j).filter((j) => !tested.includes(j));
  const index = y.map((_, i) => i).filter(keep);
  const left = index.map((i) => y[i]! - tested.reduce((sum, j, t) => sum + X[i]![j]! * values[t]!, 0));
  const b = solveRows(
    index.map((i) => others.map((j) => X[i]![j]!)),
    left,
    index.map((i) => w[i]!),
  );
  const full = new Float64Array(X[0]!.length);
  tested.forEach((j, t) => {
    full[j] = values[t]!;
  });
  others.forEach((j, o) => {
    full[j] = b[o]!;
  });
  return full;
}

export const times = (row: readonly number[], b: Float64Array): number => row.reduce((sum, x, j) => sum + x * b[j]!, 0);

/** The bootstrap done on rows, draw by draw, by refitting: the definition. */
export function bruteForce(
  design: Design,
  draws: readonly ArrayLike<number>[],
  options: {
    readonly variant: string;
    readonly imposeNull: boolean;
    readonly tested: readonly number[];
    readonly values: readonly number[];
    readonly K: number;
  },
): { readonly statistic: number; readonly drawn: number[] } {
  const { X, y, w, cluster } = design;
  const { variant, imposeNull, tested, values, K } = options;
  const [n, k] = [y.length, X[0]!.length];
  const G = Math.max(...cluster) + 1;
  const all = (): boolean => true;
  const none: number[] = [];
  const solve = (outcome: number[], keep: (i: number) => boolean, impose: boolean): Float64Array =>
    impose ? restricted(design, outcome, tested, values, keep) : restricted(design, outcome, none, none, keep);
  const inverse = Array.from({ length: k }, (_, j) => {
    const A = new Float64Array(k * k);
    for (let i = 0; i < n; i++) for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) A[a * k + b]! += w[i]! * X[i]![a]! * X[i]![b]!;
    return choleskySolve(
      A,
      Float64Array.from({ length: k }, (_v, a) => (a === j ? 1 : 0)),
    )!;
  });
  const test = (outcome: number[], center: readonly number[]): number => {
    const b = solve(outcome, all, false);
    const distance = Float64Array.from(tested, (j, t) => b[j]! - center[t]!);
    const parts = Array.from({ length: G }, (_, g) => {
      if (variant.endsWith("3")) {
        const without = solve(outcome, (i) => cluster[i] !== g, false);
        return tested.map((j) => b[j]! - without[j]!);
      }
      const score = new Float64Array(k);
      for (let i = 0; i < n; i++) {
        if (cluster[i] !== g) continue;
        for (let a = 0; a < k; a++) score[a]! += w[i]! * X[i]![a]! * (outcome[i]! - times(X[i]!, b));
      }
      return tested.map((j) => inverse[j]!.reduce((sum, value, a) => sum + value * score[a]!, 0));
    });
    const factor = variant.endsWith("3") ? (G - 1) / G : ((G / (G - 1)) * (n - 1)) / (n - K);
    const q = tested.length;
    const V = new Float64Array(q * q);
    for (const part of parts) for (let a = 0; a < q; a++) for (let c = 0; c < q; c++) V[a * q + c]! += factor * part[a]! * part[c]!;
    if (q === 1) return distance[0]! / Math.sqrt(V[0]!);
    return choleskySolve(V, distance)!.reduce((sum, value, a) => sum + value * distance[a]!, 0) / q;
  };
  const b = solve(y, all, imposeNull);
  const residuals = variant.startsWith("3")
    ? (() => {
        const byCluster = Array.from({ length: G }, (_, g) => solve(y, (i) => cluster[i] !== g, imposeNull));
        return y.map((value, i) => value - times(X[i]!, byCluster[cluster[i]!]!));
      })()
    : y.map((value, i) => value - times(X[i]!, b));
  const center = tested.map((j) => b[j]!);
  return {
    statistic: test(y, values),
    drawn: draws.map((v) =>
      test(
        y.map((_, i) => times(X[i]!, b) + v[cluster[i]!]! * residuals[i]!),
        center,
      ),
    ),
  };
}

export const signs = (G: number): number[][] =>
  Array.from({ length: 2 ** G }, (_, b) => Array.from({ length: G }, (_v, g) => (Math.floor(b / 2 ** g) % 2 === 1 ? -1 : 1)));

export const rowsOf = (values: Float64Array, G: number): Float64Array[] =>
  Array.from({ length: values.length / G }, (_, b) => values.subarray(b * G, (b + 1) * G));

export function expectDraws(
  actual: WildClusterBootstrapResult,
  expected: { readonly statistic: number; readonly drawn: readonly number[] },
): void {
  expect(actual.statistic).toBeCloseTo(expected.statistic, 9);
  expect(actual.drawnStatistics!.length).toBe(expected.drawn.length);
  const off = expected.drawn.map((t, b) => Math.abs(actual.drawnStatistics![b]! - t) / Math.max(1, Math.abs(t)));
  expect(Math.max(...off)).toBeLessThan(1e-8);
}

export const few: readonly ClusteredRow[] = clusteredRows(11, 6, 3);
export const many: readonly ClusteredRow[] = clusteredRows(12, 24, 9);

export const indexOf = (fit: ReturnType<typeof ols>, term: string): number => Object.keys(fit.estimates).indexOf(term);

export function fittedOf(rows: readonly ClusteredRow[], options: object): Float64Array {
  return augment(ols(frame.fromRows(rows), { outcome: "y", ...options } as never)).fitted as Float64Array;
}

/** Groups numbered as the library does: by the columns' codes in turn. */
export function codesOf(names: readonly string[], rows: readonly object[]): number[] {
  const columns = names.map((name) => {
    const values = rows.map((row) => (row as Record<string, number>)[name]!);
    const levels = [...new Set(values)].sort((a, b) => a - b);
    return values.map((value) => levels.indexOf(value));
  });
  const keys = rows.map((_, i) => columns.map((codes) => String(codes[i]).padStart(4, "0")).join());
  const order = [...new Set(keys)].sort();
  return keys.map((key) => order.indexOf(key));
}
