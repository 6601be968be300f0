import { finishResult } from "../core/display.ts";
import { checkArgument } from "../core/options.ts";
import type { Frame, NumericColumn, Panel } from "../data/index.ts";
import { choleskySolve } from "../linalg/index.ts";
import { type AttGtData, readAttGtData } from "./att-gt-data.ts";
import { type AttGtOptions, type AttGtSettings, attGtSettings } from "./att-gt-options.ts";
import { finishGroupTimeTable } from "./finish-group-time-table.ts";
import { type ComparedUnits, comparedUnits, fitComparison, unitsByCohort, unitWeights } from "./fit-cells.ts";
import { type GroupTimeCell, groupTimeCells } from "./group-time-cells.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import type { GroupTimeTable } from "./group-time-result.ts";
import { type CellResult, fitFromInfluences } from "./influence-fit.ts";

/** Options of {@link triple}: those of `attGt`, and the partition. */
export interface TripleOptions<Row> extends AttGtOptions<Row> {
  /** 0/1 by unit: 1 where the unit is eligible for treatment once its cohort starts. */
  readonly partition: NumericColumn<Row>;
}

/** {@link TripleOptions} with defaults filled in. */
export type TripleSettings<Row = never> = AttGtSettings<Row> & Pick<TripleOptions<Row>, "partition">;

/** Group-time effects on the eligible of treated cohorts; `aggregate` summarizes them. */
export type TripleResult = GroupTimeTable<"did.triple", AttGtSettings<never>>;

const CALLER = "did.triple";
const REFERENCE = "Ortiz-Villavicencio & Sant'Anna (2025), Better understanding triple differences estimators, arXiv:2505.09942";

/**
 * Triple differences with staggered adoption: for each cohort and period, the difference-in-differences of its eligible units against its
 * ineligible units and against eligible units of a comparison cohort, less that against the latter's ineligible units; each doubly robust, by
 * weighting or by regression. Not-yet-treated cohorts are compared one by one and combined with the weights that minimize the variance. Equals `ddd`
 * of R's triplediff 0.2.4.
 *
 * @throws what `attGt` throws; DataError `PARTITION_VARIES`.
 * @see Ortiz-Villavicencio & Sant'Anna (2025), arXiv:2505.09942
 * @example
 * triple(people, { outcome: "hours", firstTreated: "reformMonth", partition: "eligible", covariates: ["age"] });
 */
export function triple<Row>(data: Panel<Row> | Frame<Row>, options: TripleOptions<Row>): TripleResult {
  checkArgument(CALLER, data, "a panel or a frame", ["columnNames"]);
  const settings = attGtSettings(options, CALLER, ["partition"]) as TripleSettings<Row>;
  const read = readAttGtData(data, settings, CALLER, settings.partition as string);
  const cells = groupTimeCells(read.sample, settings);
  const fit = fitTripleCells(read, cells, settings);
  const table = finishGroupTimeTable(CALLER, REFERENCE, fit, cells, read, settings as unknown as AttGtSettings<never>);
  return finishResult({ ...table, ...(fit.sizeCovariance === undefined ? {} : { sizeCovariance: Array.from(fit.sizeCovariance) }) });
}

/** An estimate with dense influence values by unit, over the number of units. */
interface TripleDifference {
  readonly att: number;
  readonly influence: Float64Array;
  readonly trimmed: number;
}

function fitTripleCells<Row>(data: AttGtData, cells: readonly GroupTimeCell[], settings: TripleSettings<Row>): GroupTimeFit {
  const byCohort = unitsByCohort(data);
  const part = byCohort.map((units) => [0, 1].map((value) => units.filter((u) => data.partition![u] === value)));
  const n = data.sample.cohorts.length;
  const cache = new Map<string, readonly ComparedUnits[]>();
  const errorFactors = new Float64Array(cells.length).fill(data.sample.times.length === 2 ? Math.sqrt(n / (n - 1)) : 1);
  const results = cells.map((cell, k): CellResult => {
    if (cell.base < 0) return { att: Number.NaN, problem: "no period before treatment" };
    if (cell.time === cell.base) return { att: 0, problem: undefined };
    const found: TripleDifference[] = [];
    let problem: string | undefined;
    for (const h of cell.controls) {
      const key = `${cell.group}:${h}`;
      const own = part[cell.group]!;
      const other = part[h]!;
      const subgroups = cache.get(key) ?? [own[0]!, other[1]!, other[0]!].map((controls) => comparedUnits([own[1]!], [controls]));
      cache.set(key, subgroups);
      const difference = tripleDifference(subgroups, (units) => fitComparison(data, cell, units, settings), n);
      if ("problem" in difference) problem = difference.problem;
      else found.push(difference);
    }
    if (found.length === 0) return { att: Number.NaN, problem: problem ?? "no control units" };
    if (found.length > 1) errorFactors[k] = Math.sqrt(n / (n - 1));
    const combined = found.length === 1 ? found[0]! : combineEfficiently(found);
    return combined === undefined
      ? { att: Number.NaN, problem: "estimates from the comparison cohorts are collinear" }
      : {
          att: combined.att,
          problem: undefined,
          trimmed: combined.trimmed,
          influence: { units: Int32Array.from({ length: n }, (_, u) => u), values: combined.influence },
        };
  });
  const weights = unitWeights(data);
  return { ...fitFromInfluences(results, data, weights), errorFactors };
}

/** Signs of the three comparisons of the eligible treated: with the ineligible of their cohort, the eligible and the ineligible of the other. */
const SIGNS = [1, 1, -1] as const;

function tripleDifference(
  subgroups: readonly ComparedUnits[],
  compare: (units: ComparedUnits) => CellResult,
  n: number,
): TripleDifference | { readonly problem: string } {
  const influence = new Float64Array(n);
  let [att, trimmed] = [0, 0];
  for (let j = 0; j < SIGNS.length; j++) {
    const result = compare(subgroups[j]!);
    if (result.problem !== undefined || result.influence === undefined) return { problem: result.problem ?? "no estimate" };
    att += SIGNS[j]! * result.att;
    trimmed += result.trimmed ?? 0;
    const { units, values } = result.influence;
    for (let i = 0; i < units.length; i++) influence[units[i]!]! += (SIGNS[j]! * values[i]!) / result.scaleRows!;
  }
  return { att, influence, trimmed };
}

/** Average with weights `Ω⁻¹1 / 1'Ω⁻¹1`, Ω the covariance of the estimates. */
function combineEfficiently(found: readonly TripleDifference[]): TripleDifference | undefined {
  const m = found.length;
  const n = found[0]!.influence.length;
  const means = found.map(({ influence }) => influence.reduce((sum, value) => sum + value, 0) / n);
  const omega = new Float64Array(m * m);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) {
      let sum = 0;
      for (let u = 0; u < n; u++) sum += (found[a]!.influence[u]! - means[a]!) * (found[b]!.influence[u]! - means[b]!);
      omega[a * m + b] = sum;
    }
  }
  const solved = choleskySolve(omega, new Float64Array(m).fill(1));
  if (solved === undefined) return undefined;
  const total = solved.reduce((sum, value) => sum + value, 0);
  const influence = new Float64Array(n);
  let att = 0;
  found.forEach((entry, a) => {
    const weight = solved[a]! / total;
    att += weight * entry.att;
    for (let u = 0; u < n; u++) influence[u]! += weight * entry.influence[u]!;
  });
  return { att, influence, trimmed: found.reduce((sum, entry) => sum + entry.trimmed, 0) };
}
