import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { mean } from "../linalg/index.ts";
import { type BinCounts, binCounts } from "./bin-count.ts";
import { type BinSummary, binEdges, summarizeBins } from "./bin-summary.ts";
import { checkCall } from "./check-call.ts";
import { type RdDesign, readDesign, sidesOf } from "./design.ts";
import { contrastCoefficient, covariateAdjustment, effectContrast } from "./numerics/contrast.ts";
import { KERNELS, type KernelName } from "./numerics/kernel.ts";
import { type LocalFit, localFit } from "./numerics/local-fit.ts";
import type { Pair } from "./numerics/selectors.ts";
import { distinctStarts, type Side } from "./numerics/side.ts";
import { positivePair, type SideValues } from "./options.ts";

/** Points of each side's curve. */
const CURVE_POINTS = 500;
/** Share of repeated values on a side from which variances come from polynomials instead of differences of neighbours. */
const MASS_SHARE = 0.2;

/**
 * How many bins and where: `even` (equal width) or `quantile` (equal counts); number that minimises the integrated mean squared
 * error, or that mimics the variability of the data (default); variance from `spacings` (default) or `polynomial` fits.
 */
export interface BinSelector {
  readonly spacing?: "even" | "quantile";
  readonly number?: "mimicking" | "imse";
  readonly estimator?: "spacings" | "polynomial";
}

/** Options of {@link bins}. */
export interface RdBinsOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Covariates the curve is adjusted for. */
  readonly covariates?: readonly NumericColumn<Row>[];
  /** Where the adjusted curve is drawn: at the covariates' means (default) or at zero. */
  readonly covariatesAt?: "mean" | "zero";
  /** As for `rd.estimate`. Default `"drop"`. */
  readonly collinearity?: "drop" | "dropWithConstant" | "keep";
  /** Weights of the curve; bins are not weighted. */
  readonly weights?: WeightOption<Row>;
  readonly selector?: BinSelector;
  /** Number of bins instead of a chosen one. */
  readonly bins?: SideValues;
  /** Multiplies the chosen number of bins. Default 1. */
  readonly scale?: SideValues;
  /** Order of the curve. Default 4. */
  readonly order?: number;
  /** Kernel of the curve. Default `"uniform"`. */
  readonly kernel?: KernelName;
  /** Bandwidth of the curve. Default the whole range. */
  readonly bandwidth?: SideValues;
  /** Ends of the axis, where wider than the data. */
  readonly support?: readonly [number, number];
  /** `"adjust"` (default): with a fifth or more of a side's values repeated, variances come from polynomials. */
  readonly massPoints?: "adjust" | "check" | "off";
  /** Level of the bins' intervals. Default 0.95. */
  readonly level?: number;
}

/** Options of {@link bins} as resolved. */
export interface RdBinsSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly covariates: readonly string[];
  readonly covariatesAt: "mean" | "zero";
  readonly collinearity: "drop" | "dropWithConstant" | "keep";
  readonly weights?: string;
  readonly selector: Required<BinSelector>;
  readonly bins?: Pair;
  readonly scale: Pair;
  readonly order: number;
  readonly kernel: KernelName;
  readonly bandwidth?: Pair;
  readonly support?: readonly [number, number];
  readonly massPoints: "adjust" | "check" | "off";
  readonly level: number;
}

/** One side of the figure. */
export interface RdBinsSide {
  readonly rows: number;
  /** Rows with positive weight in the curve. */
  readonly within: number;
  /** Bins, empty ones included. */
  readonly number: number;
  /** Bins that minimise the integrated mean squared error, and that mimic the variability of the data. */
  readonly selected: BinCounts;
  /** Edges of all bins. */
  readonly edges: readonly number[];
  /** Coefficients of powers of running variable minus cutoff. */
  readonly coefficients: readonly number[];
  /** The curve at equally spaced points. */
  readonly curve: { readonly running: readonly number[]; readonly outcome: readonly number[] };
}

/** Result of {@link bins}: what a regression-discontinuity figure shows. */
export interface RdBinsResult extends Result<"rd.bins", RdBinsSettings> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Bins with rows, ascending. */
  readonly bins: readonly BinSummary[];
  readonly bandwidths: { readonly h: Pair };
  readonly left: RdBinsSide;
  readonly right: RdBinsSide;
  readonly covariates?: readonly { readonly column: string; readonly outcome: number }[];
}

