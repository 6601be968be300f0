import type { GroupCodes } from "../../moments/index.ts";
import type { Absorbed } from "./absorbed.ts";
import { collectCells, countComponents, type EffectCells } from "./effect-cells.ts";
import { EffectSystem } from "./effect-system.ts";

/** Removes fixed effects from variables. */
export interface Absorber {
  readonly rows: number;
  /** Rank of the effects' dummies; an upper bound where `rankIsExact` is false. */
  readonly rank: number;
  readonly rankIsExact: boolean;
  /** Connected components of the graph of levels. */
  readonly components: number;
  /** Variables together: passes over the rows and solves are shared. Values may be made when they are first asked for if `later`. */
  absorb(columns: readonly Float64Array[], later?: boolean): readonly Absorbed[];
  /** Coefficients of each effect's levels (of each of its slopes, level by level) that fit x best. */
  effects(x: Float64Array): readonly Float64Array[];
  /** Diagonal of the projection on the dummies, `w d'(D'WD)^- d`, one a row. */
  leverage(): Float64Array;
}

/** @param weights - positive, one a row, or `undefined`. */
export function createAbsorber(
  effects: readonly GroupCodes[],
  weights: Float64Array | undefined,
  cells: EffectCells = collectCells(effects),
  maxIterations: number | undefined = undefined,
): Absorber {
  const system = new EffectSystem(cells, weights, maxIterations);
  const components = countComponents(cells);
  const q = cells.otherEffects.length;
  const factor = system.dense ?? system.sparse;
  const rank =
    q === 0
      ? cells.units
      : q === 1
        ? cells.units + cells.levelCount - components
        : factor !== undefined
          ? cells.units + factor.rank
          : cells.units + cells.levelCount - q;
  return {
    rows: cells.rows,
    rank,
    rankIsExact: factor !== undefined || q <= 1,
    components,
    absorb: (columns, later) => system.absorb(columns, later),
    effects: (x) => system.effects(x),
    leverage: () => system.leverage(),
  };
}
