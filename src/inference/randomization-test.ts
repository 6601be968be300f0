import { finishResult } from "../core/display.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import { binaryRole, columnList, columnsByRole, type Groups, groupsRole, numberRole, numbersRole } from "../data/roles.ts";
import { type ParallelOptions, runBlocks, type Task, type WorkBlock, workBlocks } from "../parallel/index.ts";
import { assignmentSums } from "./assignment-sums.ts";
import { type AssignmentWork, assignmentTask } from "./assignment-task.ts";
import { invertTest } from "./invert-test.ts";
import { type AssignmentStatistic, assignmentCount, assignmentValue, forEachAssignment } from "./numerics/assignment-draws.ts";
import { DRAWS_PER_STREAM, type DrawSource } from "./numerics/wild-draws.ts";
import { compareDraws } from "./numerics/wild-statistics.ts";
import {
  type RandomizationStatistic,
  type RandomizationTestOptions,
  type RandomizationTestSettings,
  resolveRandomization,
} from "./randomization-options.ts";
import type { ResamplingPValues } from "./wild-test.ts";

/** Result of {@link randomizationTest}. */
export interface RandomizationTestResult extends Result<"inference.randomizationTest", RandomizationTestSettings> {
  /** `effect`: the estimate (or the function's value), the spread of the statistic over assignments as its standard error, p-value and inverted interval. */
  readonly estimates: { readonly effect: Estimate };
  /** The statistic that was compared, at the hypothesis. */
  readonly statistic: number;
  readonly pValue: number;
  readonly pValues: ResamplingPValues;
  /** Assignments used. */
  readonly draws: number;
  /** Whether these are all there are. */
  readonly exact: boolean;
  /** Assignments there are. */
  readonly assignments: number;
}

const CALLER = "inference.randomizationTest";

/**
 * Randomisation test of a sharp hypothesis: the treatment is assigned again as it was, a fixed number of units in each stratum, and the
 * statistic compared with those of the other assignments. Exact whatever the outcome's distribution; with drawn assignments
 * p = (1 + extremes) / (draws + 1). Ties count as extreme.
 *
 * @throws ColumnError, DataError `NOT_BINARY`, `TREATMENT_VARIES_IN_UNIT`, `STRATUM_VARIES_IN_UNIT`.
 * @throws IdentificationError `STRATUM_WITHOUT_CONTRAST`. OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`.
 * @see Fisher (1935); Imbens & Rubin (2015), Causal Inference, chapter 5; Wu & Ding (2021), doi:10.1080/01621459.2020.1750415
 * @example
 * randomizationTest(people, { outcome: "hours", treated: "program", cluster: "district", strata: "city" }).pValue;
 */
export function randomizationTest<Row>(data: Frame<Row>, options: RandomizationTestOptions<Row>): RandomizationTestResult {
  const prepared = prepare(data, options);
  const { task, work, total } = prepared;
  return finish(prepared, task.run(work, { start: 0, end: total }));
}

/**
 * {@link randomizationTest} on workers, with the same bits; a statistic that is a function runs on the calling thread, in turns.
 * @throws as there, and the signal's reason.
 */
export async function randomizationTestAsync<Row>(
  data: Frame<Row>,
  options: RandomizationTestOptions<Row>,
  parallel: ParallelOptions = {},
): Promise<RandomizationTestResult> {
  const prepared = prepare(data, options);
  const { task, work, total, settings } = prepared;
  const outputs = await runBlocks({
    ...parallel,
    ...(settings.statistic === "function" ? { workers: 1 } : {}),
    task,
    shared: work,
    blocks: workBlocks(total, DRAWS_PER_STREAM),
    amount: ({ start, end }) => end - start,
  });
  const draws = new Float64Array(5 * total);
  outputs.forEach((output, k) => {
    draws.set(output, 5 * k * DRAWS_PER_STREAM);
  });
  return finish(prepared, draws);
}

interface Prepared {
  readonly task: Task<AssignmentWork, WorkBlock, Float64Array>;
  readonly work: AssignmentWork;
  readonly total: number;
  readonly assignments: number;
  /** The five numbers of the actual assignment. */
  readonly observed: Float64Array;
  readonly factor: number;
  readonly settings: RandomizationTestSettings;
  readonly sample: Sample;
}

function prepare<Row>(data: Frame<Row>, options: RandomizationTestOptions<Row>): Prepared {
  const { settings, custom } = resolveRandomization(CALLER, options);
  const roles = {
    outcome: numberRole(settings.outcome),
    treated: binaryRole(settings.treated),
    unit: groupsRole(settings.cluster === undefined ? [] : [settings.cluster]),
    strata: groupsRole(columnList(settings.strata)),
    covariates: numbersRole(settings.covariates),
  };
  const { columns, sample } = columnsByRole(CALLER, data, roles);
  const unit = columns.unit[0];
  const rows = { ...columns, unit, strata: combined(columns.strata) };
  const kind: AssignmentStatistic =
    settings.statistic === "coefficient" || settings.statistic === "studentized" ? settings.statistic : "difference";
  const sums = assignmentSums(CALLER, rows, kind !== "difference");
  const assignments = assignmentCount(sums);
  const exact = assignments <= settings.draws;
  const source: DrawSource = exact ? "enumerate" : { seed: settings.seed };
  const { assigned, ...shared } = sums;
  const work: AssignmentWork = { sums: shared, statistic: kind, source };
  const task = custom === undefined ? assignmentTask : customTask(custom, rows.outcome, rows.treated, unit, settings.value);
  const K = (sums.adjusted?.columns ?? 0) + 1;
  const [n, G] = [rows.outcome.length, sums.units];
  return {
    task,
    work,
    total: exact ? assignments : settings.draws,
    assignments,
    observed:
      custom === undefined
        ? assignmentValue(shared, kind, assigned)
        : Float64Array.of(customValue(custom, rows, settings.value), 0, 1, 0, 0),
    factor: kind === "studentized" && n > K ? ((G / (G - 1)) * (n - 1)) / (n - K) : 1,
    settings,
    sample: { ...sample, ...(unit === undefined ? {} : { clusters: unit.count }) },
  };
}

