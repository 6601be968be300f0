import { openBlockGram } from "../../moments/index.ts";
import type { EffectCells } from "./effect-cells.ts";

/** Share of all pairs of units and levels that must be cells for dense products to pay. */
const DENSE_SHARE = 0.25;

/** Whether nearly every unit meets nearly every level of the one other effect, as in a panel of units by periods. */
export function isFullTable({ offsets, otherEffects, units, levelCount }: EffectCells): boolean {
  return otherEffects.length === 1 && offsets[units]! >= DENSE_SHARE * units * levelCount;
}

/**
 * `sum_u v_u v_u' / N_u`, v_u the unit's own numbers followed by its cells' weights at their levels (zero elsewhere):
 * the products that eliminating the units subtracts. Size `own + levelCount`, row-major, symmetric.
 *
 * @param weights - one a cell, `undefined` for ones.
 * @param totals - `N_u` at `u * width + at`; units without weight are left out.
 * @param own - how many of the unit's numbers, which follow its total.
 */
export function unitProducts(
  { offsets, levels, counts, repeated, units, levelCount }: EffectCells,
  weights: Float64Array | undefined,
  { totals, width, own }: { readonly totals: Float64Array; readonly width: number; readonly own: number },
): Float64Array {
  const gram = openBlockGram(own + levelCount, units);
  const { block, stride } = gram;
  let filled = 0;
  for (let u = 0, next = 1; u < units; u = next++) {
    if (own === 0 && weights === counts) while (next < units && repeated[next] === 1) next++;
    const total = totals[u * width]!;
    if (!(total > 0)) continue;
    const scale = Math.sqrt((next - u) / total);
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    for (let j = 0; j < own; j++) block[j * stride + filled] = totals[u * width + 1 + j]! * scale;
    if (to - from < levelCount) for (let l = 0; l < levelCount; l++) block[(own + l) * stride + filled] = 0;
    const first = own * stride + filled;
    for (let c = from; c < to; c++) block[first + levels[c]! * stride] = weights === undefined ? scale : weights[c]! * scale;
    if (++filled < stride) continue;
    gram.add(filled);
    filled = 0;
  }
  if (filled > 0) gram.add(filled);
  return gram.finish();
}
