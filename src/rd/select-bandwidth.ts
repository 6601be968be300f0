import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import { interquartileRange, isConstant, type RdDesign, sidesOf, standardDeviation } from "./design.ts";
import { KERNELS } from "./numerics/kernel.ts";
import { clustersWithin } from "./numerics/scores.ts";
import { type BandwidthPair, type BasicSelector, type Pair, PlugIn, type PlugInSteps, pilotBandwidth } from "./numerics/selectors.ts";
import type { Side, SidePlan } from "./numerics/side.ts";
import type { FitRules } from "./numerics/stage.ts";
import { type BandwidthSelector, type RdDesignSettings, varianceRules } from "./options.ts";

/** A design with fewer rows gets no data-driven bandwidth: the whole range is used. */
const FEWEST_ROWS = 20;
/** Share of repeated values on a side from which mass points matter. */
const MASS_SHARE = 0.2;
/** Distinct values kept in the pilot bandwidths when they do. */
const MASS_UNIQUE = 10;
/** Keeps the m-th nearest value itself inside an open window. */
const WINDOW_MARGIN = 1e-8;

/** Bandwidths by selector, from one set of pilot steps. */
export interface BandwidthChooser {
  /** Whether the design has too few rows to choose. */
  readonly tooFewRows: boolean;
  /** @throws IdentificationError `TOO_FEW_POINTS`, `NO_BANDWIDTH`. */
  readonly choose: (selector: BandwidthSelector) => BandwidthPair;
  /** What the pilot steps found; absent when the design has too few rows. */
  readonly pilot?: (selector: BandwidthSelector) => BandwidthPilot | undefined;
}

/** Constants behind a plug-in bandwidth, in the units in which it is chosen. */
export interface BandwidthPilot {
  /** Smaller of standard deviation and interquartile range / 1.349. */
  readonly spread: number;
  /** Bandwidth of the variance constants. */
  readonly bandwidth: number;
  /** Distance from the cutoff to either end of the data. */
  readonly range: Pair;
  /** Curvature, bias bandwidth and main bandwidth; absent for selectors that combine others. */
  readonly steps?: PlugInSteps;
}

/** Kernel, residuals and effect shared by all fits of a design. */
export function fitRules(design: RdDesign, settings: RdDesignSettings): FitRules {
  const { residuals, clustered } = varianceRules(settings.vcov);
  return {
    kernel: KERNELS[settings.kernel],
    outcomeColumns: design.outcomeColumns,
    effect: design.outcomeColumns === 2 ? "fuzzy" : "sharp",
    residuals,
    scores: { clustered, factor: clustered && residuals !== "CR2" && residuals !== "CR3" },
  };
}

/** What the sides of a design must be ready for. */
export function sidePlan(design: RdDesign, settings: RdDesignSettings): SidePlan {
  return {
    kernel: KERNELS[settings.kernel],
    maximumOrder: settings.biasOrder + 2,
    outcomeColumns: design.outcomeColumns,
    matches: varianceRules(settings.vcov).matches,
  };
}

/** Share of a side's rows whose value another row of the side has too. */
export function repeatedShares(sides: readonly [Side, Side]): Pair {
  return [1 - sides[0].unique / sides[0].rows, 1 - sides[1].unique / sides[1].rows];
}

/** Prepares the plug-in of a design; `sides` are those of the estimation and serve unless bandwidths are chosen in other units. */
export function bandwidthChooser(
  caller: string,
  design: RdDesign,
  settings: RdDesignSettings,
  estimationSides: readonly [Side, Side],
): BandwidthChooser {
  const units = settings.standardize
    ? { running: standardDeviation(design.running), outcome: standardDeviation(design.columns[0]!) }
    : { running: 1, outcome: 1 };
  const sides = settings.standardize ? sidesOf(design, settings.cutoff, sidePlan(design, settings), units) : estimationSides;
  const widest = Math.max(sides[0].range, sides[1].range) * units.running;
  if (design.rows < FEWEST_ROWS) {
    return { tooFewRows: true, choose: () => ({ h: [widest, widest], b: [widest, widest] }) };
  }
  const spread = runningSpread(design, units.running);
  const pilotRules = plugInRules(design, settings, sides, spread);
  const plugIn = new PlugIn(sides, selectionRules(design, settings), pilotRules);
  const basic = (selector: BasicSelector): BandwidthPair => {
    const pair = plugIn.select(selector);
    if (pair === undefined) throw tooFewPoints(caller, settings, sides, "choose bandwidths");
    for (const value of [...pair.h, ...pair.b]) {
      if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw noBandwidth(caller, settings);
    }
    return { h: scaled(pair.h, units.running), b: scaled(pair.b, units.running) };
  };
  const shrink = coverageFactor(design, settings, sides);
  const pilot = (selector: BandwidthSelector): BandwidthPilot => {
    const kind = selector.slice(3);
    const steps = kind === "rd" || kind === "two" || kind === "sum" ? plugIn.steps(kind) : undefined;
    const range: Pair = [sides[0].range, sides[1].range];
    return { spread, bandwidth: pilotRules.pilot, range, ...(steps === undefined ? {} : { steps }) };
  };
  return { tooFewRows: false, choose: (selector) => combine(selector, basic, shrink), pilot };
}

/** `min(sd, IQR / 1.349)`; the standard deviation alone when half the rows share a value. */
function runningSpread({ running }: RdDesign, unit: number): number {
  let spread = spreads.get(running);
  if (spread === undefined) {
    const deviation = standardDeviation(running);
    const quartiles = interquartileRange(running) / 1.349;
    spread = quartiles > 0 ? Math.min(deviation, quartiles) : deviation;
    spreads.set(running, spread);
  }
  return spread / unit;
}

