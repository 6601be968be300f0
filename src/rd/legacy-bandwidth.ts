import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall } from "./check-call.ts";
import { interquartileRange, readDesign, sidesOf, standardDeviation } from "./design.ts";
import { KERNELS, type KernelName } from "./numerics/kernel.ts";
import { curvatureBandwidths, directPlugIn, type LegacyPlan } from "./numerics/legacy-plug-in.ts";

/** Options of {@link legacyBandwidth}. `Row` is the row type of the data. */
export interface RdLegacyBandwidthOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Imbens & Kalyanaraman (2012), or the direct plug-in of Calonico, Cattaneo & Titiunik (2014), default. */
  readonly selector?: "imbensKalyanaraman" | "directPlugIn";
  /** Order of the local polynomial, at least `derivative`. Default `derivative + 1`. */
  readonly order?: number;
  /** Order of its bias correction, above `order`. Default `order + 1`. */
  readonly biasOrder?: number;
  /** Derivative whose jump is of interest. Default 0. */
  readonly derivative?: number;
  /** Default `"triangular"`. */
  readonly kernel?: KernelName;
  /** Ratio of main to bias bandwidth, instead of a bias bandwidth of its own. */
  readonly rho?: number;
  /** Weight of the variance of estimated derivatives, which keeps bandwidths from growing without bound; 0 for none. Default 1. */
  readonly regularization?: number;
  /** Residuals of the variances, `"directPlugIn"`: of nearest neighbours (default) or of the pilot polynomials. */
  readonly residuals?: "nearestNeighbour" | "fitted";
  /** Neighbours of the variances, `"directPlugIn"`: the rows at this many smallest distinct distances. Default 3. */
  readonly matches?: number;
}

/** Result of {@link legacyBandwidth}. */
export interface RdLegacyBandwidthResult extends Result<"rd.legacyBandwidth", object> {
  readonly estimates: readonly Estimate[];
  /** Main bandwidth and bias bandwidth, both sides alike. */
  readonly h: number;
  readonly b: number;
}

interface LegacySettings extends LegacyPlan {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly selector: "imbensKalyanaraman" | "directPlugIn";
  readonly kernel: KernelName;
  readonly rho?: number;
}

/**
 * Bandwidths of published studies that used the first generation of selectors. New work takes those of `rd.bandwidth`.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError `INVALID_OPTION`, ColumnError, DataError.
 * @see Imbens & Kalyanaraman (2012), REStud 79(3) 933-959; Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6) 2295-2326, supplement
 * @example
 * rd.legacyBandwidth(people, { outcome: "hours", running: "age", cutoff: 60, selector: "imbensKalyanaraman" }).h;
 */
export function legacyBandwidth<Row>(data: Frame<Row>, options: RdLegacyBandwidthOptions<Row>): RdLegacyBandwidthResult {
  const caller = "rd.legacyBandwidth";
  checkCall(caller, data, options);
  const settings = resolveLegacy(caller, options);
  const design = readDesign(caller, data, { ...settings, covariates: [], collinearity: "keep" });
  const kernel = KERNELS[settings.kernel];
  const sides = sidesOf(design, settings.cutoff, {
    kernel,
    maximumOrder: settings.biasOrder + 2,
    outcomeColumns: 1,
    matches: 0,
  });
  const deviation = standardDeviation(design.running);
  const spread = Math.min(deviation, interquartileRange(design.running) / 1.349 || deviation);
  const found =
    settings.selector === "imbensKalyanaraman"
      ? curvatureBandwidths(sides, kernel, deviation, settings)
      : directPlugIn(sides, kernel, PUBLISHED_PILOT[settings.kernel] * spread * design.rows ** -0.2, settings);
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
    h: found.h,
    b: settings.rho === undefined ? found.b : found.h / settings.rho,
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

function resolveLegacy(caller: string, options: object): LegacySettings {
  const given = resolveOptions<LegacySettings & { order?: number; biasOrder?: number }>(caller, options, {
    required: ["outcome", "running"],
    defaults: {
      cutoff: 0,
      selector: "directPlugIn",
      order: undefined,
      biasOrder: undefined,
      derivative: 0,
      kernel: "triangular",
      rho: undefined,
      regularization: 1,
      residuals: "nearestNeighbour",
      matches: 3,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkChoice(caller, "selector", given.selector, ["imbensKalyanaraman", "directPlugIn"]);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkChoice(caller, "residuals", given.residuals, ["nearestNeighbour", "fitted"]);
  checkNumber(caller, "matches", given.matches, { min: 1, integer: true });
  checkNumber(caller, "regularization", given.regularization, { min: 0 });
  checkNumber(caller, "derivative", given.derivative, { min: 0, max: 8, integer: true });
  if (given.rho !== undefined) checkNumber(caller, "rho", given.rho, { min: 0, open: true });
  const order = given.order ?? given.derivative + 1;
  const biasOrder = given.biasOrder ?? order + 1;
  checkNumber(caller, "order", order, { min: given.derivative, max: 9, integer: true });
  checkNumber(caller, "biasOrder", biasOrder, { min: order + 1, max: 10, integer: true });
  return { ...given, order, biasOrder };
}
