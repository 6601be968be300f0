import type { EffectRows } from "../fixed-effects.ts";
import { type Absorbed, type Absorber, createAbsorber } from "./absorber.ts";
import { createSlopesAbsorber } from "./slopes-absorber.ts";
import { type SortedEffects, sortEffects } from "./sorted-effects.ts";

/** An {@link Absorber} that remembers how well it did. */
export interface EffectAbsorber {
  readonly rank: number;
  readonly rankIsExact: boolean;
  readonly components: number;
  /** A copy of `x` without the effects. */
  absorb(x: Float64Array): Absorbed;
  effects(x: Float64Array): readonly Float64Array[];
  leverage(): Float64Array;
  /** Largest number of iterations and remaining residual of any variable so far. */
  report(): { readonly iterations: number; readonly residual: number };
}

/** Whether some effect has slopes. */
export function hasSlopes(effects: readonly EffectRows[]): boolean {
  return effects.some(({ slopes }) => slopes.length > 0);
}

/** The solver that fits the effects. */
export function absorbEffects(
  effects: readonly EffectRows[],
  weights: Float64Array | undefined,
  sorted: SortedEffects | undefined = undefined,
): EffectAbsorber {
  const absorber: Absorber = hasSlopes(effects)
    ? createSlopesAbsorber(
        effects.map((effect) => ({ ...effect, intercept: effect.specification.intercept })),
        weights,
      )
    : createAbsorber(effects, weights, sorted ?? sortEffects(effects));
  let [iterations, residual] = [0, 0];
  return {
    rank: absorber.rank,
    rankIsExact: absorber.rankIsExact,
    components: absorber.components,
    absorb: (x) => {
      const done = absorber.absorb(x);
      iterations = Math.max(iterations, done.iterations);
      residual = Math.max(residual, done.residual);
      return done;
    },
    effects: (x) => absorber.effects(x),
    leverage: () => absorber.leverage(),
    report: () => ({ iterations, residual }),
  };
}
