import { checkBoolean, checkChoice, checkLevel, checkNumber } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { ParallelOptions } from "../parallel/index.ts";
import { runBlocks, workBlocks } from "../parallel/index.ts";
import { invertTest } from "./invert-test.ts";
import type { DrawSource } from "./numerics/wild-draws.ts";
import { waldForm } from "./numerics/wild-joint.ts";
import type { Multipliers } from "./numerics/wild-plan.ts";
import { type Comparison, compareDraws, drawnStatistics } from "./numerics/wild-statistics.ts";
import { addProducts } from "./numerics/wild-ways.ts";
import { DRAWS_PER_BLOCK, singleWork, type WildWork, wildDraws } from "./wild-draws-task.ts";
import { type Affine, type WildProblem, type WildVariant, wildForms } from "./wild-forms.ts";
import { type WildWays, type WildWaysForms, wildWaysForms } from "./wild-ways-forms.ts";

/** Which values count as extreme. `"equalTailed"` doubles the smaller tail, `"twoSided"` compares absolute values. */
export type WildAlternative = "twoSided" | "equalTailed" | "greater" | "less";

/** Choices of the wild cluster bootstrap, resolved. */
export interface WildSettings {
  readonly variant: WildVariant;
  readonly imposeNull: boolean;
  readonly multipliers: Multipliers;
  readonly draws: number;
  readonly seed: number;
  readonly level: number;
  readonly alternative: WildAlternative;
  readonly ties: "strict" | "counted";
  readonly interval: boolean;
  readonly keepDraws: boolean;
}

/** Defaults: those of `boottest`, with 9,999 draws. */
export const WILD_DEFAULTS: WildSettings = {
  variant: "11",
  imposeNull: true,
  multipliers: "rademacher",
  draws: 9999,
  seed: 1,
  level: 0.95,
  alternative: "twoSided",
  ties: "strict",
  interval: true,
  keepDraws: false,
};

/** @throws OptionError `INVALID_OPTION`. */
export function checkWildSettings(caller: string, settings: WildSettings): WildSettings {
  checkChoice(caller, "variant", settings.variant, ["11", "13", "31", "33"]);
  checkBoolean(caller, "imposeNull", settings.imposeNull);
  checkChoice(caller, "multipliers", settings.multipliers, ["rademacher", "mammen", "webb", "normal"]);
  checkNumber(caller, "draws", settings.draws, { min: 1, integer: true });
  checkNumber(caller, "seed", settings.seed, { integer: true });
  checkLevel(caller, settings.level);
  checkChoice(caller, "alternative", settings.alternative, ["twoSided", "equalTailed", "greater", "less"]);
  checkChoice(caller, "ties", settings.ties, ["strict", "counted"]);
  checkBoolean(caller, "interval", settings.interval);
  checkBoolean(caller, "keepDraws", settings.keepDraws);
  return settings;
}

/** Shares of draws that are as extreme as the data, by what counts as extreme. */
export interface ResamplingPValues {
  readonly twoSided: number;
  readonly equalTailed: number;
  readonly greater: number;
  readonly less: number;
}

/** What the wild cluster bootstrap finds. */
export interface WildTest {
  /** t of one restriction, or Wald F of several. */
  readonly statistic: number;
  /** Standard error behind t: CR1, or CR3 for variants "13" and "33" (of several cluster variables the signed sum of their own); absent for several restrictions. */
  readonly standardError?: number;
  /** By the `alternative` and the convention for `ties`. */
  readonly pValue: number;
  /** Draws that tie with the data (within 1e-9) not counted: `boottest`'s convention. */
  readonly strict: ResamplingPValues;
  /** Ties counted. */
  readonly tiesCounted: ResamplingPValues;
  /** All values whose test has a p-value above 1 - level: distances from the estimate are those of the restriction. */
  readonly confidenceInterval?: readonly [number, number];
  /** Draws made. */
  readonly draws: number;
  /** Whether these are all 2^G sign patterns. */
  readonly enumerated: boolean;
  /** Statistics of the draws, in their order. */
  readonly drawnStatistics?: Float64Array;
  readonly warnings: readonly Warning[];
}

