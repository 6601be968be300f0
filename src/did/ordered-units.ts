import type { AttGtData } from "./att-gt-data.ts";
import { BLOCK } from "./numerics/block-size.ts";
import { type BlockedUnits, blockPlaces, openUnits, openWorkplace, placeRows } from "./numerics/covariate-comparisons.ts";

/** Units in order of cohort, each cohort starting with a block of its own. */
export interface SortedUnits {
  readonly units: BlockedUnits;
  /** Unit of the data at each place, -1 at places without. */
  readonly order: Int32Array;
  /** Blocks of cohort h: `blocks[h]` to `blocks[h + 1]`. */
  readonly blocks: Int32Array;
  readonly counts: Int32Array;
  readonly cohorts: Int32Array;
  readonly shares: Float64Array;
  readonly totalWeight: number;
  readonly equalWeights: boolean;
}

export function orderByCohort(data: AttGtData): SortedUnits {
  const { cohorts, groups, starts } = data.sample;
  const [n, H] = [cohorts.length, groups.length + 1];
  const counts = new Int32Array(H);
  for (let u = 0; u < n; u++) counts[cohorts[u]!]!++;
  const blocks = new Int32Array(H + 1);
  for (let h = 0; h < H; h++) blocks[h + 1] = blocks[h]! + Math.ceil(counts[h]! / BLOCK);
  const order = new Int32Array(blocks[H]! * BLOCK).fill(-1);
  const sums = new Float64Array(H);
  const someWeight = data.weights?.[starts[0]!] ?? 1;
  let equalWeights = true;
  const { units, take, finish } = openBlocks(data, blocks);
  const next = blocks.map((block) => block * BLOCK);
  for (let u = 0; u < n; u++) {
    const h = cohorts[u]!;
    const w = data.weights === undefined ? 1 : data.weights[starts[u]!]!;
    order[next[h]!++] = u;
    sums[h]! += w;
    if (w !== someWeight) equalWeights = false;
    take(h, starts[u]!, w);
  }
  finish();
  const totalWeight = sums.reduce((sum, value) => sum + value, 0);
  const shares = sums.slice(0, groups.length).map((value) => value / totalWeight);
  return { units, order, blocks, counts, cohorts, totalWeight, shares, equalWeights };
}

/** Takes units one by one: rows of a cohort gather until they fill a block, so that neither reads nor writes jump. */
function openBlocks(
  { sample: { times }, outcome, covariates }: AttGtData,
  blocks: Int32Array,
): {
  readonly units: BlockedUnits;
  readonly take: (cohort: number, row: number, weight: number) => void;
  readonly finish: () => void;
} {
  const T = times.length;
  const H = blocks.length - 1;
  const units = openUnits(covariates.length + 1, T, blocks[H]!);
  const M = units.kernels.memory(0);
  const width = 1 + T + units.p;
  const rows = new Float64Array(H * BLOCK * width);
  const filled = new Int32Array(H);
  const at = blocks.slice();
  const flush = (h: number): void => {
    placeRows(M, at[h]!++, rows, h * BLOCK * width, width, filled[h]!);
    filled[h] = 0;
  };
  const take = (h: number, row: number, weight: number): void => {
    let k = (h * BLOCK + filled[h]!++) * width;
    rows[k++] = weight;
    const first = outcome[row]!;
    for (let t = 0; t < T; t++) rows[k++] = outcome[row + t]! - first;
    rows[k++] = 1;
    for (let a = 0; a < covariates.length; a++) rows[k++] = covariates[a]![row]!;
    if (filled[h] === BLOCK) flush(h);
  };
  const finish = (): void => {
    for (let h = 0; h < H; h++) if (filled[h]! > 0) flush(h);
  };
  return { units, take, finish };
}

/** Cross-products by cohort: `sum w x x'` (p by p), `sum w x z_t` (p by T). */
export interface CohortCross {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

export function cohortMoments({ units, blocks, counts }: SortedUnits): readonly CohortCross[] {
  const { p, periods: T } = units;
  const work = openWorkplace(units, p * (T + p));
  const { kernels, M, at } = work;
  const sums = M.subarray(at.free, at.free + p * (T + p));
  return Array.from(counts, (_, h) => {
    sums.fill(0);
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const { w, z, x } = blockPlaces(units, b);
      kernels.moments(w, x, p, z, T + p, at.product, at.free);
    }
    const pick = (columns: number, from: number): Float64Array =>
      Float64Array.from({ length: p * columns }, (_, k) => sums[Math.floor(k / columns) * (T + p) + from + (k % columns)]!);
    return { gram: pick(p, T), cross: pick(T, 0) };
  });
}

/** Sums of `w x` of a cohort. */
export const weightedCovariates = ({ gram }: CohortCross, p: number): Float64Array =>
  Float64Array.from({ length: p }, (_, a) => gram[a * p]!);
