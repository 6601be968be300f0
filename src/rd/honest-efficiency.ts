import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { normalQuantile } from "../distributions/index.ts";
import { checkCall } from "./check-call.ts";
import { boundsOf, flatBound, honestRows, pilotVariance } from "./honest.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import { bestPoint, type Frontier, frontierOf } from "./honest-optimal.ts";
import { type RdHonestOptions, resolveHonest } from "./honest-options.ts";
import { root } from "./numerics/honest-optimal.ts";

/** Options of {@link honestEfficiency}, those of `rd.honest` that a sharp design of the Taylor class has. */
export type RdEfficiencyOptions<Row> = Pick<
  RdHonestOptions<Row>,
  "outcome" | "running" | "cutoff" | "weights" | "smoothness" | "quantile" | "level"
>;

/** Result of {@link honestEfficiency}. */
export interface RdEfficiencyResult extends Result<"rd.honestEfficiency", object> {
  readonly estimates: readonly Estimate[];
  /** Smallest expected length that an honest two-sided interval can have when the regression is flat, over the shortest of fixed length. */
  readonly twoSided: number;
  /** The same for the excess length, at the option `quantile`, of one-sided intervals. */
  readonly oneSided: number;
  /** Half the length of the shortest interval of fixed length. */
  readonly halfLength: number;
}

/** Simpson steps over the logarithm of the modulus. */
const STEPS = 240;
/** Beyond this many standard deviations the normal density is nothing. */
const TAIL = 9;

/**
 * How much an interval that adapts to a smoother regression could gain on the best one of fixed length, when both must hold for every
 * regression within the smoothness bound (Taylor class): near 1, nothing. Under preliminary homoskedastic variances by side.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Armstrong & Kolesár (2018), Econometrica 86(2) 655-683, section 3
 * @example
 * rd.honestEfficiency(people, { outcome: "hours", running: "age", cutoff: 60, smoothness: 0.05 }).twoSided;
 */
export function honestEfficiency<Row>(data: Frame<Row>, options: RdEfficiencyOptions<Row>): RdEfficiencyResult {
  const caller = "rd.honestEfficiency";
  checkCall(caller, data, options);
  const given = resolveOptions<object>(caller, options, {
    required: ["outcome", "running"],
    defaults: { cutoff: 0, weights: undefined, smoothness: undefined, quantile: 0.5, level: 0.95 },
  });
  const settings = resolveHonest({ ...given, kernel: "optimal", criterion: "length" });
  const { rows, design, warnings } = honestRows(data, settings);
  const smoothness = boundsOf(rows, settings);
  if (smoothness[0] === 0) throw flatBound(caller);
  const frontier = frontierOf(rows, smoothness[0]!, pilotVariance(rows, settings));
  const alpha = 1 - settings.level;
  const z = normalQuantile(alpha, "upper");
  const halfLength = shortest(frontier, { ...settings, smoothness, alpha });
  const first = smallestSize(frontier);
  const delta = z + normalQuantile(settings.quantile);
  const [one, two] = [delta, 2 * delta].map((value) => sizeAt(frontier, first, value));
  if (halfLength === undefined || one === undefined || two === undefined) {
    throw new IdentificationError(
      "TOO_FEW_POINTS",
      `Cannot run ${caller} as both sides need rows of "${settings.running}" near the cutoff: the weights are on one side only`,
      { column: settings.running },
    );
  }
  return finishResult({
    kind: caller,
    estimates: [],
    twoSided: expectedModulus(frontier, [first, sizeAt(frontier, first, 2 * (z + TAIL))!], z) / (2 * halfLength),
    oneSided: (2 * Math.exp(two)) / (2 * Math.exp(one) + delta * frontier.at(one)!.error),
    halfLength,
    sample: design.sample,
    warnings,
    options: settings,
    reference: "Armstrong & Kolesár (2018), Econometrica 86(2) 655-683",
  });
}

function shortest(frontier: Frontier, rules: Parameters<typeof bestPoint>[1]): number | undefined {
  const point = bestPoint(frontier, rules);
  return point && honestCriticalValue(point.bias / point.error, rules.alpha) * point.error;
}

/** Logarithm of the size from which on both sides have weights; delta grows from zero there. */
function smallestSize({ at, range: [low, high] }: Frontier): number {
  let [none, some] = [low - 2 * TAIL, high];
  while (some - none > Number.EPSILON * TAIL) {
    const middle = (none + some) / 2;
    if (middle <= none || middle >= some) break;
    if (at(middle) === undefined) none = middle;
    else some = middle;
  }
  return some;
}

/** Logarithm of the size at which the modulus is taken at `delta`, which grows with the size without bound. */
function sizeAt({ at, range }: Frontier, first: number, delta: number): number | undefined {
  const distance = (logSize: number): number => (at(logSize)?.delta ?? 0) - delta;
  let last = range[1];
  for (let tries = 0; distance(last) < 0; tries++) {
    if (tries === TAIL) return undefined;
    last += 1;
  }
  return root(distance, [first, last]);
}

/**
 * `integral over t > 0 of omega(2 t) phi(z - t) dt`, which is `(1 - alpha) E[omega(2 (z - Z)) | Z < z]`: with `omega = 2 s` and
 * `d delta = 2 ds / error` it is the integral of `2 s phi(z - delta / 2) / error` over the sizes s.
 */
function expectedModulus({ at }: Frontier, [from, to]: readonly [number, number], z: number): number {
  const step = (to - from) / STEPS;
  let sum = 0;
  for (let i = 0; i <= STEPS; i++) {
    const logSize = from + i * step;
    const point = at(logSize);
    if (point === undefined) continue;
    const density = Math.exp(-0.5 * (z - point.delta / 2) ** 2) / Math.sqrt(2 * Math.PI);
    sum += ((i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2) * 2 * Math.exp(2 * logSize) * density) / point.error;
  }
  return (sum * step) / 3;
}
