import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { adjustPValues } from "../inference/adjust-p-values.ts";
import { balance, type RdBalanceResult } from "./balance.ts";
import { checkCall } from "./check-call.ts";
import type { RdCheckResult } from "./check-result.ts";
import { densityTest, type RdDensityResult } from "./density-test.ts";
import { donut } from "./donut.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult } from "./estimate-result.ts";
import { placebo } from "./placebo.ts";
import { sensitivity } from "./sensitivity.ts";

/** Options of {@link validity}: those of `rd.estimate`, and those of the checks. */
export interface RdValidityOptions<Row> extends RdEstimateOptions<Row> {
  /** Columns that must not jump. Default none. */
  readonly balanceColumns?: readonly NumericColumn<Row>[];
  /** Distances up to which rows are left out. Default a tenth and a fifth of the bandwidth. */
  readonly holes?: readonly number[];
  /** Default the quartiles of each side. */
  readonly placeboCutoffs?: readonly number[];
}

/** What one check says. */
export interface ValidityFinding {
  readonly check: "density" | "balance" | "placebo" | "donut" | "sensitivity";
  /** Whether nothing speaks against the design at the 5 per cent level. */
  readonly passed: boolean;
  readonly message: string;
}

/** Result of {@link validity}. A check that cannot be run is absent, with a warning. */
export interface RdValidityResult extends Result<"rd.validity", object> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly main: RdEstimateResult;
  readonly density?: RdDensityResult;
  readonly balance?: RdBalanceResult;
  readonly placebo?: RdCheckResult<"rd.placebo">;
  readonly donut?: RdCheckResult<"rd.donut">;
  readonly sensitivity?: RdCheckResult<"rd.sensitivity">;
  readonly findings: readonly ValidityFinding[];
}

const SIZE = 0.05;

/**
 * The checks a referee asks for, in one call: density of the running variable, balance of covariates, placebo cutoffs, holes around the
 * cutoff, and other bandwidths, orders and kernels. p-values of several tests are adjusted by Holm's method before they are judged. A check that
 * cannot be run, or has no estimate, gives no finding but a warning `CHECK_SKIPPED`.
 *
 * @throws The errors of `rd.estimate`.
 * @see Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5
 * @example
 * rd.validity(people, { outcome: "hours", running: "age", cutoff: 60, balanceColumns: ["children"] }).findings;
 */
