import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { mean } from "../linalg/index.ts";
import { type BinomialOptions, type BinomialWindow, binomialWindows } from "./binomial-windows.ts";
import { checkCall, checkPairs } from "./check-call.ts";
import { type DensityBandwidths, densityBandwidths } from "./density-bandwidth.ts";
import { checkedSplit, type RdDesign, sidesOf, standardDeviation } from "./design.ts";
import { densityCurve } from "./numerics/density-curve.ts";
import { type DensityFit, type DensityRules, fitDensity } from "./numerics/density-fit.ts";
import { KERNELS, type KernelName } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";
import { type Side, windowRows } from "./numerics/side.ts";
import { sortWithRows } from "./numerics/sort.ts";
import { positivePair, type SideValues } from "./options.ts";

/** Share of repeated values from which the running variable counts as discrete. */
const MASS_SHARE = 0.2;

/** Options of {@link densityTest}. */
export interface RdDensityOptions<Row> {
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Order of the density estimate behind the bandwidth. Default 2. */
  readonly order?: number;
  /** Order of the test, above `order`. Default `order + 1`. */
  readonly testOrder?: number;
  readonly kernel?: KernelName;
  /** `"restricted"`: same higher derivatives on both sides, one bandwidth. Default `"unrestricted"`. */
  readonly fit?: "unrestricted" | "restricted";
  /** Default `"jackknife"`. */
  readonly variance?: "jackknife" | "plugin";
  readonly bandwidth?: SideValues;
  /** Bandwidth for each side, for the difference, for the sum, or a combination (default): their median, restricted the smaller. */
  readonly bandwidthSelector?: "combination" | "each" | "difference" | "sum";
  /** Keep bandwidths inside the data, and wide enough. Default true. */
  readonly regularize?: boolean;
  /** Rows, and distinct values, that a bandwidth must hold. Default 20 + `order` + 1; 0 switches it off. */
  readonly minimumRows?: number;
  readonly minimumUnique?: number;
  /** `"adjust"` (default): rows of one value share their place in the distribution function. */
  readonly massPoints?: "adjust" | "off";
  /** Windows of the exact binomial tests. */
  readonly binomial?: BinomialOptions;
  /** Points of the density curves. */
  readonly curve?: DensityCurveOptions;
  /** Default 0.95. */
  readonly level?: number;
}

/** Where the density curves are drawn. */
export interface DensityCurveOptions {
  /** Points of each side, the cutoff among them. Default 21. */
  readonly points?: number;
  /** Values of the running variable at which the curves end. Default three bandwidths from the cutoff, at most the ends of the data. */
  readonly range?: Pair;
  /** Evenly spaced (default), or at evenly spaced quantiles of the side's rows within the range. */
  readonly spacing?: "even" | "quantile";
}

/** Options of {@link densityTest} as resolved. */
export interface RdDensitySettings extends Required<Omit<RdDensityOptions<Record<string, number>>, "bandwidth">> {
  readonly bandwidth?: Pair;
  readonly curve: Required<Omit<DensityCurveOptions, "range">> & Pick<DensityCurveOptions, "range">;
}

/** Density estimates at the cutoff. */
export interface DensityEstimates {
  readonly left: Estimate;
  readonly right: Estimate;
  /** Right less left; its p-value is the test's. */
  readonly difference: Estimate;
}

/** One point of a density curve. */
export interface DensityCurvePoint {
  readonly running: number;
  readonly density: number;
  readonly confidenceInterval: readonly [number, number];
}

/** One side of the test. */
export interface RdDensitySide {
  readonly rows: number;
  /** Rows within the bandwidth. */
  readonly within: number;
  readonly unique: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Density at and away from the cutoff, for the figure. */
  readonly curve: readonly DensityCurvePoint[];
}

/** Result of {@link densityTest}. */
export interface RdDensityResult extends Result<"rd.densityTest", RdDensitySettings> {
  /** The test: difference of the densities of order `testOrder`. */
  readonly estimates: Readonly<Record<string, Estimate>> & { readonly difference: Estimate };
  /** Densities of order `testOrder`, on which the test rests. */
  readonly densities: DensityEstimates;
  /** Densities of order `order`, whose bandwidth is optimal but whose inference ignores bias. */
  readonly conventional?: DensityEstimates;
  readonly bandwidths: { readonly h: Pair };
  /** What the selectors gave, unless a bandwidth was given. */
  readonly selected?: DensityBandwidths;
  readonly left: RdDensitySide;
  readonly right: RdDensitySide;
  /** Exact tests that rows fall on either side with the given probability, in growing windows. */
  readonly binomial: readonly BinomialWindow[];
}

/**
 * Tests whether the density of the running variable jumps at the cutoff, a sign that people sort around it.
 * Local polynomials of the distribution function, robust to bias by a higher order than the bandwidth's. Equals `rddensity` of R.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Cattaneo, Jansson & Ma (2020), JASA 115(531) 1449-1455
 * @example
 * rd.densityTest(people, { running: "age", cutoff: 60 }).estimates.difference.pValue;
 */
