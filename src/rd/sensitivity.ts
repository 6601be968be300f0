import { finishResult } from "../core/display.ts";
import { checkBoolean, checkNumber } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { maxT } from "../inference/max-t.ts";
import { checkCall } from "./check-call.ts";
import { attempt, checkRow, type RdCheckResult, type RdCheckRow } from "./check-result.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult, RdEstimateSettings } from "./estimate-result.ts";
import { holdsInfluences, type Influenced, influenced, jointCovariance } from "./joint-covariance.ts";
import type { KernelName } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of {@link sensitivity}: those of `rd.estimate`, and what is varied. */
export interface RdSensitivityOptions<Row> extends RdEstimateOptions<Row> {
  /** Multiples of the main estimate's bandwidths (both `h` and `b`). Default 0.5, 0.75, 1.25, 1.5, 2. */
  readonly bandwidthMultiples?: readonly number[];
  /** Orders of the polynomial, bandwidth chosen anew. Default `order + 1`. */
  readonly orders?: readonly number[];
  /** Kernels, bandwidth chosen anew. Default the other two. */
  readonly kernels?: readonly KernelName[];
  /** Also every combination of multiples, orders and kernels, the main ones among them. Default false. */
  readonly grid?: boolean;
  /** Adjust p-values and intervals for having looked at all variants. Default true. */
  readonly uniform?: boolean;
}

/** One combination of choices. */
export interface RdGridRow extends RdCheckRow {
  readonly order: number;
  readonly kernel: KernelName;
  readonly multiple: number;
}

/** Result of {@link sensitivity}. */
export interface RdSensitivityResult extends RdCheckResult<"rd.sensitivity"> {
  /** All combinations, with the option `grid`. */
  readonly grid?: readonly RdGridRow[];
  /**
   * All variants at once (of the grid, where there is one): simultaneous intervals, which hold together at the level, and p-values of the
   * largest t ratio among correlated ones.
   */
  readonly uniform?: {
    readonly criticalValue: number;
    readonly estimates: readonly Estimate[];
    readonly adjustedPValues: readonly number[];
  };
}

/**
 * The estimate under other bandwidths, orders and kernels, one at a time, or in all combinations. The first row is the main estimate.
 * Variants that cannot be estimated are left out with a warning. What is found in the best of many variants is judged by `uniform`: the
 * variants' joint normal distribution, from the covariance of their influences.
 *
 * @throws The errors of `rd.estimate` for the main estimate; OptionError `INVALID_OPTION` for a multiple that is not positive.
 * @see Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5.4;
 * uniform: Hothorn, Bretz & Westfall (2008), Biometrical Journal 50(3) 346-363
 * @example
 * rd.sensitivity(people, { outcome: "hours", running: "age", cutoff: 60, grid: true }).uniform;
 */
export function sensitivity<Row>(data: Frame<Row>, options: RdSensitivityOptions<Row>): RdSensitivityResult {
  checkCall("rd.sensitivity", data, options, ["bandwidthMultiples", "orders", "kernels"]);
  const { bandwidthMultiples = [0.5, 0.75, 1.25, 1.5, 2], orders, kernels, grid = false, uniform = true, ...given } = options;
  for (const multiple of bandwidthMultiples) checkNumber("rd.sensitivity", "bandwidthMultiples", multiple, { min: 0, open: true });
  checkBoolean("rd.sensitivity", "grid", grid);
  checkBoolean("rd.sensitivity", "uniform", uniform);
  const warnings: Warning[] = [];
  const variants = bandwidthMultiples.length + (orders?.length ?? 1) + 3;
  const held = holdsInfluences(data.rowCount, grid ? 6 * variants : variants);
  const adjust = uniform && held;
  const design = { ...given, ...(adjust ? { perRow: true } : {}) } as RdEstimateOptions<Row>;
  const main = estimate(data, design);
  warnings.push(...main.warnings, ...(uniform && !held ? [notHeld(data.rowCount)] : []));
  const keep = (fit: RdEstimateResult): { readonly held?: Influenced } => (adjust ? { held: influenced(fit) } : {});
  const fits: Variant[] = [{ row: checkRow("main estimate", 1, main), ...keep(main) }];
  const add = (label: string, value: number, change: Partial<RdEstimateOptions<Row>>): void => {
    const fit = attempt(() => estimate(data, { ...design, ...change }), skipped(label), warnings);
    if (fit !== undefined) fits.push({ row: checkRow(label, value, fit), ...keep(fit) });
  };
  const { rho: _rho, ...withoutRho } = design;
  for (const m of bandwidthMultiples) {
    const fit = attempt(
      () => estimate(data, { ...withoutRho, ...scaled(main, m) } as RdEstimateOptions<Row>),
      skipped(`bandwidth x ${m}`),
      warnings,
    );
    if (fit !== undefined) fits.push({ row: checkRow(`bandwidth x ${m}`, m, fit), ...keep(fit) });
  }
  for (const order of orders ?? [main.options.order + 1]) add(`order ${order}`, order, { order, biasOrder: order + 1 });
  const others = (["triangular", "epanechnikov", "uniform"] as const).filter((kernel) => kernel !== main.options.kernel);
  (kernels ?? others).forEach((kernel, i) => {
    add(`${kernel} kernel`, i, { kernel });
  });
  const combined = grid
    ? gridFits(
        data,
        design,
        main,
        { multiples: bandwidthMultiples, orders: orders ?? [main.options.order + 1], kernels: kernels ?? others },
        warnings,
      )
    : undefined;
  const together = adjust ? uniformOf(data, main.options, combined ?? fits, warnings) : undefined;
  return finishResult({
    kind: "rd.sensitivity",
    estimates: fits.map(({ row }) => row.robust),
    rows: fits.map(({ row }) => row),
    ...(combined === undefined ? {} : { grid: combined.map(({ row }) => row) }),
    ...(together === undefined ? {} : { uniform: together }),
    sample: main.sample,
    warnings,
    options: { ...main.options, bandwidthMultiples, grid, uniform },
    reference: "Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5.4",
  });
}

