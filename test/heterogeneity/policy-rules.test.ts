import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { assignPolicy, policyText, policyTree, policyValue } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

/** Best reward of a tree by trying every split with missing values on either side, and missing against the rest. */
function brute(X: readonly Float64Array[], scores: readonly Float64Array[], rows: readonly number[], depth: number): number {
  let best = Math.max(...scores.map((column) => rows.reduce((sum, i) => sum + column[i]!, 0)));
  if (depth === 0) return best;
  for (const column of X) {
    for (const cut of [Number.NEGATIVE_INFINITY, ...new Set(rows.map((i) => column[i]!).filter((v) => !Number.isNaN(v)))]) {
      for (const side of [true, false]) {
        const goes = (i: number): boolean => (Number.isNaN(column[i]!) ? side : column[i]! <= cut);
        const [left, right] = [rows.filter(goes), rows.filter((i) => !goes(i))];
        if (left.length === 0 || right.length === 0) continue;
        best = Math.max(best, brute(X, scores, left, depth - 1) + brute(X, scores, right, depth - 1));
      }
    }
  }
  return best;
}

function problem(
  n: number,
  seed: number,
  share: number,
): { readonly X: Float64Array[]; readonly scores: Float64Array[]; readonly data: Table } {
  const random = numbers(seed);
  const draw = (make: () => number): Float64Array => Float64Array.from({ length: n }, make);
  const X = [0, 1].map(() => draw(() => (random.uniform() < share ? Number.NaN : Math.floor(6 * random.uniform()))));
  const scores = [0, 1, 2].map(() => draw(() => Math.round(16 * random.normal()) / 8));
  return { X, scores, data: frame({ x0: X[0]!, x1: X[1]!, s0: scores[0]!, s1: scores[1]!, s2: scores[2]! }) as unknown as Table };
}
const OPTIONS = { covariates: ["x0", "x1"], scores: ["s0", "s1", "s2"] };

/** A trial where job help is worth 1 to those without debts, nothing to others; `sex` goes with `height`. */
function trial(n: number, seed: number): Frame<Record<string, number | string>> {
  const random = numbers(seed);
  const draw = (make: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => make(i));
  const debts = draw(() => (random.uniform() < 0.4 ? 1 : 0));
  const woman = draw(() => (random.uniform() < 0.5 ? 1 : 0));
  const height = draw((i) => 180 - 13 * woman[i]! + 6 * random.normal());
  const none = draw(() => random.normal());
  const job = draw((i) => (debts[i] === 0 ? 1 : 0) + random.normal());
  return frame({
    debts,
    height,
    sex: Array.from(woman, (w) => (w === 1 ? "woman" : "man")),
    district: draw((i) => i % 30),
    none,
    job,
    pNone: draw(() => 0.5),
    pJob: draw((i) => (debts[i] === 0 && i % 50 === 0 ? 0.01 : 0.5)),
  }) as unknown as Frame<Record<string, number | string>>;
}

