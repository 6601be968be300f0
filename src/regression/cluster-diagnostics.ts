import { checkNumber, resolveOptions } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { AnyColumn } from "../data/index.ts";
import { type CoefficientDiagnostics, clusterMeasures } from "../inference/cluster-diagnostics.ts";
import { sumScores } from "../inference/scores.ts";
import { type ClusterInput, clusterInput } from "./cluster-input.ts";
import type { AnyRow } from "./design.ts";
import type { OlsResult } from "./ols.ts";

/** Options of {@link clusterDiagnostics}. */
export interface ClusterDiagnosticsOptions<Row = AnyRow> {
  /** Column (several are combined) whose levels are the clusters. Default: the cluster variable of the result. */
  readonly cluster?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /** Correlation of errors within clusters behind the effective number of clusters, from 0 to 1. Default 0. */
  readonly correlation?: number;
}

/** One cluster. */
export interface ClusterRow {
  /** Its value as text. */
  readonly cluster: string;
  readonly observations: number;
  /** Trace of its block of the hat matrix. */
  readonly leverage: number;
}

/** What {@link clusterDiagnostics} finds. */
export interface ClusterDiagnostics {
  /** Number of clusters, G. */
  readonly count: number;
  readonly clusters: readonly ClusterRow[];
  /** For each coefficient, in the order of the clusters. */
  readonly terms: Readonly<Record<string, CoefficientDiagnostics>>;
  readonly warnings: readonly Warning[];
}

/** Fewer effective clusters than this make clustered t tests unreliable. */
const FEW_EFFECTIVE = 20;

/**
 * How many clusters an inference really rests on: sizes, leverage, each coefficient's partial leverage, effective number of clusters, and range of
 * estimates without one cluster. Fixed effects nested in the clusters are removed first and do not count in the leverage.
 *
 * @throws OptionError `CLUSTER_NEEDED`, `INVALID_OPTION`, `MODEL_UNSUPPORTED`, `TOO_MANY_EFFECTS`. IdentificationError `ONE_CLUSTER`. DataError `MODEL_NOT_KEPT`.
 * @see MacKinnon, Nielsen & Webb (2023), doi:10.1177/1536867X231212433; Carter, Schnepel & Steigerwald (2017), doi:10.1162/REST_a_00639
 * @example
 * clusterDiagnostics(result, { cluster: "municipality" }).terms.program.effectiveClusters;
 */
export function clusterDiagnostics<Row = AnyRow>(result: OlsResult, options: ClusterDiagnosticsOptions<Row> = {}): ClusterDiagnostics {
  const caller = "regression.clusterDiagnostics";
  const { cluster, correlation } = resolveOptions<ClusterDiagnosticsOptions & { readonly correlation: number }>(caller, options, {
    required: [],
    defaults: { cluster: undefined, correlation: 0 },
  });
  checkNumber(caller, "correlation", correlation, { min: 0, max: 1 });
  const input = clusterInput(caller, result, cluster);
  const { model, equations, sums, groups } = input;
  const combinations = model.terms.map((_, j) => {
    const weights = new Float64Array(model.terms.length);
    weights[j] = 1;
    return { contrast: input.inBasis(weights), estimate: model.coefficients[j]! };
  });
  const ones = new Float64Array(groups.codes.length).fill(1);
  const roots = equations.weights === undefined ? ones : equations.weights.map(Math.sqrt);
  const totals = sumScores({ ...equations.scores, multiplier: roots }, groups.codes, groups.count);
  const { leverage, coefficients, singular } = clusterMeasures(sums, equations.bread, totals, combinations, correlation);
  const sizes = new Float64Array(groups.count);
  groups.codes.forEach((g, i) => {
    sizes[g]! += equations.scores.repeats?.[i] ?? 1;
  });
  return {
    count: groups.count,
    clusters: leverage.map((value, g) => ({ cluster: input.label(g), observations: sizes[g]!, leverage: value })),
    terms: Object.fromEntries(model.terms.map((term, j) => [term, coefficients[j]!])),
    warnings: warningsOf(model.terms, coefficients, singular, input),
  };
}

function warningsOf(
  terms: readonly string[],
  coefficients: readonly CoefficientDiagnostics[],
  singular: readonly number[],
  { label }: ClusterInput,
): readonly Warning[] {
  const few = terms.filter((_, j) => coefficients[j]!.effectiveClusters < FEW_EFFECTIVE);
  const warnings: Warning[] = [];
  if (few.length > 0) {
    warnings.push({
      code: "FEW_EFFECTIVE_CLUSTERS",
      message: `Fewer than ${FEW_EFFECTIVE} effective clusters for ${few.map((term) => `"${term}"`).join(", ")}: clustered t tests may reject too often; use wildClusterBootstrap`,
      details: { terms: few },
    });
  }
  if (singular.length > 0) {
    warnings.push({
      code: "NOT_IDENTIFIED_WITHOUT_CLUSTER",
      message: `Without ${singular.map((g) => `"${label(g)}"`).join(", ")} (each by itself) some coefficient cannot be estimated: its value there comes from a generalised inverse`,
      details: { clusters: singular.map(label) },
    });
  }
  return warnings;
}
