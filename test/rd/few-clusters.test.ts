import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { symmetricEigen } from "../../src/linalg/index.ts";
import { createStream } from "../../src/random/index.ts";
import { estimate, heterogeneity, wildBootstrap } from "../../src/rd/index.ts";
import { type SimulatedRow, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 260, seed: 61 });
const cluster = (variant: "CR1" | "CR2" | "CR3", degreesOfFreedom: "normal" | "satterthwaite" = "satterthwaite") =>
  ({ type: "cluster", by: "g", variant, degreesOfFreedom }) as const;

/** Degrees of freedom from dense matrices, for a local polynomial of order `order` with triangular weights (h = b). */
function denseDegrees(rows: Frame<SimulatedRow>, h: number, order: number, variant: "CR1" | "CR2" | "CR3"): number {
  let [trace, squares] = [0, 0];
  for (const sign of [-1, 1]) {
    const side = rows.filter(({ x }) => (sign < 0 ? x! < 0 : x! >= 0) && Math.abs(x!) < h);
    const [x, g, user] = [side.numbers("x"), side.numbers("g"), side.numbers("w")];
    const n = x.length;
    const k = order + 1;
    const R = Array.from(x, (value) => Array.from({ length: k }, (_, j) => (value / h) ** j));
    const w = Array.from(x, (value, i) => (1 - Math.abs(value) / h) * user[i]!);
    const gram = Array.from({ length: k }, (_, a) =>
      Array.from({ length: k }, (_, b) => R.reduce((s, r, i) => s + w[i]! * r[a]! * r[b]!, 0)),
    );
    const G = inverse(gram);
    const hat = R.map((r) =>
      R.map((q, j) => w[j]! * r.reduce((s, value, a) => s + value * q.reduce((t, other, b) => t + G[a]![b]! * other, 0), 0)),
    );
    const s = R.map((r, i) => w[i]! * r.reduce((total, value, a) => total + G[0]![a]! * value, 0));
    const groups = [...new Set(g)];
    const P = groups.map((group) => {
      const members = [...g.keys()].filter((i) => g[i] === group);
      const power = variant === "CR1" ? 0 : variant === "CR2" ? -0.5 : -1;
      const A = rootOf(members, hat, w, power);
      const t = members.map((_, b) => members.reduce((total, i, a) => total + s[i]! * A[a]![b]!, 0));
      return Array.from({ length: n }, (_, j) => members.reduce((total, i, a) => total + t[a]! * ((i === j ? 1 : 0) - hat[i]![j]!), 0));
    });
    const B = P.map((p) => P.map((q) => p.reduce((total, value, i) => total + value * q[i]!, 0)));
    const factor = variant === "CR1" ? ((n - 1) / (n - k)) * (groups.length / (groups.length - 1)) : 1;
    trace += factor * B.reduce((total, row, a) => total + row[a]!, 0);
    squares += factor ** 2 * B.flat().reduce((total, value) => total + value * value, 0);
  }
  return trace ** 2 / squares;
}

function inverse(A: readonly (readonly number[])[]): number[][] {
  const k = A.length;
  const M = A.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let j = 0; j < k; j++) {
    const pivot = M[j]![j]!;
    M[j] = M[j]!.map((value) => value / pivot);
    for (let i = 0; i < k; i++) if (i !== j) M[i] = M[i]!.map((value, q) => value - M[i]![j]! * M[j]![q]!);
  }
  return M.map((row) => row.slice(k));
}

/** `W^-1/2 (I - W^1/2 R G R'W^1/2)^power W^1/2` of one cluster. */
function rootOf(members: readonly number[], hat: readonly (readonly number[])[], w: readonly number[], power: number): number[][] {
  const m = members.length;
  const half = members.map((i) => Math.sqrt(w[i]!));
  const H = Float64Array.from({ length: m * m }, (_, at) => {
    const [a, b] = [Math.floor(at / m), at % m];
    return (a === b ? 1 : 0) - (half[a]! * hat[members[a]!]![members[b]!]!) / half[b]!;
  });
  const { values, vectors } = symmetricEigen(H, m);
  return members.map((_, a) =>
    members.map((_, b) => {
      let sum = 0;
      for (let v = 0; v < m; v++) sum += vectors[a * m + v]! * values[v]! ** power * vectors[b * m + v]!;
      return (sum / half[a]!) * half[b]!;
    }),
  );
}