function combined(strata: readonly Groups[]): Groups | undefined {
  const [first, ...rest] = strata;
  if (first === undefined || rest.length === 0) return first;
  const seen = new Map<string, number>();
  const labels: string[] = [];
  const codes = Int32Array.from(first.codes, (_, i) => {
    const label = strata.map((group) => group.label(group.codes[i]!)).join("_");
    const known = seen.get(label);
    if (known !== undefined) return known;
    seen.set(label, labels.length);
    return labels.push(label) - 1;
  });
  return { column: strata.map(({ column }) => column).join("^"), codes, count: labels.length, label: (code) => labels[code]! };
}

function customTask(
  statistic: RandomizationStatistic,
  outcome: Float64Array,
  treated: Float64Array,
  unit: Groups | undefined,
  value: number,
): Task<AssignmentWork, WorkBlock, Float64Array> {
  const shifted = outcome.map((y, i) => y - value * treated[i]!);
  const row = new Float64Array(outcome.length);
  return {
    name: "inference.customAssignments",
    run: ({ sums, source }, { start, end }) => {
      const out = new Float64Array(5 * (end - start));
      forEachAssignment(sums, source, start, end, (assigned, b) => {
        for (let i = 0; i < row.length; i++) row[i] = assigned[unit === undefined ? i : unit.codes[i]!]!;
        out[5 * (b - start)] = statistic(row, shifted);
        out[5 * (b - start) + 2] = 1;
      });
      return out;
    },
  };
}

const customValue = (
  statistic: RandomizationStatistic,
  { treated, outcome }: { readonly treated: Float64Array; readonly outcome: Float64Array },
  value: number,
): number =>
  statistic(
    treated.slice(),
    outcome.map((y, i) => y - value * treated[i]!),
  );

function finish({ total, assignments, observed, factor, settings, sample, work }: Prepared, draws: Float64Array): RandomizationTestResult {
  const exact = work.source === "enumerate";
  const { alternative, value, level } = settings;
  const at = (x: number): number =>
    (observed[0]! + x * observed[1]!) / Math.sqrt(factor * (observed[2]! + x * (observed[3]! + x * observed[4]!)));
  const pValuesAt = (x: number): ResamplingPValues => shares(draws, x, factor, at(x), exact);
  const custom = settings.statistic === "function";
  const statistic = at(value);
  const pValues = pValuesAt(value);
  const spread = nullSpread(draws, custom ? 0 : value);
  const interval = settings.interval ? endsOf((x) => pValuesAt(x)[alternative], observed[0]!, spread, settings) : undefined;
  const effect: Estimate = {
    term: settings.treated,
    estimate: observed[0]!,
    standardError: spread,
    statistic,
    pValue: pValues[alternative],
    confidenceInterval: interval ?? [Number.NaN, Number.NaN],
    degreesOfFreedom: Number.POSITIVE_INFINITY,
  };
  const warnings: Warning[] = [];
  if (interval === undefined) {
    warnings.push({ code: "NO_INTERVAL", message: "No interval: it was not asked for, or the statistic is a function of the user's" });
  }
  if (exact && 1 / assignments > (1 - level) / 2) {
    warnings.push({
      code: "FEW_ASSIGNMENTS",
      message: `There are ${assignments} assignments only: no p-value can be below ${1 / assignments}`,
      details: { assignments },
    });
  }
  return finishResult<RandomizationTestResult>({
    kind: CALLER,
    estimates: { effect },
    sample,
    warnings,
    options: settings,
    reference: "Imbens & Rubin (2015), Causal Inference for Statistics, Social, and Biomedical Sciences, chapter 5",
    statistic,
    pValue: pValues[alternative],
    pValues,
    draws: total,
    exact,
    assignments,
  });
}

function shares(draws: Float64Array, x: number, factor: number, statistic: number, exact: boolean): ResamplingPValues {
  const size = compareDraws(draws, true, x, factor, 0, Math.abs(statistic), true);
  const signed = compareDraws(draws, true, x, factor, 0, statistic, false);
  const extra = exact ? 0 : 1; // the actual assignment is one more draw
  const made = signed.larger + signed.equal + signed.smaller + extra;
  const greater = (signed.larger + signed.equal + extra) / made;
  const less = (signed.smaller + signed.equal + extra) / made;
  const twoSided = (size.larger + size.equal + extra) / made;
  return { twoSided, equalTailed: Math.min(1, 2 * Math.min(greater, less)), greater, less };
}

/** Standard deviation of the effect over assignments under the hypothesis. */
function nullSpread(draws: Float64Array, x: number): number {
  let [count, mean, square] = [0, 0, 0];
  for (let at = 0; at < draws.length; at += 5) {
    const effect = draws[at]! + x * draws[at + 1]!;
    count++;
    const distance = effect - mean;
    mean += distance / count;
    square += distance * (effect - mean);
  }
  return Math.sqrt(square / count);
}

function endsOf(
  pValue: (x: number) => number,
  estimate: number,
  step: number,
  { alternative, level }: RandomizationTestSettings,
): readonly [number, number] {
  const inversion = { pValue, estimate, step, alpha: 1 - level };
  return [
    alternative === "less" ? Number.NEGATIVE_INFINITY : invertTest(inversion, -1),
    alternative === "greater" ? Number.POSITIVE_INFINITY : invertTest(inversion, 1),
  ];
}
