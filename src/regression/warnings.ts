import { ConvergenceError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import type { DroppedTerm, LinearModel } from "./linear-model.ts";
import type { EffectAbsorber } from "./numerics/absorb-effects.ts";

/** One warning for each term left out. */
export function termWarnings(dropped: readonly DroppedTerm[]): readonly Warning[] {
  return dropped.map(({ term, reason, on }) => {
    const cause =
      reason === "absorbed"
        ? "the fixed effects determine it"
        : reason === "constant"
          ? "it does not vary"
          : `it is a combination of ${on.map((name) => `"${name}"`).join(", ")}`;
    return { code: "TERM_DROPPED", message: `"${term}" was left out as ${cause}`, details: { term, reason, on } };
  });
}

/** Residuals below this share of the outcome's spread are rounding. */
const PERFECT = 1e-20;

/** Doubts about a least-squares fit; `columns` says what it is solved by. */
export function fitWarnings(
  { sumOfSquares, totalSumOfSquares, nearlyDependent }: Pick<LinearModel, "sumOfSquares" | "totalSumOfSquares" | "nearlyDependent">,
  columns: string,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (sumOfSquares <= PERFECT * totalSumOfSquares) {
    warnings.push({
      code: "PERFECT_FIT",
      message: "The regressors fit the outcome exactly: residuals are rounding, inference means nothing",
    });
  }
  if (nearlyDependent) {
    warnings.push({
      code: "NEARLY_COLLINEAR",
      message: `Some ${columns} is nearly a combination of others: coefficients were solved by orthogonalisation, and standard errors are large`,
    });
  }
  return warnings;
}

/** A residual of the absorption above this is worth a warning, */
const TOLERATED = 1e-10;
/** and above this, an error: estimates would be off in the digits that people print. */
const UNUSABLE = 1e-8;

/**
 * Doubts about the fixed effects: rows left out, levels without a link, an iteration that stopped early.
 * @throws ConvergenceError `NOT_CONVERGED`: the iteration stopped far from its end; `details` hold `iterations` and the last `residual`.
 */
export function effectWarnings(
  caller: string,
  singletons: number,
  effects: number,
  absorber: Pick<EffectAbsorber, "components" | "report"> | undefined,
  tolerance?: number,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (singletons > 0) {
    warnings.push({
      code: "SINGLETONS_DROPPED",
      message: `${singletons} rows were left out as each is the only row of a level of a fixed effect`,
      details: { rows: singletons },
    });
  }
  if (absorber === undefined) return warnings;
  const { components } = absorber;
  if (effects === 2 && components > 1) {
    warnings.push({
      code: "DISCONNECTED_EFFECTS",
      message: `The levels of the fixed effects fall into ${components} groups without a link: effects are comparable within a group only`,
      details: { components },
    });
  }
  const { residual, iterations } = absorber.report();
  requireAbsorbed(caller, absorber, tolerance);
  if (residual > TOLERATED) {
    warnings.push({
      code: "NOT_CONVERGED",
      message: `Removing the fixed effects left a residual of ${residual.toExponential(1)} after ${iterations} iterations`,
      details: { residual, iterations },
    });
  }
  return warnings;
}

/** @throws ConvergenceError `NOT_CONVERGED`, as {@link effectWarnings}. */
export function requireAbsorbed(caller: string, absorber: Pick<EffectAbsorber, "report">, tolerance: number = UNUSABLE): void {
  const { residual, iterations } = absorber.report();
  if (residual <= tolerance) return;
  throw new ConvergenceError(
    "NOT_CONVERGED",
    `Cannot run ${caller} as removing the fixed effects must converge: ${iterations} iterations left a residual of ${residual.toExponential(1)} of a level's variation, more than ${tolerance}; more iterations or a larger tolerance (option absorption), fewer or coarser effects, or rescaled slopes may help`,
    { iterations, residual },
  );
}
