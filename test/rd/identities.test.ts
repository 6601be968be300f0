import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/data/index.ts";
import * as rd from "../../src/rd/index.ts";
import { replaced, type SimulatedRow, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 500, seed: 71 });
const grid = simulated({ n: 500, seed: 72, grid: 1 / 16 });
type Columns = Frame<Record<string, number>>;
const withColumns = (frame: Frame<SimulatedRow>): Columns => {
  const x = frame.numbers("x");
  const z = frame.numbers("z");
  return frame.with({
    one: x.map(() => 1),
    zero: x.map(() => 0),
    row: x.map((_, i) => i),
    side: x.map((value) => (value >= 0 ? 1 : 0)),
    shiftedX: x.map((value) => 10 + 4 * value),
    scaledY: frame.numbers("y").map((value) => 3 - 2 * value),
    scaledZ: z.map((value) => 5 * value - 1),
  }) as unknown as Columns;
};
const full = withColumns(data);
const fullGrid = withColumns(grid);

/** Options that may be combined with any design; every combination is an unseen case. */
const variants: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { kernel: "epanechnikov", bandwidthSelector: "msetwo", vcov: { type: "hetero", variant: "HC2" } },
  { kernel: "uniform", bandwidthSelector: "cercomb2", order: 2, regularization: 0.5 },
  { derivative: 1, vcov: { type: "hetero", variant: "HC3" }, bandwidthSelector: "msesum" },
  { cluster: "g", bandwidthSelector: "certwo", covariates: ["z"] },
  { vcov: { type: "cluster", by: "g", variant: "CR2" }, bandwidth: [0.5, 0.6], biasBandwidth: [0.8, 0.5] },
  { order: 0, vcov: { type: "nearestNeighbour", matches: 5 }, standardize: true },
  { treatment: "d", covariates: ["z"], vcov: { type: "clusteredResiduals", by: "g", residuals: "HC1" }, bandwidth: 0.6, rho: 0.7 },
  { treatment: "d", minimumUniqueInBandwidth: 20, sharpBandwidth: true, restrictBandwidth: false },
];

const numbers = (fit: rd.RdEstimateResult): number[] => [
  ...(["conventional", "biasCorrected", "robust"] as const).flatMap((row) => [
    fit.estimates[row].estimate,
    fit.estimates[row].standardError,
  ]),
  ...fit.bandwidths.h,
  ...fit.bandwidths.b,
];
const run = (frame: Columns, options: object): rd.RdEstimateResult => rd.estimate(frame, { ...BASE, ...options } as never);
const near = (ours: readonly number[], theirs: readonly number[], relative: number): void => {
  expect(ours.length).toBe(theirs.length);
  ours.forEach((value, i) => {
    expect(Math.abs(value - theirs[i]!) / Math.abs(theirs[i]!), `entry ${i}`).toBeLessThan(relative);
  });
};

describe.each([
  ["continuous", full],
  ["mass points", fullGrid],
] as const)("rd.estimate, %s", (_, frame) => {
  it.each(variants)("finite, and the same with weights of one: %j", (options) => {
    const plain = numbers(run(frame, options));
    expect(plain.every(Number.isFinite)).toBe(true);
    near(numbers(run(frame, { ...options, weights: "one" })), plain, 1e-10);
  });

  it.each(variants)("covariates of zeros are dropped, other units of covariates change nothing: %j", (options) => {
    const covariates = (options["covariates"] as readonly string[] | undefined) ?? [];
    const plain = numbers(run(frame, options));
    near(numbers(run(frame, { ...options, covariates: [...covariates, "zero"] })), plain, 1e-12);
    if (covariates.length > 0) near(numbers(run(frame, { ...options, covariates: ["scaledZ"] })), plain, 1e-8);
  });

  it.each(variants)("follows units: %j", (options) => {
    const { bandwidth, biasBandwidth } = options as { bandwidth?: rd.SideValues; biasBandwidth?: rd.SideValues };
    const four = (value: rd.SideValues | undefined): object | undefined =>
      typeof value === "number" ? ([4 * value, 4 * value] as const) : value?.map((h) => 4 * h);
    const wide = { ...(bandwidth && { bandwidth: four(bandwidth) }), ...(biasBandwidth && { biasBandwidth: four(biasBandwidth) }) };
    const other = numbers(run(frame, { ...options, ...wide, running: "shiftedX", cutoff: 10, outcome: "scaledY" }));
    const unit = -2 / 4 ** ((options["derivative"] as number | undefined) ?? 0);
    const plain = numbers(run(frame, options)).map((value, i) =>
      i >= 6 ? 4 * value : i % 2 === 0 ? unit * value : Math.abs(unit) * value,
    );
    near(other, plain, 1e-6);
  });
});

