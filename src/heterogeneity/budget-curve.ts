import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { substream } from "../random/index.ts";
import { halfSample } from "./half-sample.ts";
import { type BudgetPath, budgetPath, gainAt, stepsWithin, upperHull, walkBudget } from "./numerics/budget-path.ts";

/** Options of {@link budgetCurve}. */
export interface BudgetCurveOptions<Row> {
  /** Predicted reward of each arm over none, learnt on other rows; one column per arm. */
  readonly rewards: readonly NumericColumn<Row>[];
  /** Cost of each arm, above zero; equal costs of two arms of one row leave their order open. */
  readonly costs: readonly NumericColumn<Row>[];
  /** Doubly robust score of each arm over none, on these rows. */
  readonly scores: readonly NumericColumn<Row>[];
  /** Mean spends at which the curve is read. */
  readonly spends: readonly number[];
  /** The path ends once the mean spend reaches it. @defaultValue Infinity */
  readonly budget?: number;
  /** Sampling weights. */
  readonly weights?: NumericColumn<Row>;
  /** Column whose groups are drawn together by the bootstrap. */
  readonly cluster?: AnyColumn<Row>;
  /** Among equal ratios rows with lower values come first. @defaultValue order of the rows */
  readonly tieBreaker?: NumericColumn<Row>;
  /** Half-sample bootstrap draws. @defaultValue 200 */
  readonly replicates?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link budgetCurve}. */
export interface BudgetCurveSettings {
  readonly rewards: readonly string[];
  readonly costs: readonly string[];
  readonly scores: readonly string[];
  readonly spends: readonly number[];
  readonly budget: number;
  readonly weights?: string;
  readonly cluster?: string;
  readonly tieBreaker?: string;
  readonly replicates: number;
  readonly seed: number;
  readonly level: number;
}

/** The curve at one mean spend. */
export interface BudgetPoint {
  readonly spend: number;
  /** Mean gain when the money goes where it is predicted to do most. */
  readonly targeted: Estimate;
  /** Mean gain when everybody is treated alike, by mean reward and cost. */
  readonly untargeted: Estimate;
  /** Targeted minus untargeted. */
  readonly difference: Estimate;
  /** Rows by arm (0 = none) at the last whole step within the spend. */
  readonly counts: readonly number[];
  /** Rows given an arm, the last one in part. */
  readonly treated: number;
  /** Mean cost of that. */
  readonly meanCost: number;
}

/** Result of {@link budgetCurve}. */
export interface BudgetCurveResult extends Result<"heterogeneity.budgetCurve", BudgetCurveSettings> {
  /** The targeted gains. */
  readonly estimates: readonly Estimate[];
  readonly points: readonly BudgetPoint[];
  /** Every step: mean spend and gain after it, the row (from 0, among the rows used) and the arm (from 1) it moves to. */
  readonly path: {
    readonly spend: Float64Array;
    readonly gain: Float64Array;
    readonly rows: Int32Array;
    readonly arms: Int32Array;
    /** Whether the path ran to its end before the budget. */
    readonly complete: boolean;
  };
}

const CALLER = "heterogeneity.budgetCurve";

/**
 * What a budget buys with one or several programmes: the multi-armed Qini curve. Each row climbs the upper-left hull of its arms' predicted (cost, reward); steps are taken over all rows
 * by reward per cost until the budget is spent; doubly robust scores say what was gained. Beside it the same without targeting, and the difference. Standard errors: half-sample bootstrap,
 * one substream per draw. Equals R's maq 0.6.0.
 *
 * @throws OptionError `ARM_COUNT`, `INVALID_OPTION`; DataError `COST_NOT_POSITIVE`.
 * @see Sverdrup, Wu, Athey and Wager (2025), Journal of Causal and Graphical Statistics; arXiv 2306.11979.
 * @example
 * budgetCurve(people, { rewards: ["gainJob", "gainCare"], costs: ["costJob", "costCare"], scores: ["scoreJob", "scoreCare"], spends: [100, 200] }).points;
 */
