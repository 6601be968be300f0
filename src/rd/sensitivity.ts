import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkNumber } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { checkRow, type RdCheckResult, type RdCheckRow } from "./check-result.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult } from "./estimate-result.ts";
import type { KernelName } from "./numerics/kernel.ts";

/** Options of {@link sensitivity}: those of `rd.estimate`, and what is varied. */
export interface RdSensitivityOptions<Row> extends RdEstimateOptions<Row> {
  /** Multiples of the main estimate's bandwidths (both `h` and `b`). Default 0.5, 0.75, 1.25, 1.5, 2. */
  readonly bandwidthMultiples?: readonly number[];
  /** Orders of the polynomial, bandwidth chosen anew. Default `order + 1`. */
  readonly orders?: readonly number[];
  /** Kernels, bandwidth chosen anew. Default the other two. */
  readonly kernels?: readonly KernelName[];
}

/**
 * The estimate under other bandwidths, orders and kernels, one at a time. The first row is the main estimate.
 * Variants that cannot be estimated are left out with a warning.
 *
 * @throws The errors of `rd.estimate` for the main estimate; OptionError `INVALID_OPTION` for a multiple that is not positive.
 * @see Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5.4
 * @example
 * rd.sensitivity(people, { outcome: "hours", running: "age", cutoff: 60 }).rows;
 */
export function sensitivity<Row>(data: Frame<Row>, options: RdSensitivityOptions<Row>): RdCheckResult<"rd.sensitivity"> {
  const { bandwidthMultiples = [0.5, 0.75, 1.25, 1.5, 2], orders, kernels, ...design } = options;
  for (const multiple of bandwidthMultiples) checkNumber("rd.sensitivity", "bandwidthMultiples", multiple, { min: 0, open: true });
  const main = estimate(data, design);
  const { h, b } = main.bandwidths;
  const rows: RdCheckRow[] = [checkRow("main estimate", 1, main)];
  const warnings: Warning[] = [...main.warnings];
  const add = (label: string, value: number, change: Partial<RdEstimateOptions<Row>>): void => {
    const fit = attempt(() => estimate(data, { ...design, ...change }), label, warnings);
    if (fit !== undefined) rows.push(checkRow(label, value, fit));
  };
  for (const m of bandwidthMultiples) {
    const { rho: _rho, ...own } = design;
    const fit = attempt(
      () => estimate(data, { ...(own as RdEstimateOptions<Row>), bandwidth: [m * h[0], m * h[1]], biasBandwidth: [m * b[0], m * b[1]] }),
      `bandwidth x ${m}`,
      warnings,
    );
    if (fit !== undefined) rows.push(checkRow(`bandwidth x ${m}`, m, fit));
  }
  for (const order of orders ?? [main.options.order + 1]) add(`order ${order}`, order, { order, biasOrder: order + 1 });
  const others = (["triangular", "epanechnikov", "uniform"] as const).filter((kernel) => kernel !== main.options.kernel);
  (kernels ?? others).forEach((kernel, i) => {
    add(`${kernel} kernel`, i, { kernel });
  });
  return finishResult({
    kind: "rd.sensitivity",
    estimates: rows.map(({ robust }) => robust),
    rows,
    sample: main.sample,
    warnings,
    options: { ...main.options, bandwidthMultiples },
    reference: "Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5.4",
  });
}

function attempt(run: () => RdEstimateResult, label: string, warnings: Warning[]): RdEstimateResult | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof IdentificationError)) throw error;
    warnings.push({ code: "VARIANT_SKIPPED", message: `No estimate with ${label}: ${error.message}`, details: { label } });
    return undefined;
  }
}