describe("rd.estimate, other ways to the same numbers", () => {
  it("a treatment that is the side of the cutoff is the sharp design", () => {
    for (const options of [{}, { covariates: ["z"] }, { cluster: "g", kernel: "uniform" }, { vcov: { type: "hetero", variant: "HC3" } }]) {
      near(numbers(run(full, { ...options, treatment: "side" })), numbers(run(full, options)), 1e-9);
    }
  });

  it("clusters of one row are HC of the same degree: CR2 and HC2, CR3 and HC3, CR1 and HC0 up to its factor", () => {
    const h = { bandwidth: [0.5, 0.6] as const };
    for (const degree of ["2", "3"]) {
      const clustered = numbers(run(full, { ...h, vcov: { type: "cluster", by: "row", variant: `CR${degree}` } }));
      near(clustered, numbers(run(full, { ...h, vcov: { type: "hetero", variant: `HC${degree}` } })), 1e-9);
    }
    const one = run(full, { ...h, cluster: "row" });
    const plain = run(full, { ...h, vcov: { type: "hetero", variant: "HC0" } });
    for (const side of ["left", "right"] as const) {
      const n = one[side].within;
      const factor = ((n - 1) / (n - 2)) * (n / (n - 1));
      expect(one[side].covariance.conventional[0]![0]! / plain[side].covariance.conventional[0]![0]!).toBeCloseTo(factor, 9);
    }
  });

  it("clusteredResiduals of one row are the residuals' own variance up to the factor", () => {
    const h = { bandwidth: 0.5 };
    const clustered = run(full, { ...h, vcov: { type: "clusteredResiduals", by: "row", residuals: "nearestNeighbour" } });
    const plain = run(full, h);
    const n = plain.left.within;
    expect(clustered.left.covariance.robust[0]![0]! / plain.left.covariance.robust[0]![0]!).toBeCloseTo(n / (n - 2), 9);
  });

  it("rho is the ratio of the bandwidths, and a level sets nothing but the interval", () => {
    near(numbers(run(full, { bandwidth: 0.4, rho: 0.8 })), numbers(run(full, { bandwidth: 0.4, biasBandwidth: 0.5 })), 1e-12);
    near(numbers(run(full, { level: 0.5 })), numbers(run(full, {})), 1e-15);
  });
});

describe("rd.multiCutoff", () => {
  const scaled = replaced(data, "y", (value) => 3 - 2 * value);
  const column = { ...BASE, cutoffs: { type: "column", column: "own" } } as const;
  const own = (frame: Frame<SimulatedRow>): Columns =>
    frame.with({ own: frame.numbers("x").map((_, i) => (i % 2 === 0 ? 0.1 : -0.1)) }) as unknown as Columns;
  const all = rd.multiCutoff(own(data), column);

  it("follows units of the outcome in every row", () => {
    const other = rd.multiCutoff(own(scaled), column);
    other.estimates.forEach((row, j) => {
      expect(row.estimate).toBeCloseTo(-2 * all.estimates[j]!.estimate, 8);
      expect(row.standardError).toBeCloseTo(2 * all.estimates[j]!.standardError, 8);
    });
  });

  it("weighs by the rows within the bandwidths", () => {
    const [first, second, weighted] = all.estimates;
    const [p, q] = all.weights as [number, number];
    expect(p + q).toBeCloseTo(1, 12);
    expect(weighted!.estimate).toBeCloseTo(p * first!.estimate + q * second!.estimate, 12);
    expect(weighted!.standardError).toBeCloseTo(Math.hypot(p * first!.standardError, q * second!.standardError), 12);
  });

  it("a boundary that is a straight line in one score is a cutoff in it", () => {
    const flat = data.with({ second: new Float64Array(500), side: data.numbers("x").map((x) => (x >= 0 ? 1 : 0)) }) as unknown as Columns;
    const design = { type: "boundary", points: [[0, 0]], second: "second", treated: "side" } as const;
    const { estimates } = rd.multiCutoff(flat, { ...BASE, cutoffs: design });
    expect(estimates[0]!.estimate).toBeCloseTo(rd.estimate(data, BASE).estimates.robust.estimate, 10);
  });
});