/** A problem with the factor that turns squared sums into a variance (of one restriction). */
export interface WildInput {
  readonly problem: WildProblem;
  /** Of CR1; CR3 has (G - 1)/G. */
  readonly factor: number;
  /** `R b` of one restriction, for its interval. */
  readonly estimate: number;
  /** Several cluster variables, or multipliers drawn for other groups than the clusters; the sums are then those of cells. Absent: one multiplier a cluster. */
  readonly ways?: WildWays;
}

interface Prepared {
  readonly restrictions: number;
  /** Parts of the variance, by cluster or by cell: the scale of what is rounding. */
  readonly parts: Affine;
  /** q by q variance of the data's statistic, small-sample factors included. */
  readonly variance: Float64Array;
  readonly singular: readonly number[];
  readonly work: WildWork;
  readonly total: number;
  readonly factor: number;
  /** Distances of the draws' null: `undefined` when they hold all of them. */
  readonly sloped: boolean;
  readonly source: DrawSource;
  /** Number of multipliers. */
  readonly drawn: number;
}

/** The bootstrap on the calling thread. */
export function wildClusterTest(input: WildInput, settings: WildSettings): WildTest {
  const prepared = prepare(input, settings);
  return finish(input, settings, prepared, wildDraws.run(prepared.work, { start: 0, end: prepared.total }));
}

/** The bootstrap on workers: the same bits. */
export async function wildClusterTestAsync(input: WildInput, settings: WildSettings, parallel: ParallelOptions): Promise<WildTest> {
  const prepared = prepare(input, settings);
  const blocks = workBlocks(prepared.total, DRAWS_PER_BLOCK);
  const outputs = await runBlocks({
    ...parallel,
    task: wildDraws,
    shared: prepared.work,
    blocks,
    amount: ({ start, end }) => end - start,
  });
  const draws = new Float64Array(outputs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const output of outputs) {
    draws.set(output, at);
    at += output.length;
  }
  return finish(input, settings, prepared, draws);
}

function prepare({ problem, factor, ways }: WildInput, settings: WildSettings): Prepared {
  const { variant, imposeNull, multipliers, seed, interval } = settings;
  const q = problem.restrictions.length;
  const drawn = ways?.drawn ?? problem.sums.clusters;
  const enumerate = multipliers === "rademacher" && 2 ** drawn <= settings.draws;
  const source: DrawSource = enumerate ? "enumerate" : { seed };
  const total = enumerate ? 2 ** drawn : settings.draws;
  const sloped = q === 1 && imposeNull && interval;
  const distance = imposeNull ? problem.distances[0]! : 0;
  const common = { restrictions: q, total, sloped, source, drawn };
  if (ways !== undefined) {
    const forms = wildWaysForms(problem, ways, variant, imposeNull);
    const work = waysWork(forms, ways, multipliers, source, sloped ? undefined : q === 1 ? distance : 0);
    return { ...common, parts: forms.terms[0]!.parts, variance: forms.observed, singular: forms.singular, work, factor: 1 };
  }
  const forms = wildForms(problem, variant, imposeNull);
  const scale = variant.endsWith("3") ? (drawn - 1) / drawn : factor;
  const work: WildWork =
    q === 1
      ? singleWork(forms, multipliers, source, sloped ? undefined : distance)
      : {
          kind: "joint",
          forms: { ...forms, numerators: forms.numerators.base, parts: forms.parts.base, shifts: forms.shifts.base },
          factor: scale * q,
          multipliers,
          source,
        };
  const variance = new Float64Array(q * q);
  addProducts(forms.observed, forms.clusters, q, scale, variance);
  return { ...common, parts: forms.parts, variance, singular: forms.singular, work, factor: scale };
}

