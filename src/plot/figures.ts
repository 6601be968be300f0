import { OptionError } from "../core/errors.ts";
import { checkResult } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import { baconRows, baconSpec, isBacon } from "./bacon.ts";
import { coefficientRows, coefficientSpec, hasEstimates } from "./coefficients.ts";
import { comparedRows, comparedSpec, isCompared } from "./compared-studies.ts";
import { densityTestRows, densityTestSpec, isDensityTest } from "./density-test.ts";
import { discontinuityRows, discontinuitySpec, isDiscontinuity } from "./discontinuity.ts";
import { eventStudyRows, eventStudySpec, isEventStudy } from "./event-study.ts";
import { groupTimeRows, groupTimeSpec, isGroupTime } from "./group-time.ts";
import type { PlotRow, VegaLiteSpec } from "./json.ts";
import { isModeratorEffect, moderatorRows, moderatorSpec } from "./moderator-effects.ts";
import type { PlotSettings } from "./plot-options.ts";
import { isPolicyTree, policyTreeRows, policyTreeSpec } from "./policy-tree.ts";
import { isRdCheck, rdCheckRows, rdCheckSpec } from "./rd-checks.ts";
import { isSubgroups, subgroupForestSpec, subgroupRows } from "./subgroup-forest.ts";
import { isTargetingCurve, targetingRows, targetingSpec } from "./targeting-curve.ts";

/** One figure: which results it is for, its data, its specification. */
interface Figure {
  readonly fits: (result: Result) => boolean;
  readonly rows: (result: Result, settings: PlotSettings) => readonly PlotRow[];
  readonly spec: (result: Result, settings: PlotSettings) => VegaLiteSpec;
}

function figure<R extends Result>(
  fits: (result: Result) => result is R,
  rows: (result: R, settings: PlotSettings) => readonly PlotRow[],
  spec: (result: R, settings: PlotSettings) => VegaLiteSpec,
): Figure {
  return { fits, rows: (result, settings) => rows(result as R, settings), spec: (result, settings) => spec(result as R, settings) };
}

/** The first that fits is drawn; the last one fits any result with estimates. */
const FIGURES: readonly Figure[] = [
  figure(isDensityTest, densityTestRows, densityTestSpec),
  figure(isRdCheck, rdCheckRows, rdCheckSpec),
  figure(isBacon, baconRows, baconSpec),
  figure(isTargetingCurve, targetingRows, targetingSpec),
  figure(isModeratorEffect, moderatorRows, moderatorSpec),
  figure(isPolicyTree, policyTreeRows, policyTreeSpec),
  figure(isDiscontinuity, discontinuityRows, discontinuitySpec),
  figure(isSubgroups, subgroupRows, subgroupForestSpec),
  figure(isCompared, comparedRows, comparedSpec),
  figure(isEventStudy, eventStudyRows, eventStudySpec),
  figure(isGroupTime, groupTimeRows, groupTimeSpec),
  { fits: hasEstimates, rows: coefficientRows, spec: coefficientSpec },
];

/** Whether {@link plotSpec} has a figure for a result. */
export function hasFigure(result: Result): boolean {
  checkResult("hasFigure", result);
  return FIGURES.some(({ fits }) => fits(result));
}

/** The figure for a result. @throws OptionError `NO_FIGURE`. */
export function figureOf(caller: string, result: Result): Figure {
  checkResult(caller, result);
  const found = FIGURES.find(({ fits }) => fits(result));
  if (found !== undefined) return found;
  throw new OptionError("NO_FIGURE", `Cannot run ${caller} as a result with estimates or bins is needed: "${result.kind}" has none`, {
    caller,
    kind: result.kind,
  });
}
