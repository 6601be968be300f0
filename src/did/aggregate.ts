import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkArgument, checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { criticalValue, estimateFromStandardError } from "../inference/estimate.ts";
import {
  type Contrast,
  type ContrastTable,
  calendarContrasts,
  dynamicContrasts,
  type EffectCells,
  type EventWindow,
  groupContrasts,
  type ShareAttribution,
  simpleContrasts,
} from "./aggregate-contrasts.ts";
import { bandedEstimates, bandWarnings, criticalValueFromCovariance, criticalValueFromDraws, standardErrorsFromDraws } from "./bands.ts";
import { type Contributions, combineContributions } from "./contributions.ts";
import type { EventTimeEstimate } from "./event-study-table.ts";
import type { BandedEstimate, GroupTimeTable, InfluenceValues } from "./group-time-result.ts";

/** Rows of each kind of summary. */
export interface AggregateRows {
  /** One average over all effects after treatment. */
  readonly simple: BandedEstimate;
  /** By time since treatment. */
  readonly dynamic: EventTimeEstimate;
  /** By cohort. */
  readonly group: BandedEstimate & { readonly group: number };
  /** By period. */
  readonly calendar: BandedEstimate & { readonly time: number };
}

/** Kinds of summary. */
export type AggregateType = keyof AggregateRows;

/** Options of {@link aggregate}. */
export interface AggregateOptions<Type extends AggregateType = AggregateType> {
  /** Which summary. */
  readonly type: Type;
  /** Smallest event time of `"dynamic"`. @defaultValue -Infinity */
  readonly minEventTime?: number;
  /** Largest event time of `"dynamic"`; in `"simple"` and `"group"` the largest distance in observed periods. @defaultValue Infinity */
  readonly maxEventTime?: number;
  /** `"dynamic"`: only cohorts seen at least this long after their start, and event times that all of them have up to here. */
  readonly balanceEventTime?: number;
  /** Effects that could not be estimated: an error, or left out. @defaultValue "error" */
  readonly missing?: "error" | "drop";
  /**
   * `"group"` of `triple`'s effects: how the overall average's variance counts the sampling of cohort shares, `"own"` as derived, `"triplediff"` as
   * R's triplediff 0.2.4 does, which attributes every share to the cohort of the table's first cells. @defaultValue "own"
   */
  readonly shareAttribution?: ShareAttribution;
  /** Whether to give simultaneous intervals. @defaultValue that of the effects */
  readonly uniformBand?: boolean;
  /** Confidence level. @defaultValue that of the effects */
  readonly level?: number;
}

/** {@link AggregateOptions} with defaults filled in. */
export type AggregateSettings<Type extends AggregateType = AggregateType> = AggregateOptions<Type> &
  Required<Omit<AggregateOptions<Type>, "balanceEventTime">>;

/** A summary of group-time effects: the table, its overall average, and one covariance over the table. */
export interface AggregateResult<Type extends AggregateType = AggregateType> extends Result<"did.aggregate", AggregateSettings<Type>> {
  readonly type: Type;
  readonly estimates: readonly AggregateRows[Type][];
  /** The summary of the table in one number. */
  readonly overall: Estimate;
  readonly vcov: readonly (readonly number[])[];
  readonly criticalValue?: number;
  /** As in `EventStudyTable`. */
  readonly contributions?: Contributions;
  /** Influence values of the table's rows, then of the overall summary; present where the effects kept theirs. */
  readonly influence?: InfluenceValues;
}

const CALLER = "did.aggregate";
const TYPES = ["simple", "dynamic", "group", "calendar"] as const;

/**
 * Summaries of group-time effects: one average (`"simple"`), by time since treatment (`"dynamic"`), by cohort (`"group"`) or by period
 * (`"calendar"`), each with an overall average. Weights are cohort shares; their estimation enters the variance. Equals `aggte` of R's did 2.5.1.
 * Only the effects' joint covariance with the shares is used (after a bootstrap its draws), so the cost does not depend on the number of units.
 *
 * @throws IdentificationError `MISSING_EFFECTS` (some could not be estimated and `missing` is `"error"`), `NO_POST_PERIOD`, `NO_EFFECTS`.
 * @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @see Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3
 * @example
 * aggregate(attGt(people, { outcome: "employed", firstTreated: "firstProgramMonth" }), { type: "dynamic", maxEventTime: 12 }).overall;
 */