function waysWork(
  { terms, numerators, shifts, cells, width, restrictions }: WildWaysForms,
  { drawn, drawnOf }: WildWays,
  multipliers: WildSettings["multipliers"],
  source: DrawSource,
  distance: number | undefined,
): WildWork {
  const pair = ({ base, slope }: Affine): readonly [Float64Array, Float64Array] =>
    distance === undefined ? [base, slope] : [base.map((value, i) => value + distance * slope[i]!), slope];
  return {
    kind: "ways",
    forms: {
      drawn,
      drawnOf,
      cells,
      width,
      restrictions,
      numerators: pair(numerators),
      shifts: pair(shifts),
      terms: terms.map((term) => ({ ...term, parts: pair(term.parts) })),
    },
    multipliers,
    source,
    sloped: distance === undefined,
  };
}

function finish(input: WildInput, settings: WildSettings, prepared: Prepared, draws: Float64Array): WildTest {
  const common = { draws: prepared.total, enumerated: prepared.source === "enumerate" };
  const clusters = clusterWarnings(prepared);
  const { singular } = prepared;
  const warnings: Warning[] = [...clusters];
  if (singular.length > 0) {
    warnings.push({
      code: "NOT_IDENTIFIED_WITHOUT_CLUSTER",
      message: `Without one of ${singular.length} clusters some coefficient cannot be estimated: its jackknife uses a generalised inverse`,
      details: { clusters: singular },
    });
  }
  return prepared.restrictions > 1
    ? { ...common, ...finishJoint(input, settings, prepared, draws, warnings) }
    : { ...common, ...finishSingle(input, settings, prepared, draws, warnings) };
}

/** Fewer sign patterns than this make p-values coarse. */
const FEW_PATTERNS = 2 ** 11;

/** Whether sign patterns are too few for fine p-values. */
export function clusterWarnings({ drawn, source }: { readonly drawn: number; readonly source: DrawSource }): Warning[] {
  if (source === "enumerate" && 2 ** drawn < FEW_PATTERNS) {
    return [
      {
        code: "FEW_SIGN_PATTERNS",
        message: `${drawn} clusters have ${2 ** drawn} sign patterns only: p-values come in steps of ${2 ** (1 - drawn)}; multipliers "webb" have more`,
        details: { clusters: drawn, patterns: 2 ** drawn },
      },
    ];
  }
  return [];
}

/** Squared denominators at or below this share of the clusters' own squares are rounding, by how they were summed. */
const DEGENERATE = { clusters: 1e-26, projected: 1e-14 };

function finishSingle(
  { problem, estimate }: WildInput,
  settings: WildSettings,
  prepared: Prepared,
  draws: Float64Array,
  warnings: Warning[],
): Omit<WildTest, "draws" | "enumerated"> {
  const { work, factor, sloped, total } = prepared;
  const distance = problem.distances[0]!;
  const variance = prepared.variance[0]!;
  const standardError = variance > 0 ? Math.sqrt(variance) : Number.NaN;
  const statistic = distance / standardError;
  const { base, slope } = prepared.parts;
  const tiny = DEGENERATE[work.kind === "single" ? work.shape.form : "clusters"];
  const floorAt = (x: number): number => tiny * base.reduce((sum, value, g) => sum + (value + x * slope[g]!) ** 2, 0);
  const compare = (x: number, absolute: boolean): Comparison => {
    const t = x / standardError;
    return compareDraws(draws, sloped, x, factor, floorAt(settings.imposeNull ? x : 0), absolute ? Math.abs(t) : t, absolute);
  };
  const [sizes, signed] = [compare(distance, true), compare(distance, false)];
  const [strict, tiesCounted] = [pValues(sizes, signed, false), pValues(sizes, signed, true)];
  const made = signed.larger + signed.equal + signed.smaller;
  if (!(variance > 0)) warnings.push(noVariance());
  if (made < total && variance > 0) warnings.push(degenerate(total - made, total));
  const counted = settings.ties === "counted";
  const bounds = settings.interval
    ? bootstrapInterval(estimate - distance, distance, standardError, settings, (x) => pValueAt(compare, settings.alternative, counted, x))
    : undefined;
  if (bounds?.some((end) => Math.abs(end) === Number.POSITIVE_INFINITY) && !["greater", "less"].includes(settings.alternative)) {
    warnings.push({
      code: "UNBOUNDED_INTERVAL",
      message: "No value far from the estimate is rejected: the interval has no end on that side, as happens with few (treated) clusters",
    });
  }
  return {
    statistic,
    standardError,
    pValue: (counted ? tiesCounted : strict)[settings.alternative],
    strict,
    tiesCounted,
    ...(bounds === undefined ? {} : { confidenceInterval: bounds }),
    ...(settings.keepDraws ? { drawnStatistics: drawnStatistics(draws, sloped, distance, factor, floorAt(distance)) } : {}),
    warnings,
  };
}

