import { checkNumber, resolveOptions } from "../core/options.ts";

/** Where the iteration that removes fixed effects ends. Exact solvers (one effect, few levels, sparse graphs) make none. */
export interface AbsorptionOptions {
  /**
   * Largest sum of residuals that a level may keep, beside its weight times the standard deviation of the variable; more is a `ConvergenceError`.
   * The iteration itself aims at 1e-12. Default 1e-8.
   */
  readonly tolerance?: number;
  /** Default 20,000; with varying slopes 50,000. */
  readonly maxIterations?: number;
}

/** Checks the limits. @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `OPTIONS_NOT_AN_OBJECT`. */
export function resolveAbsorption(caller: string, options: AbsorptionOptions): AbsorptionOptions {
  const settings = resolveOptions<AbsorptionOptions>(`${caller} (absorption)`, options, {
    required: [],
    defaults: { tolerance: undefined, maxIterations: undefined },
  });
  const { tolerance, maxIterations } = settings;
  if (tolerance !== undefined) checkNumber(caller, "absorption.tolerance", tolerance, { min: 0, max: 1, open: true });
  if (maxIterations !== undefined) checkNumber(caller, "absorption.maxIterations", maxIterations, { min: 1, integer: true });
  return settings;
}
