import { IdentificationError } from "../core/errors.ts";
import { numericData } from "../data/frame.ts";
import type { Panel } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { cohortsOfRows } from "./event-time.ts";
import { type Moderator, readModerator } from "./extended-moderator.ts";
import type { ExtendedModelSettings } from "./extended-options.ts";

/** A column of effects: 1 in a cohort and period, or a covariate's deviation there. */
export interface InteractionColumn {
  readonly column: string;
  readonly group: number;
  readonly time: number;
  readonly covariate: string | undefined;
}

/** A covariate in the rows of one cohort or period. */
export interface ControlColumn {
  readonly name: string;
  /** For readers. */
  readonly title: string;
}

/** Columns of the regression by name, over the rows of the sample. */
export interface ExtendedDesign {
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly interactions: readonly InteractionColumn[];
  /** Covariates by cohort and by period, for the families without absorbed effects and for the moderator. */
  readonly controls: readonly ControlColumn[];
  /** Names of the columns that code units, cohorts and periods; the first only where a likelihood needs indicators of units. */
  readonly unit: string;
  readonly cohort: string;
  readonly period: string;
  /** Rows by cohort (NaN for the comparison cohort) and period. */
  readonly group: Float64Array;
  readonly time: Float64Array;
  readonly isTreated: Uint8Array;
  readonly moderator: Moderator | undefined;
}

/** Rows used: those without a missing outcome, cohort, covariate or weight. */
function usedRows<Row>(
  caller: string,
  data: Panel<Row>,
  settings: ExtendedModelSettings<Row>,
  cohorts: Float64Array,
  moderator: Moderator | undefined,
): Uint8Array {
  const weights = resolveWeights(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const names = [settings.outcome, ...settings.covariateColumns, weights?.column].filter((name) => name !== undefined);
  const columns = [
    ...names.map((name) => numericData(data, name as string).values),
    ...(moderator?.columns ?? []).map(({ values }) => values),
  ];
  return Uint8Array.from(cohorts, (g, i) => (Number.isNaN(g) || columns.some((column) => Number.isNaN(column[i]!)) ? 0 : 1));
}

/** All columns beside the absorbed effects. */
export function buildExtendedDesign<Row>(
  caller: string,
  data: Panel<Row>,
  settings: ExtendedModelSettings<Row>,
  reference: number,
): ExtendedDesign {
  const cohorts = cohortsOfRows(caller, data, settings.firstTreated);
  const moderator = readModerator(data, settings.moderator as string | undefined);
  const used = usedRows(caller, data, settings, cohorts, moderator);
  const time = Float64Array.from(data.timeCodes, (t) => data.times[t]!);
  const n = time.length;
  const group = cohorts.map((g) => (g === reference ? Number.NaN : g));
  const beforeStart = (g: number): number => Math.max(...data.times.filter((t) => t < g));
  const never = settings.controlGroup === "neverTreated";
  const left = settings.referenceTime ?? data.times[0]!;
  const isEffect = (g: number, t: number): boolean => (never ? t !== beforeStart(g) : t >= g && t !== left);
  const groups = [...new Set(group)].filter((g) => Number.isFinite(g)).sort((a, b) => a - b);
  const cells = groups.flatMap((g) => Array.from(data.times).flatMap((t) => (isEffect(g, t) ? [{ group: g, time: t }] : [])));
  if (cells.length === 0) {
    throw new IdentificationError("NO_TREATED_UNITS", `Cannot run ${caller} as a cohort must be seen after its start: none is`, {});
  }
  const columns: Record<string, Float64Array> = {};
  const interactions: InteractionColumn[] = [];
  const add = (covariate: string | undefined, values: Float64Array | undefined): void => {
    for (const cell of cells) {
      const column = `effect${interactions.length}__`;
      columns[column] = Float64Array.from({ length: n }, (_, i) =>
        group[i] === cell.group && time[i] === cell.time ? (values === undefined ? 1 : values[i]!) : 0,
      );
      interactions.push({ column, ...cell, covariate });
    }
  };
  add(undefined, undefined);
  const weights = resolveWeights(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const w = weights === undefined ? undefined : numericData(data, weights.column).values;
  const controls: ControlColumn[] = [];
  for (const name of settings.covariateColumns) {
    const x = numericData(data, name).values;
    add(name, deviations(x, cohorts, used, undefined));
    if (settings.family === "linear") continue;
    for (const g of [...groups, reference])
      addControl(columns, controls, x, `${name} in cohort ${Number.isFinite(g) ? g : "never treated"}`, (i) => cohorts[i] === g);
    for (const t of data.times.slice(1)) addControl(columns, controls, x, `${name} in period ${t}`, (i) => time[i] === t);
  }
  const keys = cohorts.map((g, i) => (Number.isFinite(g) ? g : 0) * data.times.length + data.timeCodes[i]!);
  for (const { name, values } of moderator?.columns ?? []) {
    const within = deviations(values, keys, used, w);
    add(name, within);
    for (const t of data.times.filter((period) => period !== left))
      addControl(columns, controls, within, `${name} in period ${t}`, (i) => time[i] === t);
  }
  columns["cohort__"] = cohorts.map((g) => (Number.isFinite(g) ? g : 0));
  columns["period__"] = time;
  if (settings.family !== "linear" && settings.levels === "unit") columns["unit__"] = unitNumbers(data);
  const treated = new Set(cells.map((cell) => `${cell.group}:${cell.time}`));
  return {
    columns,
    interactions,
    controls,
    unit: "unit__",
    cohort: "cohort__",
    period: "period__",
    group,
    time,
    isTreated: used.map((value, i) =>
      value === 1 && (treated.has(`${group[i]}:${time[i]}`) || (never && Number.isFinite(group[i]!))) ? 1 : 0,
    ),
    moderator,
  };
}

function unitNumbers<Row>(data: Panel<Row>): Float64Array {
  const out = new Float64Array(data.rowCount);
  for (let u = 0; u < data.unitCount; u++) out.fill(u, data.unitOffsets[u]!, data.unitOffsets[u + 1]!);
  return out;
}

function addControl(
  columns: Record<string, Float64Array>,
  controls: ControlColumn[],
  x: Float64Array,
  title: string,
  inside: (row: number) => boolean,
): void {
  const name = `control${controls.length}__`;
  columns[name] = x.map((value, i) => (inside(i) ? value : 0));
  controls.push({ name, title });
}

/** Deviations from (weighted) means within groups, over the used rows. */
function deviations(x: Float64Array, keys: Float64Array, used: Uint8Array, w: Float64Array | undefined): Float64Array {
  const sums = new Map<number, { weight: number; sum: number }>();
  for (let i = 0; i < x.length; i++) {
    if (used[i] === 0) continue;
    const entry = sums.get(keys[i]!) ?? { weight: 0, sum: 0 };
    const wi = w === undefined ? 1 : w[i]!;
    entry.weight += wi;
    entry.sum += wi * x[i]!;
    sums.set(keys[i]!, entry);
  }
  return x.map((value, i) => {
    const entry = sums.get(keys[i]!);
    return entry === undefined ? value : value - entry.sum / entry.weight;
  });
}
