import { normalDensity } from "../distributions/index.ts";
import { hermite, PILOT_BIAS, PILOT_VARIANCE } from "./numerics/density-constants.ts";
import { type DensityRules, densityBias, densityCoefficient, fitDensity } from "./numerics/density-fit.ts";
import type { Pair } from "./numerics/selectors.ts";
import type { Side } from "./numerics/side.ts";

/** Rules of {@link densityBandwidths} besides those of the fit. */
export interface DensityBandwidthRules {
  readonly order: number;
  readonly regularize: boolean;
  /** Rows, and distinct values, that a bandwidth must hold on a side; 0 switches the floor off. */
  readonly minimumRows: number;
  readonly minimumUnique: number;
}

/** A bandwidth with the variance and squared bias it balances. */
export interface DensityBandwidth {
  readonly bandwidth: number;
  readonly variance: number;
  readonly squaredBias: number;
}

/** Bandwidths for the left density, the right one, their difference and their sum. */
export type DensityBandwidths = Readonly<Record<"left" | "right" | "difference" | "sum", DensityBandwidth>>;

/**
 * Mean-squared-error optimal bandwidths of Cattaneo, Jansson & Ma (2020), from pilots that refer to a normal density.
 * `centre` and `spread` are mean and standard deviation of the running variable minus the cutoff.
 */
export function densityBandwidths(
  sides: readonly [Side, Side],
  fit: DensityRules,
  rules: DensityBandwidthRules,
  centre: number,
  spread: number,
): DensityBandwidths | undefined {
  const { order: p } = rules;
  const n = fit.total;
  const z = centre / spread;
  const phi = normalDensity(z);
  const widest = Math.max(sides[0].range, sides[1].range);
  const pilotOf = (value: number, rows: number): number => {
    if (!rules.regularize) return value;
    let h = Math.min(value, widest);
    if (rules.minimumRows > 0) h = Math.max(h, rowDistance(sides[0], rows), rowDistance(sides[1], rows));
    if (rules.minimumUnique > 0) h = Math.max(h, uniqueDistance(sides[0], rows), uniqueDistance(sides[1], rows));
    return h;
  };
  const curvature = n * hermite(p + 2, z) ** 2 * phi;
  const slope = 2 * p * n * hermite(p, z) ** 2 * phi;
  const biasPilot = spread * ((((2 * p + 1) / 4) * PILOT_BIAS[p - 1]!) / curvature) ** (1 / (2 * p + 5));
  const variancePilot = spread * (PILOT_VARIANCE[p - 1]! / slope) ** (1 / (2 * p + 1));
  const bn = pilotOf(biasPilot, 20 + p + 3);
  const cn = pilotOf(variancePilot, 20 + p + 1);
  const curvatures = densityCoefficient(sides, fit, [bn, bn], p + 2, p + 1);
  const lower = fitDensity(sides, fit, [cn, cn], p);
  if (curvatures === undefined || lower === undefined) return undefined;
  const bias = densityBias(fit, lower.density, curvatures, p);
  const [left, right] = [lower.variance[0] * n * cn, lower.variance[1] * n * cn];
  const cross = 2 * lower.covariance * n * cn;
  const ranges: Pair = [sides[0].range, sides[1].range];
  const floors = floorsOf(sides, rules);
  const make = (variance: number, b: number, cap: number, floor: number): DensityBandwidth => {
    const squaredBias = b * b;
    let bandwidth = variance < 0 ? 0 : (variance / (2 * p * n * squaredBias)) ** (1 / (2 * p + 1));
    if (rules.regularize) bandwidth = Math.max(Math.min(bandwidth, cap), floor);
    return { bandwidth, variance, squaredBias };
  };
  const [widestFloor, widestRange] = [Math.max(...floors), Math.max(...ranges)];
  return {
    left: make(left, bias[0], ranges[0], floors[0]),
    right: make(right, bias[1], ranges[1], floors[1]),
    difference: make(left + right - cross, bias[1] - bias[0], widestRange, widestFloor),
    sum: make(left + right + cross, bias[1] + bias[0], widestRange, widestFloor),
  };
}

function floorsOf(sides: readonly [Side, Side], { minimumRows, minimumUnique }: DensityBandwidthRules): Pair {
  const floor = (side: Side): number =>
    Math.max(minimumRows > 0 ? rowDistance(side, minimumRows) : 0, minimumUnique > 0 ? uniqueDistance(side, minimumUnique) : 0);
  return [floor(sides[0]), floor(sides[1])];
}

/** Distance of the m-th nearest row of a side, or of its farthest. */
export function rowDistance(side: Side, m: number): number {
  return side.distance[Math.min(m, side.rows) - 1]!;
}

function uniqueDistance(side: Side, m: number): number {
  return side.distance[side.starts[Math.min(m, side.unique) - 1]!]!;
}
