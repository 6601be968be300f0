import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { honest, smoothnessBound } from "../../src/rd/index.ts";
import { biasPerUnit, honestFit } from "../../src/rd/numerics/honest-fit.ts";
import { lineSums, lineTables } from "../../src/rd/numerics/honest-moments.ts";
import { optimalWeights } from "../../src/rd/numerics/honest-optimal.ts";
import type { HonestRows } from "../../src/rd/numerics/honest-rows.ts";
import { KERNELS } from "../../src/rd/numerics/kernel.ts";
import { simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 500, seed: 41 });

function rowsFrom(weighted: boolean): HonestRows {
  const order = Array.from(data.numbers("x").keys()).sort((a, b) => data.numbers("x")[a]! - data.numbers("x")[b]!);
  const take = (name: "x" | "y" | "d" | "w"): Float64Array => Float64Array.from(order, (i) => data.numbers(name)[i]!);
  return {
    x: take("x"),
    outcomes: [take("y"), take("d")],
    covariates: [],
    weights: weighted ? take("w") : new Float64Array(500).fill(1),
    clusters: undefined,
    clusterCount: 0,
    jump: true,
  };
}

describe("running sums of local lines", () => {
  it.each([
    ["triangular", false],
    ["epanechnikov", true],
    ["uniform", true],
  ] as const)("equal the fit row by row (%s, weighted: %s)", (name, weighted) => {
    const rows = rowsFrom(weighted);
    const kernel = KERNELS[name];
    const [left, right] = lineTables(rows, kernel);
    for (const h of [0.08, 0.31, 1.2]) {
      const fit = honestFit(rows, kernel, h)!;
      const [l, r] = [lineSums(left, kernel, h)!, lineSums(right, kernel, h)!];
      fit.estimates.forEach((value, o) => {
        expect(r.levels[o]! - l.levels[o]!).toBeCloseTo(value, 9);
      });
      const squares = fit.a.reduce((sum, value) => sum + value * value, 0);
      expect((l.squares + r.squares) / squares).toBeCloseTo(1, 9);
      expect(Math.abs(l.second + r.second) / 2).toBeCloseTo(biasPerUnit(rows, fit, "hoelder"), 10);
      expect((l.absolute + r.absolute) / 2).toBeCloseTo(biasPerUnit(rows, fit, "taylor"), 10);
    }
  });
});