export function densityTest<Row>(data: Frame<Row>, options: RdDensityOptions<Row>): RdDensityResult {
  const caller = "rd.densityTest";
  checkCall(caller, data, options);
  const settings = resolveDensity(caller, options);
  const { design, sample } = readRunning(caller, data, settings);
  const kernel = KERNELS[settings.kernel];
  const rules: DensityRules = {
    kernel,
    restricted: settings.fit === "restricted",
    variance: settings.variance,
    massPoints: settings.massPoints === "adjust",
    total: design.rows,
  };
  const highest = Math.max(settings.order + 2, settings.testOrder);
  const sides = sidesOf(design, settings.cutoff, { kernel, maximumOrder: highest, outcomeColumns: 1, matches: 0 });
  const chosen = settings.bandwidth === undefined ? selected(caller, design, sides, rules, settings) : undefined;
  const h = settings.bandwidth ?? pick(chosen!, settings);
  const test = fitDensity(sides, rules, h, settings.testOrder);
  if (test === undefined) throw tooFew(caller, settings, sides);
  const conventional = fitDensity(sides, rules, h, settings.order);
  const densities = estimatesOf(test, settings.level);
  return finishResult({
    kind: caller,
    estimates: { difference: densities.difference },
    densities,
    ...(conventional === undefined ? {} : { conventional: estimatesOf(conventional, settings.level) }),
    bandwidths: { h },
    ...(chosen === undefined ? {} : { selected: chosen }),
    left: sideOf(sides[0], design, settings, h[0]),
    right: sideOf(sides[1], design, settings, h[1]),
    binomial: binomialWindows(sides, settings.binomial, h),
    sample,
    warnings: massWarning(settings, sides),
    options: settings,
    reference: "Cattaneo, Jansson & Ma (2020), JASA 115(531) 1449-1455",
  });
}