describe("rd.honest", () => {
  const moved = data.with({
    far: data.numbers("x").map((x) => 7 + 2 * x),
    other: data.numbers("y").map((y) => 4 - 3 * y),
    tilted: data.numbers("y").map((y, i) => y + 2 - 5 * data.numbers("x")[i]!),
  }) as unknown as Columns;
  const smoothness = 2;

  it.each([
    {},
    { kernel: "uniform", criterion: "length" },
    { kernel: "epanechnikov", smoothnessClass: "taylor", criterion: "oneSided" },
    { kernel: "optimal", criterion: "length" },
    { variance: "hetero", cluster: "g", bandwidth: 0.4 },
  ] as const)("follows units, and lines added to the outcome change nothing: %j", (given) => {
    const plain = rd.honest(moved, { ...BASE, ...given, smoothness });
    const wide = "bandwidth" in given ? { bandwidth: 2 * given.bandwidth } : {};
    const units = rd.honest(moved, {
      ...BASE,
      ...given,
      ...wide,
      outcome: "other",
      running: "far",
      cutoff: 7,
      smoothness: (3 * smoothness) / 4,
    });
    // a searched bandwidth is only as exact as its flat criterion
    const digits = "bandwidth" in given ? 9 : 4;
    expect(units.estimates.honest.estimate).toBeCloseTo(-3 * plain.estimates.honest.estimate, digits);
    expect(units.estimates.honest.standardError).toBeCloseTo(3 * plain.estimates.honest.standardError, digits);
    expect(units.maximumBias).toBeCloseTo(3 * plain.maximumBias, digits);
    expect(units.bandwidth).toBeCloseTo(2 * plain.bandwidth, digits);
    // where the bandwidth does not depend on the outcome, a line added to it is fitted exactly
    if (given.kernel === "optimal") return;
    const fixed = { ...BASE, ...given, smoothness, bandwidth: 0.4 };
    const [level, tilt] = [rd.honest(moved, fixed), rd.honest(moved, { ...fixed, outcome: "tilted" })];
    expect(tilt.estimates.honest.estimate).toBeCloseTo(level.estimates.honest.estimate, 9);
    expect(tilt.maximumBias).toBeCloseTo(level.maximumBias, 9);
  });
});

describe("rd.localRandomization", () => {
  const options = { ...BASE, window: [-0.3, 0.3] as const, repetitions: 99, seed: 5 };

  it.each(["differenceInMeans", "kolmogorovSmirnov", "rankSum"] as const)("p-values do not know the outcome's units: %s", (statistic) => {
    const plain = rd.localRandomization(data, { ...options, statistic });
    const other = rd.localRandomization(
      replaced(data, "y", (value) => 8 + 4 * value),
      { ...options, statistic },
    );
    expect(other.tests.map(({ pValue }) => pValue)).toEqual(plain.tests.map(({ pValue }) => pValue));
    expect(other.tests[0]!.asymptoticPValue).toBeCloseTo(plain.tests[0]!.asymptoticPValue, 9);
    expect(other.estimates["effect"]?.estimate).toBeCloseTo(4 * plain.estimates["effect"]!.estimate, 9);
  });

  it("a null effect is the null of the outcome less that effect", () => {
    const less = data.with({
      y: data.numbers("y").map((value, i) => value - (data.numbers("x")[i]! >= 0 ? 0.4 : 0)),
    }) as unknown as Frame<SimulatedRow>;
    const shifted = rd.localRandomization(less, options);
    const asked = rd.localRandomization(data, { ...options, nullEffect: 0.4 });
    expect(asked.tests[0]!.pValue).toBe(shifted.tests[0]!.pValue);
  });

  it("a constant added to a rank statistic's outcome, and ranks themselves, change nothing", () => {
    const ranks = [...data.numbers("y")].map((value, _, all) => all.filter((other) => other <= value).length);
    const ranked = data.with({ y: Float64Array.from(ranks) }) as unknown as Frame<SimulatedRow>;
    const [a, b] = [data, ranked].map((frame) => rd.localRandomization(frame, { ...options, statistic: "rankSum" }));
    expect(a!.tests[0]!.pValue).toBe(b!.tests[0]!.pValue);
  });
});
