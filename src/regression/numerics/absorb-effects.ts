import type { EffectRows } from "../fixed-effects.ts";
import type { Absorbed } from "./absorbed.ts";
import { type Absorber, createAbsorber } from "./absorber.ts";
import { collectCells, type EffectCells } from "./effect-cells.ts";
import { createSlopesAbsorber } from "./slopes-absorber.ts";

/** An {@link Absorber} that remembers how well it did. */
export interface EffectAbsorber {
  readonly rank: number;
  readonly rankIsExact: boolean;
  readonly components: number;
  /** A copy of `x` without the effects. */
  absorb(x: Float64Array): Absorbed;
  /** Copies of several variables without the effects, in one go; made when they are first asked for, where that saves work, if `later`. */
  absorbAll(columns: readonly Float64Array[], later?: boolean): readonly Absorbed[];
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
  cells: EffectCells | undefined = undefined,
  maxIterations: number | undefined = undefined,
): EffectAbsorber {
  const absorber: Absorber = hasSlopes(effects)
    ? createSlopesAbsorber(
        effects.map((effect) => ({ ...effect, intercept: effect.specification.intercept })),
        weights,
        maxIterations,
      )
    : createAbsorber(effects, weights, cells ?? collectCells(effects), maxIterations);
  let [iterations, residual] = [0, 0];
  const absorbAll = (columns: readonly Float64Array[], later?: boolean): readonly Absorbed[] => {
    const done = absorber.absorb(columns, later);
    for (const one of done) {
      iterations = Math.max(iterations, one.iterations);
      residual = Math.max(residual, one.residual);
    }
    return done;
  };
  return {
    rank: absorber.rank,
    rankIsExact: absorber.rankIsExact,
    components: absorber.components,
    absorb: (x) => absorbAll([x])[0]!,
    absorbAll,
    effects: (x) => absorber.effects(x),
    leverage: () => absorber.leverage(),
    report: () => ({ iterations, residual }),
  };
}
