import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { normalEstimate } from "../inference/estimate.ts";
import type { AnyTerm } from "../regression/design.ts";
import type { Term } from "../regression/index.ts";
import { checkPanel } from "./check-panel.ts";
import { type Contributions, contributionsFromSums, fewClusterWarnings, MOST_CLUSTERS } from "./contributions.ts";
import { designWarnings, reversalWarnings, varianceWarnings } from "./design-warnings.ts";
import { cohortsOfRows, eventTimes, referenceList, requireOne } from "./event-time.ts";
import { semiDefiniteSolver } from "./numerics/semi-definite.ts";
import { freeName } from "./panel-regression.ts";
import { averageDisjoint, clusterCovariance, type ImputedRows, imputeRows, sumByCluster, type UntreatedOptions } from "./untreated-data.ts";

/** Options of {@link twoStage}. */
export interface TwoStageOptions<Row> extends UntreatedOptions<Row> {
  /** 0/1: rows in which the unit is treated. */
  readonly treated?: NumericColumn<Row>;
  /** In its place the first treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated?: NumericColumn<Row>;
  /**
   * Second-stage terms, without a constant. Default: with `treated` that column, one effect; with `firstTreated` indicators of event times.
   */
  readonly terms?: readonly Term<Row>[];
  /** Event times left out of the default indicators; never-treated units are left out of them too. @defaultValue -1 */
  readonly reference?: number | readonly number[];
}

/** {@link TwoStageOptions} with defaults filled in. */
export type TwoStageSettings<Row = never> = TwoStageOptions<Row> &
  Required<Pick<TwoStageOptions<Row>, "covariates" | "reference" | "level">>;

/** An estimate of the second stage; `eventTime` where the term is one of the default event-time indicators. */
export interface TwoStageEstimate extends Estimate {
  readonly eventTime?: number;
}

/** Two-stage estimates. */
export interface TwoStageResult extends Result<"did.twoStage", TwoStageSettings> {
  readonly estimates: readonly TwoStageEstimate[];
  readonly vcov: readonly (readonly number[])[];
  /** As in `EventStudyTable`. */
  readonly contributions?: Contributions;
}

const CALLER = "did.twoStage";

/**
 * Two-stage difference-in-differences: unit and period effects (and covariates) from untreated rows are taken off the outcome, the rest is
 * regressed on treatment terms over all rows; the variance counts the first stage, clustered, without a small-sample factor. Equals `did2s` of
 * R's did2s 1.2.1. Normal inference.
 *
 * @throws ColumnError `ONE_OF_TWO_COLUMNS`; IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `EMPTY_TARGET`, `ALL_COLLINEAR`, `ONE_CLUSTER`.
 * @see Gardner (2022), arXiv:2207.05943
 * @example
 * twoStage(people, { outcome: "employed", firstTreated: "firstProgramMonth" }).estimates;
 */
export function twoStage<Row>(data: Panel<Row>, options: TwoStageOptions<Row>): TwoStageResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<TwoStageSettings<Row>>(CALLER, options, {
    required: ["outcome"],
    defaults: {
      treated: undefined,
      firstTreated: undefined,
      terms: undefined,
      reference: -1,
      fixedEffects: undefined,
      covariates: [],
      weights: undefined,
      cluster: undefined,
      level: 0.95,
    },
  });
  checkLevel(CALLER, settings.level);
  requireOne(CALLER, ["treated", settings.treated], ["firstTreated", settings.firstTreated]);
  const { extended, terms, events } = secondStage(data, settings);
  const rows = imputeRows(CALLER, extended, settings, {
    firstTreated: settings.firstTreated as string | undefined,
    treated: settings.treated as string | undefined,
    numbers: events === undefined ? [] : [events.column],
    terms,
  });
  const { kept, coefficients, covariance, dropped, sums } =
    events === undefined ? fitSecondStage(rows) : fitEventTimes(rows, events.reference);
  const estimates = kept.map((name, j): TwoStageEstimate => {
    const estimate = normalEstimate(name, coefficients[j]!, covariance[j]![j]!, settings.level);
    return events === undefined ? estimate : { ...estimate, eventTime: Number(name.slice(EVENT_TIME.length)) };
  });
  if (!rows.treated.some((d, i) => d === 1 && !Number.isNaN(rows.model.effects[i]!))) {
    throw new IdentificationError(
      "EMPTY_TARGET",
      `Cannot run ${CALLER} as a treated row whose untreated outcome can be predicted is needed: no period has both treated and untreated rows`,
    );
  }
  const doubts =
    settings.firstTreated === undefined
      ? reversalWarnings(data, settings.treated!)
      : designWarnings(data, cohortsOfRows(CALLER, data, settings.firstTreated), {
          withoutNever: (last) => `effects from period ${last} on are not identified`,
          singleUnit: "their estimates are unreliable",
        });
  const warnings: Warning[] = [...rows.warnings, ...doubts, ...fewClusterWarnings(rows.clusters.count), ...varianceWarnings(estimates)];
  if (dropped.length > 0) {
    warnings.push({
      code: "COLLINEAR_TERMS",
      message: `Left out as other terms determine them: ${dropped.join(", ")}`,
      details: { terms: dropped },
    });
  }
  return finishResult({
    kind: CALLER,
    estimates,
    vcov: covariance,
    ...contributionsFromSums(sums),
    sample: { ...rows.sample, clusters: rows.clusters.count },
    warnings,
    options: settings as unknown as TwoStageSettings,
    reference: "Gardner (2022), Two-stage differences in differences, arXiv:2207.05943",
  });
}

