import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";

/** A first-stage F statistic below it is called weak. */
const WEAK_F = 10;
/** A jump in the treatment below this share of its largest value is rounding. */
const ROUNDING = 1e-11;

/**
 * Whether the treatment's mean differs between the sides of the window: a warning with its F when it hardly does.
 *
 * @throws IdentificationError `NO_FIRST_STAGE` when it does not.
 */
export function firstStageDoubts(caller: string, treatment: string, values: Float64Array, side: Uint8Array): Warning[] {
  const counts: [number, number] = [0, 0];
  const sums: [number, number] = [0, 0];
  const sizes: [number, number] = [0, 0];
  values.forEach((value, i) => {
    const s = side[i]! as 0 | 1;
    counts[s]++;
    sums[s] += value;
    sizes[s] = Math.max(sizes[s], Math.abs(value));
  });
  const means = [sums[0] / counts[0], sums[1] / counts[1]] as const;
  const deviations: [number, number] = [0, 0];
  values.forEach((value, i) => {
    const s = side[i]! as 0 | 1;
    deviations[s] += (value - means[s]) ** 2;
  });
  const jump = means[1] - means[0];
  if (!(Math.abs(jump) > ROUNDING * Math.max(...sizes))) {
    throw new IdentificationError(
      "NO_FIRST_STAGE",
      `Cannot run ${caller} as the treatment "${treatment}" must change at the cutoff: its jump in the window is ${jump}; leave "treatment" out for a sharp design`,
      { column: treatment, jump },
    );
  }
  const variance = deviations[0] / (counts[0] * (counts[0] - 1)) + deviations[1] / (counts[1] * (counts[1] - 1));
  const F = jump ** 2 / variance;
  if (!(F < WEAK_F)) return [];
  const message = `Weak first stage: F = ${F.toFixed(1)}; what is said of the treatment's effect is unreliable when treatment hardly jumps at the cutoff`;
  return [{ code: "WEAK_FIRST_STAGE", message, details: { F } }];
}
