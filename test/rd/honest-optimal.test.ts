import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { preliminaryVariance } from "../../src/rd/honest-bandwidth.ts";
import { frontierOf } from "../../src/rd/honest-optimal.ts";
import { honest, honestCriticalValue, honestEfficiency } from "../../src/rd/index.ts";
import { optimalWeights } from "../../src/rd/numerics/honest-optimal.ts";
import { rdhonest } from "../reference/adapters/rd/honest.ts";
import { contextOf, type ReferenceCase } from "../reference/harness/case.ts";
import { replaced, simulated } from "./simulated.ts";

const BOUND = 14;
const folder = fileURLToPath(new URL("../reference/rd/", import.meta.url));
const reference = JSON.parse(readFileSync(`${folder}honest_optimal_kernel.json`, "utf8")) as ReferenceCase;
const table = contextOf(folder, reference).table();
const pairs = [...table.numbers("x")].map((x, i) => [x, table.numbers("y")[i]!] as const).sort(([a], [b]) => a - b);
const x = Float64Array.from(pairs, ([value]) => value);
const rows = {
  x,
  outcomes: [Float64Array.from(pairs, ([, value]) => value)],
  covariates: [],
  weights: new Float64Array(x.length).fill(1),
  clusters: undefined,
  clusterCount: 0,
  jump: true,
};
const { left, right } = preliminaryVariance(rows)!;
const variances = x.map((value) => (value < 0 ? left[0]! : right[0]!));

/** Bias and standard error where the least favourable function has this size. */
function frontier(size: number): { bias: number; error: number } {
  const { a } = optimalWeights(
    rows,
    variances.map((v) => 1 / v),
    BOUND / 2,
    size,
  )!;
  return {
    bias: (BOUND / 2) * a.reduce((sum, value, i) => sum + Math.abs(value) * x[i]! ** 2, 0),
    error: Math.sqrt(a.reduce((sum, value, i) => sum + value ** 2 * variances[i]!, 0)),
  };
}

const length = (size: number): number => {
  const { bias, error } = frontier(size);
  return 2 * honestCriticalValue(bias / error) * error;
};
const meanSquaredError = (size: number): number => frontier(size).bias ** 2 + frontier(size).error ** 2;

/** `b + b'` where a level b reaches to the root of b / C. */
const sizeOf = ([m, p]: readonly [number, number]): number => (BOUND / 2) * (m ** 2 + p ** 2);

describe("minimax weights of the Taylor class", () => {
  const sharp = { outcome: "y", running: "x", smoothness: BOUND, kernel: "optimal" } as const;
  const { bandwidths } = honest(table, { ...sharp, criterion: "length" });

  it("gives intervals of length 0.32215573860064, less than the 0.32215573866701 of RDHonest's bandwidths", () => {
    const expected = reference.expected as Readonly<Record<"bandwidth.m" | "bandwidth.p", number>>;
    const [ours, theirs] = [length(sizeOf(bandwidths!)), length(sizeOf([expected["bandwidth.m"], expected["bandwidth.p"]]))];
    // 40-digit arithmetic at the same two sizes: 0.322155738600643129 and 0.322155738667014
    expect(ours).toBeCloseTo(0.3221557386006431, 13);
    expect(theirs).toBeCloseTo(0.322155738667014, 12);
    expect(theirs - ours).toBeGreaterThan(6e-11);
  });

  it("agrees with RDHonest to 5e-5 all the same", async () => {
    const found = (await rdhonest(contextOf(folder, reference))) as Readonly<Record<string, number>>;
    const theirs = Object.entries(reference.expected as Readonly<Record<string, unknown>>).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] !== 0,
    );
    expect(theirs.length).toBeGreaterThan(12);
    for (const [name, value] of theirs) expect(Math.abs(found[name]! / value - 1), name).toBeLessThan(5e-5);
  });

  it.each([
    ["length", length],
    ["meanSquaredError", meanSquaredError],
  ] as const)("minimises its criterion along the frontier (%s)", (criterion, value) => {
    const size = sizeOf(honest(table, { ...sharp, criterion }).bandwidths!);
    const step = 1e-3 * size;
    const [below, at, above] = [value(size - step), value(size), value(size + step)];
    expect(Math.min(below, above)).toBeGreaterThan(at);
    // the vertex of the parabola through three values is at the middle one
    expect((below - above) / (below - 2 * at + above)).toBeCloseTo(0, 1);
  });

  it("takes the modulus at the sum of both quantiles for one-sided intervals", () => {
    const size = sizeOf(honest(table, { ...sharp, criterion: "oneSided", quantile: 0.8 }).bandwidths!);
    const { bias, error } = frontier(size);
    expect((2 * (size - bias)) / error).toBeCloseTo(1.6448536269514722 + 0.8416212335729143, 10);
  });

  it("moves with the units of both variables", () => {
    const data = simulated({ n: 300, seed: 8 });
    const wide = replaced(data, "x", (value) => 10 * value);
    const moved = replaced(wide, "y", (value) => 4 * value);
    const options = { outcome: "y", running: "x", kernel: "optimal", criterion: "length" } as const;
    const [one, other] = [honest(data, { ...options, smoothness: 6 }), honest(moved, { ...options, smoothness: 0.24 })];
    expect(other.bandwidth / one.bandwidth).toBeCloseTo(10, 9);
    expect(other.maximumBias / one.maximumBias).toBeCloseTo(4, 9);
  });
});

