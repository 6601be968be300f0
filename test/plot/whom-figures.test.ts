import { expect, it } from "vitest";
import { frame, heterogeneity } from "../../src/index.ts";
import { type PlotOptions, plotData, plotSpec, renderSvg } from "../../src/plot/index.ts";
import { substream } from "../../src/random/index.ts";

const words: PlotOptions = { outcome: "share in work", unit: "%", scale: 100 };
const titleOf = (spec: ReturnType<typeof plotSpec>): string => (spec.title["text"] as readonly string[]).join(" ");

/** Scores of two programmes for 600 people: job help is worth .06 without debts and −.04 with, training .02 for all; a little noise. */
function people() {
  const draw = substream(11, 1);
  const rows = Array.from({ length: 600 }, (_, i) => {
    const [debts, noise] = [i % 3 === 0 ? 1 : 0, 0.1 * (draw.uniform() - 0.5)];
    return {
      debts,
      age: 20 + (i % 40),
      none: 0,
      training: 0.02,
      job: (debts === 1 ? -0.04 : 0.06) + noise,
      wealth: 1 - debts,
      luck: draw.uniform(),
    };
  });
  return frame.fromRows(rows);
}

const labels = { none: "nothing", job: "job help", "debts ≤ 0": "no debts", "debts > 0": "problem debts" };
const tree = heterogeneity.policyTree(people(), { covariates: ["debts", "age"], scores: ["none", "training", "job"], depth: 1 });
const deep = heterogeneity.policyTree(people(), {
  covariates: ["debts", "age"],
  scores: ["none", "training", "job"],
  depth: 3,
  searchDepth: 2,
});
const leaf = heterogeneity.policyTree(people(), { covariates: ["age"], scores: ["none", "training"], depth: 1 });
const rank = (priorities: readonly ("wealth" | "luck" | "debts")[], target: "AUTOC" | "Qini") =>
  heterogeneity.rankAverageEffect(people(), { scores: "job", priorities, target });
const good = rank(["wealth"], "AUTOC");
const both = rank(["wealth", "luck"], "Qini");

it.each(Object.entries({ tree, deep, leaf, good, both }))(
  "%s is plain data and is drawn at both widths, in both languages",
  async (_name, result) => {
    for (const options of [{ width: 720 }, { width: 360, language: "nl" }] as const) {
      const spec = plotSpec(result, { ...words, labels, ...options });
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      const svg = await renderSvg(spec);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg).toContain(` width="${options.width}" `);
    }
  },
);

it("the figure of a policy tree says who gets what, how many they are and what they gain", () => {
  const rows = plotData(tree, { ...words, labels });
  expect(rows.map((row) => [row["condition"], row["action"], row["share"]])).toEqual([
    ["Everyone", null, 1],
    ["no debts", "job help", 2 / 3],
    ["problem debts", "training", 1 / 3],
  ]);
  expect(rows[1]!["gain"]).toBeCloseTo(6, 0);
  expect(rows[2]!["gain"]).toBeCloseTo(2, 10);
  const spec = plotSpec(tree, { ...words, labels });
  expect(titleOf(spec)).toMatch(/^Share in work: a rule with 2 groups gains \+\d\.\d+ percentage points over job help for everyone$/);
  expect(spec.description).toContain("no debts: job help (67%, gain +");
  expect(spec.description).toContain("problem debts: training (33%, gain +2");
  expect((spec.title["subtitle"] as readonly string[]).join(" ")).toContain("Measured on the rows the rule was learnt from");
  expect(titleOf(plotSpec(leaf, { labels }))).toContain("no rule found that beats training for everyone");
});

it("the figure of a policy tree takes its gain from other rows where the result has that, and names the side of missing rows", () => {
  const data = people();
  const gaps = data.with({ debts: data.numbers("debts").map((v, i) => (i % 7 === 0 ? Number.NaN : v)) });
  const crossed = heterogeneity.policyTree(gaps, { covariates: ["debts"], scores: ["none", "training", "job"], depth: 1, folds: 3 });
  const spec = plotSpec(crossed, { ...words, labels });
  expect((spec.title["subtitle"] as readonly string[]).join(" ")).toContain("not learnt from");
  expect(plotData(crossed, { ...words, labels }).filter((row) => String(row["condition"]).endsWith("or missing"))).toHaveLength(1);
});

it("the leaves of a tree add up to its gain", () => {
  const gain = deep.nodes.reduce((sum, node) => sum + (node.leaf ? (node.gain! * node.rows) / 600 : 0), 0);
  expect(gain).toBeCloseTo(deep.estimates.gainOverFirst.estimate, 12);
});

it("a drawn tree has no box upon another and none outside the picture", () => {
  for (const width of [720, 360]) {
    const {
      data,
      height,
      width: inner,
    } = plotSpec(deep, { width }) as unknown as {
      readonly data: {
        readonly values: readonly { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }[];
      };
      readonly height: number;
      readonly width: number;
    };
    const boxes = data.values;
    expect(boxes).toHaveLength(deep.nodes.length);
    for (const [i, a] of boxes.entries()) {
      expect(a.left >= 0 && a.right <= inner + 1e-9 && a.top >= 0 && a.bottom <= height + 1e-9).toBe(true);
      for (const b of boxes.slice(i + 1)) {
        expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true);
      }
    }
  }
});

it("the targeting curve is the gain of those ranked first, with the area as the estimate in its title", () => {
  const rows = plotData(good, { scale: 100 });
  expect(rows.map((row) => row["share"])).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  expect(rows[0]!["estimate"]).toBe(good.curve[0]!.estimates[0]!.estimate * 100);
  expect(rows.at(-1)!["low"]).toBe(rows.at(-1)!["estimate"]);
  expect(titleOf(plotSpec(good, words))).toMatch(
    /^Share in work: ranking by wealth finds those who gain most \(\+\d\.\d+ percentage points/,
  );
  expect(titleOf(plotSpec(rank(["luck"], "AUTOC"), words))).toContain("no clear sign that ranking by luck finds those who gain most");
  expect(titleOf(plotSpec(rank(["debts"], "AUTOC"), words))).toContain("those ranked first by debts gain less than others");
});

it("with two priorities the figure holds both curves; Qini counts the gain over everybody", () => {
  const rows = plotData(both);
  expect(rows.map((row) => row["priority"]).filter((name, i, list) => list.indexOf(name) === i)).toEqual(["wealth", "luck"]);
  expect(rows[2]!["estimate"]).toBeCloseTo(0.3 * both.curve[2]!.estimates[0]!.estimate, 14);
  expect(titleOf(plotSpec(both, words))).toBe("Share in work: wealth ranks people by gain better than luck");
});
