import type { EffectCells } from "./effect-cells.ts";

/**
 * Leverage of a row of weight one in each cell (each unit where there is one effect): `1/N_u + z' S^- z`, z the cell's levels less their
 * means within the unit.
 *
 * @param solve - replaces four right-hand sides, four entries a level, by the solutions of `S b = r`.
 */
export function leverageOfCells(
  cells: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  solve: (x: Float64Array) => void,
): Float64Array {
  const { offsets, levels, otherEffects, levelCount: m, units } = cells;
  const q = otherEffects.length;
  if (q === 0) return unitWeights.map((weight) => 1 / weight);
  const out = new Float64Array(offsets[units]!);
  const right = new Float64Array(4 * m);
  const solved = new Float64Array(4 * m);
  const batch = new Int32Array(4);
  let waiting = 0;
  const flush = (): void => {
    solved.set(right);
    solve(solved);
    for (let lane = 0; lane < waiting; lane++) {
      let form = 0;
      for (let l = 0; l < m; l++) form += right[4 * l + lane]! * solved[4 * l + lane]!;
      out[batch[lane]!]! += form;
    }
    right.fill(0);
    waiting = 0;
  };
  for (let u = 0; u < units; u++) {
    const [from, to] = [offsets[u]!, offsets[u + 1]!];
    for (let c = from; c < to; c++) {
      out[c] = 1 / unitWeights[u]!;
      if (q === 1 && to - from === 1) continue; // the only cell: z is zero
      for (let other = from; other < to; other++) {
        const share = (weights === undefined ? 1 : weights[other]!) / unitWeights[u]!;
        for (let p = 0; p < q; p++) right[4 * levels[other * q + p]! + waiting]! -= share;
      }
      for (let p = 0; p < q; p++) right[4 * levels[c * q + p]! + waiting]! += 1;
      batch[waiting++] = c;
      if (waiting === 4) flush();
    }
  }
  if (waiting > 0) flush();
  return out;
}
