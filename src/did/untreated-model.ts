import { semiDefiniteSolver } from "./numerics/semi-definite.ts";
import { addUnitMeans, twoWayResiduals } from "./numerics/two-way-means.ts";
import { unitPatterns } from "./numerics/unit-patterns.ts";

/** Rows of a panel, grouped by unit. */
export interface UntreatedData {
  readonly outcome: Float64Array;
  /** One weight a row; absent for equal weights. */
  readonly weights: Float64Array | undefined;
  readonly covariates: readonly Float64Array[];
  readonly unitOffsets: Int32Array;
  readonly timeCodes: Int32Array;
  readonly periods: number;
  /** 1 for rows that the model is fitted on. */
  readonly untreated: Uint8Array;
}

/** One group number a row. */
export interface ClusterCodes {
  readonly codes: Int32Array;
  readonly count: number;
}

/** Least squares of the outcome on unit and period effects and covariates among untreated rows. */
export interface UntreatedModel {
  /** Outcome less its prediction by row, NaN where the unit or the period has no untreated row. */
  readonly effects: Float64Array;
  /** Number of rows without prediction. */
  readonly unpredicted: number;
  /** Covariates that others, or the effects, determine. */
  readonly dependentCovariates: readonly number[];
  /** For loadings `v` by row: `x_i' (X0'W X0)^{-1} sum_j x_j v_j` of each untreated row, 0 elsewhere; rows without prediction must have loading 0. */
  readonly project: (loadings: Float64Array) => Float64Array;
  /**
   * Sums by cluster of `w u` times {@link project} of several loadings, u the residuals of untreated rows; clusters by loadings, row-major.
   * The loadings have disjoint rows and are positive: `loadings` by row, `codes` naming each row's (-1 for none).
   */
  readonly scoreSums: (loadings: Float64Array, codes: Int32Array, count: number, clusters: ClusterCodes) => Float64Array;
  /** How scores sum within units, where units and periods are the only effects. */
  readonly byUnit?: UnitScoring;
}

/** The parts of scores that sum within units. */
export interface UnitScoring extends Pick<UntreatedData, "unitOffsets" | "timeCodes" | "periods" | "covariates" | "untreated"> {
  /** For loadings as in `scoreSums`: coefficients of `w u` by period, then covariate (rows), and code (columns). */
  readonly table: (loadings: Float64Array, codes: Int32Array, count: number) => Float64Array;
}

/**
 * Unit effects are removed exactly; what is left is a system of the size of periods plus covariates. The design is never formed.
 * Vectors run over periods, then covariates.
 */
