import { fTest, twoSidedPValue } from "../inference/estimate.ts";
import { choleskySolve } from "../linalg/index.ts";
import { kolmogorovSmirnov, kolmogorovSmirnovPValue } from "./numerics/kolmogorov-smirnov.ts";
import { ranks } from "./numerics/ranks.ts";

/** Statistics that compare the two sides of a window. */
export type LocalStatistic = "differenceInMeans" | "kolmogorovSmirnov" | "rankSum";

/** A statistic with its large-sample p-value. */
export interface StatisticValue {
  readonly statistic: number;
  readonly pValue: number;
}

/** Values of the control and of the treated rows. */
export interface TwoGroups {
  readonly control: Float64Array;
  readonly treated: Float64Array;
}

/** Splits by a 0/1 mark. */
export function splitGroups(values: Float64Array, treated: Uint8Array): TwoGroups {
  return { control: values.filter((_, i) => treated[i] === 0), treated: values.filter((_, i) => treated[i] === 1) };
}

/** Mean and variance (n - 1). */
export function momentsOf(values: Float64Array): { mean: number; variance: number } {
  let mean = 0;
  let squares = 0;
  values.forEach((value, i) => {
    const change = value - mean;
    mean += change / (i + 1);
    squares += change * (value - mean);
  });
  return { mean: values.length === 0 ? Number.NaN : mean, variance: squares / (values.length - 1) };
}

/** Treated less control mean; variance `s0^2 / n0 + s1^2 / n1`; normal p-value. */
export function differenceInMeans({ control, treated }: TwoGroups): StatisticValue {
  const [zero, one] = [momentsOf(control), momentsOf(treated)];
  const statistic = one.mean - zero.mean;
  const error = Math.sqrt(zero.variance / control.length + one.variance / treated.length);
  return { statistic, pValue: twoSidedPValue(statistic / error, Number.POSITIVE_INFINITY) };
}

/** Standardised rank sum of the control rows; `ties: false` uses the variance without ties. */
export function rankSum({ control, treated }: TwoGroups, ties: boolean): StatisticValue {
  const [n0, n1] = [control.length, treated.length];
  const n = n0 + n1;
  const pooled = new Float64Array(n);
  pooled.set(control);
  pooled.set(treated, n0);
  const all = ranks(pooled);
  const sum = all.subarray(0, n0).reduce((total, value) => total + value, 0);
  const variance = ties ? momentsOf(all).variance : (n * (n + 1)) / 12;
  const statistic = (sum - (n0 * (n + 1)) / 2) / Math.sqrt((n0 * n1 * variance) / n);
  return { statistic, pValue: twoSidedPValue(statistic, Number.POSITIVE_INFINITY) };
}

/** One statistic by name. */
export function localStatistic(name: LocalStatistic, groups: TwoGroups, ties = true): StatisticValue {
  if (name === "differenceInMeans") return differenceInMeans(groups);
  if (name === "rankSum") return rankSum(groups, ties);
  const statistic = kolmogorovSmirnov(groups.control, groups.treated);
  return { statistic, pValue: kolmogorovSmirnovPValue(statistic, groups.control, groups.treated) };
}

/** Hotelling's T-squared for several columns at once: pooled covariance, F(k, n - 1 - k). `undefined` when it is singular. */
export function hotelling(columns: readonly Float64Array[], treated: Uint8Array): StatisticValue | undefined {
  const k = columns.length;
  const n = treated.length;
  const n1 = treated.reduce((sum, value) => sum + value, 0);
  const n0 = n - n1;
  const means = columns.map((column) => {
    const sums = [0, 0];
    column.forEach((value, i) => {
      sums[treated[i]!]! += value;
    });
    return [sums[0]! / n0, sums[1]! / n1] as const;
  });
  const S = new Float64Array(k * k);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      let sum = 0;
      for (let i = 0; i < n; i++)
        sum += (columns[a]![i]! - means[a]![treated[i]! as 0 | 1]) * (columns[b]![i]! - means[b]![treated[i]! as 0 | 1]);
      S[a * k + b] = sum / (n - 2);
    }
  }
  const difference = Float64Array.from(means, ([zero, one]) => one - zero);
  const solved = choleskySolve(S, difference);
  if (solved === undefined) return undefined;
  const statistic = ((n0 * n1) / n) * solved.reduce((sum, value, a) => sum + value * difference[a]!, 0);
  const f = (statistic * (n - k - 1)) / (k * (n - 2));
  return { statistic, pValue: fTest(f, k, n - k - 1).pValue };
}
