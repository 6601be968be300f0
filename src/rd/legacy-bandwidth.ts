import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall } from "./check-call.ts";
import { interquartileRange, readDesign, sidesOf, standardDeviation } from "./design.ts";
import { KERNELS, type KernelName } from "./numerics/kernel.ts";
import { curvatureBandwidths, directPlugIn } from "./numerics/legacy-plug-in.ts";

/** Options of {@link legacyBandwidth}. `Row` is the row type of the data. */
export interface RdLegacyBandwidthOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Imbens & Kalyanaraman (2012), or the direct plug-in of Calonico, Cattaneo & Titiunik (2014), default. */
  readonly selector?: "imbensKalyanaraman" | "directPlugIn";
  /** Default `"triangular"`. */
  readonly kernel?: KernelName;
  /** Neighbours of the variances, `"directPlugIn"`. Default 3. */
  readonly matches?: number;
}

/** Result of {@link legacyBandwidth}. */
export interface RdLegacyBandwidthResult extends Result<"rd.legacyBandwidth", object> {
  readonly estimates: readonly Estimate[];
  /** Main bandwidth and bias bandwidth of a local line, both sides alike. */
  readonly h: number;
  readonly b: number;
}

interface LegacySettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly selector: "imbensKalyanaraman" | "directPlugIn";
  readonly kernel: KernelName;
  readonly matches: number;
}

/**
 * Bandwidths of published studies that used the first generation of selectors, for a local line with quadratic bias correction. New work
 * takes those of `rd.bandwidth`.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Imbens & Kalyanaraman (2012), REStud 79(3) 933-959; Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326, supplement
 * @example
 * rd.legacyBandwidth(people, { outcome: "hours", running: "age", cutoff: 60, selector: "imbensKalyanaraman" }).h;
 */
export function legacyBandwidth<Row>(data: Frame<Row>, options: RdLegacyBandwidthOptions<Row>): RdLegacyBandwidthResult {
  const caller = "rd.legacyBandwidth";
  checkCall(caller, data, options);
  const settings = resolveOptions<LegacySettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: { cutoff: 0, selector: "directPlugIn", kernel: "triangular", matches: 3 },
  });
  checkNumber(caller, "cutoff", settings.cutoff);
  checkChoice(caller, "selector", settings.selector, ["imbensKalyanaraman", "directPlugIn"]);
  checkChoice(caller, "kernel", settings.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkNumber(caller, "matches", settings.matches, { min: 1, integer: true });
  const design = readDesign(caller, data, { ...settings, covariates: [], collinearity: "keep" });
  const kernel = KERNELS[settings.kernel];
  const sides = sidesOf(design, settings.cutoff, { kernel, maximumOrder: 4, outcomeColumns: 1, matches: settings.matches });
  const deviation = standardDeviation(design.running);
  const spread = Math.min(deviation, interquartileRange(design.running) / 1.349 || deviation);
  const found =
    settings.selector === "imbensKalyanaraman"
      ? curvatureBandwidths(sides, kernel, deviation)
      : directPlugIn(sides, kernel, PUBLISHED_PILOT[settings.kernel] * spread * design.rows ** -0.2);
  if (found === undefined || !(found.h > 0 && found.b > 0 && found.h + found.b < Number.POSITIVE_INFINITY)) {
    throw new IdentificationError(
      "TOO_FEW_POINTS",
      `Cannot run ${caller} as its pilot polynomials need more distinct values of "${settings.running}" with varying outcomes: there are too few`,
      { column: settings.running },
    );
  }
  return finishResult({
    kind: caller,
    estimates: [],
    ...found,
    sample: design.sample,
    warnings: design.warnings,
    options: settings,
    reference:
      settings.selector === "imbensKalyanaraman"
        ? "Imbens & Kalyanaraman (2012), REStud 79(3) 933-959"
        : "Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326, supplement",
  });
}

/** Constants of the pilot bandwidth as that paper rounds them. */
const PUBLISHED_PILOT: Readonly<Record<KernelName, number>> = { triangular: 2.58, epanechnikov: 2.34, uniform: 1.84 };
