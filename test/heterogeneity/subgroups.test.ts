import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { aggregate, attGt } from "../../src/did/index.ts";
import { subgroups } from "../../src/heterogeneity/index.ts";
import { waldStatistic } from "../../src/inference/estimate.ts";
import { maxT } from "../../src/inference/max-t.ts";
import { estimate as rdEstimate } from "../../src/rd/index.ts";
import { factor, interaction, ols } from "../../src/regression/index.ts";
import { numbers } from "./numbers.ts";

interface Person {
  readonly town: string;
  readonly sex: string;
  readonly age: number;
  readonly treated: number;
  readonly hours: number;
  readonly weight: number;
}

function people(n: number, seed: number, towns = 20) {
  const random = numbers(seed);
  return frame.fromRows(
    Array.from({ length: n }, (): Person => {
      const town = Math.floor(random.uniform() * towns);
      const sex = random.uniform() < 0.6 ? "f" : "m";
      const age = 20 + Math.floor(random.uniform() * 40);
      const treated = random.uniform() < 0.5 ? 1 : 0;
      const hours = 10 + 0.3 * (town % 5) + treated * (sex === "f" ? 2 : 0.5) + 0.05 * age + random.normal();
      return { town: `t${town}`, sex, age, treated, hours, weight: 1 + Math.floor(random.uniform() * 3) };
    }),
  );
}

const experiment = { type: "experiment", outcome: "hours", treatment: "treated", covariates: ["age"], adjustment: "additive" } as const;