/** Both bandwidths of a fit times `m`. */
function scaled({ bandwidths: { h, b } }: RdEstimateResult, m: number): { bandwidth: Pair; biasBandwidth: Pair } {
  return { bandwidth: [m * h[0], m * h[1]], biasBandwidth: [m * b[0], m * b[1]] };
}

/** A variant with its influences, where they are held. */
interface Variant {
  readonly row: RdCheckRow;
  readonly held?: Influenced;
}

interface GridFit extends Variant {
  readonly row: RdGridRow;
}

/** Every order and kernel at its own bandwidths, and at each multiple of them. */
function gridFits<Row>(
  data: Frame<Row>,
  design: RdEstimateOptions<Row>,
  main: RdEstimateResult,
  choices: { readonly multiples: readonly number[]; readonly orders: readonly number[]; readonly kernels: readonly KernelName[] },
  warnings: Warning[],
): GridFit[] {
  const out: GridFit[] = [];
  const { rho: _rho, ...withoutRho } = design;
  for (const order of [...new Set([main.options.order, ...choices.orders])]) {
    for (const kernel of [...new Set([main.options.kernel, ...choices.kernels])]) {
      const change = order === main.options.order ? { kernel } : { kernel, order, biasOrder: order + 1 };
      const name = `order ${order}, ${kernel} kernel`;
      const chosen = attempt(() => estimate(data, { ...design, ...change }), skipped(name), warnings);
      if (chosen === undefined) continue;
      for (const multiple of [...new Set([1, ...choices.multiples])].sort((a, b) => a - b)) {
        const label = `${name}, bandwidth x ${multiple}`;
        const own = { ...withoutRho, ...change, ...scaled(chosen, multiple) } as RdEstimateOptions<Row>;
        const fit = multiple === 1 ? chosen : attempt(() => estimate(data, own), skipped(label), warnings);
        if (fit === undefined) continue;
        const row = { ...checkRow(label, multiple, fit), order, kernel, multiple };
        out.push({ row, ...(fit.perRow === undefined ? {} : { held: influenced(fit) }) });
      }
    }
  }
  return out;
}

function uniformOf<Row>(
  data: Frame<Row>,
  settings: RdEstimateSettings,
  fits: readonly Variant[],
  warnings: Warning[],
): RdSensitivityResult["uniform"] {
  const covariance = jointCovariance(
    data,
    settings,
    fits.map(({ held }) => held!),
  );
  if (covariance === undefined || covariance.some((row, i) => !(row[i]! > 0))) {
    warnings.push({
      code: "NO_UNIFORM_ADJUSTMENT",
      message: "No uniform adjustment: the variants have no joint covariance (two-way clusters, or a variance of zero)",
    });
    return undefined;
  }
  const values = fits.map(({ row }) => row.robust.estimate);
  const labels = fits.map(({ row }) => row.label);
  const { criticalValue, estimates, singleStep } = maxT(values, covariance, { level: settings.level, labels, points: 2003 });
  return { criticalValue, estimates, adjustedPValues: singleStep };
}

const skipped = (label: string): Warning => ({ code: "VARIANT_SKIPPED", message: `No estimate with ${label}`, details: { label } });

function notHeld(rows: number): Warning {
  const message = `No uniform adjustment: ${rows} rows times all variants are too many influences to hold; run it on a sample of rows`;
  return { code: "NO_UNIFORM_ADJUSTMENT", message, details: { rows } };
}