/**
 * Binned means and polynomial curves for the figure of a regression discontinuity. Equals `rdplot` of R's rdrobust
 * (its global pilot polynomials are centred here, which keeps digits when the running variable lies far from zero).
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Calonico, Cattaneo & Titiunik (2015), JASA 110(512) 1753-1769
 * @example
 * rd.bins(people, { outcome: "hours", running: "age", cutoff: 60 }).bins[0]?.outcome;
 */
export function bins<Row>(data: Frame<Row>, options: RdBinsOptions<Row>): RdBinsResult {
  checkCall("rd.bins", data, options, ["covariates"]);
  const settings = resolveBins(options);
  const design = readDesign("rd.bins", data, settings);
  const low = Math.min(design.running[0]!, settings.support?.[0] ?? Number.POSITIVE_INFINITY);
  const high = Math.max(design.running[design.rows - 1]!, settings.support?.[1] ?? Number.NEGATIVE_INFINITY);
  const h: Pair = settings.bandwidth ?? [settings.cutoff - low, high - settings.cutoff];
  const parts = [binnedSide(design, settings, "left", low), binnedSide(design, settings, "right", high)] as const;
  const curves = fitCurves(design, settings, h);
  const side = (s: 0 | 1): RdBinsSide => ({ ...parts[s].side, ...curves.sides[s] });
  return finishResult({
    kind: "rd.bins",
    estimates: {},
    bins: [...parts[0].bins, ...parts[1].bins],
    bandwidths: { h },
    left: side(0),
    right: side(1),
    ...(design.covariates.length === 0
      ? {}
      : { covariates: design.covariates.map((column, z) => ({ column, outcome: curves.gamma[z]! })) }),
    sample: design.sample,
    warnings: design.warnings,
    options: settings,
    reference: "Calonico, Cattaneo & Titiunik (2015), JASA 110(512) 1753-1769",
  });
}

function resolveBins(options: object): RdBinsSettings {
  const caller = "rd.bins";
  const given = resolveOptions<RdBinsSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: {
      cutoff: 0,
      covariates: [],
      covariatesAt: "mean",
      collinearity: "drop",
      weights: undefined,
      selector: {},
      bins: undefined,
      scale: 1,
      order: 4,
      kernel: "uniform",
      bandwidth: undefined,
      support: undefined,
      massPoints: "adjust",
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "order", given.order, { min: 0, max: 10, integer: true });
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkChoice(caller, "covariatesAt", given.covariatesAt, ["mean", "zero"]);
  checkChoice(caller, "collinearity", given.collinearity, ["drop", "dropWithConstant", "keep"]);
  checkChoice(caller, "massPoints", given.massPoints, ["adjust", "check", "off"]);
  checkLevel(caller, given.level);
  const selector = resolveOptions<Required<BinSelector>>(`${caller} selector`, given.selector, {
    required: [],
    defaults: { spacing: "even", number: "mimicking", estimator: "spacings" },
  });
  checkChoice(caller, "selector.spacing", selector.spacing, ["even", "quantile"]);
  checkChoice(caller, "selector.number", selector.number, ["mimicking", "imse"]);
  checkChoice(caller, "selector.estimator", selector.estimator, ["spacings", "polynomial"]);
  const weights = resolveWeights<Record<string, number>>(caller, given.weights, ["sampling", "analytic"])?.column;
  const pairs: Record<string, Pair> = { scale: positivePair(caller, "scale", given.scale) };
  for (const name of ["bins", "bandwidth"] as const) {
    if (given[name] !== undefined) pairs[name] = positivePair(caller, name, given[name]);
  }
  return Object.freeze({ ...given, ...pairs, selector, ...(weights === undefined ? {} : { weights }) }) as RdBinsSettings;
}

