import type { JointTest, Warning } from "../core/result.ts";
import { chiSquaredTest, waldStatistic } from "../inference/estimate.ts";
import { submatrix, toRows } from "../linalg/index.ts";
import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import { bandedEstimates, bandWarnings, criticalValueFromCovariance, criticalValueFromDraws, standardErrorsFromDraws } from "./bands.ts";
import { fewClusterWarnings } from "./contributions.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import type { CohortSize, GroupTimeEstimate, GroupTimeTable, MultiplierDraws } from "./group-time-result.ts";
import { multiplierDraws } from "./multiplier-draws.ts";
import { TRIM } from "./overlap.ts";

/** Below this share of the outcome's own scale a standard error is rounding. */
const ZERO_VARIANCE = 1e-24;

/** From effects and joint covariance to a table with inference. */
export function finishGroupTimeTable<Kind extends string>(
  kind: Kind,
  reference: string,
  fit: GroupTimeFit,
  cells: readonly GroupTimeCell[],
  data: AttGtData,
  settings: AttGtSettings<never>,
): GroupTimeTable<Kind, AttGtSettings<never>> {
  const { times, groups } = data.sample;
  const [K, G] = [cells.length, groups.length];
  const size = K + G;
  const draws = settings.inference.type === "analytic" ? undefined : multiplierDraws(fit, data, settings);
  const standardErrors = errorsOf(fit, K, draws);
  const vcov = toRows(firstBlock(fit.joint, size, K), K);
  const critical = settings.uniformBand ? criticalOf(vcov, standardErrors, draws, settings) : undefined;
  const estimates: readonly GroupTimeEstimate[] = bandedEstimates(
    cells.map((cell, k) => ({
      term: `ATT(${groups[cell.group]},${times[cell.time]})`,
      estimate: fit.att[k]!,
      standardError: standardErrors[k]!,
      extra: {
        group: groups[cell.group]!,
        time: times[cell.time]!,
        isPost: cell.isPost,
        basePeriod: cell.base < 0 ? Number.NaN : times[cell.base]!,
      },
    })),
    settings.level,
    critical,
  );
  const preTest = preTestOf(fit, cells, standardErrors, size);
  const warnings = [
    ...data.warnings,
    ...cellWarnings(fit, cells, estimates),
    ...preTest.warnings,
    ...bandWarnings(critical),
    ...fewClusterWarnings(data.clusters?.count),
  ];
  return {
    kind,
    estimates,
    vcov,
    cohorts: cohortSizes(fit, groups),
    shareCovariance: toRows(fit.joint.slice(K * size), G, size),
    ...(fit.clusterSums === undefined ? {} : { contributions: toRows(fit.clusterSums, data.clusters!.count, size) }),
    periods: Array.from(times),
    units: fit.units,
    ...(critical === undefined ? {} : { criticalValue: critical }),
    ...(preTest.test === undefined ? {} : { preTest: preTest.test }),
    bands: { level: settings.level, uniformBand: settings.uniformBand, seed: settings.seed, draws: settings.inference.draws },
    ...(draws === undefined ? {} : { draws }),
    ...(settings.keepInfluence
      ? { influence: { units: fit.units, positions: data.originalUnits().positions, values: fit.influence() } }
      : {}),
    sample: data.clusters === undefined ? data.sample.sample : { ...data.sample.sample, clusters: data.clusters.count },
    warnings,
    options: settings,
    reference,
  };
}

function firstBlock(joint: Float64Array, size: number, K: number): Float64Array {
  return submatrix(
    joint,
    size,
    Int32Array.from({ length: K }, (_, k) => k),
  );
}

/** Standard errors by cell: of the draws where there are any; NaN where the influence function is zero. */
function errorsOf(fit: GroupTimeFit, K: number, draws: MultiplierDraws | undefined): Float64Array {
  const size = K + fit.shares.length;
  const variances = Float64Array.from({ length: K }, (_, k) => fit.joint[k * size + k]!);
  const largest = variances.reduce((max, value) => Math.max(max, value), 0);
  const fromDraws = draws === undefined ? undefined : standardErrorsFromDraws(draws.values, draws.count, size);
  return variances.map((variance, k) =>
    variance > ZERO_VARIANCE * largest ? (fromDraws?.[k] ?? Math.sqrt(variance) * (fit.errorFactors?.[k] ?? 1)) : Number.NaN,
  );
}

