import { OptionError } from "../core/errors.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import { scoreWidth } from "../inference/scores.ts";
import { symmetricPower } from "../linalg/index.ts";
import { rawProducts } from "../moments/index.ts";
import type { EffectRows } from "./fixed-effects.ts";
import { absorbEffects } from "./numerics/absorb-effects.ts";
import { rowWeights } from "./row-weights.ts";

/** Largest number of dummies, and of their values, that leverage-corrected cluster covariances write out. */
const MAX_COLUMNS = 600;
const MAX_VALUES = 1e8;

/**
 * The equations with dummies of the absorbed effects as further columns, which the leverage of a cluster needs. Effects nested in the
 * cluster variable of an unweighted fit stay absorbed: they change nothing (the adjusted residuals have mean zero in each level).
 *
 * @throws OptionError `TOO_MANY_EFFECTS`.
 */
export function withExplicitEffects(
  equations: EstimatingEquations,
  effects: readonly EffectRows[],
  groups: readonly ClusterGroups[],
): EstimatingEquations {
  const absorbed = equations.weights === undefined ? effects.filter((_, e) => groups.every(({ nested }) => nested[e] === true)) : [];
  const explicit = effects.filter((effect) => !absorbed.includes(effect));
  if (explicit.length === 0) return equations;
  const rows = equations.scores.multiplier.length;
  const count = explicit.reduce((sum, effect) => sum + effect.count * (effect.slopes.length + (effect.specification.intercept ? 1 : 0)), 0);
  if (count > MAX_COLUMNS || count * rows > MAX_VALUES) {
    const names = explicit.map(({ specification }) => `"${specification.name}"`).join(", ");
    throw new OptionError(
      "TOO_MANY_EFFECTS",
      `Cannot correct clusters for leverage as the fixed effects ${names} are not nested in the clusters and have ${count} levels: at most ${MAX_COLUMNS} can be written out; use CR1`,
      { levels: count },
    );
  }
  const absorber = absorbed.length === 0 ? undefined : absorbEffects(absorbed, undefined);
  const dummies = explicit.flatMap(dummiesOf).map((column) => (absorber === undefined ? column : absorber.absorb(column).values));
  const own = unitInverse(rawProducts(dummies, rowWeights(equations)), dummies.length);
  const k = scoreWidth(equations.scores);
  const width = k + dummies.length;
  const bread = new Float64Array(width * width);
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) bread[a * width + b] = equations.bread[a * k + b]!;
  for (let a = 0; a < dummies.length; a++) {
    for (let b = 0; b < dummies.length; b++) bread[(k + a) * width + k + b] = own[a * dummies.length + b]!;
  }
  const { scores } = equations;
  return {
    ...equations,
    bread,
    scores: { ...scores, columns: [...scores.columns, ...dummies], centers: Float64Array.of(...scores.centers, ...dummies.map(() => 0)) },
  };
}

/** A generalised inverse of products of columns, taken in units of each column's length: slopes may be of any size. */
function unitInverse(products: Float64Array, m: number): Float64Array {
  const size = Float64Array.from({ length: m }, (_, j) => Math.sqrt(products[j * m + j]!) || 1);
  const scale = (value: number, p: number): number => value / (size[Math.floor(p / m)]! * size[p % m]!);
  return symmetricPower(products.map(scale), m, -1, 1e-10).map(scale);
}

/** Indicators of an effect's levels, and their products with its slopes. */
function dummiesOf({ codes, count, slopes, specification }: EffectRows): readonly Float64Array[] {
  const out: Float64Array[] = [];
  const parts: (Float64Array | undefined)[] = specification.intercept ? [undefined, ...slopes] : [...slopes];
  for (let level = 0; level < count; level++) {
    for (const slope of parts) {
      const column = new Float64Array(codes.length);
      for (let i = 0; i < codes.length; i++) if (codes[i] === level) column[i] = slope === undefined ? 1 : slope[i]!;
      out.push(column);
    }
  }
  return out;
}
