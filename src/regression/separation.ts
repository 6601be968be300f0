import type { EffectRows } from "./fixed-effects.ts";
import { absorbEffects } from "./numerics/absorb-effects.ts";
import { leastSquares } from "./numerics/least-squares.ts";

/** Fitted values this close to zero are zero. */
const NEAR_ZERO = 1e-5;
const MAX_ROUNDS = 100;

/**
 * Rows with outcome 0 whose expected outcome can be driven to 0 without changing any row with a positive outcome, so that the Poisson
 * likelihood has no maximum: some combination z of regressors and effects is 0 where y > 0, at least 0 where y = 0, and positive there.
 * Found by the iterative rectifier: regress max(z, 0) on the design, with rows of positive outcome held at 0 by a large weight, until no
 * fitted value is negative.
 *
 * @returns positions of the separated rows, ascending.
 * @see Correia, Guimarães & Zylkin (2021), arXiv:1903.01633
 */
export function separatedRows(
  outcome: Float64Array,
  columns: readonly Float64Array[],
  intercept: boolean,
  effects: readonly EffectRows[],
): readonly number[] {
  const n = outcome.length;
  const zeros = outcome.reduce((count, y) => count + (y === 0 ? 1 : 0), 0);
  if (zeros === 0 || zeros === n) return [];
  const heavy = zeros / (NEAR_ZERO * NEAR_ZERO);
  const weights = outcome.map((y) => (y === 0 ? 1 : heavy));
  const absorber = effects.length === 0 ? undefined : absorbEffects(effects, weights);
  const without = absorber === undefined ? undefined : columns.map((x) => absorber.absorb(x));
  const design = without?.map(({ values }) => values) ?? columns;
  const floors = Float64Array.from(columns, (_, j) => (without === undefined ? 0 : 1e-9 * Math.sqrt(without[j]!.spread)));
  const u = outcome.map((y) => (y === 0 ? 1 : 0));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const target = absorber === undefined ? u : absorber.absorb(u).values;
    const { residuals } = leastSquares(target, design, weights, intercept && absorber === undefined, floors);
    let negative = false;
    const separated: number[] = [];
    for (let i = 0; i < n; i++) {
      const fitted = u[i]! - residuals[i]!;
      const z = Math.abs(fitted) < NEAR_ZERO * 10 ? 0 : fitted;
      if (outcome[i] === 0 && z < 0) negative = true;
      if (outcome[i] === 0 && z > 0) separated.push(i);
      u[i] = outcome[i] === 0 ? Math.max(0, z) : 0;
    }
    if (!negative) return separated;
    if (separated.length === 0) return [];
  }
  return [];
}