function resolveDensity(caller: string, options: object): RdDensitySettings {
  const given = resolveOptions<RdDensitySettings>(caller, options, {
    required: ["running"],
    defaults: {
      cutoff: 0,
      order: 2,
      testOrder: undefined,
      kernel: "triangular",
      fit: "unrestricted",
      variance: "jackknife",
      bandwidth: undefined,
      bandwidthSelector: "combination",
      regularize: true,
      minimumRows: undefined,
      minimumUnique: undefined,
      massPoints: "adjust",
      binomial: {},
      curve: {},
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  const order = checkNumber(caller, "order", given.order, { min: 1, max: 7, integer: true });
  const testOrder = checkNumber(caller, "testOrder", given.testOrder ?? order + 1, { min: order, max: 8, integer: true });
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkChoice(caller, "fit", given.fit, ["unrestricted", "restricted"]);
  checkChoice(caller, "variance", given.variance, ["jackknife", "plugin"]);
  checkChoice(caller, "bandwidthSelector", given.bandwidthSelector, ["combination", "each", "difference", "sum"]);
  checkChoice(caller, "massPoints", given.massPoints, ["adjust", "off"]);
  checkBoolean(caller, "regularize", given.regularize);
  checkLevel(caller, given.level);
  const minimum = (name: "minimumRows" | "minimumUnique"): number =>
    checkNumber(caller, name, given[name] ?? 20 + order + 1, { min: 0, integer: true });
  const binomial = resolveOptions<BinomialOptions>(`${caller} binomial`, given.binomial, {
    required: [],
    defaults: { rows: 20, width: undefined, rowStep: undefined, widthStep: undefined, windows: 10, probability: 0.5 },
  });
  const curve = resolveCurve(`${caller} curve`, given.curve, given.cutoff);
  const pairs = given.bandwidth === undefined ? {} : { bandwidth: positivePair(caller, "bandwidth", given.bandwidth) };
  const minima = { minimumRows: minimum("minimumRows"), minimumUnique: minimum("minimumUnique") };
  return Object.freeze({ ...given, testOrder, binomial, curve, ...minima, ...pairs });
}

function resolveCurve(caller: string, given: DensityCurveOptions, cutoff: number): RdDensitySettings["curve"] {
  const curve = resolveOptions<RdDensitySettings["curve"]>(caller, given, {
    required: [],
    defaults: { points: 21, range: undefined, spacing: "even" },
  });
  checkNumber(caller, "points", curve.points, { min: 2, max: 10_000, integer: true });
  checkChoice(caller, "spacing", curve.spacing, ["even", "quantile"]);
  if (curve.range === undefined) return curve;
  checkPairs(caller, "range", [curve.range]);
  checkNumber(caller, "range", curve.range[0], { max: cutoff });
  checkNumber(caller, "range", curve.range[1], { min: cutoff });
  return curve;
}

/** Sorted running variable and its empirical distribution function, as the single column of a design. */
function readRunning<Row>(caller: string, data: Frame<Row>, settings: RdDensitySettings): { design: RdDesign; sample: Sample } {
  const { columns, sample } = columnsByRole(caller, data, { running: numberRole(settings.running as string) });
  const running = sortWithRows(columns.running).values;
  const left = checkedSplit(caller, running, settings);
  const n = running.length;
  const distribution = new Float64Array(n);
  for (let end = n - 1; end >= 0; ) {
    let i = end;
    const value = settings.massPoints === "adjust" ? running[end]! : Number.NaN;
    do distribution[i] = end / (n - 1);
    while (--i >= 0 && running[i] === value);
    end = i;
  }
  const design = {
    rows: n,
    left,
    running,
    columns: [distribution],
    outcomeColumns: 1,
    covariates: [],
    weights: undefined,
    clusters: undefined,
    clusterCount: 0,
    sample,
    warnings: [],
  };
  return { design, sample };
}

function selected(
  caller: string,
  design: RdDesign,
  sides: readonly [Side, Side],
  rules: DensityRules,
  settings: RdDensitySettings,
): DensityBandwidths {
  const { order, regularize, minimumRows, minimumUnique } = settings;
  const centre = mean(design.running) - settings.cutoff;
  const spread = standardDeviation(design.running);
  const found = densityBandwidths(sides, rules, { order, regularize, minimumRows, minimumUnique }, centre, spread);
  if (found === undefined) throw tooFew(caller, settings, sides);
  return found;
}

function pick({ left, right, difference, sum }: DensityBandwidths, { bandwidthSelector, fit }: RdDensitySettings): Pair {
  if (bandwidthSelector === "each" && fit === "unrestricted") return [left.bandwidth, right.bandwidth];
  if (bandwidthSelector === "difference") return [difference.bandwidth, difference.bandwidth];
  if (bandwidthSelector === "sum") return [sum.bandwidth, sum.bandwidth];
  if (fit === "restricted") {
    const smaller = Math.min(difference.bandwidth, sum.bandwidth);
    return [smaller, smaller];
  }
  const median = (own: number): number => [own, difference.bandwidth, sum.bandwidth].sort((a, b) => a - b)[1]!;
  return [median(left.bandwidth), median(right.bandwidth)];
}

function estimatesOf({ density, variance, covariance }: DensityFit, level: number): DensityEstimates {
  return {
    left: normalEstimate("left", density[0], variance[0], level),
    right: normalEstimate("right", density[1], variance[1], level),
    difference: normalEstimate("difference", density[1] - density[0], variance[0] + variance[1] - 2 * covariance, level),
  };
}

function curveDistances(side: Side, { curve, cutoff }: RdDensitySettings, h: number): number[] {
  const end = curve.range?.[side.sign < 0 ? 0 : 1];
  const reach = Math.min(side.range, end === undefined ? 3 * h : Math.abs(end - cutoff));
  const shares = Array.from({ length: curve.points }, (_, i) => i / (curve.points - 1));
  if (curve.spacing === "even") return shares.map((share) => reach * share);
  const within = windowRows(side, reach, true);
  return shares.map((share) => (share === 0 || within === 0 ? 0 : side.distance[Math.ceil(share * within) - 1]!));
}

function sideOf(side: Side, design: RdDesign, settings: RdDensitySettings, h: number): RdDensitySide {
  const { cutoff, kernel, order, level } = settings;
  const distances = curveDistances(side, settings, h);
  const points = densityCurve(side, KERNELS[kernel], h, order, side.sign < 0 ? distances.reverse() : distances, design.rows);
  const ends = [side.x[0]!, side.x[side.rows - 1]!];
  return {
    rows: side.rows,
    within: windowRows(side, h, true),
    unique: side.unique,
    minimum: Math.min(...ends),
    maximum: Math.max(...ends),
    curve: points.map(({ distance, density, variance }) => ({
      running: cutoff + side.sign * distance,
      density,
      confidenceInterval: normalEstimate("density", density, variance, level).confidenceInterval,
    })),
  };
}

function tooFew(caller: string, { running }: RdDensitySettings, sides: readonly [Side, Side]): IdentificationError {
  const [left, right] = [sides[0].unique, sides[1].unique];
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run ${caller} as the density of "${running}" needs more distinct values near the cutoff: the left has ${left} and the right ${right} in all; lower "order" or use the binomial test by hand`,
    { column: running, left, right },
  );
}

function massWarning({ running, massPoints }: RdDensitySettings, sides: readonly [Side, Side]): Warning[] {
  const share = Math.max(...sides.map((side) => 1 - side.unique / side.rows));
  if (massPoints === "off" || share < MASS_SHARE) return [];
  const message = `"${running}" repeats values: up to ${Math.round(100 * share)}% of a side's rows share theirs; a test for densities may be off, read the binomial tests`;
  return [{ code: "MASS_POINTS", message, details: { share } }];
}
