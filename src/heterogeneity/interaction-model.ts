import type { Sample } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupsRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import { type AnyRow, type AnyTerm, termColumns } from "../regression/design.ts";
import { type OlsOptions, type OlsResult, ols } from "../regression/index.ts";
import { clusterColumns, weightColumn } from "./cluster-columns.ts";
import type { InteractionForm, InteractionsOptions } from "./interaction-options.ts";
import { asTerm } from "./subgroup-effects.ts";

/** Options of `interactions` with defaults filled in. */
export type InteractionsSettings = Omit<InteractionsOptions<AnyRow>, "level" | "seed"> & {
  readonly form: InteractionForm<AnyRow>;
  readonly level: number;
  readonly seed: number;
};

/** The rows with every column a form needs, and the covariates as terms. */
export interface InteractionRows {
  readonly data: Frame<AnyRow>;
  readonly covariates: readonly AnyTerm[];
  readonly sample: Sample;
}

/** Leaves out rows with a missing value in any column of the model, as moments of the moderator are those of the rows used. */
export function interactionRows(
  caller: string,
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  columns: readonly string[],
): InteractionRows {
  const covariates = (settings.covariates ?? []).map((term) => (typeof term === "string" ? asTerm(data, term) : (term as AnyTerm)));
  const needs = termColumns(covariates);
  const { rows, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    numbers: numbersRole([...new Set([settings.treatment as string, ...columns, ...needs.numeric])]),
    groups: groupsRole([...new Set([...needs.factors, ...clusterColumns(settings)])]),
    weights: weightRole(weightColumn(settings.weights)),
  });
  return { data: rows === undefined ? data : data.take(rows), covariates, sample };
}

/** The regression behind a form. */
export function fitInteraction(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  regressors: readonly AnyTerm[],
  intercept = true,
): OlsResult {
  const { outcome, weights, cluster, vcov, smallSample, level } = settings;
  const covariance =
    vcov !== undefined ? { vcov } : cluster !== undefined ? { cluster } : { vcov: { type: "hetero", variant: "HC1" } as const };
  return ols(data, {
    outcome,
    regressors,
    intercept,
    ...(weights === undefined ? {} : { weights }),
    ...covariance,
    ...(smallSample === undefined ? {} : { smallSample }),
    level,
  } as OlsOptions<AnyRow>);
}