export function budgetCurve<Row>(data: Frame<Row>, options: BudgetCurveOptions<Row>): BudgetCurveResult {
  const settings = resolve(options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    rewards: numbersRole(settings.rewards),
    costs: numbersRole(settings.costs),
    scores: numbersRole(settings.scores),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    tieBreaker: numberRole(settings.tieBreaker),
  });
  const n = sample.used;
  const K = settings.rewards.length;
  requirePositive(settings, columns.costs);
  const [rewards, costs, scores] = [columns.rewards, columns.costs, columns.scores].map((list) => interleave(list, n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const weights = columns.weights ?? new Float64Array(n).fill(1);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const path = budgetPath(rewards, costs, K, columns.tieBreaker ?? Float64Array.from({ length: n }, (_, i) => i));
  const input: CurveInput = { path, rewards, costs, scores, arms: K, total, settings };
  const [spend, gain] = [new Float64Array(path.rows.length), new Float64Array(path.rows.length)];
  const full = gainsOf(input, weights, spend, gain);
  const points = settings.spends.length;
  const draws = bootstrap(input, weights, columns.cluster, n);
  const deviation = (read: (draw: Float64Array) => number): number => {
    const values = draws.map(read);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
  };
  const made = (term: string, read: (values: Float64Array) => number): Estimate =>
    normalEstimate(term, read(full.gains), deviation(read) ** 2, settings.level);
  const steps = full.steps;
  const list = settings.spends.map((s, p) => ({
    spend: s,
    targeted: made(`targeted at ${s}`, (values) => values[p]!),
    untargeted: made(`untargeted at ${s}`, (values) => values[points + p]!),
    difference: made(`difference at ${s}`, (values) => values[p]! - values[points + p]!),
    ...allocationAt(input, spend, steps, s, weights, n),
  }));
  return finishResult<BudgetCurveResult>({
    kind: CALLER,
    estimates: list.map(({ targeted }) => targeted),
    points: list,
    path: {
      spend: spend.slice(0, steps),
      gain: gain.slice(0, steps),
      rows: path.rows.slice(0, steps),
      arms: path.arms.slice(0, steps),
      complete: steps === path.rows.length && !(spend[steps - 1]! > settings.budget),
    },
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: columns.cluster.count },
    warnings: [],
    options: settings,
    reference: "Sverdrup, Wu, Athey & Wager (2025), arXiv 2306.11979",
  });
}

