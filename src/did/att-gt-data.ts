import { DataError, IdentificationError, OptionError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import { factorize } from "../data/factorize.ts";
import { type Frame, Panel } from "../data/index.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, numberRole, resolveWeights, timeRole, weightRole } from "../data/roles.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import { type CohortSample, prepareCohorts } from "./cohort-sample.ts";
import { covariateColumns, covariateCount, covariateRoles, covariateTerms } from "./covariates.ts";
import { missingStarts } from "./design-warnings.ts";

/** Everything group-time effects are computed from; columns by used row of the data, `cohorts.rows` names the rows that remain. */
export interface AttGtData {
  readonly design: "panel" | "crossSections";
  readonly sample: CohortSample;
  readonly outcome: Float64Array;
  /** One weight a row; absent for equal weights. */
  readonly weights: Float64Array | undefined;
  /** 0 or 1 of each unit, of the partition column where one was asked for. */
  readonly partition: Float64Array | undefined;
  /** Design columns of the covariates by row, without the constant. */
  readonly covariates: readonly Float64Array[];
  /** Cluster of each unit, dense. */
  readonly clusters: UnitClusters | undefined;
  /** Position of each remaining unit among all units of the data, and their number. */
  readonly originalUnits: () => { readonly positions: Int32Array; readonly count: number };
  readonly warnings: readonly Warning[];
}

/** Clusters of units: dense codes and the rank of each among all clusters of the data. */
export interface UnitClusters {
  readonly codes: Int32Array;
  readonly count: number;
  readonly original: Int32Array;
  readonly originalCount: number;
}

const CALLER = "did.attGt";

/** Smallest cohort, beyond the number of covariates, that does not raise a warning. */
const SMALL_COHORT = 5;

/** Reads, checks and thins the data: from columns to cohorts, weights and clusters. */
export function readAttGtData<Row>(
  data: Panel<Row> | Frame<Row>,
  settings: AttGtSettings<Row>,
  caller: string = CALLER,
  partition: string | undefined = undefined,
): AttGtData {
  const isPanel = data instanceof Panel;
  if (isPanel === (settings.time !== undefined)) {
    throw new OptionError(
      "TIME_OPTION",
      isPanel
        ? `Cannot run ${caller} as option "time" belongs to repeated cross-sections: the panel has its own time "${data.time}"; leave it out, or hand in the frame`
        : `Cannot run ${caller} as a frame is read as repeated cross-sections and needs option "time": it was not given; use panel() if units repeat`,
      { option: "time" },
    );
  }
  const weights = resolveWeights(caller, settings.weights, ["sampling", "analytic"]);
  const terms = covariateTerms(data, settings.covariates);
  const byUnit = isPanel && settings.cluster === data.unit;
  const { columns, rows, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string),
    weights: weightRole(weights?.column),
    cluster: groupRole(byUnit ? undefined : (settings.cluster as string | undefined)),
    time: numberRole(settings.time as string | undefined),
    partition: binaryRole(partition),
    ...covariateRoles(terms),
  });
  const view = data instanceof Panel ? (rows === undefined ? data : data.take(rows)) : undefined;
  const time = view ?? crossSectionTimes(columns.time!);
  const cohorts = prepareCohorts(
    {
      firstTreated: columns.firstTreated,
      timeCodes: time.timeCodes,
      times: time.times,
      unitOffsets: view?.unitOffsets,
      label: (u) => view?.unitLabel(u) ?? `row ${u}`,
      sample,
    },
    {
      caller,
      firstTreated: settings.firstTreated as string,
      anticipation: settings.anticipation,
      controlGroup: settings.controlGroup,
      unbalanced: settings.unbalanced,
    },
  );
  const warnings = [
    ...missingStarts(sample.dropped, settings.firstTreated as string),
    ...cohorts.warnings,
    ...smallCohorts(cohorts, settings, covariateCount(terms)),
  ];
  return {
    design: isPanel ? "panel" : "crossSections",
    sample: cohorts,
    outcome: columns.outcome,
    weights: columns.weights,
    partition: columns.partition === undefined ? undefined : unitPartition(caller, partition!, columns.partition, cohorts),
    covariates: covariateColumns(caller, terms, columns, columns.outcome.length),
    clusters: columns.cluster === undefined ? undefined : unitClusters(columns.cluster, cohorts),
    originalUnits: () => originalUnits(data, rows, cohorts),
    warnings,
  };
}

