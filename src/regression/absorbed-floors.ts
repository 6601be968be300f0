import type { EffectRows } from "./fixed-effects.ts";
import type { Absorbed } from "./numerics/absorbed.ts";

/** A column that the effects leave less than this share of its spread is absorbed by them. */
const ABSORBED = 1e-6;

/**
 * For each column the norm below which what the effects leave of it counts as nothing. A column that is the same in all rows has no spread
 * to compare with: it is absorbed where some effect has intercepts.
 */
export function absorbedFloors(
  columns: readonly Float64Array[],
  without: readonly Pick<Absorbed, "spread">[],
  effects: readonly EffectRows[],
): Float64Array {
  const intercepts = effects.some(({ specification }) => specification.intercept);
  return Float64Array.from(columns, (x, j) =>
    intercepts && x.every((value) => value === x[0]) ? Number.MAX_VALUE : ABSORBED * Math.sqrt(without[j]!.spread),
  );
}