function resolve(options: object): BudgetCurveSettings {
  const settings = resolveOptions<BudgetCurveSettings>(CALLER, options, {
    required: ["rewards", "costs", "scores", "spends"],
    defaults: {
      budget: Number.POSITIVE_INFINITY,
      weights: undefined,
      cluster: undefined,
      tieBreaker: undefined,
      replicates: 200,
      seed: 1,
      level: 0.95,
    },
  });
  const K = settings.rewards.length;
  if (K === 0 || settings.costs.length !== K || settings.scores.length !== K) {
    throw new OptionError(
      "ARM_COUNT",
      `Cannot run ${CALLER} as each arm needs a reward, a cost and a score: ${K}, ${settings.costs.length} and ${settings.scores.length} were given`,
    );
  }
  for (const s of settings.spends) checkNumber(CALLER, "spends", s, { min: 0, open: true });
  checkNumber(CALLER, "replicates", settings.replicates, { min: 2, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { min: 0, integer: true });
  checkLevel(CALLER, settings.level);
  return settings;
}

function requirePositive({ costs }: BudgetCurveSettings, columns: readonly Float64Array[]): void {
  columns.forEach((column, k) => {
    const row = column.findIndex((cost) => !(cost > 0));
    if (row < 0) return;
    throw new DataError(
      "COST_NOT_POSITIVE",
      `Cannot run ${CALLER} as "${costs[k]}" must be above zero: row ${row} of those used has ${column[row]}`,
      {
        column: costs[k],
        row,
      },
    );
  });
}

function interleave(columns: readonly Float64Array[], n: number): Float64Array {
  const out = new Float64Array(n * columns.length);
  columns.forEach((column, k) => {
    for (let i = 0; i < n; i++) out[i * columns.length + k] = column[i]!;
  });
  return out;
}

interface CurveInput {
  readonly path: BudgetPath;
  readonly rewards: Float64Array;
  readonly costs: Float64Array;
  readonly scores: Float64Array;
  readonly arms: number;
  readonly total: number;
  readonly settings: BudgetCurveSettings;
}

/** Targeted gains at the spends, then untargeted ones. */
function gainsOf(
  input: CurveInput,
  weights: Float64Array,
  spend: Float64Array,
  gain: Float64Array,
): { readonly gains: Float64Array; readonly steps: number } {
  const { path, costs, scores, arms, total, settings } = input;
  const steps = walkBudget(path, costs, scores, arms, weights, total, settings.budget, spend, gain);
  const gains = new Float64Array(2 * settings.spends.length);
  const alike = untargetedCurve(input, weights);
  settings.spends.forEach((s, p) => {
    gains[p] = gainAt(spend, gain, steps, s);
    gains[settings.spends.length + p] = gainAt(alike.spend, alike.gain, alike.spend.length, s);
  });
  return { gains, steps };
}

/** Everybody climbs the hull of mean cost and mean reward; the gain is the mean score. */
function untargetedCurve(
  { rewards, costs, scores, arms }: CurveInput,
  weights: Float64Array,
): { readonly spend: Float64Array; readonly gain: Float64Array } {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = (values: Float64Array): Float64Array => {
    const out = new Float64Array(arms);
    for (let i = 0; i < weights.length; i++) for (let k = 0; k < arms; k++) out[k]! += (weights[i]! * values[i * arms + k]!) / total;
    return out;
  };
  const [reward, cost, score] = [mean(rewards), mean(costs), mean(scores)];
  const hull = upperHull(reward, cost);
  return { spend: Float64Array.from(hull, (arm) => cost[arm]!), gain: Float64Array.from(hull, (arm) => score[arm]!) };
}

function bootstrap(input: CurveInput, weights: Float64Array, cluster: Groups | undefined, n: number): Float64Array[] {
  const { replicates, seed } = input.settings;
  const units = cluster?.count ?? n;
  const [spend, gain] = [new Float64Array(input.path.rows.length), new Float64Array(input.path.rows.length)];
  const chosen = new Uint8Array(units);
  const signs = new Float64Array(units);
  return Array.from({ length: replicates }, (_, b) => {
    halfSample(substream(seed, b + 1), chosen, signs);
    const own = weights.map((w, i) => (chosen[cluster === undefined ? i : cluster.codes[i]!] === 1 ? 2 * w : 0));
    return gainsOf(input, own, spend, gain).gains;
  });
}

/** Who has which arm at a spend: whole steps, and the next one in part. */
function allocationAt(
  { path, costs, arms, total }: CurveInput,
  spend: Float64Array,
  steps: number,
  s: number,
  weights: Float64Array,
  n: number,
): Pick<BudgetPoint, "counts" | "treated" | "meanCost"> {
  const within = stepsWithin(spend, steps, s);
  const assigned = new Int32Array(n);
  for (let k = 0; k < within; k++) assigned[path.rows[k]!] = path.arms[k]!;
  const counts = new Array<number>(arms + 1).fill(0);
  let cost = 0;
  for (let i = 0; i < n; i++) {
    const arm = assigned[i]!;
    counts[arm]!++;
    if (arm > 0) cost += (weights[i]! / total) * costs[i * arms + arm - 1]!;
  }
  let treated = n - counts[0]!;
  if (within < steps) {
    const before = within === 0 ? 0 : spend[within - 1]!;
    const part = (s - before) / (spend[within]! - before);
    cost += part * (spend[within]! - before);
    if (path.from[within] === 0) treated += part;
  }
  return { counts, treated, meanCost: cost };
}
