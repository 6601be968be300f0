import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { table, trial, truth } from "../../src/example-data/index.ts";

const N = 40_000;
const [equal, confounded] = [trial({ persons: N, seed: 3 }), trial({ persons: N, seed: 3, confounded: true })];
const rows = Array.from({ length: N }, (_, i) => i);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("trial()", () => {
  it("assigns one in four to each arm", () => {
    for (let arm = 0; arm < 4; arm++) {
      const count = rows.filter((i) => equal.arm.codes[i] === arm).length;
      expect(Math.abs(count / N - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / N));
    }
    expect(rows.every((i) => equal.jobHelp[i] === Number([1, 3].includes(equal.arm.codes[i]!)))).toBe(true);
    expect(rows.every((i) => equal.obstacleRemoval[i] === Number([2, 3].includes(equal.arm.codes[i]!)))).toBe(true);
  });

  it.each(["all", "without obstacle", "with obstacle"])("has the true effects: %s", (group) => {
    const found = truth().combination.find((entry) => entry.group === group)!;
    const obstacle = (i: number): boolean => equal.badHealth[i] === 1 || equal.debts[i] === 1;
    const members = rows.filter((i) => group === "all" || obstacle(i) === (group === "with obstacle"));
    const effect = (column: "pA" | "pB" | "pAB"): number => mean(members.map((i) => equal[column][i]! - equal.pNone[i]!));
    // Within the groups effects are constants; over all persons the realised share of obstacles matters (sd .045).
    const tolerance = group === "all" ? (4 * 0.045) / Math.sqrt(N) : 1e-12;
    expect(Math.abs(effect("pA") - found.A)).toBeLessThan(tolerance);
    expect(Math.abs(effect("pB") - found.B)).toBeLessThan(tolerance);
    expect(Math.abs(effect("pAB") - found.AB)).toBeLessThan(tolerance);
    const armMean = (arm: number): number => mean(members.filter((i) => equal.arm.codes[i] === arm).map((i) => equal.employed[i]!));
    const standardError = Math.sqrt((0.25 * 8) / members.length);
    expect(Math.abs(armMean(3) - armMean(0) - found.AB)).toBeLessThan(4 * standardError);
  });

  it("confounds by the stated propensities, all at least .08, with the same outcomes under each arm", () => {
    const columns = [confounded.propensityNone, confounded.propensityA, confounded.propensityB, confounded.propensityAB];
    expect(Math.min(...columns.map((column) => Math.min(...column)))).toBeGreaterThan(0.08);
    expect(rows.every((i) => Math.abs(columns.reduce((sum, column) => sum + column[i]!, 0) - 1) < 1e-12)).toBe(true);
    for (const arm of [0, 1, 2, 3]) {
      const weighted = mean(rows.map((i) => (confounded.arm.codes[i] === arm ? 1 / columns[arm]![i]! : 0)));
      expect(Math.abs(weighted - 1)).toBeLessThan(4 * Math.sqrt(12 / N));
    }
    expect([confounded.pNone, confounded.pA, confounded.pB, confounded.pAB]).toEqual([equal.pNone, equal.pA, equal.pB, equal.pAB]);
    const sick = mean(rows.filter((i) => confounded.arm.codes[i] === 2).map((i) => confounded.badHealth[i]!));
    expect(sick).toBeGreaterThan(0.32);
  });

  it("reaches the policy gains of the truth", () => {
    const { policy } = truth();
    const gain = (rule: (i: number) => number): number => mean(rows.map((i) => rule(i) - equal.pNone[i]!));
    const tree = gain((i) => (equal.badHealth[i] === 1 || equal.debts[i] === 1 ? equal.pAB[i]! - 0.04 : equal.pA[i]! - 0.02));
    expect(Math.abs(tree - policy.bestTree)).toBeLessThan((4 * 0.005) / Math.sqrt(N) + 1e-4);
    expect(Math.abs(gain((i) => equal.pAB[i]! - 0.04) - policy.allAB)).toBeLessThan((4 * 0.015) / Math.sqrt(N) + 1e-4);
  });

  it("has the persons of table(), is a prefix, and fits a frame", () => {
    const people = table({ persons: 30, seed: 3 });
    const firsts = Array.from(people.person, (_, i) => i).filter((i) => i === 0 || people.person[i] !== people.person[i - 1]);
    expect(firsts.map((i) => people.badHealth[i])).toEqual([...equal.badHealth.slice(0, 30)]);
    expect(firsts.map((i) => people.education.codes[i])).toEqual([...equal.education.codes.slice(0, 30)]);
    expect(trial({ persons: 30, seed: 3 }).employed).toEqual(equal.employed.slice(0, 30));
    expect(frame(trial({ persons: 30 })).categories("arm").levels).toEqual(["none", "A", "B", "AB"]);
    expect(() => trial({ persons: 1.5 })).toThrow('"persons" must be an integer');
    expect(() => trial({ confound: true } as object)).toThrow('did you mean "confounded"?');
  });
});
