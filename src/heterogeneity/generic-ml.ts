import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupsRole, numberRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { VcovOption } from "../inference/vcov-option.ts";
import { substream } from "../random/index.ts";
import type { AnyRow } from "../regression/design.ts";
import { clusterColumns } from "./cluster-columns.ts";
import { requireRows } from "./cross-fit.ts";
import { type SplitTarget, type SplitTargets, splitTargets, type TargetSettings } from "./generic-ml-targets.ts";
import { type Learner, linearLearner } from "./learners.ts";

/** Options of {@link genericMl}. */
export interface GenericMlOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1 treatment, randomised with known probability. */
  readonly treatment: NumericColumn<Row>;
  /** Known probability of treatment: a column, or one number. */
  readonly propensity: NumericColumn<Row> | number;
  /** Covariates the proxies are learnt from; needed unless `proxies` are given. */
  readonly covariates?: readonly NumericColumn<Row>[];
  /** Proxies learnt elsewhere on other rows; then all rows are the main sample of one split. */
  readonly proxies?: { readonly baseline: NumericColumn<Row>; readonly effect: NumericColumn<Row> };
  /** Learner of both proxies. @defaultValue linear */
  readonly learner?: Learner;
  /** Number of random halves, or 0/1 columns (1 = main half). @defaultValue 100 */
  readonly splits?: number | readonly NumericColumn<Row>[];
  /** Probabilities that cut the predicted effect into groups. @defaultValue 0.25, 0.5, 0.75 */
  readonly cutoffs?: readonly number[];
  /** Proxies and propensity as controls in BLP and GATES. @defaultValue baseline */
  readonly controls?: readonly ("baseline" | "effect" | "propensity")[];
  /** Fixed effects in BLP and GATES. */
  readonly fixedEffects?: AnyColumn<Row>;
  /** Covariance of BLP and GATES; GenericML's own default is `{ type: "hetero", variant: "constant" }`. @defaultValue HC3 */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections of that covariance, as in `regression.ols`. */
  readonly smallSample?: SmallSampleOptions;
  /** Which group's target the others' are subtracted from, and which (from 1) are subtracted. @defaultValue most affected minus group 1 */
  readonly difference?: { readonly from: "most" | "least"; readonly subtract: readonly number[] };
  /** Covariates whose means are compared between groups. @defaultValue `covariates` */
  readonly clan?: readonly NumericColumn<Row>[];
  /** Whether CLAN's differences pool variances. @defaultValue false */
  readonly equalVariances?: boolean;
  /** Weighted regressions, or Horvitz-Thompson transforms of the outcome. @defaultValue "weighted" */
  readonly form?: "weighted" | "horvitzThompson";
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Level of each split's intervals; those over splits hold at 1 - 2 (1 - level). @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link genericMl}. */
export interface GenericMlSettings extends TargetSettings {
  readonly outcome: string;
  readonly treatment: string;
  readonly propensity: string | number;
  readonly covariates: readonly string[];
  readonly proxies?: { readonly baseline: string; readonly effect: string };
  readonly learner: string;
  readonly splits: number | readonly string[];
  readonly clan: readonly string[];
  readonly seed: number;
}

/** A target over all splits: medians, no standard error. */
export interface MedianTarget extends Estimate {
  readonly pBelow: number;
  readonly pAbove: number;
}

/** Result of {@link genericMl}. */
export interface GenericMlResult extends Result<"heterogeneity.genericMl", GenericMlSettings> {
  /** BLP, then GATES. */
  readonly estimates: readonly MedianTarget[];
  readonly blp: readonly MedianTarget[];
  readonly gates: readonly MedianTarget[];
  readonly clan: Readonly<Record<string, readonly MedianTarget[]>>;
  /** Medians over splits of the proxies' quality. */
  readonly lambda: number;
  readonly lambdaBar: number;
  /** Each split's targets. */
  readonly splits: readonly SplitTargets[];
}

const CALLER = "heterogeneity.genericMl";

/**
 * Generic machine-learning inference on heterogeneous effects in experiments: proxies learnt on one half, judged on the other, over many splits. BLP: does the predicted
 * effect predict (beta.2 above 0)? GATES: effects by group of predicted effect. CLAN: who is in the groups. Targets are medians over splits, with intervals
 * and p-values that allow for the splitting (level 1 - 2 alpha; p doubled).
 *
 * @throws OptionError `INVALID_OPTION`, `NO_PROXIES`; DataError `NOT_BINARY`, `PROPENSITY_AT_BOUND`, `FOLDS_TOO_SMALL`.
 * @see Chernozhukov, Demirer, Duflo and Fernandez-Val (2018), arXiv 1712.04802.
 * @example
 * genericMl(trial, { outcome: "work", treatment: "job", propensity: 0.5, covariates: ["age", "debts"], splits: 50 }).gates;
 */