function criticalOf(
  vcov: readonly (readonly number[])[],
  standardErrors: Float64Array,
  draws: MultiplierDraws | undefined,
  settings: AttGtSettings<never>,
): number | undefined {
  if (draws === undefined)
    return criticalValueFromCovariance(vcov, standardErrors, settings.level, settings.inference.draws, settings.seed);
  const size = draws.values.length / draws.count;
  const padded = new Float64Array(size).fill(Number.NaN); // shares are no part of the band
  padded.set(standardErrors);
  return criticalValueFromDraws(draws.values, draws.count, size, padded, settings.level);
}

/** Wald test of all effects before treatment. */
function preTestOf(
  fit: GroupTimeFit,
  cells: readonly GroupTimeCell[],
  standardErrors: Float64Array,
  size: number,
): { readonly test?: JointTest; readonly warnings: readonly Warning[] } {
  const before: number[] = [];
  cells.forEach((cell, k) => {
    if (!cell.isPost && standardErrors[k]! > 0) before.push(k);
  });
  if (before.length === 0) {
    return {
      warnings: [{ code: "NO_PRE_TEST", message: "No test of effects before treatment: no cohort has a comparison before it is treated" }],
    };
  }
  const statistic = waldStatistic(
    Float64Array.from(before, (k) => fit.att[k]!),
    submatrix(fit.joint, size, before),
  );
  if (statistic === undefined) {
    return {
      warnings: [
        {
          code: "SINGULAR_PRE_TEST",
          message: `No joint test of the ${before.length} effects before treatment: their covariance is singular (as many effects as units or clusters, or nearly)`,
          details: { effects: before.length },
        },
      ],
    };
  }
  return { test: chiSquaredTest(statistic, before.length), warnings: [] };
}

function cohortSizes(fit: GroupTimeFit, groups: Float64Array): CohortSize[] {
  const treated = Array.from(groups, (group, g) => ({ group, units: fit.cohortUnits[g]!, share: fit.shares[g]! }));
  const share = 1 - treated.reduce((sum, cohort) => sum + cohort.share, 0);
  return [...treated, { group: Number.POSITIVE_INFINITY, units: fit.cohortUnits[groups.length]!, share: Math.max(0, share) }];
}

function cellWarnings(fit: GroupTimeFit, cells: readonly GroupTimeCell[], estimates: readonly GroupTimeEstimate[]): Warning[] {
  const warnings: Warning[] = [];
  const byProblem = new Map<string, string[]>();
  fit.problems.forEach((problem, k) => {
    if (problem !== undefined) byProblem.set(problem, [...(byProblem.get(problem) ?? []), estimates[k]!.term]);
  });
  for (const [problem, terms] of byProblem) {
    warnings.push({ code: "NO_ESTIMATE", message: `Not estimated (${problem}): ${terms.join(", ")}`, details: { terms, problem } });
  }
  const trimmed = estimates.flatMap(({ term }, k) => ((fit.trimmed?.[k] ?? 0) > 0 ? [{ term, controls: fit.trimmed![k]! }] : []));
  if (trimmed.length > 0) {
    warnings.push({
      code: "CONTROLS_TRIMMED",
      message: `Weak overlap: controls with a propensity of ${TRIM} or more were left out of ${trimmed.map(({ term, controls }) => `${term} (${controls})`).join(", ")}`,
      details: { trimmed },
    });
  }
  const references = cells.flatMap((cell, k) => (cell.base === cell.time ? [estimates[k]!.term] : []));
  if (references.length > 0) {
    warnings.push({
      code: "REFERENCE_PERIOD",
      message: `Zero by construction, without standard error, as the period is its own base: ${references.join(", ")}`,
      details: { terms: references },
    });
  }
  const flat = cells.flatMap((cell, k) =>
    cell.base !== cell.time && fit.problems[k] === undefined && Number.isNaN(estimates[k]!.standardError) ? [estimates[k]!.term] : [],
  );
  if (flat.length > 0) {
    warnings.push({
      code: "NO_VARIANCE",
      message: `No standard error as outcomes do not vary: ${flat.join(", ")}`,
      details: { terms: flat },
    });
  }
  return warnings;
}