describe("subgroups()", () => {
  it("gives one group the effect over all rows", () => {
    const data = people(200, 1).with({ everybody: new Array<string>(200).fill("yes") });
    const { groups, overall, equality, warnings } = subgroups(data, { design: experiment, by: ["everybody"] });
    expect(groups[0]!.estimate).toEqual({ ...overall, term: "everybody: yes" });
    expect(groups[0]!.share).toBe(1);
    expect([equality.length, warnings[0]!.code]).toEqual([0, "ONE_GROUP"]);
  });

  it("equals a difference of means with Neyman's variance in each group", () => {
    const data = people(120, 2);
    const { groups } = subgroups(data, { design: { type: "experiment", outcome: "hours", treatment: "treated" }, by: ["sex"] });
    for (const { label, estimate, rows, treatedRows } of groups) {
      const [one, zero] = [1, 0].map((w) =>
        data
          .rows()
          .filter((row) => row.sex === label && row.treated === w)
          .map((row) => row.hours!),
      );
      const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
      const variance = (x: number[]): number => x.reduce((s, v) => s + (v - mean(x)) ** 2, 0) / (x.length - 1) / x.length;
      expect(estimate.estimate).toBeCloseTo(mean(one!) - mean(zero!), 11);
      expect(estimate.standardError).toBeCloseTo(Math.sqrt(variance(one!) + variance(zero!)), 11);
      expect([rows, treatedRows]).toEqual([one!.length + zero!.length, one!.length]);
    }
  });

  it("does not depend on the order of the rows, and follows the outcome's unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0.1, max: 50, noNaN: true }), (seed, b) => {
        const data = people(80, seed);
        const order = Int32Array.from({ length: 80 }, (_, i) => (i * 37) % 80);
        const moved = data.take(order).with({
          hours: data
            .take(order)
            .numbers("hours")
            .map((v) => 3 + b * v),
        });
        const options = { design: experiment, by: [{ column: "sex", levels: ["f", "m"] }] } as const;
        const [base, other] = [subgroups(data, options), subgroups(moved as unknown as typeof data, options)];
        base.groups.forEach((group, g) => {
          expect(other.groups[g]!.estimate.estimate).toBeCloseTo(b * group.estimate.estimate, 8);
          expect(other.groups[g]!.estimate.standardError / (b * group.estimate.standardError)).toBeCloseTo(1, 8);
        });
        expect(other.equality[0]!.statistic / base.equality[0]!.statistic).toBeCloseTo(1, 6);
      }),
      { numRuns: 15 },
    );
  });

  it("treats frequency weights as repeated rows", () => {
    const data = people(60, 3);
    const repeated = data.take(Int32Array.from(Array.from(data.numbers("weight")).flatMap((w, i) => new Array<number>(w).fill(i))));
    const design = { type: "regression", outcome: "hours", treatment: "treated", covariates: ["age"], vcov: { type: "hetero" } } as const;
    const weighted = subgroups(data, { design: { ...design, weights: { column: "weight", kind: "frequency" } }, by: ["sex"] });
    const plain = subgroups(repeated, { design, by: ["sex"] });
    weighted.groups.forEach(({ estimate }, g) => {
      expect(estimate.estimate).toBeCloseTo(plain.groups[g]!.estimate.estimate, 10);
      expect(estimate.standardError).toBeCloseTo(plain.groups[g]!.estimate.standardError, 10);
    });
  });

  it("joins groups that share clusters as the fully interacted regression does", () => {
    const data = people(300, 4, 12);
    const vcov = { type: "cluster", by: "town", variant: "CR0" } as const;
    const separate = subgroups(data, {
      design: { type: "regression", outcome: "hours", treatment: "treated", covariates: ["age"], vcov },
      by: ["sex"],
    });
    const sex = factor("sex", { reference: null });
    const full = ols(data, {
      outcome: "hours",
      regressors: [interaction(sex, "treated"), factor("sex"), "age", interaction(factor("sex"), "age")],
      vcov,
    });
    const [f, m] = [full.estimates["sex::f:treated"]!, full.estimates["sex::m:treated"]!];
    const [i, j] = [Object.keys(full.estimates).indexOf("sex::f:treated"), Object.keys(full.estimates).indexOf("sex::m:treated")];
    const V = full.vcov[i]![i]! + full.vcov[j]![j]! - 2 * full.vcov[i]![j]!;
    expect(separate.equality[0]!.chiSquared.statistic).toBeCloseTo(
      waldStatistic(Float64Array.of(m.estimate - f.estimate), Float64Array.of(V))!,
      9,
    );
    expect(separate.contrasts[0]!.standardError).toBeCloseTo(Math.sqrt(V), 11);
    expect(separate.equality[0]!.denominatorDegreesOfFreedom).toBe(11);
    expect(separate.warnings.map(({ code }) => code)).not.toContain("INDEPENDENCE_ASSUMED");
  });

  it("treats groups as independent when clusters lie inside them", () => {
    const data = people(200, 5, 10).with({
      half: Array.from({ length: 200 }, (_, i) => (i < 100 ? "a" : "b")),
      site: Float64Array.from({ length: 200 }, (_, i) => i >> 3),
    });
    const nested = subgroups(data, {
      design: { type: "experiment", outcome: "hours", treatment: "treated", cluster: "site" },
      by: [{ column: "site", cuts: [12] }],
    });
    const [a, b] = nested.groups.map(({ estimate }) => estimate);
    expect(nested.contrasts[0]!.standardError).toBeCloseTo(Math.hypot(a!.standardError, b!.standardError), 12);
    expect(nested.equality[0]!.chiSquared.statistic).toBeCloseTo(
      ((b!.estimate - a!.estimate) / nested.contrasts[0]!.standardError) ** 2,
      9,
    );
  });

  it("crosses columns, cuts numbers and counts looks over all partitions", () => {
    const data = people(400, 6);
    const result = subgroups(data, {
      design: experiment,
      by: ["sex", { cross: ["sex", "treated"] }, { column: "age", cuts: [30, 45] }],
    });
    // Crossing with the treatment leaves no variation in it.
    expect(result.leftOut.map(({ code }) => code).sort()).toEqual(["NO_CONTROL", "NO_CONTROL", "NO_TREATED", "NO_TREATED"]);
    const terms = ["sex: f", "sex: m", "age: up to 30", "age: above 30 up to 45", "age: above 45"];
    expect(result.groups.map(({ estimate }) => estimate.term).sort()).toEqual(terms.sort());
    expect(result.looks).toBe(5);
    const expected = result.groups.map(({ estimate }) => Math.min(1, 5 * estimate.pValue));
    const bonferroni = subgroups(data, { design: experiment, by: ["sex", { column: "age", cuts: [30, 45] }], multiplicity: "bonferroni" });
    for (const [g, { adjustedPValue }] of bonferroni.groups.entries()) expect(adjustedPValue).toBeCloseTo(expected[g]!, 12);
    for (const { adjustedPValue, estimate } of result.groups) expect(adjustedPValue).toBeGreaterThanOrEqual(estimate.pValue);
  });

  it("names groups without treated or control rows, and goes on", () => {
    const data = people(100, 7);
    const town = Array.from({ length: 100 }, (_, i) => (i % 4 === 0 ? "only treated" : i % 4 === 1 ? "only control" : "both"));
    const treated = Float64Array.from({ length: 100 }, (_, i) => (i % 4 === 0 ? 1 : i % 4 === 1 ? 0 : i % 2 === (i >> 2) % 2 ? 1 : 0));
    const result = subgroups(data.with({ town, treated }), { design: { ...experiment, adjustment: "none" }, by: ["town"] });
    expect(result.leftOut).toEqual([
      { partition: "town", label: "only treated", rows: 25, code: "NO_CONTROL", reason: "no control row" },
      { partition: "town", label: "only control", rows: 25, code: "NO_TREATED", reason: "no treated row" },
    ]);
    expect(result.warnings.filter(({ code }) => code === "GROUPS_LEFT_OUT").length).toBe(2);
    expect(result.looks).toBe(1);
  });

  it("runs rd.estimate in each group", () => {
    const random = numbers(9);
    const n = 1500;
    const x = Float64Array.from({ length: n }, () => random.uniform() * 2 - 1);
    const data = frame({
      x,
      g: Array.from(x, () => (random.uniform() < 0.5 ? "a" : "b")),
      y: x.map((v) => v + (v >= 0 ? 1 : 0) + 0.3 * random.normal()),
    });
    const result = subgroups(data, { design: { type: "rd", outcome: "y", running: "x" }, by: ["g"] });
    for (const { label, estimate } of result.groups) {
      const alone = rdEstimate(
        data.filter((row) => row.g === label),
        { outcome: "y", running: "x" },
      ).estimates.robust;
      expect(estimate).toEqual({ ...alone, term: `g: ${label}` });
    }
    expect(result.equality[0]!.distribution).toBe("chiSquared");
    const oneSided = subgroups(data.with({ side: Array.from(x, (v) => (v < 0.5 ? "both" : "right only")) }), {
      design: { type: "rd", outcome: "y", running: "x" },
      by: ["side"],
    });
    expect(oneSided.leftOut.map(({ label, code }) => [label, code])).toEqual([["right only", "CUTOFF_OUTSIDE"]]);
  });

  it("runs did.attGt in each group of units", () => {
    const random = numbers(10);
    const rows = Array.from({ length: 240 }, (_, u) => {
      const first = [3, 4, Number.POSITIVE_INFINITY][u % 3]!;
      const a = random.normal();
      return [1, 2, 3, 4, 5].map((t) => ({
        id: u,
        t,
        first,
        sex: u % 2 === 0 ? "f" : "m",
        y: a + 0.1 * t + (t >= first ? 1 : 0) + 0.2 * random.normal(),
      }));
    }).flat();
    const data = panel(frame.fromRows(rows), { unit: "id", time: "t" });
    const result = subgroups(data, { design: { type: "did", outcome: "y", firstTreated: "first", aggregate: "simple" }, by: ["sex"] });
    for (const { label, estimate, units, treatedUnits } of result.groups) {
      const alone = attGt(
        data.filter((row) => row.sex === label),
        { outcome: "y", firstTreated: "first" },
      );
      expect(estimate).toEqual({ ...aggregate(alone, { type: "simple" }).overall, term: `sex: ${label}` });
      expect([units, treatedUnits]).toEqual([120, 80]);
    }
    const moving = data.with({ sex: rows.map((row) => (row.t > 2 ? "f" : row.sex)) });
    expect(() => subgroups(moving, { design: { type: "did", outcome: "y", firstTreated: "first" }, by: ["sex"] })).toThrow(
      "changes within 120 units",
    );
  });

  it("joins rd groups that share clusters: a group and its copy do not differ by chance", () => {
    const random = numbers(5);
    const rows = Array.from({ length: 600 }, (_, i) => {
      const x = 2 * random.uniform() - 1;
      const y = 1 + x + (x >= 0 ? 0.5 : 0) + random.normal();
      return ["a", "b"].map((group) => ({ person: i, group, x, y: y + (group === "b" ? 0.1 * random.normal() : 0) }));
    }).flat();
    const design = { type: "rd", outcome: "y", running: "x", cluster: "person", bandwidth: 0.6, biasBandwidth: 0.6 } as const;
    for (const report of ["robust", "conventional"] as const) {
      const { groups, contrasts, overall, warnings } = subgroups(frame.fromRows(rows), { design: { ...design, report }, by: ["group"] });
      expect(warnings.map(({ code }) => code)).not.toContain("INDEPENDENCE_ASSUMED");
      const [a, b] = groups.map(({ estimate }) => estimate);
      expect(contrasts[0]!.standardError).toBeLessThan(0.2 * a!.standardError);
      // The pooled fit at the same bandwidths is the mean of both, and its variance that of the mean, but for the factor that counts rows.
      expect((a!.estimate + b!.estimate) / 2).toBeCloseTo(overall.estimate, 10);
      const mean = Math.sqrt((2 * a!.standardError ** 2 + 2 * b!.standardError ** 2 - contrasts[0]!.standardError ** 2) / 4);
      expect(mean / overall.standardError).toBeCloseTo(1, 1);
    }
  });

  it("joins did groups that share clusters: their share-weighted effects vary as the pooled one does", () => {
    // Two groups of equal make-up, so that the pooled effect is their mean; cluster shocks to treated units' changes hit both alike.
    const random = numbers(12);
    const shock = Array.from({ length: 30 }, () => random.normal());
    const rows = Array.from({ length: 360 }, (_, u) => {
      const first = u % 2 === 0 ? 2 : Number.POSITIVE_INFINITY;
      const site = (u >> 2) % 30;
      return [1, 2].map((t) => ({
        id: u,
        t,
        first,
        site,
        sex: (u >> 1) % 2 === 0 ? "f" : "m",
        y: (t >= first ? 1 + shock[site]! : 0) + 0.1 * random.normal(),
      }));
    }).flat();
    const data = panel(frame.fromRows(rows), { unit: "id", time: "t" });
    const design = { type: "did", outcome: "y", firstTreated: "first", aggregate: "simple", cluster: "site" } as const;
    const { groups, contrasts, overall, warnings } = subgroups(data, { design, by: ["sex"] });
    const [f, m] = groups.map(({ estimate }) => estimate);
    expect(warnings.map(({ code }) => code)).not.toContain("INDEPENDENCE_ASSUMED");
    // Var(difference) = v_f + v_m - 2c and Var(mean) = (v_f + v_m + 2c) / 4 with the same covariance c.
    const c = (f!.standardError ** 2 + m!.standardError ** 2 - contrasts[0]!.standardError ** 2) / 2;
    expect((f!.estimate + m!.estimate) / 2).toBeCloseTo(overall.estimate, 10);
    expect(Math.sqrt((f!.standardError ** 2 + m!.standardError ** 2 + 2 * c) / 4)).toBeCloseTo(overall.standardError, 10);
    expect(contrasts[0]!.standardError).toBeLessThan(0.3 * f!.standardError);
  });

  it("keeps the familywise error of Holm's correction near its level when no group has an effect", () => {
    let rejections = 0;
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const random = numbers(1000 + run);
      const n = 240;
      const data = frame({
        a: Float64Array.from({ length: n }, (_, i) => i % 4),
        b: Float64Array.from({ length: n }, () => Math.floor(random.uniform() * 5)),
        w: Float64Array.from({ length: n }, () => (random.uniform() < 0.5 ? 1 : 0)),
        y: Float64Array.from({ length: n }, () => random.normal()),
      });
      const { groups } = subgroups(data, { design: { type: "experiment", outcome: "y", treatment: "w" }, by: ["a", "b"] });
      if (groups.some(({ adjustedPValue }) => adjustedPValue < 0.05)) rejections++;
    }
    expect(rejections / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    expect(rejections).toBeGreaterThan(0);
  });

  it("corrects by the joint distribution of all groups' statistics", () => {
    const data = people(600, 21);
    const at = (p: readonly { readonly adjustedPValue: number }[]): number[] => p.map(({ adjustedPValue }) => adjustedPValue);
    const one = subgroups(data, { design: experiment, by: ["sex"], multiplicity: "maxT" });
    const [f, m] = one.groups.map(({ estimate }) => estimate);
    const covariance = [
      [f!.standardError ** 2, 0],
      [0, m!.standardError ** 2],
    ];
    const joint = maxT([f!.estimate, m!.estimate], covariance, {
      degreesOfFreedom: f!.degreesOfFreedom + m!.degreesOfFreedom,
      points: 4001,
    });
    expect(at(one.groups)).toEqual([...joint.stepDown]);
    // The same grouping under two names: statistics repeat, so looking twice costs nothing, where Holm's rule doubles every p-value.
    const twice = data.with({ again: data.rows().map(({ sex }) => sex) });
    const none = { type: "experiment", outcome: "age", treatment: "treated" } as const;
    const once = at(subgroups(data, { design: none, by: ["sex"], multiplicity: "maxT" }).groups);
    const both = at(subgroups(twice, { design: none, by: ["sex", "again"], multiplicity: "maxT" }).groups);
    expect(Math.min(...once)).toBeGreaterThan(0.01);
    [...once, ...once].forEach((p, g) => {
      expect(Math.abs(both[g]! - p)).toBeLessThan(1e-3);
    });
    const rd = { type: "rd", outcome: "hours", running: "age", cutoff: 40, bandwidth: 15 } as const;
    const single = at(subgroups(data, { design: rd, by: ["sex"], multiplicity: "maxT" }).groups);
    const repeated = at(subgroups(twice, { design: rd, by: ["sex", "again"], multiplicity: "maxT" }).groups);
    [...single, ...single].forEach((p, g) => {
      expect(Math.abs(repeated[g]! - p)).toBeLessThan(1e-3);
    });
  });

  it("steps down over draws in which whole clusters change sign, as the joint distribution says", () => {
    const data = people(400, 21, 60);
    const design = { type: "regression", outcome: "hours", treatment: "treated", covariates: ["age"], cluster: "town" } as const;
    const by = ["sex", { column: "age", quantiles: 3 }] as const;
    const options = { design, by, multiplicity: "romanoWolf", draws: 4999, seed: 3 } as const;
    const drawn = subgroups(data, options);
    const joint = subgroups(data, { design, by, multiplicity: "maxT" });
    drawn.groups.forEach(({ adjustedPValue, estimate, simultaneousInterval }, g) => {
      expect(Math.abs(adjustedPValue - joint.groups[g]!.adjustedPValue)).toBeLessThan(0.03);
      expect(adjustedPValue).toBeGreaterThanOrEqual(0.9 * estimate.pValue - 0.002);
      const half = (interval: readonly [number, number]): number => (interval[1] - interval[0]) / 2 / estimate.standardError;
      // Five correlated looks: wider than one interval, narrower than Bonferroni's (2.58).
      expect(half(simultaneousInterval)).toBeGreaterThan(2.1);
      expect(half(simultaneousInterval)).toBeLessThan(2.62);
      expect(Math.abs(half(simultaneousInterval) - half(joint.groups[g]!.simultaneousInterval))).toBeLessThan(0.2);
    });
    expect(drawn.contrasts.map(({ adjustedPValue }) => adjustedPValue).every((p) => p > 0 && p <= 1)).toBe(true);
    expect(subgroups(data, options)).toEqual(drawn);
    const holm = subgroups(data, { design, by });
    const bonferroni = holm.groups[0]!;
    expect(bonferroni.simultaneousInterval[1]).toBeGreaterThan(bonferroni.estimate.confidenceInterval[1]);
  });

  it("draws for rd groups from their covariance, over several partitions too", () => {
    const random = numbers(22);
    const data = frame({
      y: Float64Array.from({ length: 600 }, random.normal),
      x: Float64Array.from({ length: 600 }, () => 2 * random.uniform() - 1),
      a: Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? "one" : "two")),
      b: Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? "three" : "four")),
    });
    const design = { type: "rd", outcome: "y", running: "x", cutoff: 0, bandwidth: 0.5 } as const;
    const one = subgroups(data, { design, by: ["a"], multiplicity: "romanoWolf", draws: 999 });
    const two = subgroups(data, { design, by: ["a", "b"], multiplicity: "romanoWolf", draws: 999 });
    expect(two.groups).toHaveLength(4);
    for (const { adjustedPValue, estimate } of [...one.groups, ...two.groups]) {
      expect(adjustedPValue).toBeGreaterThan(estimate.pValue - 0.05);
    }
  });

  it("rejects bad options by name", () => {
    const data = people(40, 11);
    // @ts-expect-error a misspelt column does not compile
    expect(() => subgroups(data, { design: experiment, by: ["sexx"] })).toThrow('did you mean "sex"?');
    // @ts-expect-error an outcome of labels does not compile
    expect(() => subgroups(data, { design: { type: "experiment", outcome: "town", treatment: "treated" }, by: ["sex"] })).toThrow(
      "must be numeric",
    );
    expect(() => subgroups(data, { design: experiment, by: [] })).toThrow('option "by"');
    expect(() => subgroups(data, { design: experiment, by: ["sex", "sex"] })).toThrow("twice");
    expect(() => subgroups(data, { design: experiment, by: [{ column: "age", cuts: [30, 30] }] })).toThrow("distinct");
    expect(() => subgroups(data, { design: { ...experiment, treatment: "age" }, by: ["sex"] })).toThrow("must be 0 or 1");
  });
});