function binnedSide(
  design: RdDesign,
  settings: RdBinsSettings,
  name: "left" | "right",
  end: number,
): { readonly bins: readonly BinSummary[]; readonly side: Pick<RdBinsSide, "rows" | "number" | "selected" | "edges"> } {
  const [from, to] = name === "left" ? [0, design.left] : [design.left, design.rows];
  const s = name === "left" ? 0 : 1;
  const x = design.running.subarray(from, to);
  const y = design.columns[0]!.subarray(from, to);
  const { cutoff, selector } = settings;
  const polynomial = settings.massPoints === "adjust" && repeats(design);
  const rule = { ...selector, estimator: polynomial ? "polynomial" : selector.estimator } as const;
  const selected = binCounts({ x, y, length: Math.abs(end - cutoff) }, design.rows, rule);
  const bad = selected === undefined || !Number.isFinite(selected.imse + selected.mimicking);
  if (bad && settings.bins === undefined) throw noBins(settings, name, distinctStarts(x).length - 1);
  const counts = selected ?? { imse: Number.NaN, mimicking: Number.NaN };
  const number = settings.bins?.[s] ?? settings.scale[s]! * Math.max(1, counts[selector.number]);
  const ends: Pair = name === "left" ? [end, cutoff] : [cutoff, end];
  const edges = binEdges(selector.spacing, x, ends, number);
  return {
    bins: summarizeBins(name, x, y, edges, settings.level),
    side: { rows: x.length, number, selected: counts, edges: Array.from(edges) },
  };
}

function repeats(design: RdDesign): boolean {
  const share = (from: number, to: number): number => 1 - (distinctStarts(design.running.subarray(from, to)).length - 1) / (to - from);
  return Math.max(share(0, design.left), share(design.left, design.rows)) >= MASS_SHARE;
}

function noBins({ running, outcome }: RdBinsSettings, side: string, unique: number): IdentificationError | DataError {
  if (unique < 3) {
    return new IdentificationError(
      "TOO_FEW_POINTS",
      `Cannot choose a number of bins in rd.bins as each side needs three distinct values of "${running}": the ${side} has ${unique}; give "bins"`,
      { column: running, side, unique },
    );
  }
  return new DataError(
    "NO_VARIATION",
    `Cannot choose a number of bins in rd.bins as "${outcome}" must vary on each side: on the ${side} it does not; give "bins"`,
    { column: outcome, side },
  );
}

interface Curves {
  readonly gamma: Float64Array;
  readonly sides: readonly [Pick<RdBinsSide, "within" | "coefficients" | "curve">, Pick<RdBinsSide, "within" | "coefficients" | "curve">];
}

function fitCurves(design: RdDesign, settings: RdBinsSettings, h: Pair): Curves {
  const kernel = KERNELS[settings.kernel];
  const sides = sidesOf(design, settings.cutoff, { kernel, maximumOrder: settings.order, outcomeColumns: 1, matches: 0 });
  const fits = sides.map((side, s) => localFit(side, kernel, h[s]!, settings.order));
  const short = fits.indexOf(undefined);
  if (short >= 0) {
    throw new IdentificationError(
      "TOO_FEW_POINTS",
      `Cannot draw the curve of rd.bins as a polynomial of order ${settings.order} needs more distinct values of "${settings.running}" within the bandwidth: the ${short === 0 ? "left" : "right"} has ${sides[short]!.unique} in all; lower "order"`,
      { column: settings.running, unique: sides[short]!.unique },
    );
  }
  const [left, right] = fits as [LocalFit, LocalFit];
  const gamma = covariateAdjustment(sides, [left, right], kernel, 1);
  const atMean = settings.covariatesAt === "mean";
  const shift = design.columns.slice(1).reduce((sum, column, z) => (atMean ? sum + gamma[z]! * mean(column) : sum), 0);
  return {
    gamma,
    sides: [curveOf(sides[0], left, gamma, shift, settings.cutoff), curveOf(sides[1], right, gamma, shift, settings.cutoff)],
  };
}

function curveOf(side: Side, fit: LocalFit, gamma: Float64Array, shift: number, cutoff: number): Curves["sides"][0] {
  const contrast = effectContrast("sharp", side.columns.length, 1, gamma);
  const coefficients = Array.from({ length: fit.order + 1 }, (_, j) => contrastCoefficient(side, fit, contrast, j));
  const [from, to] = side.sign < 0 ? [-fit.h, 0] : [0, fit.h];
  const offsets = Array.from({ length: CURVE_POINTS }, (_, i) => from + ((to - from) * i) / (CURVE_POINTS - 1));
  return {
    within: fit.rows,
    coefficients,
    curve: {
      running: offsets.map((offset) => cutoff + offset),
      outcome: offsets.map((offset) => shift + coefficients.reduceRight((sum, b) => sum * offset + b, 0)),
    },
  };
}
