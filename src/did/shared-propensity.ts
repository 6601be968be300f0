import { BLOCK } from "./numerics/block-size.ts";
import { blockPlaces, linearIndex, openWorkplace } from "./numerics/covariate-comparisons.ts";
import { iterateLogit, logitTerms, type PropensityFit } from "./numerics/weighted-fits.ts";
import type { SortedUnits } from "./ordered-units.ts";

/** A fitted propensity, and its largest probability. */
type BlockedLogit = Omit<PropensityFit, "probabilities"> & { readonly largest: number };

/** The cohort's propensity against control cohorts, `"overlap"` where it comes too near one. */
export function propensityModel(
  sorted: SortedUnits,
  group: number,
  controls: readonly number[],
  meanWeight: number,
  noOverlap: number,
): BlockedLogit | undefined | "overlap" {
  const logit = blockedLogit(sorted, group, controls, meanWeight);
  // the guard is an unweighted model's; equal weights make it the propensity itself
  const guard = sorted.equalWeights ? logit : blockedLogit(sorted, group, controls, undefined);
  return guard !== undefined && guard.largest >= noOverlap ? "overlap" : logit;
}

/** A logit of the cohort against others with weights over their mean, or with none. */
function blockedLogit(
  { units, blocks, counts }: SortedUnits,
  group: number,
  controls: readonly number[],
  meanWeight: number | undefined,
): BlockedLogit | undefined {
  const { p } = units;
  const work = openWorkplace(units, p + p * p + p + 3 + 3 * BLOCK);
  const { kernels, M, at } = work;
  const even = (place: number): number => 2 * Math.ceil(place / 2);
  const coefficients = at.free;
  const grams = even(coefficients + p);
  const rights = even(grams + p * p);
  const [information, working, weights] = [0, 1, 2].map((k) => even(rights + p) + k * BLOCK) as [number, number, number];
  const column = (place: number): Float64Array => M.subarray(place, place + BLOCK);
  const rows = { w: column(weights), D: new Float64Array(BLOCK), probabilities: new Float64Array(BLOCK) };
  const terms = { index: column(at.index), information: column(information), working: column(working) };
  const [gram, right] = [M.subarray(grams, grams + p * p), M.subarray(rights, rights + p)];
  let largest = 0;
  const fit = iterateLogit({ p, gram, right }, (b) => {
    let deviance = 0;
    largest = 0;
    if (b !== undefined) M.set(b, coefficients);
    for (const h of [group, ...controls]) {
      rows.D.fill(h === group ? 1 : 0);
      for (let k = blocks[h]!; k < blocks[h + 1]!; k++) {
        const m = Math.min(BLOCK, counts[h]! - (k - blocks[h]!) * BLOCK);
        const { w, x } = blockPlaces(units, k);
        for (let i = 0; i < m; i++) rows.w[i] = meanWeight === undefined ? 1 : M[w + i]! / meanWeight;
        if (b !== undefined) linearIndex(work, x, p, coefficients);
        deviance += logitTerms(rows, m, b === undefined, terms);
        kernels.moments(information, x, p, x, p, at.product, grams);
        kernels.moments(working, x, 1, x, p, at.product, rights);
        for (let i = 0; i < m; i++) if (rows.probabilities[i]! > largest) largest = rows.probabilities[i]!;
      }
    }
    return deviance;
  });
  return fit === undefined ? undefined : { ...fit, largest };
}
