import { createStream } from "../../random/index.ts";
import { type SideValuesInWindow, type StatisticName, signedStatistic } from "./permutations.ts";

/** Largest and smallest p-value over the hidden traits considered. */
export interface HiddenBiasBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Bounds on a randomization p-value when a hidden binary trait changes the odds of the treated side up to `odds`-fold (Rosenbaum 2002,
 * chapter 4): rows are assigned independently, with odds `base` times `odds` where the trait is present. A statistic that grows with
 * the outcomes of the treated is most and least extreme for traits that split the rows by outcome, so only those n + 1 traits are
 * tried from either end. The same uniform draws serve all of them.
 */
export function hiddenBiasBounds(
  name: StatisticName,
  { values, side, weights }: SideValuesInWindow,
  base: number,
  odds: number,
  repetitions: number,
  seed: number,
): HiddenBiasBounds {
  const n = values.length;
  const statistic = signedStatistic(name, values, weights);
  const observed = Math.abs(statistic(side));
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const [without, present] = [base, (odds * base) / (1 - base + odds * base)];
  const stream = createStream(seed);
  const draws = Float64Array.from({ length: repetitions * n }, () => stream.uniform());
  const assignment = new Uint8Array(n);
  let [lower, upper] = [1, 0];
  for (let k = 0; k <= n; k++) {
    for (const highest of [false, true]) {
      const hits = shareExtreme((place) => (highest ? place >= n - k : place < k));
      lower = Math.min(lower, hits);
      upper = Math.max(upper, hits);
    }
  }
  return { lower, upper };

  function shareExtreme(hasTrait: (place: number) => boolean): number {
    let [hits, count] = [0, 0];
    for (let r = 0; r < repetitions; r++) {
      let ones = 0;
      for (let place = 0; place < n; place++) {
        const value = draws[r * n + place]! < (hasTrait(place) ? present : without) ? 1 : 0;
        assignment[order[place]!] = value;
        ones += value;
      }
      if (ones === 0 || ones === n) continue;
      count++;
      if (Math.abs(statistic(assignment)) >= observed - 1e-12) hits++;
    }
    return hits / count;
  }
}