describe("Satterthwaite's degrees of freedom", () => {
  it.each(["CR1", "CR2", "CR3"] as const)("equal those of the dense quadratic form (%s)", (variant) => {
    const fit = estimate(data, { ...BASE, weights: "w", bandwidth: 0.6, vcov: cluster(variant) });
    expect(fit.estimates.conventional.degreesOfFreedom).toBeCloseTo(denseDegrees(data, 0.6, 1, variant), 6);
    expect(fit.estimates.robust.degreesOfFreedom).toBeCloseTo(denseDegrees(data, 0.6, 2, variant), 6);
  });

  it("change intervals, not standard errors, and stay below the number of clusters", () => {
    const normal = estimate(data, { ...BASE, vcov: cluster("CR2", "normal") });
    const t = estimate(data, { ...BASE, vcov: cluster("CR2") });
    expect(t.estimates.robust.standardError).toBe(normal.estimates.robust.standardError);
    expect(normal.estimates.robust.degreesOfFreedom).toBe(Number.POSITIVE_INFINITY);
    expect(t.estimates.robust.degreesOfFreedom).toBeLessThan(80);
    expect(t.estimates.robust.confidenceInterval[1]).toBeGreaterThan(normal.estimates.robust.confidenceInterval[1]);
  });
});

describe("two-way clusters", () => {
  const crossed = data.with({
    t: data.numbers("x").map((_, i) => i % 13),
    both: data.numbers("g").map((g, i) => 13 * g + (i % 13)),
  });

  it("are the sum of both variances less that of the intersections, at the first one's bandwidths", () => {
    const two = estimate(crossed, { ...BASE, vcov: { type: "cluster", by: ["g", "t"] } });
    const { h, b } = two.bandwidths;
    const square = (by: "g" | "t" | "both"): number =>
      estimate(crossed, { ...BASE, cluster: by, bandwidth: h, biasBandwidth: b }).estimates.robust.standardError ** 2;
    expect(two.estimates.robust.standardError ** 2).toBeCloseTo(square("g") + square("t") - square("both"), 10);
    expect(h).toEqual(estimate(crossed, { ...BASE, cluster: "g" }).bandwidths.h);
    expect(two.sample.clusters).toBe(13);
  });

  it("reject about as often as they say where shocks run both ways, one way too often (seeded)", () => {
    const stream = createStream(6);
    let [one, two] = [0, 0];
    for (let s = 0; s < 100; s++) {
      // places and years lie on one side of the cutoff each: their shocks move a side's level
      const [placeShock, yearShock] = [0, 1].map(() => Float64Array.from({ length: 60 }, () => stream.normal())) as [
        Float64Array,
        Float64Array,
      ];
      const g = Float64Array.from({ length: 900 }, () => Math.floor(60 * stream.uniform()));
      const t = g.map((place) => (place < 30 ? 0 : 30) + Math.floor(30 * stream.uniform()));
      const x = g.map((place) => (place < 30 ? -1 : 1) * stream.uniform());
      const y = g.map((place, i) => 0.5 * placeShock[place]! + 0.5 * yearShock[t[i]!]! + stream.normal());
      const sample = frame({ x, y, g, t });
      const options = { ...BASE, bandwidth: 1, biasBandwidth: 1 } as const;
      if (estimate(sample, { ...options, cluster: "g" }).estimates.conventional.pValue < 0.1) one++;
      if (estimate(sample, { ...options, vcov: { type: "cluster", by: ["g", "t"] } }).estimates.conventional.pValue < 0.1) two++;
    }
    expect(two).toBeLessThan(one);
    expect(two).toBeGreaterThan(3);
    expect(two).toBeLessThan(22);
  });

  it("have a first stage in a fuzzy design, and belong to rd.estimate alone", () => {
    const fuzzy = estimate(crossed, { ...BASE, treatment: "d", vcov: { type: "cluster", by: ["g", "t"] } });
    expect(fuzzy.firstStage!.robust.standardError).toBeGreaterThan(0);
    expect(() => heterogeneity(crossed, { ...BASE, vcov: { type: "cluster", by: ["g", "t"] } })).toThrow("two-way clusters");
    expect(() => estimate(crossed, { ...BASE, vcov: { type: "cluster", by: ["g", "g"] } })).toThrow("two different ones");
  });
});