export function aggregate<const Type extends AggregateType>(
  effects: GroupTimeTable<string, unknown>,
  options: AggregateOptions<Type>,
): AggregateResult<Type> {
  checkArgument(CALLER, effects, "group-time effects, such as a result of did.attGt", ["bands", "shareCovariance"]);
  const settings = aggregateSettings(effects, options);
  const { cells, positions } = keptCells(effects, settings);
  const { rows, overall } = contrastTable(cells, settings);
  if (rows.length === 0 || Number.isNaN(rows[0]!.value)) {
    throw new IdentificationError(
      "NO_EFFECTS",
      `Cannot summarize as an effect inside the window is needed: none of ${effects.estimates.length} is`,
      {
        type: settings.type,
      },
    );
  }
  const contrasts = [...rows, overall].map((row) => spread(row, cells, positions, effects));
  const covariance = jointCovariance(effects, contrasts);
  const size = contrasts.length;
  const drawn = effects.draws === undefined ? undefined : projected(effects.draws.values, effects.draws.count, contrasts);
  addOffset(covariance, contrasts[rows.length]!, overall.offset ?? 0, effects.sizeCovariance);
  const errors = standardErrors(covariance, drawn, effects.draws?.count ?? 0);
  const m = rows.length;
  const vcov = Array.from({ length: m }, (_, i) => Array.from(covariance.subarray(i * size, i * size + m)));
  const critical = settings.uniformBand ? bandCritical(effects, settings, vcov, errors, drawn, size) : undefined;
  const estimates = bandedEstimates(
    rows.map((row, i) => ({
      term: termOf(settings.type, row.at),
      estimate: row.value,
      standardError: errors[i]!,
      extra: extraOf(settings.type, row.at),
    })),
    settings.level,
    critical,
  ) as unknown as readonly AggregateRows[Type][];
  const total = estimateFromStandardError(OVERALL[settings.type], overall.value, errors[m]!, Number.POSITIVE_INFINITY, settings.level);
  const result: AggregateResult<Type> = {
    kind: "did.aggregate",
    type: settings.type,
    estimates,
    overall: total,
    vcov,
    ...(critical === undefined ? {} : { criticalValue: critical }),
    ...(effects.contributions === undefined ? {} : { contributions: combineContributions(effects.contributions, contrasts.slice(0, m)) }),
    ...(effects.influence === undefined
      ? {}
      : { influence: { ...effects.influence, values: projected(effects.influence.values, effects.influence.units, contrasts) } }),
    sample: effects.sample,
    warnings: [...effects.warnings, ...missingErrorWarnings(estimates, total), ...bandWarnings(critical)],
    options: settings,
    reference: effects.reference,
  };
  return finishResult(result);
}

const OVERALL = {
  simple: "average over post-treatment effects",
  dynamic: "average over event times from 0 on",
  group: "average over cohorts",
  calendar: "average over periods",
} as const;

