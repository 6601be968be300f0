import type { Estimate, Warning } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import type { RdDesign } from "./design.ts";
import type { RdEstimateSettings, RdSide, RobustEstimates } from "./estimate-result.ts";
import { type FittedDesign, fitDesign } from "./fit-design.ts";

/**
 * Two-way clusters: the variance by the first column plus that by the second less that by their intersections (Cameron, Gelbach & Miller
 * 2011). Bandwidths are chosen with the first. Where the difference is not positive, the larger of the two one-way variances is taken.
 *
 * @see Cameron, Gelbach & Miller (2011), Journal of Business & Economic Statistics 29(2) 238-249
 */
export function fitTwoWay(caller: string, design: RdDesign, settings: RdEstimateSettings): FittedDesign {
  const second = design.secondClusters!;
  const first = fitDesign(caller, design, settings);
  const { rho: _rho, ...kept } = settings;
  const fixed: RdEstimateSettings = { ...kept, bandwidth: first.bandwidths.h, biasBandwidth: first.bandwidths.b, perRow: false };
  const other = fitDesign(caller, { ...design, clusters: second.codes, clusterCount: second.count }, fixed);
  const crossed = intersections(design.clusters!, second.codes, second.count);
  const both = fitDesign(caller, { ...design, clusters: crossed.codes, clusterCount: crossed.count }, fixed);
  const estimates = combined([first.estimates, other.estimates, both.estimates], settings.level);
  const stages = first.firstStage && ([first.firstStage, other.firstStage!, both.firstStage!] as const);
  const firstStage = stages && combined(stages, settings.level);
  const counts = { first: design.clusterCount, second: second.count };
  return {
    ...first,
    estimates: { ...estimates.rows },
    ...(firstStage === undefined ? {} : { firstStage: firstStage.rows }),
    left: sideOf([first.left, other.left, both.left]),
    right: sideOf([first.right, other.right, both.right]),
    sample: { ...first.sample, clusters: Math.min(counts.first, counts.second) },
    warnings: [...first.warnings, ...other.warnings.filter(({ code }) => code === "FEW_CLUSTERS"), ...notPositive(estimates.fallen)],
  };
}

type Triple<T> = readonly [T, T, T];

/** Codes of the pairs of clusters that occur. */
function intersections(a: Int32Array, b: Int32Array, count: number): { codes: Int32Array; count: number } {
  const known = new Map<number, number>();
  const codes = new Int32Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const key = a[i]! * count + b[i]!;
    let code = known.get(key);
    if (code === undefined) {
      code = known.size;
      known.set(key, code);
    }
    codes[i] = code;
  }
  return { codes, count: known.size };
}

function combined([a, b, both]: Triple<RobustEstimates>, level: number): { rows: RobustEstimates; fallen: string[] } {
  const fallen: string[] = [];
  const one = (name: keyof RobustEstimates): Estimate => {
    const squares = [a, b, both].map((rows) => rows[name].standardError ** 2) as [number, number, number];
    const variance = squares[0] + squares[1] - squares[2];
    if (!(variance > 0)) fallen.push(name);
    const degrees = Math.min(a[name].degreesOfFreedom, b[name].degreesOfFreedom);
    return tEstimate(name, a[name].estimate, variance > 0 ? variance : Math.max(squares[0], squares[1]), degrees, level);
  };
  return { rows: { conventional: one("conventional"), biasCorrected: one("biasCorrected"), robust: one("robust") }, fallen };
}

function sideOf([a, b, both]: Triple<RdSide>): RdSide {
  const matrix = (kind: "conventional" | "robust"): number[][] =>
    a.covariance[kind].map((row, i) => row.map((value, j) => value + b.covariance[kind][i]![j]! - both.covariance[kind][i]![j]!));
  return { ...a, covariance: { conventional: matrix("conventional"), robust: matrix("robust") } };
}

function notPositive(names: readonly string[]): Warning[] {
  if (names.length === 0) return [];
  const message = `The two-way variance is not positive (${names.join(", ")}): the larger of the one-way variances is reported`;
  return [{ code: "TWO_WAY_NOT_POSITIVE", message, details: { estimates: names } }];
}