describe("per row", () => {
  it.each([
    ["nearest neighbours", {}],
    ["HC1, weights and covariates", { vcov: { type: "hetero", variant: "HC1" }, weights: "w", covariates: ["z"] }],
    ["HC3, fuzzy, kink", { vcov: { type: "hetero", variant: "HC3" }, treatment: "d", derivative: 1, bandwidth: 0.7 }],
  ] as const)("influences square to the variance (%s)", (_, options) => {
    const fit = estimate(data, { ...BASE, ...options, perRow: true });
    for (const kind of ["conventional", "robust"] as const) {
      const { influence } = fit.perRow![kind];
      const total = influence.reduce((sum, value) => sum + value * value, 0);
      expect(Math.sqrt(total) / fit.estimates[kind].standardError).toBeCloseTo(1, 9);
    }
  });

  it("weights add up to the estimates; with clusters the sums square to the variance", () => {
    const fit = estimate(data, { ...BASE, vcov: cluster("CR2"), scale: 2, perRow: true });
    const [x, y, g] = [data.numbers("x"), data.numbers("y"), data.numbers("g")];
    for (const kind of ["conventional", "robust"] as const) {
      const { weights, influence } = fit.perRow![kind];
      expect(weights.reduce((sum, weight, i) => sum + weight * y[i]!, 0)).toBeCloseTo(fit.estimates[kind].estimate, 9);
      const sums = new Map<number, number>();
      influence.forEach((value, i) => {
        const key = 2 * g[i]! + (x[i]! < 0 ? 0 : 1);
        sums.set(key, (sums.get(key) ?? 0) + value);
      });
      const total = [...sums.values()].reduce((sum, value) => sum + value * value, 0);
      expect(Math.sqrt(total) / fit.estimates[kind].standardError).toBeCloseTo(1, 9);
    }
  });

  it("belongs to the rows of the data, whatever is missing", () => {
    const holes = data.with({ y: data.numbers("y").map((y, i) => (i % 7 === 3 ? Number.NaN : y)) }) as unknown as Frame<SimulatedRow>;
    const fit = estimate(holes, { ...BASE, perRow: true });
    const { weights, influence } = fit.perRow!.robust;
    expect(weights.length).toBe(260);
    weights.forEach((weight, i) => {
      if (i % 7 === 3) expect([weight, influence[i]!]).toEqual([0, 0]);
    });
  });
});

/** Few clusters whose running variable and shocks are shared. */
function clustered(seed: number, clusters: number): Frame<SimulatedRow> {
  const stream = createStream(seed);
  const n = clusters * 12;
  const [x, y, g] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let c = 0; c < clusters; c++) {
    const centre = ((c % (clusters / 2)) + 0.5) / (clusters / 2) - (c < clusters / 2 ? 1 : 0);
    const shock = stream.normal();
    for (let i = 12 * c; i < 12 * (c + 1); i++) {
      g[i] = c;
      x[i] = centre + (stream.uniform() - 0.5) / (clusters / 2);
      y[i] = x[i]! + 0.5 * shock + stream.normal();
    }
  }
  return frame({ x, y, g, z: x, d: x, w: x });
}

describe("size with 10 clusters a side", () => {
  it("is nearer 5 per cent with t at Satterthwaite's degrees and with the wild bootstrap than with CR1 and the normal (seeded)", () => {
    const samples = 150;
    const rejected = { normal: 0, satterthwaite: 0, wild: 0 };
    for (let s = 0; s < samples; s++) {
      const sample = clustered(1000 + s, 20);
      const at = { ...BASE, bandwidth: 0.9 } as const;
      if (estimate(sample, { ...at, cluster: "g" }).estimates.robust.pValue < 0.05) rejected.normal++;
      if (estimate(sample, { ...at, vcov: cluster("CR2") }).estimates.robust.pValue < 0.05) rejected.satterthwaite++;
      if (wildBootstrap(sample, { ...at, cluster: "g", draws: 199, interval: false }).test.pValue < 0.05) rejected.wild++;
    }
    expect(rejected.normal / samples).toBeGreaterThan(0.1);
    expect(rejected.satterthwaite / samples).toBeLessThan(0.1);
    expect(rejected.wild / samples).toBeLessThan(0.11);
  });
});

