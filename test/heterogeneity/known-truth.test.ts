import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { table, trial, truth } from "../../src/example-data/index.ts";
import { assignPolicy, policyTree, policyValue, subgroups } from "../../src/heterogeneity/index.ts";

const { obligation, combination, policy } = truth({ districtShock: 0 });

describe("the generator's truths", () => {
  const parents = panel(frame(table({ persons: 2500, seed: 4, districtShock: 0 })), { unit: "person", time: "month" });

  it("by group of a regression discontinuity", () => {
    const design = { type: "rd", outcome: "employed", running: "childAge", cutoff: 60, cluster: "person", bandwidth: 12 } as const;
    const { groups } = subgroups(parents, { design, by: ["education", "badHealth"] });
    const jump = (group: string): number => obligation.groups.find((one) => one.group === group)!.intentionToTreat;
    const truths: Readonly<Record<string, number>> = {
      low: jump("low education"),
      middle: jump("middle or high education"),
      high: jump("middle or high education"),
      "0": jump("good health"),
      "1": jump("bad health"),
    };
    expect(groups).toHaveLength(5);
    for (const { label, estimate } of groups) expect(Math.abs(estimate.estimate - truths[label]!)).toBeLessThan(4 * estimate.standardError);
  });

  it("by group of a staggered roll-out", () => {
    const people = parents.with({ obstacle: parents.numbers("badHealth").map((bad, i) => Math.max(bad, parents.numbers("debts")[i]!)) });
    const design = {
      type: "did",
      outcome: "p",
      firstTreated: "firstProgramMonth",
      controlGroup: "notYetTreated",
      aggregate: "simple",
    } as const;
    const { groups, equality } = subgroups(panel(people, { unit: "person", time: "month" }), {
      design: { ...design, unbalanced: "drop" },
      by: ["obstacle"],
    });
    const [free, hindered] = groups as [(typeof groups)[0], (typeof groups)[0]];
    // Without an obstacle .06 times the cohort's multiplier, phased in over six months; weighted by the cohorts' shares and months.
    const cohorts = [
      [13, 0.117857, 1.2],
      [19, 0.184286, 1],
      [25, 0.235714, 0.9],
      [31, 0.173, 0.8],
    ] as const;
    let [sum, weight] = [0, 0];
    for (const [start, share, multiplier] of cohorts) {
      for (let month = start; month <= 48; month++) {
        sum += share * multiplier * Math.min(1, (month - start + 1) / 6) * 0.06;
        weight += share;
      }
    }
    expect(Math.abs(free.estimate.estimate - sum / weight)).toBeLessThan(4 * free.estimate.standardError);
    expect(hindered.estimate.estimate).toBeLessThan(free.estimate.estimate);
    expect(equality[0]!.degreesOfFreedom).toBe(1);
  });

  it("of two programmes together, by obstacle", () => {
    const drawn = frame(trial({ persons: 30_000, seed: 2 }));
    const people = drawn.with({ obstacle: drawn.numbers("badHealth").map((bad, i) => Math.max(bad, drawn.numbers("debts")[i]!)) });
    const [, without, having] = combination;
    const { groups } = subgroups(
      people.filter(({ obstacleRemoval }) => obstacleRemoval === 0),
      {
        design: { type: "experiment", outcome: "employed", treatment: "jobHelp" },
        by: ["obstacle"],
      },
    );
    expect(Math.abs(groups[0]!.estimate.estimate - without!.A)).toBeLessThan(4 * groups[0]!.estimate.standardError);
    expect(Math.abs(groups[1]!.estimate.estimate - having!.A)).toBeLessThan(4 * groups[1]!.estimate.standardError);
  });

  it("of the best rule of two questions: job help without an obstacle, both programmes with any, worth .0458", () => {
    const people = frame(trial({ persons: 20_000, seed: 3 }));
    const cost = policy.costPerProgram;
    const net = (name: "pNone" | "pA" | "pB" | "pAB", programmes: number): Float64Array =>
      people.numbers(name).map((p) => p - programmes * cost);
    const scored = people.with({ none: net("pNone", 0), A: net("pA", 1), B: net("pB", 1), AB: net("pAB", 2) });
    const scores = ["none", "A", "B", "AB"] as const;
    const options = { covariates: ["badHealth", "debts"], scores } as const;
    const tree = policyTree(scored, options);
    expect(Math.abs(tree.estimates.gainOverFirst.estimate - policy.bestTree)).toBeLessThan(5e-4);
    const { codes } = assignPolicy(tree, scored);
    const obstacle = people.numbers("badHealth").map((bad, i) => Math.max(bad, people.numbers("debts")[i]!));
    expect(codes.every((action, i) => scores[action] === (obstacle[i] === 0 ? "A" : "AB"))).toBe(true);
    const split = policyTree(scored, { ...options, depth: 1 });
    expect(Math.abs(split.estimates.gainOverFirst.estimate - policy.bestSplit)).toBeLessThan(5e-4);
    const all = policyValue(scored.with({ everyone: new Float64Array(20_000).fill(1) }), { scores, policy: "everyone" });
    expect(Math.abs(all.estimates.gainOverFirst.estimate - policy.allA)).toBeLessThan(5e-4);
  });
});
