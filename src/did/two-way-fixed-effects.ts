import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { checkPanel } from "./check-panel.ts";
import type { Contributions } from "./contributions.ts";
import { reversalWarnings } from "./design-warnings.ts";
import {
  PANEL_REGRESSION_DEFAULTS,
  type PanelFit,
  type PanelRegressionOptions,
  type PanelRegressionSettings,
  regressionPart,
  regressOnPanel,
} from "./panel-regression.ts";

/** Options of {@link twoWayFixedEffects}. */
export interface TwoWayFixedEffectsOptions<Row> extends PanelRegressionOptions<Row> {
  /** Treatment: 1 in the rows in which the unit is treated, or a dose. */
  readonly treated: NumericColumn<Row>;
}

/** Result of {@link twoWayFixedEffects}: the treatment's coefficient, then the covariates'. */
export interface TwoWayFixedEffectsResult extends Result<"did.twoWayFixedEffects", PanelRegressionSettings<never>> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
  /** As in `EventStudyTable`, by coefficient. */
  readonly contributions?: Contributions;
  readonly fit: PanelFit;
}

const CALLER = "did.twoWayFixedEffects";

/**
 * The static two-way fixed-effects coefficient: least squares of the outcome on treatment with unit and period effects. Equals `feols` of R's
 * fixest 0.14. With staggered adoption and effects that grow or differ between cohorts it is a weighted average with possibly negative
 * weights, not the average effect: `goodmanBacon` and `twfeWeights` show them, `attGt` avoids them.
 *
 * @throws what `ols` throws.
 * @see Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014
 * @example
 * twoWayFixedEffects(people, { outcome: "hours", treated: "inProgram" }).estimates.inProgram;
 */
export function twoWayFixedEffects<Row>(data: Panel<Row>, options: TwoWayFixedEffectsOptions<Row>): TwoWayFixedEffectsResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<PanelRegressionSettings<Row> & TwoWayFixedEffectsOptions<Row>>(CALLER, options, {
    required: ["outcome", "treated"],
    defaults: PANEL_REGRESSION_DEFAULTS,
  });
  checkLevel(CALLER, settings.level);
  const result = regressOnPanel(data, settings, [settings.treated, ...settings.covariates]);
  return finishResult({
    kind: CALLER,
    estimates: result.estimates,
    vcov: result.vcov,
    ...(result.contributions === undefined ? {} : { contributions: result.contributions }),
    ...regressionPart(result),
    warnings: [...result.warnings, ...reversalWarnings(data, settings.treated)],
    options: settings as unknown as PanelRegressionSettings<never>,
    reference: "Angrist & Pischke (2009), Mostly Harmless Econometrics, 5.2",
  });
}
