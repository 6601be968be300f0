import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { interaction } from "../regression/index.ts";
import { checkPanel } from "./check-panel.ts";
import {
  PANEL_REGRESSION_DEFAULTS,
  type PanelFit,
  type PanelRegressionOptions,
  type PanelRegressionSettings,
  regressionPart,
  regressOnPanel,
} from "./panel-regression.ts";

/** Options of {@link tripleRegression}. */
export interface TripleRegressionOptions<Row> extends PanelRegressionOptions<Row> {
  /** 0/1: units of the treated group (place, cohort). */
  readonly group: NumericColumn<Row>;
  /** 0/1: units eligible for treatment within either group. */
  readonly partition: NumericColumn<Row>;
  /** 0/1: periods in which treatment is in force. */
  readonly post: NumericColumn<Row>;
}

/** The triple difference, then the covariates' coefficients. */
export interface TripleRegressionResult extends Result<"did.tripleRegression", PanelRegressionSettings<never>> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
  readonly fit: PanelFit;
}

const CALLER = "did.tripleRegression";

/**
 * Triple difference by least squares: `group × partition × post` with unit, period-by-partition and period-by-group effects.
 * With covariates or several cohorts use `triple`, which does not assume that effects or trends are the same for all covariates.
 *
 * @throws what `ols` throws.
 * @see Olden & Møen (2022), doi:10.1093/ectj/utac010
 * @example
 * tripleRegression(people, { outcome: "hours", group: "reformCity", partition: "eligible", post: "after" }).estimates;
 */
export function tripleRegression<Row>(data: Panel<Row>, options: TripleRegressionOptions<Row>): TripleRegressionResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<PanelRegressionSettings<Row> & TripleRegressionOptions<Row>>(CALLER, options, {
    required: ["outcome", "group", "partition", "post"],
    defaults: PANEL_REGRESSION_DEFAULTS,
  });
  checkLevel(CALLER, settings.level);
  const { group, partition, post } = settings as unknown as Readonly<Record<string, string>>;
  const product = interaction(group!, partition!, post!);
  const effects = [data.unit, [data.time, partition!], [data.time, group!]];
  const result = regressOnPanel(data, settings, [product, ...settings.covariates], effects);
  return finishResult({
    kind: CALLER,
    estimates: result.estimates,
    vcov: result.vcov,
    ...regressionPart(result),
    options: settings as unknown as PanelRegressionSettings<never>,
    reference: "Olden & Møen (2022), The triple difference estimator, The Econometrics Journal 25(3), 531-553",
  });
}