describe("policyTree() with missing covariates", () => {
  it("finds the best tree over all sides of the missing rows, and assigns what it says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 4, max: 13 }), fc.constantFrom(0.2, 0.5), (seed, n, share) => {
        const { X, scores, data } = problem(n, seed, share);
        const rows = Array.from({ length: n }, (_, i) => i);
        for (const depth of [1, 2, 3]) {
          const tree = policyTree(data, { ...OPTIONS, depth });
          expect(tree.totalReward).toBe(brute(X, scores, rows, depth));
          const { codes } = assignPolicy(tree, data);
          expect(codes.reduce((sum, code, i) => sum + scores[code]![i]!, 0)).toBe(tree.totalReward);
          expect(JSON.parse(JSON.stringify(tree.nodes))).toEqual(tree.nodes);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("leaves rows out only when told to, and values a rule on rows with missing values", () => {
    const { data } = problem(60, 3, 0.3);
    const tree = policyTree(data, OPTIONS);
    expect(tree.sample.used).toBe(60);
    expect(policyValue(data, { scores: OPTIONS.scores, policy: tree }).estimates.value.estimate).toBeCloseTo(tree.totalReward / 60, 12);
    const complete = policyTree(data, { ...OPTIONS, missing: "drop" });
    expect(complete.sample.used).toBeLessThan(60);
    expect(complete.nodes.every((node) => node.leaf || node.missing === undefined)).toBe(true);
    expect(Array.from(assignPolicy(complete, data).codes)).toContain(-1);
  });
});

describe("policyTree() against simpler rules, on other rows", () => {
  it("finds the gain there is, compares it with everyone, no one and one split, and finds none where there is none", () => {
    const data = trial(2000, 5);
    const options = { covariates: ["debts", "height"], scores: ["none", "job"], folds: 5, cluster: "district", depth: 2 } as const;
    const { crossFitted, estimates } = policyTree(data, options);
    // Job help for those without debts: .6 more than nothing, as much as job help for all; noise makes the learnt rule's own value too high.
    expect(crossFitted!.folds).toBe(5);
    expect(Math.abs(crossFitted!.gainOver["none"]!.estimate - 0.6)).toBeLessThan(3 * crossFitted!.gainOver["none"]!.standardError);
    expect(Math.abs(crossFitted!.gainOverSingleSplit.estimate)).toBeLessThan(0.1);
    expect(crossFitted!.gainOver["job"]!.confidenceInterval[0]).toBeLessThan(0.02);
    expect(estimates.gainOverFirst.estimate).toBeGreaterThan(crossFitted!.gainOver["none"]!.estimate);
    expect(crossFitted!.shares[0]! + crossFitted!.shares[1]!).toBeCloseTo(1, 12);
    expect(policyTree(data, options).crossFitted).toEqual(crossFitted);
    const flat = policyTree(data, { covariates: ["district"], scores: ["none", "job"], folds: 2, depth: 0 });
    expect(flat.warnings.map(({ code }) => code)).toContain("NO_VARIANCE");
    const nothing = problem(400, 6, 0);
    const noise = policyTree(nothing.data, { ...OPTIONS, folds: 4 });
    expect(noise.estimates.gainOverBestConstant.confidenceInterval[0]).toBeGreaterThan(0);
    expect(noise.crossFitted!.gainOverBestConstant.confidenceInterval[0]).toBeLessThan(0);
  });

  it("takes folds from a column, and refuses folds that are too small", () => {
    const data = trial(60, 7).with({ fold: Float64Array.from({ length: 60 }, (_, i) => i % 3) });
    const options = { covariates: ["debts"], scores: ["none", "job"], depth: 1 } as const;
    const { crossFitted } = policyTree(data, { ...options, folds: "fold" });
    const byHand = [0, 1, 2].map((fold) => {
      const part = (inside: boolean) => data.filter((row) => (row.fold === fold) === inside);
      const tree = policyTree(part(false), options);
      return policyValue(part(true), { scores: options.scores, policy: tree }).estimates.value.estimate;
    });
    expect(crossFitted!.value.estimate).toBeCloseTo(mean(byHand), 12);
    expect(() => policyTree(data, { ...options, folds: 40 })).toThrow(expect.objectContaining({ code: "FOLDS_TOO_SMALL" }));
    expect(() => policyTree(data, { ...options, folds: 16, cluster: "district" })).toThrow("clusters");
  });
});

describe("policyTree() and protected attributes", () => {
  it("refuses them as covariates, tells what the rule does to them, and how well the rest gives them away", () => {
    const data = trial(1500, 8);
    const options = { covariates: ["debts", "height"], scores: ["none", "job"], protectedAttributes: ["sex"] } as const;
    const tree = policyTree(data, options);
    const [report] = tree.protectedAttributes;
    // Heights 13 cm apart with standard deviation 6: AUC = Phi(13 / (6 sqrt 2)) = .94.
    expect(report!.proxy.measure).toBe("AUC");
    expect(report!.proxy.value).toBeGreaterThan(0.9);
    expect(report!.proxy.value).toBeLessThan(0.97);
    expect(tree.warnings.map(({ code }) => code)).toContain("PROXY_COLUMNS");
    expect(report!.groups.map(({ label }) => label).sort()).toEqual(["man", "woman"]);
    for (const { shares } of report!.groups) expect(shares[0]! + shares[1]!).toBeCloseTo(1, 12);
    expect(report!.groups.reduce((sum, { rows, gain }) => sum + (rows / 1500) * gain.estimate, 0)).toBeCloseTo(
      tree.estimates.gainOverFirst.estimate,
      12,
    );
    const blind = policyTree(data, { ...options, covariates: ["debts"] });
    expect(blind.protectedAttributes[0]!.proxy.value).toBeCloseTo(0.5, 1);
    expect(blind.warnings.map(({ code }) => code)).not.toContain("PROXY_COLUMNS");
    expect(() => policyTree(data, { covariates: ["debts", "height"], scores: ["none", "job"], protectedAttributes: ["height"] })).toThrow(
      expect.objectContaining({ code: "PROTECTED_COVARIATE" }),
    );
  });

  it("judges an attribute of many numbers by the variance explained, and names rows without it", () => {
    const data = trial(800, 9);
    const age = data.numbers("height").map((h, i) => (i % 10 === 0 ? Number.NaN : 2 * h));
    const [report] = policyTree(data.with({ age }), {
      covariates: ["height"],
      scores: ["none", "job"],
      depth: 1,
      protectedAttributes: ["age"],
    }).protectedAttributes;
    expect(report!.proxy.measure).toBe("R2");
    expect(report!.proxy.value).toBeGreaterThan(0.8);
    expect(report!.missingRows).toBe(80);
    expect(report!.groups).toHaveLength(4);
  });
});

describe("policyTree() with costs, a budget and thin overlap", () => {
  it("keeps to the budget with a tree that no cheaper one beats", () => {
    const { X, scores, data } = problem(12, 11, 0);
    const options = { ...OPTIONS, depth: 1, costs: [0, 1, 2], missing: "drop" } as const;
    const free = policyTree(data, { ...options, costWeight: 0 });
    const tree = policyTree(data, { ...options, budget: 0.75 * free.meanCost });
    expect(tree.meanCost).toBeLessThanOrEqual(0.75 * free.meanCost + 1e-12);
    expect(tree.costWeight).toBeGreaterThan(0);
    // Every tree of one split that costs no more is worth no more.
    const rows = Array.from({ length: 12 }, (_, i) => i);
    for (const column of X) {
      for (const cut of new Set(column)) {
        for (let a = 0; a < 3; a++) {
          for (let b = 0; b < 3; b++) {
            const action = rows.map((i) => (column[i]! <= cut ? a : b));
            if (mean(action) > tree.meanCost + 1e-12) continue;
            expect(mean(action.map((k, i) => scores[k]![i]!))).toBeLessThanOrEqual(tree.meanScore + 1e-9);
          }
        }
      }
    }
    expect(policyTree(data, { ...options, budget: 100 }).totalReward).toBe(free.totalReward);
    expect(() => policyTree(data, { ...options, costs: [1, 2, 3], budget: 0.5 })).toThrow(
      expect.objectContaining({ code: "BUDGET_OUT_OF_REACH" }),
    );
    expect(() => policyTree(data, { ...OPTIONS, budget: 1 })).toThrow(expect.objectContaining({ code: "BUDGET_WITHOUT_COSTS" }));
  });

  it("warns of rows whose action hardly ever occurs among their like", () => {
    const options = { covariates: ["debts"], scores: ["none", "job"], depth: 1, propensities: ["pNone", "pJob"] } as const;
    const thin = policyTree(trial(1000, 12), options).warnings.find(({ code }) => code === "POOR_OVERLAP");
    expect(thin!.message).toContain('get "job"');
    expect(() => policyTree(trial(50, 12), { ...options, propensities: ["pJob"] })).toThrow("needs a propensity");
  });

  it("prints", () => {
    const text = policyText({
      nodes: [
        { leaf: false, variable: "debts", threshold: 0, missing: "right", left: 1, right: 2, rows: 10 },
        { leaf: true, action: "job", rows: 6 },
        { leaf: false, variable: "age", threshold: 40, left: 3, right: 4, rows: 4 },
        { leaf: true, action: "none", rows: 3 },
        { leaf: true, action: "care", rows: 1 },
      ],
    });
    expect(text).toBe(
      "debts <= 0: job (6 rows, 60%)\ndebts > 0 or missing:\n  age <= 40: none (3 rows, 30%)\n  age > 40: care (1 rows, 10%)",
    );
  });
});
