import { OptionError } from "../core/errors.ts";
import { checkArgument, checkNumber, checkOptions, resolveOptions } from "../core/options.ts";
import type { Frame } from "../data/frame.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";
import { estimate, type RdEstimateOptions } from "../rd/index.ts";

/** Left and right. */
type Pair = readonly [number, number];

/** What the power of a regression discontinuity depends on, left and right of the cutoff. */
export interface RdPowerInputs {
  /** Rows (or clusters) of the sample behind the constants. */
  readonly rows: Pair;
  /** Of these, within the sampling bandwidth. */
  readonly within: Pair;
  /** Half-widths of the window from which the new sample is drawn. */
  readonly samplingBandwidth: Pair;
  /** `N h^(1 + 2v)` times the robust variance of the side's coefficient. */
  readonly variance: Pair;
  /** The same with the conventional variance. */
  readonly conventionalVariance?: Pair;
  /** Estimated bias of each side over `h^(1 + p - v)`. */
  readonly bias?: Pair;
  /** Derivative v. Default 0. */
  readonly derivative?: number;
  /** Order p of the polynomial. Default 1. */
  readonly order?: number;
  /** Half the standard deviation of the outcome left of the cutoff: the effect looked for by default. */
  readonly defaultEffect?: number;
}

/** Settings shared by the three questions. */
export interface RdPowerOptions {
  /** Effect to detect. Default half the outcome's standard deviation just left of the cutoff. */
  readonly effect?: number;
  /** Size of the two-sided test. Default 0.05. */
  readonly alpha?: number;
  /** New rows within the sampling bandwidth, left and right. Default as many as now. */
  readonly sampleSize?: Pair;
  /** Power to reach. Default 0.8. */
  readonly power?: number;
  /** Share of new rows on the right. Default in proportion to the sides' standard deviations. */
  readonly shareRight?: number;
}

/** Power of the robust and the conventional test. */
export interface RdPower {
  readonly effect: number;
  readonly power: number;
  readonly standardError: number;
  readonly conventional?: { readonly power: number; readonly standardError: number };
  readonly sampleSize: Pair;
}

