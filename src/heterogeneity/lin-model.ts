import type { Sample } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { numericData } from "../data/frame.ts";
import { columnsByRole, groupsRole, numbersRole, weightRole } from "../data/roles.ts";
import type { AnyRow, AnyTerm } from "../regression/design.ts";
import { interaction } from "../regression/index.ts";
import { clusterColumns, weightColumn } from "./cluster-columns.ts";
import type { ExperimentDesign } from "./subgroup-options.ts";

/** The regression of Lin's adjustment. */
export interface LinModel {
  /** The rows with every column, centred covariates added. */
  readonly data: Frame<AnyRow>;
  readonly regressors: readonly AnyTerm[];
  /** Row numbers in the frame handed in; `undefined` when all are used. */
  readonly rows: Int32Array | undefined;
  readonly sample: Sample;
}

/**
 * Lin's (2013, AOAS 7) adjustment as regressors: covariates centred at their (weighted) mean over the rows that will be used, and their products
 * with the treatment. Labels become centred indicators, the first level left out. The treatment's coefficient is the average effect.
 */
export function linModel(caller: string, data: Frame<AnyRow>, design: ExperimentDesign<AnyRow>): LinModel {
  const names = (design.covariates ?? []) as readonly string[];
  const labelled = names.filter((name) => data.column(name).type === "category");
  const { columns, rows, sample } = columnsByRole(caller, data, {
    used: numbersRole([design.outcome as string, design.treatment as string]),
    numbers: numbersRole(names.filter((name) => !labelled.includes(name))),
    groups: groupsRole([...labelled, ...clusterColumns(design)]),
    weights: weightRole(weightColumn(design.weights)),
  });
  const used = rows === undefined ? data : data.take(rows);
  const centred: Record<string, Float64Array> = {};
  for (const name of names) {
    const position = labelled.indexOf(name);
    if (position < 0) {
      centred[`${name} (centred)`] = centre(numericData(used, name).values, columns.weights);
      continue;
    }
    const { codes, count, label } = columns.groups[position]!;
    for (let level = 1; level < count; level++) {
      const indicator = Float64Array.from(codes, (code) => (code === level ? 1 : 0));
      centred[`${name}::${label(level)} (centred)`] = centre(indicator, columns.weights);
    }
  }
  const treatment = design.treatment as string;
  const terms = Object.keys(centred);
  return {
    data: used.with(centred) as unknown as Frame<AnyRow>,
    regressors: [treatment, ...terms, ...terms.map((term) => interaction(treatment, term))],
    rows,
    sample,
  };
}

function centre(values: Float64Array, weights: Float64Array | undefined): Float64Array {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    sum += weight * values[i]!;
    total += weight;
  }
  const mean = sum / total;
  return values.map((value) => value - mean);
}
