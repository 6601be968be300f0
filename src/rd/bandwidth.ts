import { finishResult } from "../core/display.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { checkCall } from "./check-call.ts";
import { readDesign, sidesOf } from "./design.ts";
import { KERNELS } from "./numerics/kernel.ts";
import type { BandwidthPair } from "./numerics/selectors.ts";
import { windowRows } from "./numerics/side.ts";
import { BANDWIDTH_SELECTORS, type BandwidthSelector, type RdDesignOptions, type RdDesignSettings, resolveDesign } from "./options.ts";
import { type BandwidthPilot, bandwidthChooser, massPointWarning, sidePlan } from "./select-bandwidth.ts";

/** Options of {@link bandwidth}. */
export interface RdBandwidthOptions<Row> extends RdDesignOptions<Row> {
  /** Report all ten selectors, not only `bandwidthSelector`. Default false. */
  readonly all?: boolean;
}

/** Options of {@link bandwidth} as resolved. */
export interface RdBandwidthSettings extends RdDesignSettings {
  readonly all: boolean;
}

/** Bandwidths by selector. */
export interface RdBandwidthResult extends Result<"rd.bandwidth", RdBandwidthSettings> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Main bandwidth `h` and bias bandwidth `b`, left and right, by selector. */
  readonly bandwidths: Readonly<Partial<Record<BandwidthSelector, BandwidthPair>>>;
  /** `"manual"` when the design has too few rows to choose. */
  readonly bandwidthSelector: BandwidthSelector | "manual";
  /** Pilot constants behind `bandwidthSelector`; absent when the design has too few rows to choose. */
  readonly pilot?: BandwidthPilot;
  /** Rows, distinct values and rows within the main bandwidth of `bandwidthSelector`, left and right. */
  readonly counts: {
    readonly rows: readonly [number, number];
    readonly unique: readonly [number, number];
    readonly within: readonly [number, number];
  };
}

/**
 * Data-driven bandwidths for a regression discontinuity: mean-squared-error and coverage-error optimal, with regularisation, mass
 * points, clusters, covariates and fuzzy designs. Equals `rdbwselect` of R's rdrobust.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`, `NO_BANDWIDTH`, `NO_FIRST_STAGE`.
 * @throws OptionError, ColumnError, DataError for bad options, columns and values.
 * @see Calonico, Cattaneo & Farrell (2020), Econometrics Journal 23(2) 192-210
 * @example
 * rd.bandwidth(people, { outcome: "hours", running: "age", cutoff: 60, all: true }).bandwidths.mserd?.h;
 */
export function bandwidth<Row>(data: Frame<Row>, options: RdBandwidthOptions<Row>): RdBandwidthResult {
  checkCall("rd.bandwidth", data, options, ["covariates"]);
  const settings = resolveDesign<RdBandwidthSettings>("rd.bandwidth", options, { all: false });
  const design = readDesign("rd.bandwidth", data, settings);
  const sides = sidesOf(design, settings.cutoff, sidePlan(design, settings));
  const chooser = bandwidthChooser("rd.bandwidth", design, settings, sides);
  const wanted = settings.all ? BANDWIDTH_SELECTORS : [settings.bandwidthSelector];
  const bandwidths: Partial<Record<BandwidthSelector, BandwidthPair>> = {};
  for (const selector of wanted) bandwidths[selector] = chooser.choose(selector);
  const pilot = chooser.pilot?.(settings.bandwidthSelector);
  const { h } = bandwidths[settings.bandwidthSelector]!;
  const { closed } = KERNELS[settings.kernel];
  return finishResult({
    kind: "rd.bandwidth",
    estimates: {},
    bandwidths,
    bandwidthSelector: chooser.tooFewRows ? "manual" : settings.bandwidthSelector,
    ...(pilot === undefined ? {} : { pilot }),
    counts: {
      rows: [sides[0].rows, sides[1].rows],
      unique: [sides[0].unique, sides[1].unique],
      within: [windowRows(sides[0], h[0], closed), windowRows(sides[1], h[1], closed)],
    },
    sample: design.sample,
    warnings: [...design.warnings, ...massPointWarning(settings, sides)],
    options: settings,
    reference: "Calonico, Cattaneo & Farrell (2020), Econometrics Journal 23(2) 192-210",
  });
}
