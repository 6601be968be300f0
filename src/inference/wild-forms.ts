import { IdentificationError } from "../core/errors.ts";
import { choleskySolve, dot, multiplyVector } from "../linalg/index.ts";
import { breadRoot, type ClusterSums, omittedInverses, restrictedRoot } from "./cluster-sums.ts";

/** Which residuals the bootstrap multiplies (first digit) and which variance the statistic has (second): 1 as they are and CR1, 3 jackknifed and CR3. */
export type WildVariant = "11" | "13" | "31" | "33";

/** A linear fit and q restrictions on it, in the basis of its estimating equations. */
export interface WildProblem {
  readonly sums: ClusterSums;
  /** `(X'WX)^-1`, k by k. */
  readonly bread: Float64Array;
  /** Rows of R, each of length k. */
  readonly restrictions: readonly Float64Array[];
  /** `R b - r`, length q. */
  readonly distances: Float64Array;
}

/**
 * What the bootstrap needs, all of it sums over clusters. With multipliers v: the restricted combinations are
 * `sum_g v_g numerators[g]`, cluster g's part of their variance comes from `v_g parts[g] - weights[g] sum_h v_h shifts[h]`.
 * Every entry is affine in the distance: its base plus, for one restriction with the null imposed, a slope.
 */
export interface WildForms {
  readonly clusters: number;
  readonly width: number;
  readonly restrictions: number;
  /** `R B s_g`, G by q. */
  readonly numerators: Affine;
  /** `Z_g s_g`, G by q, Z_g being `R B` or, for CR3, `R (X'WX - A_g)^-1`. */
  readonly parts: Affine;
  /** `Z_g A_g`, G by (q k). */
  readonly weights: Float64Array;
  /** `B s_g`, G by k. */
  readonly shifts: Affine;
  /** `Z_g e_g` sums of the fit itself, G by q: the observed variance. */
  readonly observed: Float64Array;
  /** Clusters without which not all coefficients are identified, where that was looked at. */
  readonly singular: readonly number[];
}

/** `base + distance * slope`; the slope is zero unless one restriction is imposed. */
export interface Affine {
  readonly base: Float64Array;
  readonly slope: Float64Array;
}

/**
 * Builds the forms.
 * Null imposed: `s~_g = s_g + A_g B R'(R B R')^-1 (R b - r)`, the scores at the restricted estimate; jackknifed:
 * `s_g + A_g (X'WX - A_g)^-1 s_g`, the scores at the estimate without cluster g (restricted in the same way).
 *
 * @throws IdentificationError `SINGULAR_RESTRICTIONS`.
 * @see Roodman, MacKinnon, Nielsen & Webb (2019), doi:10.1177/1536867X19830877; MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969
 */
export function wildForms(problem: WildProblem, variant: WildVariant, imposeNull: boolean): WildForms {
  const { sums, bread, restrictions } = problem;
  const { clusters: G, width: k, gram } = sums;
  const q = restrictions.length;
  const jackknifed = variant.startsWith("3");
  const robust = variant.endsWith("3");
  const root = jackknifed || robust ? breadRoot(bread, k) : undefined;
  const whole = root !== undefined && (robust || !imposeNull) ? omittedInverses(sums, root, k) : undefined;
  const inside =
    root !== undefined && jackknifed && imposeNull
      ? omittedInverses(sums, restrictedRoot(root, restrictions, k), k - q)
      : jackknifed
        ? whole
        : undefined;
  const bootstrap = bootstrapScores(problem, imposeNull, inside?.inverses);

  const [numerators, parts, shifts] = [affine(G * q), affine(G * q), affine(G * k)];
  const weights = new Float64Array(G * q * k);
  const observed = new Float64Array(G * q);
  const plain = restrictions.map((row) => multiplyVector(bread, row, k, k));
  for (let g = 0; g < G; g++) {
    const Z = robust ? restrictions.map((row) => multiplyVector(whole!.inverses[g]!, row, k, k)) : plain;
    for (let j = 0; j < q; j++) {
      weights.set(multiplyVector(gram[g]!, Z[j]!, k, k), (g * q + j) * k);
      observed[g * q + j] = dot(Z[j]!, sums.scores[g]!);
    }
    for (const part of ["base", "slope"] as const) {
      const score = bootstrap[part][g]!;
      shifts[part].set(multiplyVector(bread, score, k, k), g * k);
      for (let j = 0; j < q; j++) {
        numerators[part][g * q + j] = dot(plain[j]!, score);
        parts[part][g * q + j] = dot(Z[j]!, score);
      }
    }
  }
  return { clusters: G, width: k, restrictions: q, numerators, parts, weights, shifts, observed, singular: whole?.singular ?? [] };
}

/** Scores that the multipliers flip; one entry a cluster (or cell). */
export interface BootstrapScores {
  readonly base: readonly Float64Array[];
  readonly slope: readonly Float64Array[];
}

/** Scores at the estimate under the hypothesis, or at the estimate. For one restriction the slope is per unit of distance and the base has distance zero. */
export function restrictedScores({ sums, restrictions, distances, bread }: WildProblem, imposeNull: boolean): BootstrapScores {
  const { width: k, gram, scores } = sums;
  const single = restrictions.length === 1;
  const step = imposeNull ? restrictionStep({ sums, restrictions, bread }, single ? Float64Array.of(1) : distances) : new Float64Array(k);
  const moved = gram.map((A) => multiplyVector(A, step, k, k));
  const base = imposeNull && !single ? scores.map((s, g) => s.map((value, a) => value + moved[g]![a]!)) : scores;
  const slope = imposeNull && single ? moved : scores.map(() => new Float64Array(k));
  return { base, slope };
}

/** {@link restrictedScores} jackknifed by cluster: `s_g + A_g (X'WX - A_g)^-1 s_g`. */
function bootstrapScores(problem: WildProblem, imposeNull: boolean, inverses: readonly Float64Array[] | undefined): BootstrapScores {
  const { base, slope } = restrictedScores(problem, imposeNull);
  if (inverses === undefined) return { base, slope };
  const { gram, width: k } = problem.sums;
  const jackknife = (s: Float64Array, g: number): Float64Array => {
    const change = multiplyVector(gram[g]!, multiplyVector(inverses[g]!, s, k, k), k, k);
    return s.map((value, a) => value + change[a]!);
  };
  return { base: base.map(jackknife), slope: slope.map(jackknife) };
}

/** `B R'(R B R')^-1 d`: from the restricted estimate to the unrestricted one. */
function restrictionStep({ bread, sums, restrictions }: Omit<WildProblem, "distances">, d: Float64Array): Float64Array {
  const k = sums.width;
  const q = restrictions.length;
  const BR = restrictions.map((row) => multiplyVector(bread, row, k, k));
  const inner = new Float64Array(q * q);
  for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) inner[a * q + b] = dot(restrictions[a]!, BR[b]!);
  const solved = choleskySolve(inner, d);
  if (solved === undefined) {
    throw new IdentificationError(
      "SINGULAR_RESTRICTIONS",
      `Cannot impose ${q} restrictions as they must be independent and concern estimated coefficients: one repeats others or is empty`,
      { restrictions: q },
    );
  }
  const step = new Float64Array(k);
  for (let j = 0; j < q; j++) for (let a = 0; a < k; a++) step[a]! += solved[j]! * BR[j]![a]!;
  return step;
}

/** Zeros. */
export const affine = (size: number): Affine => ({ base: new Float64Array(size), slope: new Float64Array(size) });