function crossSectionTimes(time: Float64Array): { readonly timeCodes: Int32Array; readonly times: Float64Array } {
  const { codes, values } = factorize(time);
  return { timeCodes: codes, times: values };
}

/** Warns of small cohorts; a small never-treated group, where it alone serves as comparison, is an error. */
function smallCohorts<Row>(
  { cohorts, starts, ends, times, groups }: CohortSample,
  settings: AttGtSettings<Row>,
  covariates: number,
): Warning[] {
  const rows = new Float64Array(groups.length + 1);
  for (let u = 0; u < cohorts.length; u++) rows[cohorts[u]!]! += ends[u]! - starts[u]!;
  const needed = covariates + SMALL_COHORT;
  const small: number[] = [];
  for (let h = 0; h <= groups.length; h++) {
    const size = rows[h]! / times.length;
    if (size > 0 && size < needed) small.push(h < groups.length ? groups[h]! : Number.POSITIVE_INFINITY);
  }
  if (rows[groups.length] === 0 && settings.controlGroup === "neverTreated") {
    throw new IdentificationError("NO_CONTROL_UNITS", `Cannot run ${CALLER} as units never treated are needed: none remains`, {});
  }
  if (small.length === 0) return [];
  if (settings.controlGroup === "neverTreated" && small.includes(Number.POSITIVE_INFINITY)) {
    throw new IdentificationError(
      "CONTROL_GROUP_TOO_SMALL",
      `Cannot run ${CALLER} as the never-treated group needs at least ${needed} units a period: it has ${rows[groups.length]! / times.length}; try controlGroup: "notYetTreated"`,
      { units: rows[groups.length]! / times.length, needed },
    );
  }
  return [
    {
      code: "SMALL_COHORTS",
      message: `Cohorts of fewer than ${needed} units a period: ${small.map((g) => (g === Number.POSITIVE_INFINITY ? "never treated" : g)).join(", ")}; their estimates are unreliable`,
      details: { cohorts: small, needed },
    },
  ];
}

function unitClusters(groups: Groups, { starts, ends, cohorts }: CohortSample): UnitClusters {
  const raw = new Int32Array(cohorts.length);
  for (let u = 0; u < cohorts.length; u++) {
    const code = groups.codes[starts[u]!]!;
    for (let i = starts[u]! + 1; i < ends[u]!; i++) {
      if (groups.codes[i] !== code) {
        throw new DataError(
          "CLUSTER_VARIES",
          `Cannot run ${CALLER} as "${groups.column}" must be one value a unit to cluster by: a unit has ${groups.label(code)} and ${groups.label(groups.codes[i]!)}`,
          { column: groups.column },
        );
      }
    }
    raw[u] = code;
  }
  const rank = new Int32Array(groups.count).fill(-1);
  for (let u = 0; u < raw.length; u++) rank[raw[u]!] = 0;
  const original: number[] = [];
  for (let c = 0; c < rank.length; c++) if (rank[c] === 0) rank[c] = original.push(c) - 1;
  requireTwoClusters([{ name: groups.column, count: original.length }]);
  return {
    codes: raw.map((code) => rank[code]!),
    count: original.length,
    original: Int32Array.from(original),
    originalCount: groups.count,
  };
}

/** The partition of each unit, checked to be one value. */
function unitPartition(caller: string, column: string, values: Float64Array, { starts, ends }: CohortSample): Float64Array {
  return Float64Array.from(starts, (begin, u) => {
    for (let i = begin + 1; i < ends[u]!; i++) {
      if (values[i] !== values[begin]) {
        throw new DataError("PARTITION_VARIES", `Cannot run ${caller} as "${column}" must be one value a unit: a unit has 0 and 1`, {
          column,
        });
      }
    }
    return values[begin]!;
  });
}

function originalUnits<Row>(
  data: Panel<Row> | Frame<Row>,
  rows: Int32Array | undefined,
  { starts }: CohortSample,
): { readonly positions: Int32Array; readonly count: number } {
  const positions = new Int32Array(starts.length);
  let unit = 0;
  for (let u = 0; u < starts.length; u++) {
    const row = rows === undefined ? starts[u]! : rows[starts[u]!]!;
    if (data instanceof Panel) {
      while (row >= data.unitOffsets[unit + 1]!) unit++;
      positions[u] = unit;
    } else positions[u] = row;
  }
  return { positions, count: data instanceof Panel ? data.unitCount : data.rowCount };
}