function aggregateSettings<Type extends AggregateType>(
  { bands, sizeCovariance }: GroupTimeTable<string, unknown>,
  options: AggregateOptions<Type>,
): AggregateSettings<Type> {
  const settings = resolveOptions<AggregateSettings<Type>>(CALLER, options, {
    required: ["type"],
    defaults: {
      minEventTime: Number.NEGATIVE_INFINITY,
      maxEventTime: Number.POSITIVE_INFINITY,
      balanceEventTime: undefined,
      missing: "error",
      shareAttribution: "own",
      uniformBand: bands.uniformBand,
      level: bands.level,
    },
  });
  checkChoice(CALLER, "type", settings.type, TYPES);
  checkChoice(CALLER, "missing", settings.missing, ["error", "drop"]);
  checkChoice(CALLER, "shareAttribution", settings.shareAttribution, ["own", "triplediff"]);
  if (settings.shareAttribution === "triplediff" && sizeCovariance === undefined) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${CALLER} as shareAttribution "triplediff" belongs to the effects of did.triple: use "own"`,
      { caller: CALLER, option: "shareAttribution" },
    );
  }
  checkBoolean(CALLER, "uniformBand", settings.uniformBand);
  checkLevel(CALLER, settings.level);
  for (const name of ["minEventTime", "maxEventTime", "balanceEventTime"] as const) {
    const value = settings[name];
    if (value !== undefined && Math.abs(value) !== Number.POSITIVE_INFINITY) checkNumber(CALLER, name, value);
  }
  return settings;
}

/** The cells to summarize, and where they stand among all effects. */
function keptCells(
  effects: GroupTimeTable<string, unknown>,
  settings: AggregateSettings,
): { readonly cells: EffectCells; readonly positions: readonly number[] } {
  const all = effects.estimates;
  const missing = all.filter(({ estimate }) => Number.isNaN(estimate)).map(({ term }) => term);
  if (missing.length > 0 && settings.missing === "error") {
    throw new IdentificationError(
      "MISSING_EFFECTS",
      `Cannot summarize as every effect must be estimated: ${missing.length} are not (${missing.slice(0, 5).join(", ")}); use missing: "drop" to leave them out`,
      { terms: missing },
    );
  }
  let positions = all.flatMap(({ estimate }, k) => (Number.isNaN(estimate) ? [] : [k]));
  if (settings.missing === "drop" && settings.type === "group") {
    const union = [...new Set([...effects.periods, ...all.map(({ group }) => group)])].sort((a, b) => a - b);
    const inWindow = (k: number): boolean =>
      all[k]!.isPost && union.indexOf(all[k]!.time) <= union.indexOf(all[k]!.group) + settings.maxEventTime;
    const withEffect = new Set(positions.filter(inWindow).map((k) => all[k]!.group));
    positions = positions.filter((k) => withEffect.has(all[k]!.group));
  }
  const treated = effects.cohorts.filter(({ group }) => group !== Number.POSITIVE_INFINITY);
  const kept = positions.map((k) => all[k]!);
  const cells = {
    att: kept.map(({ estimate }) => estimate),
    group: kept.map(({ group }) => group),
    time: kept.map(({ time }) => time),
    cohort: kept.map(({ group }) => treated.findIndex((cohort) => cohort.group === group)),
    shares: treated.map(({ share }) => share),
    periods: effects.periods,
  };
  return { cells, positions };
}

function contrastTable(cells: EffectCells, settings: AggregateSettings): ContrastTable {
  const window: EventWindow = { ...settings, balanceEventTime: settings.balanceEventTime };
  if (settings.type === "simple") return simpleContrasts(cells, window);
  if (settings.type === "group") return groupContrasts(cells, window, settings.shareAttribution);
  return settings.type === "dynamic" ? dynamicContrasts(cells, window) : calendarContrasts(cells);
}

/** A contrast's derivative with respect to all effects and shares of the table. */
function spread(
  { gradient }: Contrast,
  cells: EffectCells,
  positions: readonly number[],
  effects: GroupTimeTable<string, unknown>,
): Float64Array {
  const [K, G] = [effects.estimates.length, cells.shares.length];
  const out = new Float64Array(K + G);
  positions.forEach((k, i) => {
    out[k] = gradient[i]!;
  });
  out.set(gradient.subarray(positions.length), K);
  return out;
}

/** `C Ω C'` for contrasts C over effects and shares. */
function jointCovariance({ vcov, shareCovariance }: GroupTimeTable<string, unknown>, contrasts: readonly Float64Array[]): Float64Array {
  const [K, G] = [vcov.length, shareCovariance.length];
  const m = contrasts.length;
  const out = new Float64Array(m * m);
  const entry = (i: number, j: number): number =>
    i >= K ? shareCovariance[i - K]![j]! : j >= K ? shareCovariance[j - K]![i]! : vcov[i]![j]!;
  for (let a = 0; a < m; a++) {
    const product = new Float64Array(K + G);
    const left = contrasts[a]!;
    for (let i = 0; i < K + G; i++) {
      const c = left[i]!;
      if (c === 0) continue;
      for (let j = 0; j < K + G; j++) product[j]! += c * entry(i, j);
    }
    for (let b = 0; b <= a; b++) {
      const right = contrasts[b]!;
      let sum = 0;
      for (let j = 0; j < K + G; j++) sum += product[j]! * right[j]!;
      out[a * m + b] = sum;
      out[b * m + a] = sum;
    }
  }
  return out;
}

/** Adds to the last contrast's variance what the mean of its influence function brings. */
function addOffset(covariance: Float64Array, contrast: Float64Array, offset: number, sizes: readonly number[] | undefined): void {
  if (offset === 0 || sizes === undefined) return;
  const cross = contrast.reduce((sum, c, j) => sum + c * sizes[j]!, 0);
  covariance[covariance.length - 1]! += 2 * offset * cross + offset ** 2 * sizes[contrast.length]!;
}

/** Rows of values over effects and shares, as values of the contrasts. */
function projected(values: Float64Array, rows: number, contrasts: readonly Float64Array[]): Float64Array {
  const [size, m] = [values.length / rows, contrasts.length];
  const out = new Float64Array(rows * m);
  for (let j = 0; j < m; j++) {
    const contrast = contrasts[j]!;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += contrast[k]! * values[i * size + k]!;
      out[i * m + j] = sum;
    }
  }
  return out;
}

