import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { assignPolicy, budgetCurve, policyTree, policyValue } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;

interface Problem {
  readonly X: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
}

/** Best reward of a tree by trying everything. */
function brute({ X, scores }: Problem, rows: readonly number[], depth: number, minimum: number): number {
  const total = (action: number, over: readonly number[]): number => over.reduce((sum, i) => sum + scores[action]![i]!, 0);
  let best = Math.max(...scores.map((_, a) => total(a, rows)));
  if (depth === 0) return best;
  for (const column of X) {
    for (const value of new Set(rows.map((i) => column[i]!))) {
      const left = rows.filter((i) => column[i]! <= value);
      const right = rows.filter((i) => column[i]! > value);
      if (left.length < minimum || right.length < minimum) continue;
      best = Math.max(best, brute({ X, scores }, left, depth - 1, minimum) + brute({ X, scores }, right, depth - 1, minimum));
    }
  }
  return best;
}

/** Best reward of depth two: every root split, each side by prefix sums over sorted rows. */
function bestOfTwoLevels({ X, scores }: Problem): number {
  const orders = X.map((column) => column.map((_, i) => i).sort((a, b) => column[a]! - column[b]!));
  const oneLevel = (inside: (row: number) => boolean): number => {
    let best = Number.NEGATIVE_INFINITY;
    orders.forEach((order, k) => {
      const rows = order.filter(inside);
      const totals = scores.map((column) => rows.reduce((sum, i) => sum + column[i]!, 0));
      const prefix = scores.map(() => 0);
      rows.forEach((row, at) => {
        scores.forEach((column, a) => {
          prefix[a]! += column[row]!;
        });
        if (at + 1 < rows.length && X[k]![rows[at + 1]!] === X[k]![row]) return;
        best = Math.max(best, Math.max(...prefix) + Math.max(...totals.map((total, a) => total - prefix[a]!)));
      });
    });
    return best;
  };
  let best = Number.NEGATIVE_INFINITY;
  for (const column of X) {
    for (const cut of [...new Set(column)].sort((a, b) => a - b).slice(0, -1)) {
      best = Math.max(best, oneLevel((row) => column[row]! <= cut) + oneLevel((row) => column[row]! > cut));
    }
  }
  return best;
}

const tableOf = ({ X, scores }: Problem): Table =>
  frame({
    ...Object.fromEntries(X.map((column, j) => [`x${j}`, Float64Array.from(column)])),
    ...Object.fromEntries(scores.map((column, a) => [`s${a}`, Float64Array.from(column)])),
  }) as unknown as Table;

const names = (letter: string, count: number): string[] => Array.from({ length: count }, (_, j) => `${letter}${j}`);

function problem(n: number, p: number, actions: number, values: number, seed: number): Problem {
  const random = numbers(seed);
  const column = (draw: () => number): number[] => Array.from({ length: n }, draw);
  return {
    X: Array.from({ length: p }, () => column(() => (values === 0 ? random.uniform() : Math.floor(random.uniform() * values)))),
    scores: Array.from({ length: actions }, () => column(() => Math.round(16 * random.normal()) / 8)),
  };
}

