import type { Estimate, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { numericData } from "../data/frame.ts";
import type { AnyRow } from "../regression/design.ts";
import { factor, interaction, type OlsOptions, type OlsResult, ols } from "../regression/index.ts";
import { keptModel } from "../regression/kept-model.ts";
import type { Partition } from "./subgroup-cells.ts";
import { type GroupEffect, missingArm, type NoEffect, type RunSettings, treatedAmong } from "./subgroup-effects.ts";
import type { RegressionDesign } from "./subgroup-options.ts";

/** One regression for all groups of a partition. */
export interface InteractedFit {
  /** By group of the partition. */
  readonly effects: readonly (GroupEffect | NoEffect)[];
  /** Covariance of the estimated effects, in their order. */
  readonly covariance: Float64Array;
  readonly jointDegreesOfFreedom: number;
  readonly model: OlsResult;
  readonly warnings: readonly Warning[];
}

/**
 * One regression with a treatment coefficient and an intercept for each group, covariates and fixed effects in common:
 * `y ~ i(group, treatment) + group + covariates | effects`. Rows of groups without variation in the treatment stay out.
 */
export function fitInteracted(
  data: Frame<AnyRow>,
  partition: Partition,
  design: RegressionDesign<AnyRow>,
  run: RunSettings,
): InteractedFit | undefined {
  const { type: _, model: _model, treatment, covariates = [], ...rest } = design;
  const none = partition.groups.map((_group, g) => missingArm(data.take(partition.rowsOf(g)), treatment as string));
  const kept = partition.groups.flatMap((_group, g) => (none[g] === undefined ? [g] : []));
  if (kept.length === 0) return undefined;
  const column = `group of ${partition.by}`;
  const codes = partition.codes.map((code) => (code >= 0 && none[code] === undefined ? code : -1));
  const labels = distinctLabels(partition);
  const grouped = data.with({ [column]: { type: "category", codes, levels: labels } }) as unknown as Frame<AnyRow>;
  // One term per group keeps the groups' order; a factor of its own would sort its levels.
  const present = kept.map((g) => labels[g]!);
  const indicator = (g: number): ReturnType<typeof factor> => factor(column, { reference: present.filter((label) => label !== labels[g]) });
  const regressors = [...kept.map((g) => interaction(indicator(g), treatment as string)), ...kept.slice(1).map(indicator), ...covariates];
  const fit = ols(grouped, { ...rest, regressors, level: run.level } as OlsOptions<AnyRow>);
  const model = keptModel("heterogeneity.subgroups", fit);
  const term = (g: number): string => `${column}::${labels[g]}:${treatment as string}`;
  const rowsByGroup = usedByGroup(codes, model.rows, labels.length);
  const effects = partition.groups.map((_group, g): GroupEffect | NoEffect => {
    if (none[g] !== undefined) return none[g];
    const estimate: Estimate | undefined = fit.estimates[term(g)];
    if (estimate === undefined) {
      return {
        code: "TREATMENT_DROPPED",
        reason: `"${treatment as string}" of the group is a combination of the other regressors or the fixed effects`,
      };
    }
    const treated = treatedAmong(numericData(data, treatment as string).values, rowsByGroup[g]!);
    const rows = rowsByGroup[g]!.length;
    const size = partition.offsets[g + 1]! - partition.offsets[g]!;
    const sample = { rows: size, used: rows, dropped: size === rows ? [] : [{ reason: "missing in the regression", rows: size - rows }] };
    return { estimate, sample, ...(treated === undefined ? {} : { treatedRows: treated }), warnings: [] };
  });
  const positions = effects.flatMap((effect, g) => ("estimate" in effect ? [model.terms.indexOf(term(g))] : []));
  const covariance = Float64Array.from(positions.flatMap((a) => positions.map((b) => fit.vcov[a]![b]!)));
  // The groups' intercepts are often absorbed by the fixed effects: that is as it should be.
  const warnings = fit.warnings.filter(
    ({ code, details }) => code !== "TERM_DROPPED" || !String(details?.["term"]).startsWith(`${column}::`),
  );
  return { effects, covariance, jointDegreesOfFreedom: fit.covariance.jointDegreesOfFreedom, model: fit, warnings };
}

/** The groups' labels, made distinct where two groups share one. */
function distinctLabels({ groups }: Partition): string[] {
  const labels = groups.map(({ label }) => label);
  return new Set(labels).size === labels.length ? labels : labels.map((label, g) => `${label} (${g + 1})`);
}

function usedByGroup(codes: Int32Array, rows: Int32Array | undefined, groups: number): readonly Int32Array[] {
  const n = rows === undefined ? codes.length : rows.length;
  const counts = new Int32Array(groups);
  for (let i = 0; i < n; i++) counts[codes[rows === undefined ? i : rows[i]!]!]!++;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : rows[i]!;
    const g = codes[row]!;
    lists[g]![counts[g]!++] = row;
  }
  return lists;
}