/** Below this share of the largest variance a variance is rounding. */
const ZERO_VARIANCE = 1e-24;

function standardErrors(covariance: Float64Array, drawn: Float64Array | undefined, count: number): Float64Array {
  const m = Math.sqrt(covariance.length);
  const variances = Float64Array.from({ length: m }, (_, i) => covariance[i * m + i]!);
  const largest = variances.reduce((max, value) => Math.max(max, value), 0);
  const fromDraws = drawn === undefined ? undefined : standardErrorsFromDraws(drawn, count, m);
  return variances.map((variance, i) => (variance > ZERO_VARIANCE * largest ? (fromDraws?.[i] ?? Math.sqrt(variance)) : Number.NaN));
}

/** Critical value over the table's rows; never below the pointwise one. */
function bandCritical(
  { bands, draws }: GroupTimeTable<string, unknown>,
  settings: AggregateSettings,
  vcov: readonly (readonly number[])[],
  errors: Float64Array,
  drawn: Float64Array | undefined,
  size: number,
): number {
  const ofRows = errors.map((error, i) => (i < vcov.length ? error : Number.NaN));
  const critical =
    drawn === undefined || draws === undefined
      ? criticalValueFromCovariance(vcov, ofRows.subarray(0, vcov.length), settings.level, bands.draws, bands.seed)
      : criticalValueFromDraws(drawn, draws.count, size, ofRows, settings.level);
  return Math.max(critical ?? 0, criticalValue(settings.level, Number.POSITIVE_INFINITY));
}

const termOf = (type: AggregateType, at: number): string =>
  type === "simple" ? OVERALL.simple : type === "dynamic" ? `event time ${at}` : type === "group" ? `cohort ${at}` : `period ${at}`;

function extraOf(type: AggregateType, at: number): object {
  return type === "simple" ? {} : type === "dynamic" ? { eventTime: at } : type === "group" ? { group: at } : { time: at };
}

function missingErrorWarnings(estimates: readonly Estimate[], overall: Estimate): Warning[] {
  const isEmpty = Number.isNaN(overall.estimate);
  const all = isEmpty || estimates.some(({ term }) => term === overall.term) ? estimates : [...estimates, overall];
  const terms = all.filter(({ standardError }) => Number.isNaN(standardError)).map(({ term }) => term);
  const warnings: Warning[] = [];
  if (terms.length > 0) {
    warnings.push({
      code: "NO_STANDARD_ERROR",
      message: `Without standard error, being zero by construction or without variation: ${terms.join(", ")}`,
      details: { terms },
    });
  }
  if (isEmpty) {
    warnings.push({ code: "NO_OVERALL", message: "No overall average: no event time from 0 on lies inside the window", details: {} });
  }
  return warnings;
}
