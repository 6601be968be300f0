import { describe, expect, it } from "vitest";
import { estimate, heterogeneity, heterogeneityContrast, heterogeneityContrasts } from "../../src/rd/index.ts";
import { replaced, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 1200, seed: 31 });
const groups = data.with({ group: data.numbers("z").map((z) => (z > 0.4 ? 2 : z > -0.4 ? 1 : 0)) });
const HC2 = { type: "hetero", variant: "HC2" } as const;

describe("rd.heterogeneity with a treatment", () => {
  it("gives each group the ratio that a fit on it alone gives", () => {
    const fit = heterogeneity(groups, { ...BASE, treatment: "d", by: "group", bandwidth: 0.6, vcov: HC2 });
    for (const g of [0, 1, 2]) {
      const own = groups.filter((row) => row.group === g);
      const alone = estimate(own, { ...BASE, treatment: "d", bandwidth: 0.6, vcov: HC2 });
      expect(fit.conventional[g]!).toBeCloseTo(alone.estimates.conventional.estimate, 9);
      // the bias-corrected effect is the ratio at order 2: with order 2 asked for, the conventional row of the single fit
      const higher = estimate(own, { ...BASE, treatment: "d", bandwidth: 0.6, order: 2, vcov: HC2 });
      expect(fit.estimates[g]!.estimate).toBeCloseTo(higher.estimates.conventional.estimate, 9);
      expect(fit.estimates[g]!.standardError).toBeCloseTo(higher.estimates.conventional.standardError, 9);
      expect(fit.firstStage![g]!.estimate).toBeCloseTo(higher.firstStage!.conventional.estimate, 9);
      expect(fit.firstStage![g]!.standardError).toBeCloseTo(higher.firstStage!.conventional.standardError, 9);
    }
  });

  it("solves along covariates as two-stage least squares: without endogeneity the sharp slopes come back", () => {
    const sharp = data.with({ side: data.numbers("x").map((x) => (x >= 0 ? 1 : 0)) });
    const plain = heterogeneity(sharp, { ...BASE, along: ["z", "w"], bandwidth: 0.7 });
    const fuzzy = heterogeneity(sharp, { ...BASE, along: ["z", "w"], bandwidth: 0.7, treatment: "side" });
    fuzzy.estimates.forEach((row, i) => {
      expect(row.estimate).toBeCloseTo(plain.estimates[i]!.estimate, 9);
      expect(row.standardError).toBeCloseTo(plain.estimates[i]!.standardError, 9);
    });
    expect(fuzzy.firstStage!.map((row) => row.estimate)).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 9)));
  });

  it("recovers an effect that grows along a covariate, clustered too", () => {
    const sloped = replaced(data, "y", (y, i) => y + data.numbers("d")[i]! * data.numbers("z")[i]!);
    const fit = heterogeneity(sloped, { ...BASE, along: ["z"], bandwidth: 0.9, treatment: "d", cluster: "g" });
    expect(Math.abs(fit.estimates[1]!.estimate - 1)).toBeLessThan(4 * fit.estimates[1]!.standardError);
  });

  it("refuses a treatment that does not move, and warns when it hardly does", () => {
    const coin = data.with({ coin: data.numbers("x").map((_, i) => (i * 7919) % 2), still: data.numbers("x").map(() => 1) });
    expect(() => heterogeneity(coin, { ...BASE, treatment: "still", bandwidth: 0.5 })).toThrow(
      expect.objectContaining({ code: "NO_FIRST_STAGE" }),
    );
    const weak = heterogeneity(coin, { ...BASE, treatment: "coin", bandwidth: 0.5 });
    expect(weak.warnings.map(({ code }) => code)).toContain("WEAK_FIRST_STAGE");
  });
});

describe("rd.heterogeneityContrasts", () => {
  const fit = heterogeneity(groups, { ...BASE, by: "group", bandwidth: 0.6 });

  it("tests all groups equal as the result does, whatever the base", () => {
    const all = heterogeneityContrasts(fit, { a: { 1: 1, 0: -1 }, b: { 2: 1, 1: -1 } });
    expect(all.test.pValue).toBeCloseTo(fit.equality!.pValue, 10);
    expect(all.estimates[0]).toEqual({ ...heterogeneityContrast(fit, { 1: 1, 0: -1 }).estimate, term: "a" });
  });

  it("measures distances from null values: none at the estimate itself", () => {
    const combinations = { a: { 1: 1, 0: -1 }, b: { 2: 1, 1: -1 } };
    const zero = heterogeneityContrasts(fit, combinations);
    const [a, b] = zero.estimates.map(({ estimate: value }) => value);
    const at = heterogeneityContrasts(fit, combinations, 0.9, { a: a!, b: b! + 2 * zero.estimates[1]!.standardError });
    expect([at.estimates[0]!.statistic, at.estimates[0]!.pValue, at.estimates[1]!.statistic]).toEqual([
      0,
      expect.closeTo(1, 12),
      expect.closeTo(-2, 9),
    ]);
    expect(at.estimates.map(({ estimate: value }) => value)).toEqual([a, b]);
    expect(heterogeneityContrasts(fit, combinations, 0.9, { a: a!, b: b! }).test.statistic).toBeCloseTo(0, 12);
    expect(() => heterogeneityContrasts(fit, combinations, 0.9, { c: 1 })).toThrow("nulls");
  });

  it("refuses combinations that repeat one another", () => {
    expect(() => heterogeneityContrasts(fit, { a: { 1: 1, 0: -1 }, b: { 1: 2, 0: -2 } })).toThrow("follow from the others");
  });
});