export function genericMl<Row>(data: Frame<Row>, options: GenericMlOptions<Row>): GenericMlResult {
  const { settings, learner } = resolve(options);
  const more = [
    ...new Set([...(settings.fixedEffects === undefined ? [] : [settings.fixedEffects]), ...clusterColumns({ vcov: settings.vcov })]),
  ];
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: binaryRole(settings.treatment),
    propensity: numberRole(typeof settings.propensity === "string" ? settings.propensity : undefined),
    covariates: numbersRole(settings.covariates),
    proxies: numbersRole(settings.proxies === undefined ? [] : [settings.proxies.baseline, settings.proxies.effect]),
    clan: numbersRole(settings.clan),
    splits: numbersRole(typeof settings.splits === "number" || settings.proxies !== undefined ? [] : settings.splits),
    more: groupsRole(more),
  });
  const n = sample.used;
  const p = columns.propensity ?? new Float64Array(n).fill(Number(settings.propensity));
  requireInside(settings.propensity, p);
  const used = (rows === undefined ? data : data.take(rows)) as unknown as Frame<AnyRow>;
  const extra = used.select(...more) as unknown as Frame<AnyRow>;
  const halves = settings.proxies === undefined ? mainHalves(settings, columns.splits, n) : [Int32Array.from({ length: n }, (_, i) => i)];
  const results = halves.map((main) => {
    const take = (column: Float64Array): Float64Array => gatherNumbers(column, main);
    const [baseline, effect] =
      settings.proxies === undefined
        ? proxiesOf(learner, columns.covariates, columns.outcome, columns.treatment, main)
        : columns.proxies.map(take);
    return splitTargets(
      {
        outcome: take(columns.outcome),
        treatment: take(columns.treatment),
        propensity: take(p),
        baseline: baseline!,
        effect: effect!,
        clan: Object.fromEntries(settings.clan.map((name, j) => [name, take(columns.clan[j]!)])),
        more: extra.take(main),
      },
      settings,
    );
  });
  const over = (read: (split: SplitTargets) => readonly SplitTarget[]): MedianTarget[] => aggregate(results.map(read));
  const [blp, gates] = [over((split) => split.blp), over((split) => split.gates)];
  return finishResult<GenericMlResult>({
    kind: CALLER,
    estimates: [...blp, ...gates],
    blp,
    gates,
    clan: Object.fromEntries(settings.clan.map((name) => [name, over((split) => split.clan[name]!)])),
    lambda: middle(results.map(({ lambda }) => lambda)),
    lambdaBar: middle(results.map(({ lambdaBar }) => lambdaBar)),
    splits: results,
    sample,
    warnings: warningsOf(results.length),
    options: settings,
    reference: "Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), arXiv 1712.04802",
  });
}

function resolve<Row>(options: GenericMlOptions<Row>): { readonly settings: GenericMlSettings; readonly learner: Learner } {
  const given = resolveOptions<GenericMlSettings & { readonly learner: Learner }>(CALLER, options, {
    required: ["outcome", "treatment", "propensity"],
    defaults: {
      covariates: [],
      proxies: undefined,
      learner: linearLearner,
      splits: 100,
      cutoffs: [0.25, 0.5, 0.75],
      controls: ["baseline"],
      fixedEffects: undefined,
      vcov: { type: "hetero", variant: "HC3" },
      smallSample: undefined,
      difference: { from: "most", subtract: [1] },
      clan: undefined,
      equalVariances: false,
      form: "weighted",
      seed: 1,
      level: 0.95,
    },
  });
  checkLevel(CALLER, given.level);
  checkChoice(CALLER, "form", given.form, ["weighted", "horvitzThompson"]);
  checkChoice(CALLER, "difference.from", given.difference.from, ["most", "least"]);
  checkBoolean(CALLER, "equalVariances", given.equalVariances);
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  for (const name of given.controls) checkChoice(CALLER, "controls", name, ["baseline", "effect", "propensity"]);
  for (const k of given.difference.subtract)
    checkNumber(CALLER, "difference.subtract", k, { min: 1, max: given.cutoffs.length + 1, integer: true });
  for (const q of given.cutoffs) checkNumber(CALLER, "cutoffs", q, { min: 0, max: 1, open: true });
  if (typeof given.splits === "number") checkNumber(CALLER, "splits", given.splits, { min: 1, integer: true });
  if (typeof given.propensity === "number") checkNumber(CALLER, "propensity", given.propensity, { min: 0, max: 1, open: true });
  if (given.proxies === undefined && given.covariates.length === 0) {
    throw new OptionError(
      "NO_PROXIES",
      `Cannot run ${CALLER} as it needs covariates to learn proxies from, or "proxies": neither was given`,
    );
  }
  return {
    settings: Object.freeze({ ...given, learner: given.learner.name, clan: given.clan ?? given.covariates }),
    learner: given.learner,
  };
}