export function fitUntreated(data: UntreatedData): UntreatedModel {
  const { outcome, covariates, unitOffsets, timeCodes, periods: T, untreated } = data;
  const k = covariates.length;
  const size = T + k;
  const units = unitOffsets.length - 1;
  const n = outcome.length;
  const weights = data.weights ?? new Float64Array(n).fill(1);
  const weighted = data.weights !== undefined;
  const unitWeight = new Float64Array(units);
  const unitMean = new Float64Array(units * (k + 1)); // of the covariates, then of the outcome
  const S = new Float64Array(size * size);
  const sizes = new Float64Array(size);
  const right = new Float64Array(size);
  const deviation = new Float64Array(k + 1);
  const plain = k === 0 && !weighted; // unit means are all there is to it
  if (plain) {
    addUnitMeans(data, unitWeight, unitMean, sizes, right);
    for (let t = 0; t < T; t++) S[t * size + t] = sizes[t]!;
  }
  for (let u = 0; !plain && u < units; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    let total = 0;
    for (let i = begin; i < end; i++) {
      if (untreated[i] === 0) continue;
      const w = weights[i]!;
      total += w;
      for (let j = 0; j < k; j++) unitMean[u * (k + 1) + j]! += w * covariates[j]![i]!;
      unitMean[u * (k + 1) + k]! += w * outcome[i]!;
    }
    unitWeight[u] = total;
    if (!(total > 0)) continue;
    for (let j = 0; j <= k; j++) unitMean[u * (k + 1) + j]! /= total;
    for (let i = begin; i < end; i++) {
      if (untreated[i] === 0) continue;
      const w = weights[i]!;
      const t = timeCodes[i]!;
      for (let j = 0; j < k; j++) deviation[j] = covariates[j]![i]! - unitMean[u * (k + 1) + j]!;
      deviation[k] = outcome[i]! - unitMean[u * (k + 1) + k]!;
      S[t * size + t]! += w;
      sizes[t]! += w;
      right[t]! += w * deviation[k]!;
      if (weighted) for (let s = begin; s < end; s++) if (untreated[s] === 1) S[t * size + timeCodes[s]!]! -= (w * weights[s]!) / total;
      for (let j = 0; j < k; j++) {
        const x = w * deviation[j]!;
        S[t * size + T + j]! += x;
        S[(T + j) * size + t]! += x;
        right[T + j]! += x * deviation[k]!;
        sizes[T + j]! += w * covariates[j]![i]! ** 2;
        for (let l = 0; l < k; l++) S[(T + j) * size + T + l]! += x * deviation[l]!;
      }
    }
  }
  if (!weighted) subtractUnitProducts(data, S, size);
  const solver = semiDefiniteSolver(S, size, sizes);
  const solution = solver.solve(right);
  const seen = sizes.subarray(0, T);
  const effects = new Float64Array(n);
  let unpredicted = plain ? twoWayResiduals(data, unitWeight, unitMean, seen, solution, effects) : 0;
  for (let u = 0; !plain && u < units; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    if (!(unitWeight[u]! > 0)) {
      effects.fill(Number.NaN, begin, end);
      unpredicted += end - begin;
      continue;
    }
    let level = unitMean[u * (k + 1) + k]!;
    for (let i = begin; i < end; i++) if (untreated[i] === 1) level -= (weights[i]! / unitWeight[u]!) * solution[timeCodes[i]!]!;
    for (let j = 0; j < k; j++) level -= unitMean[u * (k + 1) + j]! * solution[T + j]!;
    for (let i = begin; i < end; i++) {
      if (!(seen[timeCodes[i]!]! > 0)) {
        effects[i] = Number.NaN;
        unpredicted++;
        continue;
      }
      let fitted = level + solution[timeCodes[i]!]!;
      for (let j = 0; j < k; j++) fitted += covariates[j]![i]! * solution[T + j]!;
      effects[i] = outcome[i]! - fitted;
    }
  }

  const project = (loadings: Float64Array): Float64Array => {
    const unitLoading = new Float64Array(units);
    const r = new Float64Array(size);
    for (let u = 0; u < units; u++) {
      const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
      let sum = 0;
      for (let i = begin; i < end; i++) {
        const v = loadings[i]!;
        if (v === 0) continue;
        sum += v;
        r[timeCodes[i]!]! += v;
        for (let j = 0; j < k; j++) r[T + j]! += v * covariates[j]![i]!;
      }
      unitLoading[u] = sum;
      if (sum === 0) continue;
      const share = sum / unitWeight[u]!;
      for (let i = begin; i < end; i++) if (untreated[i] === 1) r[timeCodes[i]!]! -= share * weights[i]!;
      for (let j = 0; j < k; j++) r[T + j]! -= sum * unitMean[u * (k + 1) + j]!;
    }
    const x = solver.solve(r);
    const out = new Float64Array(n);
    for (let u = 0; u < units; u++) {
      const total = unitWeight[u]!;
      if (!(total > 0)) continue;
      const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
      let level = unitLoading[u]! / total;
      for (let i = begin; i < end; i++) if (untreated[i] === 1) level -= (weights[i]! / total) * x[timeCodes[i]!]!;
      for (let j = 0; j < k; j++) level -= unitMean[u * (k + 1) + j]! * x[T + j]!;
      for (let i = begin; i < end; i++) {
        if (untreated[i] === 0) continue;
        let value = level + x[timeCodes[i]!]!;
        for (let j = 0; j < k; j++) value += covariates[j]![i]! * x[T + j]!;
        out[i] = value;
      }
    }
    return out;
  };
  /** Loadings less their unit's mean, summed by code and period; with weights each unit has its own. */
  const unitLoadings = (loadings: Float64Array, codes: Int32Array, count: number): Float64Array => {
    const out = new Float64Array(count * size);
    const sums = new Float64Array(count);
    const touched = new Int32Array(count);
    for (let u = 0; u < units; u++) {
      const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
      let found = 0;
      for (let i = begin; i < end; i++) {
        const code = codes[i]!;
        const v = loadings[i]!;
        if (code < 0 || v === 0) continue;
        if (sums[code] === 0) touched[found++] = code;
        sums[code]! += v;
        out[code * size + timeCodes[i]!]! += v;
        for (let j = 0; j < k; j++) out[code * size + T + j]! += v * (covariates[j]![i]! - unitMean[u * (k + 1) + j]!);
      }
      for (let p = 0; p < found; p++) {
        const code = touched[p]!;
        const share = sums[code]! / unitWeight[u]!;
        for (let i = begin; i < end; i++) if (untreated[i] === 1) out[code * size + timeCodes[i]!]! -= share * weights[i]!;
        sums[code] = 0;
      }
    }
    return out;
  };
  /** The same where all loadings are 1: once for each kind of unit. */
  const patternLoadings = (codes: Int32Array, count: number): Float64Array => {
    const out = new Float64Array(count * size);
    const marks = new Int32Array(codes.length);
    for (let i = 0; i < marks.length; i++) marks[i] = 2 * (codes[i]! + 1) + untreated[i]!;
    const { representatives, counts } = unitPatterns(unitOffsets, timeCodes, marks);
    representatives.forEach((u, kind) => {
      const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
      for (let i = begin; i < end; i++) {
        const code = codes[i]!;
        if (code < 0) continue;
        out[code * size + timeCodes[i]!]! += counts[kind]!;
        const share = counts[kind]! / unitWeight[u]!;
        for (let s = begin; s < end; s++) if (untreated[s] === 1) out[code * size + timeCodes[s]!]! -= share;
      }
    });
    for (let u = 0; k > 0 && u < units; u++) {
      for (let i = unitOffsets[u]!; i < unitOffsets[u + 1]!; i++) {
        const code = codes[i]!;
        for (let j = 0; code >= 0 && j < k; j++) out[code * size + T + j]! += covariates[j]![i]! - unitMean[u * (k + 1) + j]!;
      }
    }
    return out;
  };
  const table = (loadings: Float64Array, codes: Int32Array, count: number): Float64Array => {
    const sums = weighted ? unitLoadings(loadings, codes, count) : patternLoadings(codes, count);
    const out = new Float64Array(size * count);
    for (let a = 0; a < count; a++)
      solver.solve(sums.subarray(a * size, (a + 1) * size)).forEach((value, p) => {
        out[p * count + a] = value;
      });
    return out;
  };

  const scoreSums = (loadings: Float64Array, codes: Int32Array, count: number, clusters: ClusterCodes): Float64Array => {
    const out = new Float64Array(clusters.count * count);
    if (!holdUnits(clusters.codes, unitOffsets)) {
      for (let a = 0; a < count; a++) {
        const projected = project(loadings.map((v, i) => (codes[i] === a ? v : 0)));
        for (let i = 0; i < n; i++)
          if (projected[i] !== 0) out[clusters.codes[i]! * count + a]! += weights[i]! * effects[i]! * projected[i]!;
      }
      return out;
    }
    // residuals sum to zero in every unit, so that the unit effects' part of the projection drops out
    const coefficients = table(loadings, codes, count);
    for (let i = 0; i < n; i++) {
      if (untreated[i] === 0 || weights[i] === 0) continue; // a row of weight 0 may have no prediction
      const score = weights[i]! * effects[i]!;
      const from = clusters.codes[i]! * count;
      const period = timeCodes[i]! * count;
      for (let a = 0; a < count; a++) out[from + a]! += score * coefficients[period + a]!;
      for (let j = 0; j < k; j++) {
        const x = score * covariates[j]![i]!;
        for (let a = 0; a < count; a++) out[from + a]! += x * coefficients[(T + j) * count + a]!;
      }
    }
    return out;
  };
  const dependentCovariates = covariates.flatMap((_, j) => (solver.dependent[T + j] === 1 ? [j] : []));
  const byUnit = { unitOffsets, timeCodes, periods: T, covariates, untreated, table };
  return { effects, unpredicted, dependentCovariates, project, scoreSums, byUnit };
}

/** `S -= 1 1' / n` over the untreated rows of each unit, for equal weights. */
function subtractUnitProducts({ unitOffsets, timeCodes, untreated }: UntreatedData, S: Float64Array, size: number): void {
  const { representatives, counts } = unitPatterns(unitOffsets, timeCodes, new Int32Array(untreated));
  representatives.forEach((u, kind) => {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    let total = 0;
    for (let i = begin; i < end; i++) total += untreated[i]!;
    const share = counts[kind]! / total;
    for (let i = begin; i < end; i++) {
      if (untreated[i] === 0) continue;
      for (let s = begin; s < end; s++) if (untreated[s] === 1) S[timeCodes[i]! * size + timeCodes[s]!]! -= share;
    }
  });
}

/** Whether all rows of every unit are in one cluster. */
function holdUnits(codes: Int32Array, unitOffsets: Int32Array): boolean {
  for (let u = 0; u + 1 < unitOffsets.length; u++)
    for (let i = unitOffsets[u]! + 1; i < unitOffsets[u + 1]!; i++) if (codes[i] !== codes[i - 1]) return false;
  return true;
}
