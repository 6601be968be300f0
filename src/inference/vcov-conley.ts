import { OptionError } from "../core/errors.ts";
import { type Covariance, covarianceFrom, type EstimatingEquations, positiveSemiDefinite } from "./covariance.ts";
import { denseScores, scoreWidth } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** Where rows lie, and how far dependence reaches. */
export interface ConleyOptions {
  /** Degrees. */
  readonly latitude: Float64Array;
  /** Degrees. */
  readonly longitude: Float64Array;
  /** Kilometres. */
  readonly cutoff: number;
  readonly distance: "triangular" | "spherical";
}

const EARTH_RADIUS = 6371;
const DEGREE = Math.PI / 180;
/** Kilometres of a degree in the planar distance, as fixest has it. */
const PLANAR_DEGREE = 111;

/**
 * Covariance robust to dependence between rows closer than the cutoff, all pairs with weight 1; times n/(n-K).
 * `"triangular"`: planar distance `sqrt(dlat^2 + (cos(mean latitude of the pair) dlon)^2)` in degrees of 111 km; `"spherical"`: great circle.
 *
 * @throws OptionError `INVALID_OPTION` (cutoff, latitudes beyond the poles).
 * @see Conley (1999), doi:10.1016/S0304-4076(98)00084-0
 */
export function conleyCovariance(equations: EstimatingEquations, options: ConleyOptions, settings: SmallSample): Covariance {
  const { latitude, cutoff } = options;
  if (!(cutoff > 0))
    throw new OptionError("INVALID_OPTION", `Cannot compute a Conley covariance as the cutoff must be above 0 km: ${cutoff} was given`, {
      option: "cutoff",
    });
  if (latitude.some((value) => Math.abs(value) > 90)) {
    throw new OptionError("INVALID_OPTION", "Cannot compute a Conley covariance as latitudes lie from -90 to 90 degrees: some lie beyond", {
      option: "latitude",
    });
  }
  const k = scoreWidth(equations.scores);
  const scores = denseScores(equations.scores);
  const meat = neighbourProducts(scores, k, options);
  const { observations: n, counts } = equations;
  const parameters = countParameters(counts, settings, undefined);
  const factor = settings.adjustParameters ? n / (n - parameters) : 1;
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, n - parameters);
  return {
    ...positiveSemiDefinite(
      covarianceFrom(
        equations,
        meat.map((value) => value * factor),
      ),
      counts.coefficients,
    ),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
  };
}

/** `sum_i s_i (sum over neighbours j of s_j)'`, rows swept by latitude. */
function neighbourProducts(scores: Float64Array, k: number, { latitude, longitude, cutoff, distance }: ConleyOptions): Float64Array {
  const n = latitude.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => latitude[a]! - latitude[b]!);
  // Latitudes alone bound the distance from below; a little slack guards against rounding.
  const reach = (distance === "spherical" ? cutoff / (EARTH_RADIUS * DEGREE) : cutoff / PLANAR_DEGREE) * (1 + 1e-9);
  const near = distance === "spherical" ? sphericalNear(cutoff) : planarNear(cutoff);
  const meat = new Float64Array(k * k);
  const sum = new Float64Array(k);
  for (let a = 0; a < n; a++) {
    const i = order[a]!;
    for (let p = 0; p < k; p++) sum[p] = 0.5 * scores[i * k + p]!;
    for (let b = a + 1; b < n; b++) {
      const j = order[b]!;
      if (latitude[j]! - latitude[i]! > reach) break;
      if (!near(latitude[i]!, longitude[i]!, latitude[j]!, longitude[j]!)) continue;
      for (let p = 0; p < k; p++) sum[p]! += scores[j * k + p]!;
    }
    for (let p = 0; p < k; p++) for (let q = 0; q < k; q++) meat[p * k + q]! += scores[i * k + p]! * sum[q]!;
  }
  return meat.map((value, p) => value + meat[(p % k) * k + Math.floor(p / k)]!);
}

type Near = (latA: number, lonA: number, latB: number, lonB: number) => boolean;

/** Longitudes differ by at most half a turn. */
const turn = (difference: number): number => {
  const size = Math.abs(difference) % 360;
  return size > 180 ? 360 - size : size;
};

function sphericalNear(cutoff: number): Near {
  const limit = cutoff >= Math.PI * EARTH_RADIUS ? 1 : Math.sin(cutoff / (2 * EARTH_RADIUS)) ** 2;
  return (latA, lonA, latB, lonB) => {
    const half = Math.sin(((latB - latA) * DEGREE) / 2);
    const side = Math.sin((turn(lonB - lonA) * DEGREE) / 2);
    return half * half + Math.cos(latA * DEGREE) * Math.cos(latB * DEGREE) * side * side <= limit;
  };
}

function planarNear(cutoff: number): Near {
  const limit = (cutoff / PLANAR_DEGREE) ** 2;
  return (latA, lonA, latB, lonB) => {
    const width = Math.cos(((latA + latB) / 2) * DEGREE) * turn(lonB - lonA);
    return (latB - latA) ** 2 + width * width <= limit;
  };
}
