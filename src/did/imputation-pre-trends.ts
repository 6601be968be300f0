import type { JointTest } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
import { fromRows } from "../linalg/index.ts";
import { factor, type OlsOptions, ols } from "../regression/index.ts";
import { keptModel } from "../regression/kept-model.ts";
import { contributionsByTerm } from "./contributions.ts";
import type { EventTimeEstimate } from "./event-study-table.ts";
import { cohortsOfRows } from "./event-time.ts";
import { freeName, pickTerms } from "./panel-regression.ts";
import type { ImputedRows, UntreatedOptions } from "./untreated-data.ts";

/** Effects before treatment from a regression of their own. */
export interface PreTrends {
  readonly estimates: readonly EventTimeEstimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Test that all are zero; absent when their covariance is singular. */
  readonly test?: JointTest;
}

interface PreTrendsSettings<Row> extends UntreatedOptions<Row> {
  readonly firstTreated: NumericColumn<Row>;
  readonly preTrends: "all" | readonly number[];
}

/** Event-time indicators before treatment in a regression on untreated rows, never-treated units as reference. */
export function fitPreTrends<Row>(
  caller: string,
  data: Panel<Row>,
  settings: PreTrendsSettings<Row>,
  rows: ImputedRows,
): { readonly result: PreTrends; readonly sums: readonly Float64Array[] } {
  const cohorts = cohortsOfRows(caller, data, settings.firstTreated);
  const reference = Number.MAX_SAFE_INTEGER;
  const wanted = settings.preTrends;
  const column = freeName(data, "eventTime");
  const keep = new Uint8Array(cohorts.length);
  const events = cohorts.map((g, i) => {
    const e = data.times[data.timeCodes[i]!]! - g;
    keep[i] = Number.isNaN(g) || e >= 0 ? 0 : 1;
    return Number.isFinite(e) && e < 0 && (wanted === "all" || wanted.includes(e)) ? e : reference;
  });
  const numbered = freeName(data, "rowNumber");
  const numbers = Float64Array.from({ length: data.rowCount }, (_, i) => i);
  const untreated = data.with({ [column]: events, [numbered]: numbers }).filter(keep) as unknown as Panel<Row>;
  const hasReference = untreated.numbers(column as never).includes(reference);
  const result = ols(untreated, {
    outcome: settings.outcome,
    regressors: [factor(column as string, { reference: hasReference ? reference : null }), ...(settings.covariates ?? [])],
    fixedEffects: settings.fixedEffects ?? [data.unit, data.time],
    cluster: settings.cluster ?? data.unit,
    ...(settings.weights === undefined ? {} : { weights: settings.weights }),
    level: settings.level ?? 0.95,
  } as unknown as OlsOptions<Row>);
  const prefix = `${column}::`;
  const { estimates, vcov, terms } = pickTerms(result, (term) => term.startsWith(prefix));
  const { rows: used } = keptModel(caller, result);
  const place = untreated.numbers(numbered as never);
  const clusterOfRow = new Int32Array(data.rowCount);
  for (let i = 0; i < rows.clusters.codes.length; i++) clusterOfRow[rows.rowNumbers?.[i] ?? i] = rows.clusters.codes[i]!;
  const codes = Int32Array.from({ length: used?.length ?? place.length }, (_, i) => clusterOfRow[place[used?.[i] ?? i]!]!);
  const all = contributionsByTerm(caller, result, codes, rows.clusters.count);
  const names = Object.keys(result.estimates);
  const statistic = waldStatistic(
    Float64Array.from(estimates, ({ estimate }) => estimate),
    fromRows(vcov),
  );
  const table: PreTrends = {
    estimates: estimates.map((estimate) => {
      const eventTime = Number(estimate.term.slice(prefix.length));
      return {
        ...normalEstimate(`event time ${eventTime}`, estimate.estimate, estimate.standardError ** 2, settings.level ?? 0.95),
        eventTime,
      };
    }),
    vcov,
    ...(statistic === undefined || estimates.length === 0 ? {} : { test: chiSquaredTest(statistic, estimates.length) }),
  };
  return { result: table, sums: terms.map((term) => all[names.indexOf(term)]!) };
}
