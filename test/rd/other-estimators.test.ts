import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import {
  balance,
  bandwidth,
  bins,
  densityTest,
  differenceInDiscontinuities,
  donut,
  estimate,
  heterogeneity,
  heterogeneityContrast,
  honest,
  honestCriticalValue,
  localRandomization,
  multiCutoff,
  nearestNeighbourResiduals,
  placebo,
  sensitivity,
  validity,
  windowSelection,
} from "../../src/rd/index.ts";
import { replaced, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 900, seed: 21 });

describe("rd.bandwidth", () => {
  it("gives what rd.estimate uses, for every selector", () => {
    const { bandwidths } = bandwidth(data, { ...BASE, all: true });
    for (const [selector, { h, b }] of Object.entries(bandwidths)) {
      const fit = estimate(data, { ...BASE, bandwidthSelector: selector as "mserd" });
      expect([...fit.bandwidths.h, ...fit.bandwidths.b]).toEqual([...h, ...b]);
    }
    expect(bandwidths.msecomb1!.h[0]).toBe(Math.min(bandwidths.mserd!.h[0], bandwidths.msesum!.h[0]));
    expect(bandwidths.cerrd!.h[0]).toBeLessThan(bandwidths.mserd!.h[0]);
    expect(bandwidths.cerrd!.b).toEqual(bandwidths.mserd!.b);
  });

  it("stays inside the data and above the asked number of values", () => {
    const wide = bandwidth(data, { ...BASE, regularization: 0, bandwidthSelector: "msetwo" });
    expect(Math.max(...wide.bandwidths.msetwo!.h)).toBeLessThanOrEqual(1);
    expect(bandwidth(data, { ...BASE, minimumUniqueInBandwidth: 300 }).pilot!.bandwidth).toBeGreaterThan(0.6);
  });
});

describe("rd.nearestNeighbourResiduals", () => {
  it.each([1, 2, 3, 5])("equals a plain search where no value repeats and distances tie, %i matches", (matches) => {
    // whole numbers with gaps: equal distances on both sides are common
    const x = Float64Array.from({ length: 120 }, (_, i) => 2 * i + ((i * i) % 7 < 3 ? 1 : 0) + (i % 11 === 0 ? 0.5 : 0));
    const y = Float64Array.from(x, (_, i) => Math.sin(i * i));
    const { residuals } = nearestNeighbourResiduals(frame({ x, y }), { ...BASE, matches });
    let ties = 0;
    x.forEach((here, i) => {
      const furthest = [...x].map((other) => Math.abs(other - here)).sort((a, b) => a - b)[matches]!;
      const others = [...x.keys()].filter((j) => j !== i && Math.abs(x[j]! - here) <= furthest);
      if (others.length > matches) ties++;
      const mean = others.reduce((sum, j) => sum + y[j]!, 0) / others.length;
      expect(residuals[i]!).toBeCloseTo(Math.sqrt(others.length / (others.length + 1)) * (y[i]! - mean), 12);
    });
    expect(ties).toBeGreaterThan(10);
  });

  it("equals a plain search over all pairs", () => {
    const small = simulated({ n: 60, seed: 3, grid: 1 / 16 }); // exact in binary: equal distances tie
    const { running, residuals } = nearestNeighbourResiduals(small, { ...BASE, matches: 4 });
    const y = Array.from(small.numbers("y"), (value, i) => [small.numbers("x")[i]!, value] as const).sort((a, b) => a[0] - b[0]);
    running.forEach((x, i) => {
      const distances = y.map(([other]) => Math.abs(other - x)).sort((a, b) => a - b);
      // whole values enter until four others are in; ties enter together
      const others = y.filter(([other], j) => j !== i && Math.abs(other - x) <= distances[4]! + 1e-9).map(([, value]) => value);
      const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
      expect(residuals[i]!).toBeCloseTo(Math.sqrt(others.length / (others.length + 1)) * (y[i]![1] - mean), 10);
    });
  });
});