interface SecondStage<Row> {
  readonly extended: Panel<Row>;
  readonly terms: readonly AnyTerm[];
  /** In place of terms: a column of event times, and those without an effect. */
  readonly events?: { readonly column: string; readonly reference: ReadonlySet<number> };
}

/** Starts the names of event times. */
const EVENT_TIME = "event time ";
/** Event time of units never treated. */
const NEVER = Number.MAX_SAFE_INTEGER;

function secondStage<Row>(data: Panel<Row>, settings: TwoStageSettings<Row>): SecondStage<Row> {
  if (settings.terms !== undefined) return { extended: data, terms: settings.terms as readonly AnyTerm[] };
  if (settings.treated !== undefined) return { extended: data, terms: [settings.treated as string] };
  const column = freeName(data, "eventTime") as string;
  const events = eventTimes(data, cohortsOfRows(CALLER, data, settings.firstTreated!), []);
  for (let i = 0; i < events.length; i++) if (events[i] === Number.NEGATIVE_INFINITY) events[i] = NEVER;
  return {
    extended: data.with({ [column]: events }) as unknown as Panel<Row>,
    terms: [],
    events: { column, reference: new Set([...referenceList(settings.reference), NEVER]) },
  };
}

/** Estimates of the second stage with their covariance, and the terms left out. */
interface SecondStageFit {
  readonly kept: readonly string[];
  readonly coefficients: Float64Array;
  readonly covariance: readonly (readonly number[])[];
  readonly dropped: readonly string[];
  /** Contributions of clusters to each estimate. */
  readonly sums: readonly Float64Array[];
}

/** The second stage on indicators of event times: averages over rows that do not overlap. */
function fitEventTimes(rows: ImputedRows, reference: ReadonlySet<number>): SecondStageFit {
  const { times, codes } = eventCodes(rows, reference);
  const keepSums = rows.clusters.count <= MOST_CLUSTERS;
  const { totals, values, sums, covariance } = averageDisjoint(rows, { codes, count: times.length, keepSums });
  const nameOf = (e: number): string => `${EVENT_TIME}${e}`;
  const used = times.flatMap((_, a) => (totals[a]! > 0 ? [a] : []));
  if (used.length === 0) throw allCollinear(times.map(nameOf));
  return {
    kept: used.map((a) => nameOf(times[a]!)),
    coefficients: Float64Array.from(used, (a) => values[a]!),
    covariance: used.map((a) => used.map((b) => covariance[a]![b]!)),
    sums: sums === undefined ? [] : used.map((a) => sums[a]!),
    dropped: times.filter((_, a) => !(totals[a]! > 0)).map(nameOf),
  };
}