export function validity<Row>(data: Frame<Row>, options: RdValidityOptions<Row>): RdValidityResult {
  checkCall("rd.validity", data, options, ["balanceColumns", "holes", "placeboCutoffs"]);
  const { balanceColumns = [], holes, placeboCutoffs, ...design } = options;
  const main = estimate(data, design);
  const warnings: Warning[] = [...main.warnings];
  const skip = (check: ValidityFinding["check"], why: string): undefined => {
    warnings.push({ code: "CHECK_SKIPPED", message: `The ${check} check could not be run: ${why}`, details: { check } });
  };
  const attempt = <R extends { readonly warnings: readonly Warning[] }>(check: ValidityFinding["check"], run: () => R): R | undefined => {
    try {
      const found = run();
      for (const warning of found.warnings) if (!warnings.some(({ message }) => message === warning.message)) warnings.push(warning);
      return found;
    } catch (error) {
      if (!(error instanceof IdentificationError)) throw error;
      return skip(check, error.message);
    }
  };
  const { outcome: _outcome, covariates: _covariates, treatment: _treatment, sharpBandwidth: _sharp, ...jump } = design;
  const { running, cutoff, level } = main.options;
  const h = Math.min(...main.bandwidths.h);
  const density = attempt("density", () => densityTest(data, { running: running as NumericColumn<Row>, cutoff, level }));
  const covariates =
    balanceColumns.length === 0 ? undefined : attempt("balance", () => balance(data, { ...jump, columns: balanceColumns }));
  const fake = attempt("placebo", () => placebo(data, { ...design, ...(placeboCutoffs === undefined ? {} : { placeboCutoffs }) }));
  const hole = attempt("donut", () => donut(data, { ...design, holes: holes ?? [0.1 * h, 0.2 * h] }));
  const varied = attempt("sensitivity", () => sensitivity(data, { ...design, uniform: false }));
  const findings: ValidityFinding[] = [];
  const judge = <R>(check: ValidityFinding["check"], found: R | undefined, verdict: (found: R) => ValidityFinding | undefined): void => {
    if (found === undefined) return;
    const finding = verdict(found);
    if (finding === undefined) skip(check, "it has no estimate to judge");
    else findings.push(finding);
  };
  judge("density", density, densityFinding);
  judge("balance", covariates, ({ estimates }) => testsFinding("balance", estimates, "covariates jump"));
  judge("placebo", fake, ({ estimates }) => testsFinding("placebo", estimates, "placebo cutoffs show a jump"));
  judge("donut", hole, (found) => agreement("donut", found));
  judge("sensitivity", varied, (found) => agreement("sensitivity", found));
  return finishResult({
    kind: "rd.validity",
    estimates: { robust: main.estimates.robust },
    main,
    ...(density === undefined ? {} : { density }),
    ...(covariates === undefined ? {} : { balance: covariates }),
    ...(fake === undefined ? {} : { placebo: fake }),
    ...(hole === undefined ? {} : { donut: hole }),
    ...(varied === undefined ? {} : { sensitivity: varied }),
    findings,
    sample: main.sample,
    warnings,
    options: { ...main.options, balanceColumns },
    reference: "Cattaneo, Idrobo & Titiunik (2020), A Practical Introduction to Regression Discontinuity Designs: Foundations, section 5",
  });
}

function densityFinding({ estimates }: RdDensityResult): ValidityFinding | undefined {
  const { pValue } = estimates.difference;
  if (Number.isNaN(pValue)) return undefined;
  const passed = !(pValue < SIZE);
  const says = passed ? "no sign of" : "the running variable's density jumps, a sign of";
  return { check: "density", passed, message: `Density: ${says} sorting around the cutoff (p = ${pValue.toFixed(3)})` };
}

function testsFinding(check: "balance" | "placebo", all: readonly Estimate[], fault: string): ValidityFinding | undefined {
  const estimates = all.filter(({ pValue }) => !Number.isNaN(pValue));
  if (estimates.length === 0) return undefined;
  const adjusted = adjustPValues(
    estimates.map(({ pValue }) => pValue),
    { method: "holm" },
  );
  const raised = estimates.filter((_, i) => adjusted[i]! < SIZE).map(({ term }) => term);
  const passed = raised.length === 0;
  const message = passed
    ? `${check}: none of ${estimates.length} ${fault} (smallest adjusted p = ${Math.min(...adjusted).toFixed(3)})`
    : `${check}: ${raised.length} of ${estimates.length} ${fault}: ${raised.join(", ")}`;
  return { check, passed, message };
}

/** Whether every variant's interval overlaps that of the main estimate. */
function agreement(
  check: "donut" | "sensitivity",
  { estimates }: { readonly estimates: readonly Estimate[] },
): ValidityFinding | undefined {
  const [main, ...rest] = estimates as [Estimate, ...Estimate[]];
  const [low, high] = main.confidenceInterval;
  const others = rest.filter(({ confidenceInterval: [from] }) => !Number.isNaN(from));
  if (Number.isNaN(low) || others.length === 0) return undefined;
  const apart = others.filter(({ confidenceInterval: [from, to] }) => to < low || from > high).map(({ term }) => term);
  const passed = apart.length === 0;
  const message = passed
    ? `${check}: the intervals of all ${others.length} variants overlap that of the main estimate`
    : `${check}: ${apart.length} of ${others.length} variants have an interval apart from that of the main estimate: ${apart.join(", ")}`;
  return { check, passed, message };
}
