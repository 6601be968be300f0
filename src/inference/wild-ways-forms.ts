import { dot, multiplyVector } from "../linalg/index.ts";
import { breadRoot, type ClusterSums, omittedInverses, restrictedRoot } from "./cluster-sums.ts";
import { addProducts, gatherCells, type WaysTerm } from "./numerics/wild-ways.ts";
import { type Affine, affine, type BootstrapScores, restrictedScores, type WildProblem, type WildVariant } from "./wild-forms.ts";

/** How cells make up the clusters of each term of the variance and the groups that share a multiplier. */
export interface WildWays {
  readonly drawn: number;
  readonly drawnOf: Int32Array;
  /** Each with its sign, and its small-sample factor for CR1. */
  readonly terms: readonly WaysTerm[];
}

/** {@link WildWays} with the sums over cells behind numerators and variances. */
export interface WildWaysForms {
  readonly cells: number;
  readonly width: number;
  readonly restrictions: number;
  /** `R B s_c`, cells by q. */
  readonly numerators: Affine;
  /** `B s_c`, cells by k. */
  readonly shifts: Affine;
  readonly terms: readonly (WaysTerm & { readonly parts: Affine; readonly weights: Float64Array })[];
  /** q by q variance of the data's statistic, small-sample factors included. */
  readonly observed: Float64Array;
  /** Clusters without which not all coefficients are identified, where that was looked at. */
  readonly singular: readonly number[];
}

/**
 * The forms of several cluster variables, or of multipliers for other groups than the clusters; the problem's sums are those of cells. Jackknifed residuals
 * (first digit 3) are those of an estimate without the group that shares the multiplier, the adjustment by which one cluster variable jackknifes; a jackknifed variance
 * (second digit 3) is the signed sum of each term's own cluster jackknife `(G - 1)/G sum_g (b_(g) - b)(b_(g) - b)'`.
 *
 * @throws IdentificationError `SINGULAR_RESTRICTIONS`.
 * @see MacKinnon, Nielsen & Webb (2021), doi:10.1080/07350015.2019.1677473 (multipliers), (2023), doi:10.1002/jae.2969 (residuals), (2024), arXiv:2406.08880 (variance)
 */
export function wildWaysForms(problem: WildProblem, ways: WildWays, variant: WildVariant, imposeNull: boolean): WildWaysForms {
  const { sums, bread, restrictions } = problem;
  const { clusters: cells, width: k } = sums;
  const q = restrictions.length;
  const robust = variant.endsWith("3");
  const root = variant === "11" ? undefined : breadRoot(bread, k);
  const plainScores = restrictedScores(problem, imposeNull);
  const scores = variant.startsWith("3") ? jackknifedScores(problem, ways, plainScores, root!, imposeNull) : plainScores;

  const [numerators, shifts] = [affine(cells * q), affine(cells * k)];
  const plain = restrictions.map((row) => multiplyVector(bread, row, k, k));
  for (const part of ["base", "slope"] as const) {
    scores[part].forEach((score, c) => {
      shifts[part].set(multiplyVector(bread, score, k, k), c * k);
      for (let j = 0; j < q; j++) numerators[part][c * q + j] = dot(plain[j]!, score);
    });
  }
  const observed = new Float64Array(q * q);
  const singular = new Set<number>();
  const terms = ways.terms.map((term) => {
    const own = sumsOf(sums, term);
    const inverses = robust ? omittedInverses(own, root!, k) : undefined;
    const Z = own.gram.map((_, g) =>
      inverses === undefined ? plain : restrictions.map((row) => multiplyVector(inverses.inverses[g]!, row, k, k)),
    );
    if (ways.terms.length === 1) for (const g of inverses?.singular ?? []) singular.add(g);
    const factor = robust ? (Math.sign(term.factor) * (term.count - 1)) / term.count : term.factor;
    const weights = new Float64Array(term.count * q * k);
    const parts = affine(cells * q);
    const seen = new Float64Array(term.count * q);
    own.gram.forEach((A, g) => {
      for (let j = 0; j < q; j++) {
        weights.set(multiplyVector(A, Z[g]![j]!, k, k), (g * q + j) * k);
        seen[g * q + j] = dot(Z[g]![j]!, own.scores[g]!);
      }
    });
    for (const part of ["base", "slope"] as const) {
      scores[part].forEach((score, c) => {
        for (let j = 0; j < q; j++) parts[part][c * q + j] = dot(Z[term.groupOf[c]!]![j]!, score);
      });
    }
    addProducts(seen, term.count, q, factor, observed);
    return { groupOf: term.groupOf, count: term.count, factor, parts, weights };
  });
  return { cells, width: k, restrictions: q, numerators, shifts, terms, observed, singular: [...singular] };
}

/** Scores of cells as the residuals without their multiplier's group have them: `s_c + A_c (X'WX - A_d)^-1 s_d`, d being the group. */
function jackknifedScores(
  { sums, restrictions }: WildProblem,
  { drawn, drawnOf }: WildWays,
  { base, slope }: BootstrapScores,
  root: Float64Array,
  imposeNull: boolean,
): BootstrapScores {
  const k = sums.width;
  const q = restrictions.length;
  const groups = sumsOf(sums, { groupOf: drawnOf, count: drawn });
  const { inverses } = imposeNull
    ? omittedInverses(groups, restrictedRoot(root, restrictions, k), k - q)
    : omittedInverses(groups, root, k);
  const jackknife = (scores: readonly Float64Array[]): readonly Float64Array[] => {
    const whole = gatherCells(flat(scores, k), k, drawnOf, drawn);
    const steps = inverses.map((inverse, d) => multiplyVector(inverse, whole.subarray(d * k, (d + 1) * k), k, k));
    return scores.map((score, c) => {
      const change = multiplyVector(sums.gram[c]!, steps[drawnOf[c]!]!, k, k);
      return score.map((value, a) => value + change[a]!);
    });
  };
  return { base: jackknife(base), slope: jackknife(slope) };
}

/** Sums over the cells of each group. */
function sumsOf({ width: k, gram, scores }: ClusterSums, { groupOf, count }: Pick<WaysTerm, "groupOf" | "count">): ClusterSums {
  const grams = gatherCells(flat(gram, k * k), k * k, groupOf, count);
  const totals = gatherCells(flat(scores, k), k, groupOf, count);
  return {
    clusters: count,
    width: k,
    gram: Array.from({ length: count }, (_, g) => grams.subarray(g * k * k, (g + 1) * k * k)),
    scores: Array.from({ length: count }, (_, g) => totals.subarray(g * k, (g + 1) * k)),
  };
}

function flat(rows: readonly Float64Array[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(row, i * width);
  });
  return out;
}
