import { leverageAdjustments } from "./cluster-leverage.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import type { Side } from "./side.ts";

/** Trace of the matrix behind a clustered variance and its sum of squared entries. */
export interface QuadraticForm {
  readonly trace: number;
  readonly squares: number;
}

/**
 * A side's clustered variance as a quadratic form in the errors: `V = sum over g of (t_g'(I - H)y)^2 = sum of (p_g'y)^2`, where
 * `t_g = A_g's_g`, s the rows' weights in the coefficient, A_g the residual adjustment (I for CR1) and `p_g = t_g - W R G c_g`,
 * `c_g = R_g't_g`. Under independent errors of equal variance V has the distribution of `sum of lambda_g chi2_1`, the lambdas being the
 * eigenvalues of `B_gh = p_g'p_h`, so that `trace^2 / squares` are its degrees of freedom by Satterthwaite.
 * With `d_g = R_g'W t_g` and `K = G R'W^2R G`: `B_gh = delta_gh |t_g|^2 - d_g'G c_h - c_g'G d_h + c_g'K c_h`, so both sums need
 * k by k matrices only.
 *
 * @see Bell & McCaffrey (2002), Survey Methodology 28(2) 169-181; Imbens & Kolesár (2016), REStat 98(4) 701-712
 */
export function clusterQuadratic(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  rule: "CR1" | "CR2" | "CR3",
  weights: Float64Array,
): QuadraticForm {
  const k = fit.order + 1;
  const G = fit.inverse;
  const clusters = side.clusters!;
  const count = side.clusterCount;
  const t = adjustedWeights(side, kernel, fit, rule, weights);
  const [sizes, c, d] = [new Float64Array(count), new Float64Array(count * k), new Float64Array(count * k)];
  const squaredGram = new Float64Array(k * k);
  const power = new Float64Array(k);
  for (let i = 0; i < t.length; i++) {
    const u = side.distance[i]! / fit.h;
    const w = i < fit.rows ? kernelAt(kernel, u) * (side.weights === undefined ? 1 : side.weights[i]!) : 0;
    const g = clusters[i]!;
    sizes[g]! += t[i]! * t[i]!;
    power[0] = 1;
    for (let j = 1; j < k; j++) power[j] = power[j - 1]! * u;
    for (let a = 0; a < k; a++) {
      c[g * k + a]! += power[a]! * t[i]!;
      d[g * k + a]! += power[a]! * w * t[i]!;
      for (let b = 0; b < k; b++) squaredGram[a * k + b]! += w * w * power[a]! * power[b]!;
    }
  }
  const K = product(product(G, squaredGram, k), G, k);
  // B = diag(sizes) + F S F' with F_g = [d_g, c_g] and S = [[0, -G], [-G, K]]
  const width = 2 * k;
  const S = new Float64Array(width * width);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      S[a * width + k + b] = -G[a * k + b]!;
      S[(k + a) * width + b] = -G[a * k + b]!;
      S[(k + a) * width + k + b] = K[a * k + b]!;
    }
  }
  const outer = new Float64Array(width * width);
  const F = new Float64Array(width);
  let [trace, squares] = [0, 0];
  for (let g = 0; g < count; g++) {
    F.set(d.subarray(g * k, (g + 1) * k));
    F.set(c.subarray(g * k, (g + 1) * k), k);
    let own = 0;
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) {
        own += F[a]! * S[a * width + b]! * F[b]!;
        outer[a * width + b]! += F[a]! * F[b]!;
      }
    }
    trace += sizes[g]! + own;
    squares += sizes[g]! * (sizes[g]! + 2 * own);
  }
  const SA = product(S, outer, width);
  for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) squares += SA[a * width + b]! * SA[b * width + a]!;
  return { trace, squares };
}

/** `t_g = s_g + W_g R_g Phi_g R_g's_g`, Phi_g symmetric: the transpose of the adjustment of the residuals. */
function adjustedWeights(side: Side, kernel: Kernel, fit: LocalFit, rule: "CR1" | "CR2" | "CR3", weights: Float64Array): Float64Array {
  if (rule === "CR1") return weights;
  const k = fit.order + 1;
  const clusters = side.clusters!;
  const phi = leverageAdjustments(side, kernel, fit, rule);
  const sums = new Float64Array(side.clusterCount * k);
  for (let i = 0; i < weights.length; i++) {
    let power = weights[i]!;
    for (let a = 0; a < k; a++) {
      sums[clusters[i]! * k + a]! += power;
      power *= side.distance[i]! / fit.h;
    }
  }
  const out = weights.slice();
  for (let i = 0; i < fit.rows && i < out.length; i++) {
    const u = side.distance[i]! / fit.h;
    const g = clusters[i]!;
    const w = kernelAt(kernel, u) * (side.weights === undefined ? 1 : side.weights[i]!);
    let left = w;
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) out[i]! += left * phi[(g * k + a) * k + b]! * sums[g * k + b]!;
      left *= u;
    }
  }
  return out;
}

function product(A: Float64Array, B: Float64Array, k: number): Float64Array {
  const out = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let p = 0; p < k; p++) for (let j = 0; j < k; j++) out[i * k + j]! += A[i * k + p]! * B[p * k + j]!;
  return out;
}
