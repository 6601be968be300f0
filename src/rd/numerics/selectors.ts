import type { Kernel } from "./kernel.ts";
import type { Side } from "./side.ts";
import { type FitRules, PilotStages, type StageParts } from "./stage.ts";

/** Left and right. */
export type Pair = readonly [number, number];

/** Main and bias bandwidths. */
export interface BandwidthPair {
  readonly h: Pair;
  readonly b: Pair;
}

/** The selectors that others are made of: one bandwidth for the difference, for the sum, or one per side. */
export type BasicSelector = "rd" | "sum" | "two";

/** One pilot step: both sides' constants and the bandwidths they give. */
export interface PlugInStep {
  readonly left: StageParts;
  readonly right: StageParts;
  /** Power of the ratio of variance to squared bias. */
  readonly rate: number;
  readonly bandwidth: Pair;
}

/** The three steps of a selector: curvature, bias bandwidth, main bandwidth. */
export type PlugInSteps = readonly [PlugInStep, PlugInStep, PlugInStep];

/** Settings of the plug-in. */
export interface PlugInRules {
  readonly order: number;
  readonly biasOrder: number;
  readonly derivative: number;
  readonly regularization: number;
  readonly restrict: boolean;
  /** Smallest pilot and curvature bandwidth per side, 0 for none. */
  readonly floors: Pair;
  /** Pilot bandwidth of the variance. */
  readonly pilot: number;
}

const PILOT_CONSTANT = { triangular: 2.576, epanechnikov: 2.34, uniform: 1.843 } as const;

/** Rule-of-thumb bandwidth of the variance parts: `C min(sd, IQR / 1.349) n^(-1/5)`. */
export function pilotBandwidth(kernel: Kernel, spread: number, n: number): number {
  return PILOT_CONSTANT[kernel.name] * spread * n ** -0.2;
}

/**
 * Three-step plug-in bandwidths of Calonico, Cattaneo & Farrell (2020): curvature `d`, then bias bandwidth `b`, then `h`.
 * `undefined` when a step's window has too few distinct values.
 */
export class PlugIn {
  private readonly sides: readonly [Side, Side];
  private readonly stages: readonly [PilotStages, PilotStages];
  private readonly rules: PlugInRules;
  private readonly known: Map<BasicSelector, PlugInSteps> = new Map();

  constructor(sides: readonly [Side, Side], fit: FitRules, rules: PlugInRules) {
    this.sides = sides;
    this.stages = [new PilotStages(sides[0], fit, rules.pilot), new PilotStages(sides[1], fit, rules.pilot)];
    this.rules = rules;
  }

  select(selector: BasicSelector): BandwidthPair | undefined {
    const steps = this.steps(selector);
    return steps && { h: steps[2].bandwidth, b: steps[1].bandwidth };
  }

  steps(selector: BasicSelector): PlugInSteps | undefined {
    const known = this.known.get(selector);
    if (known !== undefined) return known;
    const { order, biasOrder, derivative, regularization } = this.rules;
    const ranges: Pair = [this.sides[0].range, this.sides[1].range];
    const d = this.step(selector, biasOrder + 1, biasOrder + 1, biasOrder + 2, ranges, 0, true);
    const b = d && this.step(selector, biasOrder, order + 1, biasOrder + 1, d.bandwidth, regularization, false);
    const h = b && this.step(selector, order, derivative, biasOrder, b.bandwidth, regularization, false);
    if (d === undefined || b === undefined || h === undefined) return undefined;
    const steps = [d, b, h] as const;
    this.known.set(selector, steps);
    return steps;
  }

  private step(
    selector: BasicSelector,
    order: number,
    v: number,
    biasOrder: number,
    biasBandwidths: Pair,
    scale: number,
    floored: boolean,
  ): PlugInStep | undefined {
    const left = this.stages[0].parts(order, v, biasOrder, biasBandwidths[0], scale);
    const right = this.stages[1].parts(order, v, biasOrder, biasBandwidths[1], scale);
    if (left === undefined || right === undefined) return undefined;
    const rate = 1 / (2 * order + 3);
    const { floors, restrict } = this.rules;
    const [rangeLeft, rangeRight] = [this.sides[0].range, this.sides[1].range];
    const widest = Math.max(rangeLeft, rangeRight);
    const [floorLeft, floorRight] = floored ? floors : NO_FLOORS;
    const bias = selector === "rd" ? right.bias - left.bias : right.bias + left.bias;
    const loss = bias ** 2 + scale * (left.regularization + right.regularization);
    const joint = ((left.variance + right.variance) / loss) ** rate;
    const common = bounded(joint, restrict ? widest : Number.POSITIVE_INFINITY, Math.max(floorLeft, floorRight));
    if (selector !== "two") return { left, right, rate, bandwidth: [common, common] };
    const caps: Pair = restrict ? [rangeLeft, rangeRight] : [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const bandwidth: Pair = [
      bounded(oneSided(left, scale, rate), caps[0], floorLeft),
      bounded(oneSided(right, scale, rate), caps[1], floorRight),
    ];
    return { left, right, rate, bandwidth };
  }
}

const NO_FLOORS: Pair = [0, 0];

function bounded(value: number, cap: number, floor: number): number {
  return Math.max(Math.min(value, cap), floor);
}

function oneSided({ variance, bias, regularization }: StageParts, scale: number, rate: number): number {
  return (variance / (bias ** 2 + scale * regularization)) ** rate;
}