/** Event times with an effect, ascending, and each row's number among them; -1 for rows without effect or prediction. */
function eventCodes(rows: ImputedRows, reference: ReadonlySet<number>): { readonly times: readonly number[]; readonly codes: Int32Array } {
  const events = rows.numbers[0]!;
  const { effects } = rows.model;
  let [first, last, integers] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (let i = 0; i < events.length; i++) {
    const e = events[i]!;
    if (e === NEVER) continue;
    if (e < first) first = e;
    if (e > last) last = e;
    if (!Number.isInteger(e)) integers = false;
  }
  const codes = new Int32Array(events.length).fill(-1);
  if (!(integers && last - first < WIDEST)) {
    const times = [...new Set(events)].filter((e) => !reference.has(e)).sort((a, b) => a - b);
    const rank = new Map(times.map((e, a) => [e, a]));
    for (let i = 0; i < codes.length; i++) if (!Number.isNaN(effects[i]!)) codes[i] = rank.get(events[i]!) ?? -1;
    return { times, codes };
  }
  const seen = new Uint8Array(Math.max(0, last - first + 1));
  for (let i = 0; i < events.length; i++) if (events[i]! !== NEVER) seen[events[i]! - first] = 1;
  const times = Array.from(seen, (_, k) => first + k).filter((e, k) => seen[k] === 1 && !reference.has(e));
  const rank = new Int32Array(seen.length).fill(-1);
  times.forEach((e, a) => {
    rank[e - first] = a;
  });
  for (let i = 0; i < codes.length; i++) if (events[i]! !== NEVER && !Number.isNaN(effects[i]!)) codes[i] = rank[events[i]! - first]!;
  return { times, codes };
}

/** Widest range of event times that a table covers. */
const WIDEST = 100_000;

function allCollinear(terms: readonly string[]): IdentificationError {
  return new IdentificationError(
    "ALL_COLLINEAR",
    `Cannot run ${CALLER} as a second-stage term must vary: none of ${terms.join(", ")} does`,
  );
}

/** Least squares of imputed differences on the second-stage columns, with the variance of both stages. */
function fitSecondStage({ model, weights, design, clusters }: ImputedRows): SecondStageFit {
  const n = weights.length;
  const q = design.length;
  const counted = model.effects.map((value) => (Number.isNaN(value) ? 0 : 1));
  const gram = new Float64Array(q * q);
  const right = new Float64Array(q);
  for (let a = 0; a < q; a++) {
    const x = design[a]!.values;
    for (let b = 0; b <= a; b++) {
      const z = design[b]!.values;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += counted[i]! * weights[i]! * x[i]! * z[i]!;
      gram[a * q + b] = sum;
      gram[b * q + a] = sum;
    }
    for (let i = 0; i < n; i++) if (counted[i] === 1) right[a]! += weights[i]! * x[i]! * model.effects[i]!;
  }
  const solver = semiDefiniteSolver(
    gram,
    q,
    Float64Array.from({ length: q }, (_, a) => gram[a * q + a]!),
  );
  const keptIndex = design.flatMap((_, a) => (solver.dependent[a] === 0 ? [a] : []));
  if (keptIndex.length === 0) throw allCollinear(design.map(({ name }) => name));
  const b = solver.solve(right);
  const residual = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (counted[i] === 0) continue;
    let fitted = 0;
    for (let a = 0; a < q; a++) fitted += b[a]! * design[a]!.values[i]!;
    residual[i] = model.effects[i]! - fitted;
  }
  const scoreSums = design.map(({ values }) => {
    const loadings = new Float64Array(n);
    for (let i = 0; i < n; i++) loadings[i] = counted[i]! * weights[i]! * values[i]!;
    const projected = model.project(loadings);
    const scores = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      // the projection is zero on treated rows, where `effects` are no residuals of the first stage
      if (counted[i] === 1)
        scores[i] = loadings[i]! * residual[i]! - (projected[i] === 0 ? 0 : projected[i]! * weights[i]! * model.effects[i]!);
    }
    return sumByCluster(scores, clusters);
  });
  const influence = keptIndex.map(() => new Float64Array(clusters.count));
  for (let c = 0; c < clusters.count; c++) {
    const solved = solver.solve(Float64Array.from(scoreSums, (sums) => sums[c]!));
    keptIndex.forEach((a, j) => {
      influence[j]![c] = solved[a]!;
    });
  }
  return {
    kept: keptIndex.map((a) => design[a]!.name),
    coefficients: Float64Array.from(keptIndex, (a) => b[a]!),
    covariance: clusterCovariance(influence),
    sums: influence,
    dropped: design.flatMap(({ name }, a) => (solver.dependent[a] === 1 ? [name] : [])),
  };
}