describe("policyTree()", () => {
  it("finds the best tree of depth 0, 1, 2 and 3, binned or continuous, with and without a minimum of rows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 5, max: 14 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0, 2, 5),
        fc.constantFrom(1, 2),
        (seed, n, p, actions, values, minimum) => {
          const one = problem(n, p, actions, values, seed);
          const rows = Array.from({ length: n }, (_, i) => i);
          for (const depth of [0, 1, 2, 3]) {
            const tree = policyTree(tableOf(one), { covariates: names("x", p), scores: names("s", actions), depth, minimumRows: minimum });
            expect(tree.totalReward).toBe(brute(one, rows, depth, minimum));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("sweeps continuous covariates of two to four actions exactly", () => {
    for (const actions of [2, 3, 4]) {
      const one = problem(60, 2, actions, 0, 40 + actions);
      const rows = Array.from({ length: 60 }, (_, i) => i);
      const options = { covariates: ["x0", "x1"], scores: names("s", actions), depth: 2 };
      expect(policyTree(tableOf(one), options).totalReward).toBe(brute(one, rows, 2, 1));
      expect(policyTree(tableOf(one), { ...options, minimumRows: 7 }).totalReward).toBe(brute(one, rows, 2, 7));
    }
  });

  it("leaves no better tree behind where bounds skip splits: signal, noise, ties, three actions", () => {
    for (const [seed, actions, values, signal] of [
      [1, 2, 0, 1],
      [2, 2, 0, 0],
      [3, 3, 0, 1],
      [4, 2, 90, 1],
      [5, 3, 150, 0],
    ] as const) {
      const one = problem(400, 3, actions, values, seed);
      const scores = one.scores.map((column, a) =>
        column.map((score, i) => score + (a === 1 && one.X[0]![i]! > 0.6 !== one.X[1]![i]! > 0.3 ? 4 * signal : 0)),
      );
      const tree = policyTree(tableOf({ X: one.X, scores }), { covariates: names("x", 3), scores: names("s", actions), depth: 2 });
      expect(tree.totalReward).toBe(bestOfTwoLevels({ X: one.X, scores }));
    }
  });

  it("assigns what it counted, and takes costs off", () => {
    const data = tableOf(problem(200, 3, 3, 0, 5));
    const options = { covariates: names("x", 3), scores: names("s", 3), depth: 2 };
    const tree = policyTree(data, { ...options, costs: [0, 0.2, "x0"], costWeight: 2 });
    const { codes } = assignPolicy(tree, data);
    expect([0, 1, 2].map((a) => codes.filter((code) => code === a).length)).toEqual(tree.counts);
    expect(tree.totalReward / 200).toBeCloseTo(tree.meanScore - 2 * tree.meanCost, 12);
    expect(tree.nodes.filter((node) => node.leaf).reduce((sum, node) => sum + node.rows, 0)).toBe(200);
  });

  it("does not depend on the order of the rows nor on increasing transforms of the covariates", () => {
    const one = problem(80, 2, 2, 0, 6);
    const data = tableOf(one);
    const order = Int32Array.from({ length: 80 }, (_, i) => (i * 33) % 80);
    const options = { covariates: ["x0", "x1"], scores: ["s0", "s1"] };
    const base = policyTree(data, options);
    expect(policyTree(data.take(order), options).nodes).toEqual(base.nodes);
    const moved = data.with({ x0: data.numbers("x0").map((v) => Math.exp(3 * v)) }) as unknown as Table;
    expect(policyTree(moved, options).totalReward).toBe(base.totalReward);
  });

  it("values a fixed policy by the mean of its scores, with gains paired by row", () => {
    const data = tableOf(problem(150, 1, 2, 0, 7));
    const policy = data.numbers("x0").map((v) => (v > 0.5 ? 1 : 0));
    const { estimates, shares } = policyValue(data.with({ policy }) as unknown as Table, { scores: ["s0", "s1"], policy: "policy" });
    const chosen = Array.from(policy, (a, i) => data.numbers(a === 1 ? "s1" : "s0")[i]!);
    const gain = chosen.map((v, i) => v - data.numbers("s0")[i]!);
    const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
    expect(estimates.value.estimate).toBeCloseTo(mean(chosen), 12);
    expect(estimates.gainOverFirst.standardError).toBeCloseTo(
      Math.sqrt(gain.reduce((s, v) => s + (v - mean(gain)) ** 2, 0) / 149 / 150),
      12,
    );
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 12);
    const tree = policyTree(data, { covariates: ["x0"], scores: ["s0", "s1"], depth: 1 });
    expect(policyValue(data, { scores: ["s0", "s1"], policy: tree }).estimates.value.estimate).toBeCloseTo(
      tree.estimates.value.estimate,
      12,
    );
  });

  it("rejects what it cannot use", () => {
    const data = tableOf(problem(20, 1, 2, 0, 8));
    expect(() => policyTree(data, { covariates: [], scores: ["s0"] })).toThrow('"covariates"');
    expect(() => policyTree(data, { covariates: ["x0"], scores: [] })).toThrow('"scores"');
    expect(() => policyTree(data, { covariates: ["x0"], scores: ["s0", "s1"], costs: [1] })).toThrow("needs a cost");
    expect(() => policyValue(data, { scores: ["s0", "s1"], policy: "x0" })).toThrow("must hold actions");
  });
});

describe("budgetCurve()", () => {
  it("gives all that targeting can: the gain at a full budget is that of each row's best arm", () => {
    const random = numbers(9);
    const n = 300;
    const draw = (make: () => number): Float64Array => Float64Array.from({ length: n }, make);
    const data = frame({
      r1: draw(random.normal),
      r2: draw(random.normal),
      c1: draw(() => 1 + random.uniform()),
      c2: draw(() => 2.5 + random.uniform()),
    });
    const options = { rewards: ["r1", "r2"], costs: ["c1", "c2"], scores: ["r1", "r2"], spends: [100], replicates: 20 } as const;
    const { points, path } = budgetCurve(data, options);
    const best = Array.from({ length: n }, (_, i) => Math.max(0, data.numbers("r1")[i]!, data.numbers("r2")[i]!));
    expect(points[0]!.targeted.estimate).toBeCloseTo(best.reduce((sum, v) => sum + v, 0) / n, 10);
    const ratios = path.gain.map((g, k) => (g - (k === 0 ? 0 : path.gain[k - 1]!)) / (path.spend[k]! - (k === 0 ? 0 : path.spend[k - 1]!)));
    for (let k = 1; k < ratios.length; k++) expect(ratios[k]!).toBeLessThanOrEqual(ratios[k - 1]! * (1 + 1e-6) + 1e-6);
    expect(budgetCurve(data, options)).toEqual(budgetCurve(data, options));
  });

  it("needs positive costs and one of each per arm", () => {
    const data = frame({ r: [1, 2], c: [0, 1], s: [1, 1] });
    expect(() => budgetCurve(data, { rewards: ["r"], costs: ["c"], scores: ["s"], spends: [1] })).toThrow("above zero");
    expect(() => budgetCurve(data, { rewards: ["r"], costs: [], scores: ["s"], spends: [1] })).toThrow("each arm");
  });
});