describe("the optimal kernel", () => {
  const rows = rowsFrom(false);
  const precision = new Float64Array(500).fill(4);

  it("is unbiased for levels and slopes on both sides, and on the frontier: no local line has less bias and less variance", () => {
    const { a } = optimalWeights(rows, precision, 3, 0.5)!;
    const total = (f: (x: number) => number): number => a.reduce((sum, value, i) => sum + value * f(rows.x[i]!), 0);
    expect(total((x) => (x < 0 ? 1 : 0))).toBeCloseTo(-1, 10);
    expect(total((x) => (x < 0 ? 0 : 1))).toBeCloseTo(1, 10);
    expect(total((x) => Math.min(x, 0))).toBeCloseTo(0, 10);
    expect(total((x) => Math.max(x, 0))).toBeCloseTo(0, 10);
    const squares = (weights: Float64Array): number => weights.reduce((sum, value) => sum + value * value, 0);
    const bias = a.reduce((sum, value, i) => sum + Math.abs(value) * rows.x[i]! ** 2, 0) / 2;
    for (let h = 0.1; h < 1; h += 0.05) {
      const fit = honestFit(rows, KERNELS.triangular, h)!;
      expect(squares(fit.a) > squares(a) || biasPerUnit(rows, fit, "taylor") > bias).toBe(true);
    }
  });

  it("gives an interval no longer than a triangular kernel's under the Taylor class, at the supplied variances", () => {
    const known = data.with({ v: data.numbers("x").map(() => 0.16) });
    const options = {
      ...BASE,
      smoothness: 2,
      smoothnessClass: "taylor",
      criterion: "length",
      variance: { type: "supplied", outcome: "v" },
    } as const;
    const width = (kernel: "triangular" | "optimal"): number => {
      const [low, high] = honest(known, { ...options, kernel }).estimates.honest.confidenceInterval;
      return high - low;
    };
    expect(width("optimal")).toBeLessThan(width("triangular"));
    expect(honest(known, { ...options, kernel: "optimal" }).bandwidths![0]).toBeGreaterThan(0);
  });

  it("scales: x -> c x with the bound over c^2 changes nothing", () => {
    const wide = data.with({ x: data.numbers("x").map((x) => 40 * x) });
    const one = honest(data, { ...BASE, smoothness: 3.2, kernel: "optimal" });
    const other = honest(wide, { ...BASE, smoothness: 0.002, kernel: "optimal" });
    expect(other.estimates.honest.estimate).toBeCloseTo(one.estimates.honest.estimate, 5);
    expect(other.bandwidths![1] / one.bandwidths![1]).toBeCloseTo(40, 3);
  });

  it("refuses what its weights are not made for", () => {
    for (const extra of [
      { treatment: "d" },
      { covariates: ["z"] },
      { target: "value" },
      { cluster: "g" },
      { bandwidth: 0.3 },
      { smoothness: 0 },
    ]) {
      expect(() => honest(data, { ...BASE, kernel: "optimal", ...(extra as object) })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
  });
});

describe("rd.honest", () => {
  it("takes supplied variances in place of residuals", () => {
    const known = data.with({
      v: data.numbers("x").map(() => 0.25),
      u: data.numbers("x").map(() => 0.2),
      c: data.numbers("x").map(() => 0.1),
    });
    const variance = { type: "supplied", outcome: "v" } as const;
    const fit = honest(known, { ...BASE, smoothness: 1, bandwidth: 0.5, variance });
    const twice = honest(known.with({ v: known.numbers("v").map((v) => 4 * v) }), { ...BASE, smoothness: 1, bandwidth: 0.5, variance });
    expect(twice.estimates.honest.standardError).toBeCloseTo(2 * fit.estimates.honest.standardError, 12);
    const fuzzy = { ...BASE, treatment: "d", smoothness: [1, 1], bandwidth: 0.5 } as const;
    expect(() => honest(known, { ...fuzzy, variance })).toThrow("variance.treatment");
    const all = { ...variance, treatment: "u", covariance: "c" } as const;
    expect(honest(known, { ...fuzzy, variance: all }).estimates.honest.standardError).toBeGreaterThan(0);
  });

  it("leaves collinear covariates out and warns of a weak first stage", () => {
    const more = data.with({ twice: data.numbers("z").map((z) => 2 * z - 1), coin: data.numbers("x").map((_, i) => (i * 7919) % 2) });
    const plain = honest(more, { ...BASE, covariates: ["z"], smoothness: 1, bandwidth: 0.5 });
    const extra = honest(more, { ...BASE, covariates: ["z", "twice"], smoothness: 1, bandwidth: 0.5 });
    expect(extra.estimates.honest).toEqual(plain.estimates.honest);
    expect(extra.warnings.map(({ code }) => code)).toContain("COLLINEAR_COVARIATES");
    const weak = honest(more, { ...BASE, treatment: "coin", smoothness: [1, 1], bandwidth: 0.5 });
    expect(weak.warnings.map(({ code }) => code)).toContain("WEAK_FIRST_STAGE");
  });

  it("covers the truth at least as often as it says when the bound holds (seeded)", () => {
    const stream = createStream(11);
    let covered = 0;
    for (let s = 0; s < 200; s++) {
      const x = Float64Array.from({ length: 200 }, () => Math.round(20 * (2 * stream.uniform() - 1)) / 20);
      const y = x.map((v) => v * v + (v >= 0 ? 0.3 : 0) * (1 - v) + 0.2 * stream.normal());
      const [low, high] = honest(frame({ x, y }), { ...BASE, smoothness: 2 }).estimates.honest.confidenceInterval;
      if (low <= 0.3 && 0.3 <= high) covered++;
    }
    expect(covered / 200).toBeGreaterThanOrEqual(0.93);
  });
});

describe("rd.smoothnessBound", () => {
  const curved = (second: number, n = 6000) => {
    const stream = createStream(5);
    const x = Float64Array.from({ length: n }, () => 2 * stream.uniform() - 1);
    return frame({ x, y: x.map((v) => (second / 2) * v * Math.abs(v) + 0.05 * stream.normal()) });
  };

  it("finds most of a strong curvature, never more than there is (95 per cent), and none in a line", () => {
    const { pooled, left } = smoothnessBound(curved(6), { ...BASE, values: 300 });
    expect(pooled.low).toBeLessThan(6);
    expect(pooled.low).toBeGreaterThan(3);
    expect(Math.abs(pooled.estimate - 6)).toBeLessThan(1.5);
    expect(left.triplets).toBe(3);
    const line = smoothnessBound(curved(0), { ...BASE, values: 300 });
    expect(line.pooled.low).toBe(0);
  });

  it("asks less of the Taylor class, uses one three when told, and refuses sides with fewer", () => {
    const sample = curved(6);
    const hoelder = smoothnessBound(sample, { ...BASE, values: 300, triplets: "nearest" });
    const taylor = smoothnessBound(sample, { ...BASE, values: 300, triplets: "nearest", smoothnessClass: "taylor" });
    expect(taylor.pooled.estimate).toBeLessThan(hoelder.pooled.estimate);
    expect(hoelder.pooled.triplets).toBe(2);
    expect(() => smoothnessBound(sample, { ...BASE, values: 1800 })).toThrow('lower "values"');
  });
});