describe("clusters on both sides of the cutoff", () => {
  const joined = { type: "cluster", by: "g", spanning: "joined" } as const;

  it("are one when joined: influences summed over both sides square to the variance", () => {
    for (const extra of [{}, { treatment: "d" }, { covariates: ["z"], derivative: 1, bandwidth: 0.8 }]) {
      const fit = estimate(data, { ...BASE, ...(extra as object), vcov: joined, perRow: true });
      for (const kind of ["conventional", "robust"] as const) {
        const sums = new Map<number, number>();
        fit.perRow![kind].influence.forEach((value, i) => {
          sums.set(data.numbers("g")[i]!, (sums.get(data.numbers("g")[i]!) ?? 0) + value);
        });
        const total = [...sums.values()].reduce((sum, value) => sum + value * value, 0);
        expect(Math.sqrt(total) / fit.estimates[kind].standardError).toBeCloseTo(1, 9);
      }
    }
  });

  it("give smaller errors, of the right size, where people bring their level to both sides (seeded)", () => {
    const stream = createStream(4);
    let [separate, together] = [0, 0];
    for (let s = 0; s < 100; s++) {
      const n = 100 * 8;
      const level = Float64Array.from({ length: 100 }, () => stream.normal());
      const g = Float64Array.from({ length: n }, (_, i) => i % 100);
      const x = g.map(() => 2 * stream.uniform() - 1);
      const y = g.map((person) => level[person]! + 0.3 * stream.normal());
      const sample = frame({ x, y, g });
      const options = { ...BASE, bandwidth: 0.8 } as const;
      if (estimate(sample, { ...options, cluster: "g" }).estimates.robust.pValue < 0.1) separate++;
      if (estimate(sample, { ...options, vcov: joined }).estimates.robust.pValue < 0.1) together++;
    }
    expect(separate).toBeLessThan(together);
    expect(together).toBeGreaterThan(4);
    expect(together).toBeLessThan(20);
  });

  it("are joined in rd.estimate with normal inference only", () => {
    expect(() => estimate(data, { ...BASE, vcov: { ...joined, degreesOfFreedom: "satterthwaite" } })).toThrow("spanning");
    expect(() => heterogeneity(data, { ...BASE, vcov: joined })).toThrow("spanning");
  });
});

describe("rd.wildBootstrap", () => {
  const options = { ...BASE, cluster: "g", bandwidth: 0.6, covariates: ["z"], weights: "w", draws: 399 } as const;

  it("tests the bias-corrected jump with both bandwidths alike", () => {
    const { test, fit } = wildBootstrap(data, options);
    const effect = test.estimates["effect"]!;
    const plain = wildBootstrap(data, { ...BASE, cluster: "g", bandwidth: 0.6, draws: 99 });
    expect(plain.test.estimates["effect"]!.estimate).toBeCloseTo(plain.fit.estimates.robust.estimate, 9);
    expect(Math.abs(effect.estimate - fit.estimates.robust.estimate)).toBeLessThan(0.2); // covariates enter one order later
    expect(effect.confidenceInterval[0]).toBeLessThan(effect.estimate);
    expect(effect.confidenceInterval[1]).toBeGreaterThan(effect.estimate);
    const edge = wildBootstrap(data, { ...options, nullEffect: effect.confidenceInterval[0] });
    expect(edge.test.pValue).toBeCloseTo(0.05, 1);
  });

  it("is the same for the same seed and needs clusters", () => {
    const once = wildBootstrap(data, { ...options, multipliers: "webb", seed: 4 });
    expect(wildBootstrap(data, { ...options, multipliers: "webb", seed: 4 }).test.pValue).toBe(once.test.pValue);
    expect(() => wildBootstrap(data, { ...BASE } as never)).toThrow('"cluster" is required');
  });
});
