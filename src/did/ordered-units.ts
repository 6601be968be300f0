import type { AttGtData } from "./att-gt-data.ts";
import { addBlockMoments, BLOCK, type BlockedUnits, blockAt, placeUnit } from "./numerics/covariate-comparisons.ts";

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
  const { cohorts, groups, starts, times } = data.sample;
  const [n, H] = [cohorts.length, groups.length + 1];
  const counts = new Int32Array(H);
  for (let u = 0; u < n; u++) counts[cohorts[u]!]!++;
  const blocks = new Int32Array(H + 1);
  for (let h = 0; h < H; h++) blocks[h + 1] = blocks[h]! + Math.ceil(counts[h]! / BLOCK);
  const next = blocks.map((block) => block * BLOCK);
  const places = blocks[H]! * BLOCK;
  const [p, periods] = [data.covariates.length + 1, times.length];
  const units: BlockedUnits = {
    p,
    periods,
    w: new Float64Array(places),
    x: new Float64Array(places * p),
    z: new Float64Array(places * periods),
  };
  const order = new Int32Array(places).fill(-1);
  const sums = new Float64Array(H);
  let equalWeights = true;
  for (let u = 0; u < n; u++) {
    const h = cohorts[u]!;
    const place = next[h]!++;
    const row = starts[u]!;
    const w = data.weights?.[row] ?? 1;
    order[place] = u;
    sums[h]! += w;
    if (w !== (data.weights?.[starts[0]!] ?? 1)) equalWeights = false;
    placeUnit(units, place, data.outcome, row, data.covariates, w);
  }
  const totalWeight = sums.reduce((sum, value) => sum + value, 0);
  const shares = sums.slice(0, groups.length).map((value) => value / totalWeight);
  return { units, order, blocks, counts, cohorts, totalWeight, shares, equalWeights };
}

/** Cross-products by cohort. */
export interface CohortCross {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

export function cohortMoments({ units, blocks, counts }: SortedUnits): readonly CohortCross[] {
  return Array.from(counts, (_, h) => {
    const moments = { gram: new Float64Array(units.p ** 2), cross: new Float64Array(units.p * units.periods) };
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const block = blockAt(units, b);
      addBlockMoments(block, block.w, block.z, moments.gram, moments.cross);
    }
    return moments;
  });
}

/** Sums of `w x` of a cohort. */
export const weightedCovariates = ({ gram }: CohortCross, p: number): Float64Array =>
  Float64Array.from({ length: p }, (_, a) => gram[a * p]!);