function requireInside(propensity: string | number, p: Float64Array): void {
  const row = p.findIndex((value) => !(value > 0 && value < 1));
  if (row < 0) return;
  throw new DataError(
    "PROPENSITY_AT_BOUND",
    `Cannot run ${CALLER} as "${propensity}" must lie strictly between 0 and 1: row ${row} of those used has ${p[row]}; leave such rows out`,
    { column: propensity, row, value: p[row] },
  );
}

/** Rows of the main half of each split. */
function mainHalves({ splits, seed }: GenericMlSettings, columns: readonly Float64Array[], n: number): Int32Array[] {
  if (typeof splits !== "number") return columns.map((column) => Int32Array.from(column.keys()).filter((i) => column[i] === 1));
  return Array.from({ length: splits }, (_, s) =>
    substream(seed, s + 1)
      .sampleWithoutReplacement(n, Math.floor(n / 2))
      .sort(),
  );
}

/** Learns E[Y | D = 0] and E[Y | D = 1] on the other half; predictions on the main half: baseline, effect. */
function proxiesOf(
  learner: Learner,
  X: readonly Float64Array[],
  y: Float64Array,
  d: Float64Array,
  main: Int32Array,
): [Float64Array, Float64Array] {
  const inMain = new Uint8Array(y.length);
  for (const i of main) inMain[i] = 1;
  const at = X.map((column) => gatherNumbers(column, main));
  const arm = (value: number): Float64Array => {
    const rows = Int32Array.from(y.keys()).filter((i) => inMain[i] === 0 && d[i] === value);
    requireRows(
      learner,
      X.length,
      rows.length,
      `an auxiliary half has ${rows.length} ${value === 1 ? "treated" : "control"} rows; use fewer covariates`,
    );
    return learner.fit(
      X.map((column) => gatherNumbers(column, rows)),
      gatherNumbers(y, rows),
    )(at);
  };
  const [control, treated] = [arm(0), arm(1)];
  return [control, treated.map((v, i) => v - control[i]!)];
}

/** Medians over splits: estimate between the lower and the upper median; the inner of the bounds' medians; twice the lower median of p. */
function aggregate(splits: readonly (readonly SplitTarget[])[]): MedianTarget[] {
  return splits[0]!.map(({ term }, k) => {
    const values = (read: (target: SplitTarget) => number): number[] => splits.map((targets) => read(targets[k]!));
    const doubled = (read: (target: SplitTarget) => number): number => Math.min(1, 2 * lowerMedian(values(read)));
    return {
      term,
      estimate: middle(values(({ estimate }) => estimate)),
      standardError: Number.NaN,
      statistic: Number.NaN,
      pValue: doubled(({ pValue }) => pValue),
      confidenceInterval: [
        upperMedian(values(({ confidenceInterval }) => confidenceInterval[0])),
        lowerMedian(values(({ confidenceInterval }) => confidenceInterval[1])),
      ],
      degreesOfFreedom: Number.POSITIVE_INFINITY,
      pBelow: doubled(({ pBelow }) => pBelow),
      pAbove: doubled(({ pAbove }) => pAbove),
    };
  });
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Smallest value at which the empirical distribution function reaches one half. */
const lowerMedian = (values: readonly number[]): number => ascending(values)[Math.ceil(values.length / 2) - 1]!;

/** Largest value with at least half of the values strictly above it; the lower median where there is none. */
function upperMedian(values: readonly number[]): number {
  const sorted = ascending(values);
  const half = values.length / 2;
  const found = sorted.filter((value) => sorted.filter((other) => other > value).length >= half);
  return found[found.length - 1] ?? lowerMedian(values);
}

const middle = (values: readonly number[]): number => (lowerMedian(values) + upperMedian(values)) / 2;

function warningsOf(splits: number): Warning[] {
  const medians = { code: "MEDIAN_OVER_SPLITS", message: "Targets are medians over splits and have no standard error of their own" };
  return splits >= 20
    ? [medians]
    : [
        medians,
        { code: "FEW_SPLITS", message: `${splits} splits leave the medians to chance; use a hundred or more`, details: { splits } },
      ];
}