/** Rows needed. */
export interface RdSampleSize {
  readonly effect: number;
  /** Rows of the whole running variable's range. */
  readonly total: number;
  /** Rows within the sampling bandwidth, and their split. */
  readonly within: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Constants for {@link rd}, {@link rdSampleSize} and {@link rdMinimumEffect} from data: a fit of `rd.estimate` and the rows within the
 * sampling bandwidth (default the fit's own).
 *
 * @throws The errors of `rd.estimate`; OptionError `INVALID_OPTION`.
 * @example
 * power.rd(power.rdInputs(people, { outcome: "hours", running: "age", cutoff: 60 }), { effect: 2 }).power;
 */
export function rdInputs<Row>(data: Frame<Row>, options: RdEstimateOptions<Row>, samplingBandwidth?: Pair): RdPowerInputs {
  if (samplingBandwidth !== undefined) checkPair("power.rdInputs", "samplingBandwidth", samplingBandwidth);
  const fit = estimate(data, options);
  const { derivative: v, order: p, cutoff } = fit.options;
  const { h } = fit.bandwidths;
  const k = samplingBandwidth ?? h;
  const sides = [fit.left, fit.right] as const;
  const clustered = fit.left.clusters !== undefined;
  const rows: Pair = clustered ? [fit.left.clusters!, fit.right.clusters!] : [fit.left.rows, fit.right.rows];
  const total = rows[0] + rows[1];
  const scaled = (kind: "robust" | "conventional"): Pair => {
    const one = (s: 0 | 1): number => fit.options.scale ** 2 * total * h[s] ** (1 + 2 * v) * sides[s].covariance[kind][v]![v]!;
    return [one(0), one(1)];
  };
  const near = rowsNear(data, options, cutoff, k);
  return {
    rows,
    within: samplingBandwidth === undefined ? [fit.left.within, fit.right.within] : near.rows,
    samplingBandwidth: k,
    variance: scaled("robust"),
    conventionalVariance: scaled("conventional"),
    bias: [fit.left.bias / h[0] ** (1 + p - v), fit.right.bias / h[1] ** (1 + p - v)],
    derivative: v,
    order: p,
    defaultEffect: near.deviation / 2,
  };
}

/** Complete rows within the sampling bandwidth, and the outcome's standard deviation in its left part. */
function rowsNear<Row>(data: Frame<Row>, options: RdEstimateOptions<Row>, cutoff: number, k: Pair): { rows: Pair; deviation: number } {
  const [y, x] = [data.numbers(options.outcome), data.numbers(options.running)];
  let [left, right, sum, squares] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const offset = x[i]! - cutoff;
    if (Number.isNaN(y[i]!) || !(offset >= -k[0] && offset <= k[1])) continue;
    if (offset >= 0) right++;
    else {
      left++;
      const change = y[i]! - sum;
      sum += change / left;
      squares += change * (y[i]! - sum);
    }
  }
  return { rows: [left, right], deviation: Math.sqrt(squares / (left - 1)) };
}

/**
 * Power of the robust bias-corrected test of a regression discontinuity for a new sample. Equals `rdpower` of R: the conventional
 * figure adds both sides' bias to the effect, as that package does.
 *
 * @throws OptionError `INVALID_OPTION`, `MISSING_OPTION`.
 * @see Cattaneo, Titiunik & Vazquez-Bare (2019), Stata Journal 19(1) 210-245
 */
export function rd(inputs: RdPowerInputs, options: RdPowerOptions = {}): RdPower {
  const { effect, alpha } = resolve("power.rd", inputs, options);
  const sampleSize = options.sampleSize ?? inputs.within;
  const n = effectiveRows(inputs, sampleSize);
  const standardError = Math.sqrt(varianceSum(inputs, inputs.variance) / n);
  const power = powerAt(effect / standardError, alpha);
  if (inputs.conventionalVariance === undefined) return { effect, power, standardError, sampleSize };
  const plain = Math.sqrt(varianceSum(inputs, inputs.conventionalVariance) / n);
  const conventional = { power: powerAt((effect + biasSum(inputs)) / plain, alpha), standardError: plain };
  return { effect, power, standardError, conventional, sampleSize };
}

/**
 * Smallest sample that detects an effect with the wanted power. Equals `rdsampsi` of R. `conventional` uses the plain variance and bias.
 *
 * @throws OptionError `INVALID_OPTION`, `MISSING_OPTION`.
 */
export function rdSampleSize(
  inputs: RdPowerInputs,
  options: RdPowerOptions = {},
  inference: "robust" | "conventional" = "robust",
): RdSampleSize {
  const { effect, alpha, power } = resolve("power.rdSampleSize", inputs, options);
  const robust = inference === "robust";
  const variance = robust ? inputs.variance : inputs.conventionalVariance;
  if (variance === undefined) throw missing("power.rdSampleSize", "conventionalVariance");
  const needed = robust ? effect : effect + biasSum(inputs);
  if (needed === 0) {
    throw new OptionError("INVALID_OPTION", 'Cannot run power.rdSampleSize as no sample detects an effect of 0: give another "effect"', {
      effect,
    });
  }
  const unit = varianceSum(inputs, variance);
  const total = smallest((m) => powerAt(needed / Math.sqrt(unit / m), alpha) >= power);
  const [left, right] = [Math.sqrt(variance[0]), Math.sqrt(variance[1])];
  const share = options.shareRight ?? right / (right + left);
  const within = total / ((share * inputs.rows[1]) / inputs.within[1] + ((1 - share) * inputs.rows[0]) / inputs.within[0]);
  const sides = [Math.ceil((1 - share) * within), Math.ceil(share * within)] as const;
  return { effect, total, within: sides[0] + sides[1], left: sides[0], right: sides[1] };
}

/**
 * Smallest effect that the sample detects with the wanted power. Equals `rdmde` of R, solved by bisection. `conventional` uses the plain
 * variance, and leaves to the effect what both sides' bias does not add.
 *
 * @throws OptionError `INVALID_OPTION`, `MISSING_OPTION`.
 */
export function rdMinimumEffect(
  inputs: RdPowerInputs,
  options: Omit<RdPowerOptions, "effect"> = {},
  inference: "robust" | "conventional" = "robust",
): number {
  const caller = "power.rdMinimumEffect";
  checkOptions(caller, options);
  const { alpha, power } = resolve(caller, inputs, { ...options, effect: 1 });
  const n = effectiveRows(inputs, options.sampleSize ?? inputs.within);
  const standardError = rdScaledError(inputs, inference) / Math.sqrt(n);
  let [low, high] = [0, 1];
  while (powerAt(high, alpha) < power) high *= 2;
  for (let i = 0; i < 200 && high - low > 0; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (powerAt(middle, alpha) < power) low = middle;
    else high = middle;
  }
  return high * standardError - (inference === "robust" ? 0 : biasSum(inputs));
}

/**
 * Square root of the sum of `V / k^(1 + 2v)`: the standard error times the root of the effective rows.
 *
 * @throws OptionError `INVALID_OPTION`, `MISSING_OPTION`.
 */
export function rdScaledError(inputs: RdPowerInputs, inference: "robust" | "conventional" = "robust"): number {
  const caller = "power.rdScaledError";
  checkInputs(caller, inputs);
  const variance = inference === "robust" ? inputs.variance : inputs.conventionalVariance;
  if (variance === undefined) throw missing(caller, "conventionalVariance");
  return Math.sqrt(varianceSum(inputs, variance));
}

function resolve(caller: string, inputs: RdPowerInputs, given: RdPowerOptions): { effect: number; alpha: number; power: number } {
  const options = resolveOptions<RdPowerOptions>(caller, given, {
    required: [],
    defaults: { effect: undefined, alpha: 0.05, sampleSize: undefined, power: 0.8, shareRight: undefined },
  });
  checkInputs(caller, inputs);
  const effect = options.effect ?? inputs.defaultEffect;
  if (effect === undefined) throw missing(caller, "effect");
  checkNumber(caller, "effect", effect);
  const alpha = checkNumber(caller, "alpha", options.alpha, { min: 0, max: 1, open: true });
  const power = checkNumber(caller, "power", options.power, { min: alpha, max: 1, open: true });
  if (options.shareRight !== undefined) checkNumber(caller, "shareRight", options.shareRight, { min: 0, max: 1, open: true });
  if (options.sampleSize !== undefined) checkPair(caller, "sampleSize", options.sampleSize);
  return { effect, alpha, power };
}

/** @throws OptionError `WRONG_ARGUMENT`, `INVALID_OPTION`. */
function checkInputs(caller: string, inputs: RdPowerInputs): void {
  const needed = ["variance", "samplingBandwidth", "within", "rows"] as const;
  checkArgument(caller, inputs, `the result of power.rdInputs, or an object with ${needed.join(", ")}`, needed);
  for (const name of needed) checkPair(caller, name, inputs[name]);
}

function checkPair(caller: string, name: string, pair: unknown): void {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as "${name}" must be [left, right]: ${String(pair)} was given`, {
      option: name,
    });
  }
  // a new sample may lie on one side only
  for (const value of pair) checkNumber(caller, name, value, { min: 0, open: name !== "sampleSize" || !(Math.max(...pair) > 0) });
}

function missing(caller: string, option: string): OptionError {
  return new OptionError("MISSING_OPTION", `Cannot run ${caller} as "${option}" is required: it was not given`, { option });
}

/** Rows of the whole range that a sample within the sampling bandwidth stands for. */
function effectiveRows({ rows, within }: RdPowerInputs, sample: Pair): number {
  return (rows[1] * sample[1]) / within[1] + (rows[0] * sample[0]) / within[0];
}

function varianceSum({ samplingBandwidth: k, derivative = 0 }: RdPowerInputs, variance: Pair): number {
  return variance[0] / k[0] ** (1 + 2 * derivative) + variance[1] / k[1] ** (1 + 2 * derivative);
}

function biasSum({ bias = [0, 0], samplingBandwidth: k, order = 1, derivative = 0 }: RdPowerInputs): number {
  return bias[1] * k[1] ** (1 + order - derivative) + bias[0] * k[0] ** (1 + order - derivative);
}

function powerAt(ratio: number, alpha: number): number {
  const z = normalQuantile(alpha / 2, "upper");
  return normalCdf(ratio + z, "upper") + normalCdf(ratio - z);
}

/** Smallest positive integer at which a monotone condition holds. */
function smallest(holds: (m: number) => boolean): number {
  let high = 1;
  while (!holds(high) && high < 1e15) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
