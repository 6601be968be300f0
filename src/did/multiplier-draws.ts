import { OptionError } from "../core/errors.ts";
import { substream } from "../random/index.ts";
import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import type { MultiplierDraws } from "./group-time-result.ts";
import { normalDraws } from "./numerics/largest-standardized.ts";

/**
 * Multiplier draws of effects and shares. Gaussian multipliers give exactly a normal distribution with the joint covariance, which is drawn
 * from directly, whatever the number of units; others multiply the influence values of units or clusters.
 */
export function multiplierDraws(fit: GroupTimeFit, data: AttGtData, settings: AttGtSettings<never>): MultiplierDraws | undefined {
  const { inference, seed } = settings;
  if (inference.type === "analytic") return undefined;
  const size = fit.att.length + fit.shares.length;
  if (inference.multipliers === undefined && inference.multiplier === "gaussian") {
    return { count: inference.draws, values: normalDraws(fit.joint, size, inference.draws, seed) };
  }
  const values = new Float64Array(inference.draws * size);
  const length = data.clusters?.count ?? fit.units;
  const multipliers = new Float64Array(length);
  for (let b = 0; b < inference.draws; b++) {
    const given = inference.multipliers?.[b];
    if (given !== undefined) takeMultipliers(given, data, multipliers);
    else if (inference.multiplier === "mammen") substream(seed, b).fillMammen(multipliers);
    else substream(seed, b).fillSigns(multipliers);
    values.set(fit.draw(multipliers), b * size);
  }
  return { count: inference.draws, values };
}

/** A user's multipliers for all units or clusters of the data, for those that remain. */
function takeMultipliers(given: Float64Array, data: AttGtData, out: Float64Array): void {
  const { positions, count: expected } =
    data.clusters === undefined ? data.originalUnits() : { positions: data.clusters.original, count: data.clusters.originalCount };
  if (given.length !== expected) {
    throw new OptionError(
      "MULTIPLIER_LENGTH",
      `Cannot bootstrap as each array of multipliers needs one entry for each of the ${expected} ${data.clusters === undefined ? "units" : "clusters"}: it has ${given.length}`,
      { expected, length: given.length },
    );
  }
  for (let i = 0; i < out.length; i++) out[i] = given[positions[i]!]!;
}
