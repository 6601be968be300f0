import { type Contributions, MOST_CLUSTERS } from "./contributions.ts";
import type { CohortPaths } from "./efficient-contrasts.ts";
import { adjustedCovariance, contrastCovariance, type Deviation } from "./efficient-covariance.ts";

/** Where the outcome path of each unit begins, by cohort. */
export interface CohortUnits {
  readonly outcome: Float64Array;
  readonly starts: readonly (readonly number[])[];
}

/**
 * What each unit adds to the deviations: its weighted path less its cohort's mean, over `sqrt(n (n - 1))`, so that products sum to the Neyman
 * covariance; then each estimate's scaled to its corrected variance. Absent with many units.
 */
export function unitContributions(
  paths: CohortPaths,
  { outcome, starts }: CohortUnits,
  deviations: readonly Deviation[],
): Contributions | undefined {
  if (paths.units.reduce((sum, n) => sum + n, 0) > MOST_CLUSTERS) return undefined;
  const scales = deviations.map((one) => {
    const neyman = contrastCovariance(paths, one.weights, one.weights);
    return neyman > 0 ? Math.sqrt(adjustedCovariance(paths, one, one) / neyman) : 0;
  });
  return starts.flatMap((own, g) => {
    const mean = paths.means[g]!;
    const size = Math.sqrt(own.length * (own.length - 1));
    return own.map((at) =>
      deviations.map(
        ({ weights }, k) => weights[g]!.reduce((sum, a, t) => sum + a * (outcome[at + t]! - mean[t]!), 0) * (scales[k]! / size),
      ),
    );
  });
}