describe("rd.bins", () => {
  it("keeps every row once, and its curve meets a global polynomial", () => {
    const figure = bins(data, BASE);
    expect(figure.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(900);
    const total = figure.bins.reduce((sum, { rows, outcome }) => sum + rows * outcome, 0);
    expect(total / 900).toBeCloseTo(data.numbers("y").reduce((sum, value) => sum + value, 0) / 900, 10);
    const exact = replaced(data, "y", (_y, i) => data.numbers("x")[i]! ** 3 - (data.numbers("x")[i]! >= 0 ? 1 : 0));
    const { right } = bins(exact, { ...BASE, bins: 10 });
    right.curve.running.forEach((x, i) => {
      expect(right.curve.outcome[i]!).toBeCloseTo(x ** 3 - 1, 8);
    });
  });

  it("takes asked numbers, quantiles and wider ends", () => {
    const figure = bins(data, { ...BASE, bins: [4, 6], selector: { spacing: "quantile" }, order: 1 });
    expect([figure.left.number, figure.right.number]).toEqual([4, 6]);
    const counts = figure.bins.filter(({ side }) => side === "right").map(({ rows }) => rows);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(bins(data, { ...BASE, support: [-2, 2] }).left.edges[0]).toBe(-2);
  });

  it("refuses a side with two values", () => {
    expect(() =>
      bins(
        replaced(data, "x", (x) => (x < 0 ? (x < -0.5 ? -2 : -1) : x)),
        BASE,
      ),
    ).toThrow(expect.objectContaining({ code: "TOO_FEW_POINTS" }));
  });
});

describe("rd.densityTest", () => {
  it("finds a jump where rows were moved, and none where not", () => {
    const calm = densityTest(simulated({ n: 3000, seed: 5 }), { running: "x" });
    expect(calm.estimates.difference.pValue).toBeGreaterThan(0.01);
    expect(calm.densities.left.estimate).toBeCloseTo(0.5, 0);
    const moved = replaced(simulated({ n: 3000, seed: 5 }), "x", (x, i) => (x < 0 && x > -0.1 && i % 2 === 0 ? -x : x));
    const test = densityTest(moved, { running: "x" });
    expect(test.estimates.difference.pValue).toBeLessThan(0.001);
    expect(test.binomial[0]!.pValue).toBeLessThan(0.01);
    expect(test.right.curve[0]!.density).toBeGreaterThan(test.left.curve.at(-1)!.density);
  });

  it("draws curves where it is told to, from the cutoff out, and the same density at the same point", () => {
    const sample = simulated({ n: 800, seed: 6 });
    const plain = densityTest(sample, { running: "x" });
    const range = [-0.4, 0.5] as const;
    const even = densityTest(sample, { running: "x", curve: { points: 5, range } });
    expect(even.left.curve.map(({ running }) => running)).toEqual([-0.4, -0.3, -0.2, -0.1, 0].map((x) => expect.closeTo(x, 12)));
    expect(even.right.curve.at(-1)!.running).toBeCloseTo(0.5, 12);
    expect(even.right.curve[0]).toEqual(plain.right.curve[0]);
    const quantiles = densityTest(sample, { running: "x", curve: { points: 5, range, spacing: "quantile" } });
    const within = [...sample.numbers("x")].filter((x) => x >= 0 && x <= 0.5);
    quantiles.right.curve.slice(1).forEach(({ running }, i) => {
      expect(within.filter((x) => x <= running).length).toBe(Math.ceil(((i + 1) / 4) * within.length));
    });
    expect(() => densityTest(sample, { running: "x", curve: { range: [0.1, 0.5] } })).toThrow("range");
    expect(() => densityTest(sample, { running: "x", curve: { points: 1 } })).toThrow("points");
  });

  it("has the same answer seen from the other side", () => {
    const sample = simulated({ n: 800, seed: 6 });
    const straight = densityTest(sample, { running: "x" });
    const mirrored = densityTest(
      replaced(sample, "x", (x) => -x),
      { running: "x" },
    );
    expect(mirrored.estimates.difference.estimate).toBeCloseTo(-straight.estimates.difference.estimate, 2);
    expect(mirrored.bandwidths.h[0]).toBeCloseTo(straight.bandwidths.h[1], 3);
  });

  it("warns of mass points and refuses too few values", () => {
    const grid = simulated({ n: 2000, seed: 7, grid: 0.02 });
    expect(densityTest(grid, { running: "x" }).warnings[0]?.code).toBe("MASS_POINTS");
    expect(() => densityTest(simulated({ n: 500, seed: 7, grid: 0.5 }), { running: "x" })).toThrow(
      expect.objectContaining({ code: "TOO_FEW_POINTS" }),
    );
  });
});

describe("rd.heterogeneity", () => {
  const groups = data.with({ group: data.numbers("z").map((z) => (z > 0 ? 1 : 0)) });

  it("gives each group what a fit on it alone gives", () => {
    const both = heterogeneity(groups, { ...BASE, by: "group", bandwidth: 0.6 });
    for (const g of [0, 1]) {
      const alone = estimate(
        groups.filter((row) => row.group === g),
        { ...BASE, bandwidth: 0.6, vcov: { type: "hetero", variant: "HC3" } },
      );
      expect(both.estimates[g]!.estimate).toBeCloseTo(alone.estimates.robust.estimate, 9);
      expect(both.estimates[g]!.standardError).toBeCloseTo(alone.estimates.robust.standardError, 9);
      expect(both.conventional[g]!).toBeCloseTo(alone.estimates.conventional.estimate, 9);
    }
    const difference = heterogeneityContrast(both, { 1: 1, 0: -1 });
    expect(difference.test.pValue).toBeCloseTo(both.equality!.pValue, 10);
    expect(difference.estimate.estimate).toBeCloseTo(both.estimates[1]!.estimate - both.estimates[0]!.estimate, 12);
    expect(() => heterogeneityContrast(both, { 2: 1 })).toThrow(expect.objectContaining({ code: "UNKNOWN_TERM" }));
  });

  it("finds a slope of the effect along a covariate", () => {
    const sloped = replaced(data, "y", (y, i) => y + (data.numbers("x")[i]! >= 0 ? 0.5 * data.numbers("z")[i]! : 0));
    const along = heterogeneity(sloped, { ...BASE, along: ["z"], bandwidth: 0.8 });
    expect(along.estimates.map(({ term }) => term)).toEqual(["effect", "z"]);
    expect(Math.abs(along.estimates[1]!.estimate - 0.5)).toBeLessThan(4 * along.estimates[1]!.standardError);
    expect(along.equality!.pValue).toBeLessThan(0.05);
  });

  it("names the group that is too small", () => {
    const tiny = data.with({ group: data.numbers("x").map((x) => (x > 0.9 || x < -0.95 ? 1 : 0)) });
    expect(() => heterogeneity(tiny, { ...BASE, by: "group" })).toThrow(/"group" = "1"/);
  });

  it("is the engine of the difference in discontinuities", () => {
    const post = data.with({ post: data.numbers("g").map((g) => (g < 20 ? 1 : 0)) });
    const result = differenceInDiscontinuities(post, { ...BASE, post: "post", cluster: "g" });
    const { before, after, difference } = result.estimates;
    expect(difference.estimate).toBeCloseTo(after.estimate - before.estimate, 12);
    expect(Math.abs(difference.estimate)).toBeLessThan(4 * difference.standardError);
    expect(() => differenceInDiscontinuities(post.with({ post: new Float64Array(900) }), { ...BASE, post: "post" })).toThrow(
      expect.objectContaining({ code: "NO_VARIATION" }),
    );
  });
});

describe("rd.multiCutoff", () => {
  it("with one cutoff is rd.estimate", () => {
    const one = multiCutoff(data, { ...BASE, cutoffs: { type: "cumulative", values: [0] } });
    expect(one.estimates[0]!.estimate).toBeCloseTo(estimate(data, BASE).estimates.robust.estimate, 10);
  });

  it("weights cutoffs by the rows near them", () => {
    const two = data.with({ c: data.numbers("g").map((g) => (g < 15 ? 0.1 : -0.1)) });
    const result = multiCutoff(two, { ...BASE, cutoffs: { type: "column", column: "c" } });
    const [a, b, weighted, pooled] = result.estimates;
    expect(result.weights!.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(weighted!.estimate).toBeCloseTo(result.weights![0]! * a!.estimate + result.weights![1]! * b!.estimate, 12);
    expect(pooled!.term).toBe("pooled");
    expect(() => multiCutoff(two, { ...BASE, cutoffs: { type: "column", column: "c" }, each: [{}] })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});

describe("rd.honest", () => {
  it("equals the local linear estimate, with an interval that grows with the bound", () => {
    const plain = estimate(data, { ...BASE, bandwidth: 0.4 }).estimates.conventional;
    const tight = honest(data, { ...BASE, bandwidth: 0.4, smoothness: 0 });
    const loose = honest(data, { ...BASE, bandwidth: 0.4, smoothness: 5 });
    expect(tight.estimates.honest.estimate).toBeCloseTo(plain.estimate, 10);
    expect(tight.criticalValue).toBeCloseTo(1.959963984540054, 9);
    expect(loose.estimates.honest.standardError).toBe(tight.estimates.honest.standardError);
    expect(loose.estimates.honest.confidenceInterval[0]).toBeLessThan(tight.estimates.honest.confidenceInterval[0]);
    expect(loose.oneSided[0]).toBeGreaterThan(loose.estimates.honest.confidenceInterval[0]);
  });

  it("chooses narrower bandwidths for rougher functions, and warns of its own bound", () => {
    const smooth = honest(data, { ...BASE, smoothness: 1 });
    const rough = honest(data, { ...BASE, smoothness: 30 });
    expect(rough.bandwidth).toBeLessThan(smooth.bandwidth);
    expect(honest(data, BASE).warnings[0]?.code).toBe("RULE_OF_THUMB_SMOOTHNESS");
  });

  it("has critical values between the one-sided and the two-sided ones", () => {
    expect(honestCriticalValue(0, 0.05)).toBeCloseTo(1.959963984540054, 10);
    expect(honestCriticalValue(5, 0.05)).toBeCloseTo(5 + 1.6448536269514722, 8);
    expect(() => honestCriticalValue(-1)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("refuses clusters with neighbours and two bounds for one outcome", () => {
    expect(() => honest(data, { ...BASE, cluster: "g", variance: "nearestNeighbour" })).toThrow(
      expect.objectContaining({ code: "VCOV_UNSUPPORTED" }),
    );
    expect(() => honest(data, { ...BASE, smoothness: [1, 2] })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("rd.localRandomization and rd.windowSelection", () => {
  it("agrees with the difference in means, and is the same for the same seed", () => {
    const options = { ...BASE, window: [-0.2, 0.2], statistic: ["differenceInMeans", "rankSum", "kolmogorovSmirnov"], seed: 4 } as const;
    const first = localRandomization(data, options);
    expect(localRandomization(data, options).tests).toEqual(first.tests);
    expect(first.tests[0]!.observed).toBeCloseTo(first.right.mean - first.left.mean, 12);
    for (const { pValue, asymptoticPValue } of first.tests) expect(Math.abs(pValue - asymptoticPValue)).toBeLessThan(0.05);
  });

  it("uses all assignments when they are few", () => {
    const result = localRandomization(data, { ...BASE, window: [-0.012, 0.012], repetitions: 5000 });
    expect(result.assignments.exact).toBe(true);
    expect(result.tests[0]!.pValue * result.assignments.count).toBeCloseTo(
      Math.round(result.tests[0]!.pValue * result.assignments.count),
      9,
    );
    expect(() => localRandomization(data, { ...BASE, window: [-1e-6, 1e-6] })).toThrow(expect.objectContaining({ code: "TOO_FEW_ROWS" }));
  });

  it("recommends nested windows while covariates are balanced", () => {
    const trending = replaced(data, "z", (z, i) => z + 3 * data.numbers("x")[i]!);
    const result = windowSelection(trending, { running: "x", covariates: ["z"], windows: 40, rowStep: 10 });
    const widths = result.windows.map(({ width }) => width[0]);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(result.recommended![0]).toBeLessThan(widths.at(-1)!);
  });
});

describe("rd.placebo, rd.donut, rd.sensitivity, rd.balance, rd.validity", () => {
  it("placebo cutoffs use one side only", () => {
    const result = placebo(data, { ...BASE, placeboCutoffs: [-0.4, 0.4] });
    const left = estimate(
      data.filter((row) => row.x! < 0),
      { ...BASE, cutoff: -0.4 },
    );
    expect(result.rows[0]!.robust.estimate).toBe(left.estimates.robust.estimate);
    expect(placebo(data, BASE).rows).toHaveLength(6);
    expect(() => placebo(data, { ...BASE, placeboCutoffs: [-5] })).toThrow(expect.objectContaining({ code: "NO_PLACEBO" }));
  });

  it("a donut leaves out what it says", () => {
    const { rows } = donut(data, { ...BASE, bandwidth: 0.5, holes: [0.05] });
    const hole = data.numbers("x").reduce((sum, x) => sum + (Math.abs(x) <= 0.05 ? 1 : 0), 0);
    expect(rows[0]!.within[0] + rows[0]!.within[1] - rows[1]!.within[0] - rows[1]!.within[1]).toBe(hole);
  });

  it("sensitivity starts with the main estimate", () => {
    const { rows } = sensitivity(data, BASE);
    expect(rows[0]!.robust.estimate).toBe(estimate(data, BASE).estimates.robust.estimate);
    expect(rows.map(({ label }) => label)).toContain("uniform kernel");
    expect(rows[1]!.h[0]).toBeCloseTo(0.5 * rows[0]!.h[0], 12);
  });

  it("balance adjusts its p-values and skips what does not vary", () => {
    const extra = data.with({ flat: new Float64Array(900) });
    const result = balance(extra, { running: "x", columns: ["z", "d", "flat"] });
    expect(result.estimates.map(({ term }) => term)).toEqual(["z", "d"]);
    expect(result.warnings[0]?.code).toBe("COLUMN_SKIPPED");
    expect(result.adjustedPValues[1]!).toBeLessThan(0.05);
    expect(result.adjustedPValues[0]!).toBeGreaterThanOrEqual(result.estimates[0]!.pValue);
  });

  it("validity runs them all and judges", () => {
    const result = validity(data, { ...BASE, balanceColumns: ["z"] });
    expect(result.findings.map(({ check }) => check)).toEqual(["density", "balance", "placebo", "donut", "sensitivity"]);
    expect(result.findings.filter(({ passed }) => !passed).length).toBeLessThanOrEqual(2);
  });
});