function pValueAt(compare: (x: number, absolute: boolean) => Comparison, alternative: WildAlternative, ties: boolean, x: number): number {
  const counts = compare(x, alternative === "twoSided");
  return pValues(counts, counts, ties)[alternative];
}

/** Inverts the test: a hypothesis `R b = value` has distance `R b - value`. */
function bootstrapInterval(
  value: number,
  distance: number,
  standardError: number,
  { alternative, level }: WildSettings,
  pValue: (x: number) => number,
): readonly [number, number] {
  const inversion = {
    pValue: (hypothesis: number): number => pValue(value + distance - hypothesis),
    estimate: value + distance,
    step: standardError,
    alpha: 1 - level,
  };
  return [
    alternative === "less" ? Number.NEGATIVE_INFINITY : invertTest(inversion, -1),
    alternative === "greater" ? Number.POSITIVE_INFINITY : invertTest(inversion, 1),
  ];
}

/** p-values from comparisons of absolute values (`sizes`) and of values (`signed`). */
export function pValues(sizes: Comparison, signed: Comparison, ties: boolean): ResamplingPValues {
  const made = signed.larger + signed.equal + signed.smaller;
  const equal = ties ? signed.equal : 0;
  const greater = (signed.larger + equal) / made;
  const less = (signed.smaller + equal) / made;
  const twoSided = (sizes.larger + (ties ? sizes.equal : 0)) / made;
  return { twoSided, equalTailed: Math.min(1, 2 * Math.min(greater, less)), greater, less };
}

function finishJoint(
  { problem }: WildInput,
  settings: WildSettings,
  prepared: Prepared,
  draws: Float64Array,
  warnings: Warning[],
): Omit<WildTest, "draws" | "enumerated"> {
  const { total, variance, restrictions: q } = prepared;
  const statistic = waldForm(variance, problem.distances, q) / q;
  const margin = 1e-9 * Math.max(1, Math.abs(statistic));
  const counts: Comparison = { larger: 0, equal: 0, smaller: 0 };
  for (const value of draws) {
    if (value > statistic + margin) counts.larger++;
    else if (value < statistic - margin) counts.smaller++;
    else if (!Number.isNaN(value)) counts.equal++;
  }
  const made = counts.larger + counts.equal + counts.smaller;
  if (Number.isNaN(statistic)) warnings.push(noVariance());
  if (made < total && !Number.isNaN(statistic)) warnings.push(degenerate(total - made, total));
  const one = (p: number): ResamplingPValues => ({ twoSided: p, equalTailed: p, greater: p, less: p });
  const ratio = (count: number): number => (Number.isNaN(statistic) ? Number.NaN : count / made);
  const strict = one(ratio(counts.larger));
  const tiesCounted = one(ratio(counts.larger + counts.equal));
  return {
    statistic,
    pValue: (settings.ties === "counted" ? tiesCounted : strict).twoSided,
    strict,
    tiesCounted,
    ...(settings.keepDraws ? { drawnStatistics: draws } : {}),
    warnings,
  };
}

const noVariance = (): Warning => ({
  code: "NO_VARIANCE",
  message: "No bootstrap test: the clusters' scores leave no variance for the hypothesis (too few clusters, or a perfect fit)",
});

/** Draws left out. */
export const degenerate = (without: number, total: number): Warning => ({
  code: "DRAWS_WITHOUT_VARIANCE",
  message: `${without} of ${total} draws have no variance and are left out of the p-value`,
  details: { draws: without },
});
