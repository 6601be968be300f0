import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import { computeCovariance } from "./covariance.ts";
import { inferencePart } from "./estimates.ts";
import { firstStages } from "./first-stage.ts";
import { fitStatistics } from "./fit-statistics.ts";
import { andersonRubinOf } from "./iv-anderson-rubin.ts";
import type { IvInference } from "./iv-covariance.ts";
import type { IvFit } from "./iv-estimator.ts";
import type { KeptIv } from "./iv-kept.ts";
import type { IvModel } from "./iv-model.ts";
import type { IvResult, IvSettings } from "./iv-result.ts";
import { ivTests } from "./iv-tests.ts";
import { doubtWarnings, instrumentWarnings, modelWarnings } from "./iv-warnings.ts";
import { attachModel } from "./kept-model.ts";
import { weakInstruments } from "./weak-instruments.ts";

const REFERENCE = "Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., chapters 5 and 6";

/** The result of a kept model under a covariance. @throws OptionError `VCOV_UNSUPPORTED`, and what the covariance throws. */
export function finishIv(kept: KeptIv, settings: IvSettings, inference: IvInference): IvResult {
  const { iv, fit } = kept;
  const { model } = fit;
  refuseUnsupported(fit, inference);
  const covariance = computeCovariance(model.equations, inference.vcov, inference.smallSample, inference.columns, model.effects);
  const part = inferencePart(model.terms, model.coefficients, covariance, inference.level);
  const stages = firstStages(iv, inference);
  const strength = weakInstruments(iv, inference);
  const tests = ivTests(iv, fit, inference);
  const andersonRubin = andersonRubinOf(iv, inference, new Float64Array(iv.moments.endogenous));
  const { clusters } = covariance;
  const warnings: readonly Warning[] = [
    ...modelWarnings(iv, fit),
    ...instrumentWarnings(iv.droppedInstruments),
    ...part.warnings,
    ...doubtWarnings(iv, inference, { stages, strength, tests, andersonRubin }),
  ];
  const result: IvResult = {
    kind: "regression.iv",
    ...part,
    sample: { ...iv.input.sample, ...(clusters === undefined ? {} : { clusters: Math.min(...clusters) }) },
    warnings,
    options: { ...settings, vcov: inference.vcov, smallSample: inference.smallSample, level: inference.level },
    reference: REFERENCE,
    fit: statistics(fit),
    kappa: fit.kappa,
    droppedTerms: iv.droppedTerms,
    fixedEffects: model.effects.map(({ specification, count }) => ({ name: specification.name, levels: count })),
    design: designOf(iv),
    instruments: iv.instruments.names,
    droppedInstruments: iv.droppedInstruments,
    firstStages: stages,
    weakInstruments: strength,
    tests,
    andersonRubin,
  };
  if (settings.keepModel) attachModel(result, kept);
  return finishResult(result);
}

/** R squared from the second stage's residuals, all else from the structural ones. */
function statistics({ model, secondStageSumOfSquares }: IvFit): IvResult["fit"] {
  const own = fitStatistics(model);
  const { rSquared, adjustedRSquared, withinRSquared, adjustedWithinRSquared } = fitStatistics({
    ...model,
    sumOfSquares: secondStageSumOfSquares,
  });
  return {
    ...own,
    ...(rSquared === undefined || adjustedRSquared === undefined ? {} : { rSquared, adjustedRSquared }),
    ...(withinRSquared === undefined || adjustedWithinRSquared === undefined ? {} : { withinRSquared, adjustedWithinRSquared }),
  };
}

const designOf = ({ intercept, endogenous, exogenous }: IvModel): IvResult["design"] => [
  ...(intercept ? [{ name: "(Intercept)", parts: [] }] : []),
  ...endogenous.design,
  ...exogenous.design,
];

/** Leverage of clusters is worked out for two-stage least squares, whose projected regressors make a hat matrix. */
function refuseUnsupported({ kappa }: IvFit, { vcov, smallSample }: IvInference): void {
  if (kappa === 1 || vcov.type !== "cluster") return;
  const variant = vcov.variant ?? "CR1";
  const asked = variant === "CR0" || variant === "CR1" ? undefined : variant;
  const needs = asked ?? (smallSample.degreesOfFreedom === "satterthwaite" ? "Satterthwaite degrees of freedom" : undefined);
  if (needs === undefined) return;
  throw new OptionError(
    "VCOV_UNSUPPORTED",
    `Cannot compute ${needs} as the leverage of clusters is worked out for two-stage least squares only: kappa is ${kappa}; use CR1`,
    { variant, kappa },
  );
}