describe("rd.honestEfficiency", () => {
  const data = simulated({ n: 160, seed: 9 });
  const options = { outcome: "y", running: "x", smoothness: 6 } as const;
  const found = honestEfficiency(data, options);
  const sorted = [...data.numbers("x")].map((value, i) => [value, data.numbers("y")[i]!] as const).sort(([a], [b]) => a - b);
  const [own, y] = [0, 1].map((at) => Float64Array.from(sorted, (pair) => pair[at as 0 | 1])) as [Float64Array, Float64Array];
  const few = { ...rows, x: own, outcomes: [y], weights: new Float64Array(own.length).fill(1) };
  const { at } = frontierOf(few, options.smoothness, preliminaryVariance(few)!);

  it("compares with the shortest interval, and lies near the efficiency of the continuous limit", () => {
    const [m, p] = honest(data, { ...options, kernel: "optimal", criterion: "length" }).bandwidths!;
    const { bias, error } = at(Math.log((options.smoothness / 2) * (m ** 2 + p ** 2)))!;
    expect(found.halfLength).toBeCloseTo(honestCriticalValue(bias / error) * error, 12);
    // one-sided where omega is proportional to delta^(4/5); two-sided above the bound for all convex symmetric classes at this level
    expect(found.oneSided).toBeCloseTo(2 ** 0.8 / 1.8, 1);
    expect(found.twoSided).toBeGreaterThan(0.717);
    expect(found.twoSided).toBeLessThan(1);
  });

  it("integrates the modulus, whose inverse gives the same", () => {
    const modulus = (delta: number): number => {
      let [low, high] = [-20, 10];
      for (let i = 0; i < 30; i++) {
        const middle = (low + high) / 2;
        if ((at(middle)?.delta ?? 0) < delta) low = middle;
        else high = middle;
      }
      return 2 * Math.exp(high);
    };
    const [z, step] = [1.6448536269514722, 0.4];
    let sum = 0;
    // midpoints: the density is next to nothing at either end but zero, where omega starts
    for (let t = step / 2; t < 7; t += step) sum += (modulus(2 * t) * Math.exp(-((z - t) ** 2) / 2) * step) / Math.sqrt(2 * Math.PI);
    expect(sum / (2 * found.halfLength) / found.twoSided).toBeCloseTo(1, 2);
  });

  it("needs curvature, and takes no option of its own choosing", () => {
    expect(() => honestEfficiency(data, { ...options, smoothness: 0 })).toThrow("above zero");
    expect(() => honestEfficiency(data, { ...options, kernel: "uniform" } as typeof options)).toThrow("kernel");
  });
});
