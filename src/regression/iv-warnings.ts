import type { Warning } from "../core/result.ts";
import type { FirstStage } from "./first-stage.ts";
import { type AndersonRubin, isQuadratic } from "./iv-anderson-rubin.ts";
import type { IvInference } from "./iv-covariance.ts";
import type { IvFit } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";
import type { IvTests } from "./iv-tests.ts";
import type { DroppedTerm } from "./linear-model.ts";
import { effectWarnings, fitWarnings, termWarnings } from "./warnings.ts";
import { type WeakInstruments, weakWarnings } from "./weak-instruments.ts";

/** Doubts about the fit itself. */
export function modelWarnings(iv: IvModel, { model }: IvFit): readonly Warning[] {
  return [
    ...termWarnings(iv.droppedTerms),
    ...effectWarnings("regression.iv", iv.input.singletons, model.effects.length, iv.absorber, iv.absorption.tolerance),
    ...fitWarnings(model, "regressor or instrument"),
  ];
}

/** One warning for each instrument left out. */
export function instrumentWarnings(dropped: readonly DroppedTerm[]): readonly Warning[] {
  return termWarnings(dropped).map(({ message, ...rest }) => ({
    ...rest,
    code: "INSTRUMENT_DROPPED",
    message: `Instrument ${message}`,
  }));
}

/** The diagnostics of a result. */
export interface IvDiagnostics {
  readonly stages: readonly FirstStage[];
  readonly strength: WeakInstruments;
  readonly tests: IvTests;
  readonly andersonRubin: AndersonRubin;
}

/** Weak instruments, first stages that fit exactly, and tests that could not be made. */
export function doubtWarnings(iv: IvModel, { vcov }: IvInference, diagnostics: IvDiagnostics): readonly Warning[] {
  const { stages, strength, tests, andersonRubin } = diagnostics;
  const exact = stages.filter(({ fTest }) => fTest === undefined).map(({ endogenous }) => endogenous);
  if (exact.length > 0) {
    return [
      {
        code: "FIRST_STAGE_EXACT",
        message: `The instruments predict ${exact.map((name) => `"${name}"`).join(", ")} exactly: it is treated as exogenous, tests of the instruments' strength and of exogeneity mean nothing`,
        details: { endogenous: exact },
      },
    ];
  }
  const robust = vcov.type !== "iid";
  const surplus = iv.moments.instruments > iv.moments.endogenous;
  const missing = [
    ...stages.filter(({ waldTest }) => waldTest === undefined).map(({ endogenous }) => `first stage of "${endogenous}"`),
    ...(strength.kleibergenPaapF === undefined ? ["Kleibergen-Paap"] : []),
    ...(robust && tests.robustWuHausman === undefined ? ["Wu-Hausman"] : []),
    ...(robust && surplus && tests.hansenJ === undefined ? ["Hansen J"] : []),
    ...(robust && andersonRubin.robustTest === undefined ? ["Anderson-Rubin"] : []),
  ];
  const warnings: Warning[] = [...weakWarnings(strength, stages)];
  if (missing.length > 0) {
    warnings.push({
      code: "TEST_UNAVAILABLE",
      message: `No robust test (${missing.join(", ")}): the covariance of the instruments' coefficients cannot be inverted, often as there are no more clusters than instruments`,
      details: { tests: missing },
    });
  }
  if (robust && !isQuadratic(vcov)) {
    warnings.push({
      code: "ROBUST_SET_UNAVAILABLE",
      message: "No robust Anderson-Rubin confidence set: the covariance's bandwidth is chosen from the residuals; give a number",
    });
  }
  return warnings;
}