/** Spreads of running variables in use: the outcomes of a batch share theirs. */
const spreads: WeakMap<Float64Array, number> = new WeakMap();

/** Sharp rules where asked for, and where compliance is perfect on one side. */
function selectionRules(design: RdDesign, settings: RdDesignSettings): FitRules {
  const rules = fitRules(design, settings);
  if (rules.effect === "sharp") return rules;
  const treatment = design.columns[1]!;
  const oneSided = isConstant(treatment, 0, design.left) || isConstant(treatment, design.left, design.rows);
  return settings.sharpBandwidth || oneSided ? { ...rules, effect: "sharp" } : rules;
}

function plugInRules(design: RdDesign, settings: RdDesignSettings, sides: readonly [Side, Side], spread: number) {
  const adjust = settings.massPoints === "adjust";
  const n = adjust ? sides[0].unique + sides[1].unique : design.rows;
  const repeated = adjust && Math.max(...repeatedShares(sides)) >= MASS_SHARE;
  const minimum = settings.minimumUniqueInBandwidth ?? (repeated ? MASS_UNIQUE : 0);
  const floors: Pair = minimum === 0 ? [0, 0] : [distanceToUnique(sides[0], minimum), distanceToUnique(sides[1], minimum)];
  let pilot = pilotBandwidth(KERNELS[settings.kernel], spread, n);
  if (settings.restrictBandwidth) pilot = Math.min(pilot, Math.max(sides[0].range, sides[1].range));
  pilot = Math.max(pilot, floors[0], floors[1]);
  return {
    order: settings.order,
    biasOrder: settings.biasOrder,
    derivative: settings.derivative,
    regularization: settings.regularization,
    restrict: settings.restrictBandwidth,
    floors,
    pilot,
  };
}

function distanceToUnique(side: Side, m: number): number {
  const group = Math.min(m, side.unique) - 1;
  return side.distance[side.starts[group]!]! + WINDOW_MARGIN;
}

/** `n^(-p / ((3 + p)(3 + 2p)))`, n the number of rows, or of clusters left plus right. */
function coverageFactor(design: RdDesign, settings: RdDesignSettings, sides: readonly [Side, Side]): number {
  const clustered = varianceRules(settings.vcov).clustered;
  const n = clustered ? clustersWithin(sides[0], sides[0].rows) + clustersWithin(sides[1], sides[1].rows) : design.rows;
  const p = settings.order;
  return n ** (-p / ((3 + p) * (3 + 2 * p)));
}

function combine(selector: BandwidthSelector, basic: (name: BasicSelector) => BandwidthPair, shrink: number): BandwidthPair {
  const kind = selector.slice(3);
  let pair: BandwidthPair;
  if (kind === "comb1") pair = perSide([basic("rd"), basic("sum")], (values) => Math.min(...values));
  else if (kind === "comb2") pair = perSide([basic("rd"), basic("sum"), basic("two")], median);
  else pair = basic(kind as BasicSelector);
  return selector.startsWith("cer") ? { h: scaled(pair.h, shrink), b: pair.b } : pair;
}

function perSide(pairs: readonly BandwidthPair[], pick: (values: readonly number[]) => number): BandwidthPair {
  const both = (name: "h" | "b"): Pair => [pick(pairs.map((pair) => pair[name][0])), pick(pairs.map((pair) => pair[name][1]))];
  return { h: both("h"), b: both("b") };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[1]!;

const scaled = (pair: Pair, factor: number): Pair => [pair[0] * factor, pair[1] * factor];

/** Few distinct values on a side in all: no local polynomial will do. */
const FEW_VALUES = 12;

/** Error for windows that cannot carry their polynomial; `within` are the distinct values in windows that were asked for. */
export function tooFewPoints(
  caller: string,
  settings: RdDesignSettings,
  sides: readonly [Side, Side],
  task: string,
  within?: Pair,
): IdentificationError {
  const [left, right] = [sides[0].unique, sides[1].unique];
  const needed = settings.biasOrder + 3;
  const found =
    within === undefined
      ? `the left has ${left} and the right ${right} in all`
      : `the left has ${within[0]} and the right ${within[1]} within the bandwidths (of ${left} and ${right})`;
  const advice =
    Math.min(left, right) < FEW_VALUES
      ? 'values are this few in all: use rd.honestDiscrete, rd.honest with a "smoothness" you can defend, or rd.localRandomization'
      : 'widen the bandwidths, or lower "order" and "biasOrder"';
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot ${task} in ${caller} as a local polynomial needs more distinct values of "${settings.running}" near the cutoff than its order: ${found}; ${advice}`,
    { column: settings.running, left, right, needed, ...(within === undefined ? {} : { within }) },
  );
}

function noBandwidth(caller: string, { outcome, running }: RdDesignSettings): IdentificationError {
  return new IdentificationError(
    "NO_BANDWIDTH",
    `Cannot choose bandwidths in ${caller} as "${outcome}" must vary around its trend in "${running}" near the cutoff: its variance there is zero; give "bandwidth"`,
    { outcome, running },
  );
}

/** Warning when a fifth or more of a side's rows repeat a value. */
export function massPointWarning(settings: RdDesignSettings, sides: readonly [Side, Side]): Warning[] {
  const [left, right] = repeatedShares(sides);
  if (settings.massPoints === "off" || Math.max(left, right) < MASS_SHARE) return [];
  const unique = [sides[0].unique, sides[1].unique];
  return [
    {
      code: "MASS_POINTS",
      message:
        `"${settings.running}" repeats values: ${percent(left)} of the rows on the left and ${percent(right)} on the right share theirs ` +
        `(${unique[0]} and ${unique[1]} distinct values); inference for a continuous running variable may be off`,
      details: { left, right, unique },
    },
  ];
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;
