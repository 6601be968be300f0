import { describe, expect, it } from "vitest";
import { type MunicipalOptions, type MunicipalTable, table, truth } from "../../src/example-data/index.ts";

/** The design's formula for one row of the table, written out plainly. */
function designProbability(d: MunicipalTable, i: number, options: MunicipalOptions): number {
  const month = d.month[i]!;
  const start = d.firstProgramMonth[i]!;
  const education = d.education.codes[i]!;
  const higher = education > 0 ? 1 : 0;
  const threeChildren = d.children[i] === 3 ? 1 : 0;
  const [bad, debts, removal] = [d.badHealth[i]!, d.debts[i]!, d.obstacleRemoval[i]!];
  const cohort = [13, 19, 25, 31, Number.POSITIVE_INFINITY].indexOf(start);
  let p = 0.3 + 0.05 * Number(education === 1) + 0.1 * Number(education === 2) - 0.05 * bad - 0.03 * debts;
  p += -0.03 * threeChildren - 0.04 * d.language.codes[i]! - 0.03 * d.longBenefit[i]!;
  p += 0.04 * Number(d.complianceType.codes[i] === 2) + [-0.02, -0.01, 0, 0.005, 0.015][cohort]!;
  p += 0.0004 * (month - 24) + 0.01 * Math.sin((2 * Math.PI * month) / 12);
  if (!Number.isNaN(d.childAge[i]!)) {
    const c = Math.max(-60, Math.min(60, d.childAge[i]! - 60));
    if (options.ageTrend !== false) p += 0.0012 * c + 0.00001 * c * c;
    if (options.kink === true) p += (0.01 / 12) * Math.max(0, c);
  }
  if (options.trendByEducation === true) p += 0.0006 * month * higher;
  p += d.obliged[i]! * (0.05 + 0.03 * higher - 0.03 * bad - 0.02 * threeChildren);
  const steps = month - start + (options.anticipation ?? 0) + 1;
  const ramp = Math.max(0, Math.min(1, steps / 6));
  const obstacle = bad === 1 || debts === 1;
  if (ramp > 0) p += [1.2, 1, 0.9, 0.8][cohort]! * ramp * ((obstacle ? 0.015 : 0.06) + 0.06 * removal);
  return p + 0.015 * removal;
}

describe("the employment probability", () => {
  it.each<MunicipalOptions>([
    {},
    { ageTrend: false, childless: true },
    { kink: true, anticipation: 3 },
    { trendByEducation: true, childless: true },
  ])("follows the design's formula with %o", (options) => {
    const data = table({ persons: 400, seed: 9, ...options });
    const errors = data.p.map((p, i) => Math.abs(p - designProbability(data, i, options)));
    expect(Math.max(...errors)).toBeLessThan(1e-14);
  });

  it("stays between .04 and .75", () => {
    const { p } = table({ persons: 20_000, columns: ["p"] });
    expect(p.every((value) => value >= 0.04 && value <= 0.75)).toBe(true);
  });

  it("is the employment rate, overall and wherever it is high or low", () => {
    const { person, p, employed } = table({ persons: 15_000, districtShock: 0, seed: 4, columns: ["person", "p", "employed"] });
    for (const [low, high] of [
      [0, 1],
      [0, 0.25],
      [0.25, 0.35],
      [0.35, 0.45],
      [0.45, 1],
    ] as const) {
      const sums = new Map<number, number>();
      let [total, n] = [0, 0];
      for (let i = 0; i < p.length; i++) {
        if (p[i]! < low || p[i]! >= high) continue;
        const difference = employed[i]! - p[i]!;
        sums.set(person[i]!, (sums.get(person[i]!) ?? 0) + difference);
        total += difference;
        n++;
      }
      const clustered = Math.sqrt([...sums.values()].reduce((sum, s) => sum + s * s, 0)) / n;
      expect(Math.abs(total / n)).toBeLessThan(4 * clustered);
      expect(clustered).toBeLessThan(0.01);
    }
  });

  it("leaves employment strongly correlated over time, and correlated within districts when asked", () => {
    const correlation = (districtShock: number): number => {
      const d = table({ persons: 4000, districtShock, columns: ["district", "month", "p", "employed"] });
      const cells = new Map<number, [number, number]>();
      for (let i = 0; i < d.p.length; i++) {
        const cell = cells.get(d.district[i]! * 100 + d.month[i]!) ?? [0, 0];
        cells.set(d.district[i]! * 100 + d.month[i]!, [cell[0] + d.employed[i]! - d.p[i]!, cell[1] + 1]);
      }
      return [...cells.values()].reduce((sum, [s]) => sum + s * s, 0) / [...cells.values()].reduce((sum, [, n]) => sum + n, 0);
    };
    expect(correlation(0.2)).toBeGreaterThan(3 * correlation(0));
    const { person, employed, p } = table({ persons: 3000, columns: ["person", "employed", "p"] });
    let [product, square, pairs] = [0, 0, 0];
    for (let i = 1; i < person.length; i++) {
      if (person[i] !== person[i - 1]) continue;
      product += (employed[i]! - p[i]!) * (employed[i - 1]! - p[i - 1]!);
      square += (employed[i]! - p[i]!) ** 2;
      pairs++;
    }
    expect(pairs).toBeGreaterThan(100_000);
    expect(product / square).toBeGreaterThan(0.6);
  });

  it("gives care costs that are 40 % zeros and have the stated mean", () => {
    const d = table({ persons: 15_000, seed: 6, columns: ["careCost", "badHealth", "employed", "obstacleRemoval"] });
    let [zeros, expected, found, square] = [0, 0, 0, 0];
    for (let i = 0; i < d.careCost.length; i++) {
      const mean = 70 + 120 * d.badHealth[i]! - 20 * d.employed[i]! - 10 * d.obstacleRemoval[i]!;
      if (d.careCost[i] === 0) zeros++;
      expected += mean;
      found += d.careCost[i]!;
      square += (d.careCost[i]! - mean) ** 2; // independent over months
    }
    const n = d.careCost.length;
    expect(Math.abs(zeros / n - 0.4)).toBeLessThan(4 * Math.sqrt(0.24 / n));
    expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt(square));
  });
});

describe("the effects, without noise in employment", () => {
  // Composition noise falls as 1/sqrt(N): .0015 and .003 at 60,000 persons become these at 20,000.
  const N = 20_000;
  const data = table({ persons: N, seed: 12 });

  it("jump at the fifth birthday by the truth", () => {
    const limit = (column: Float64Array, side: 1 | -1): number => {
      let [s0, s1, s2, y0, y1] = [0, 0, 0, 0, 0];
      for (let i = 0; i < column.length; i++) {
        const r = data.childAge[i]! - 60;
        const weight = 1 - Math.abs(r) / 12;
        if (weight <= 0 || r >= 0 !== side > 0) continue;
        s0 += weight;
        s1 += weight * r;
        s2 += weight * r * r;
        y0 += weight * column[i]!;
        y1 += weight * r * column[i]!;
      }
      return (s2 * y0 - s1 * y1) / (s0 * s2 - s1 * s1);
    };
    const jump = (column: Float64Array): number => limit(column, 1) - limit(column, -1);
    const all = truth().obligation.groups[0]!;
    expect(Math.abs(jump(data.p) - all.intentionToTreat)).toBeLessThan(0.0015 * Math.sqrt(3));
    expect(Math.abs(jump(data.obliged) - all.firstStage)).toBeLessThan(0.02);
    for (const covariate of [data.badHealth, data.debts, data.longBenefit]) expect(Math.abs(jump(covariate))).toBeLessThan(0.02);
  });

  it("of job help equal ATT(g, t) in every cohort and month", () => {
    const sums = new Map<string, [number, number]>();
    for (let i = 0; i < data.p.length; i++) {
      const cell = `${data.firstProgramMonth[i]} ${data.month[i]}`;
      const [sum, n] = sums.get(cell) ?? [0, 0];
      sums.set(cell, [sum + data.p[i]!, n + 1]);
    }
    const mean = (cohort: number, month: number): number => {
      const [sum, n] = sums.get(`${cohort} ${month}`)!;
      return sum / n;
    };
    const never = Number.POSITIVE_INFINITY;
    for (const { cohort, month, effect } of truth().jobHelp.attGt) {
      const found = mean(cohort, month) - mean(cohort, cohort - 1) - (mean(never, month) - mean(never, cohort - 1));
      expect(Math.abs(found - effect)).toBeLessThan(0.003 * Math.sqrt(3));
    }
  });

  it("equal ATT(g, t) to 1e-10 once persons are weighted to the exact shares", () => {
    const flat = table({ persons: 6000, ageTrend: false, seed: 2 });
    // Persons whose obligation does not change: their p changes by month effects, job help and obstacle removal alone.
    const paths = new Map<string, { sum: Float64Array; n: Float64Array }>();
    for (let i = 0; i < flat.p.length; i++) {
      if (flat.complianceType.codes[i] === 1) continue;
      const obstacle = flat.badHealth[i] === 1 || flat.debts[i] === 1;
      const key = `${flat.firstProgramMonth[i]} ${obstacle} ${flat.firstRemovalMonth[i]}`;
      const path = paths.get(key) ?? { sum: new Float64Array(49), n: new Float64Array(49) };
      paths.set(key, path);
      const level = base(flat, i);
      path.sum[flat.month[i]!]! += flat.p[i]! - level;
      path.n[flat.month[i]!]! += 1;
    }
    const cells = [
      ["false Infinity", 0.42],
      ["true Infinity", 0.29],
      ...[10, 16, 22, 28, 34].map((s) => [`true ${s}`, 0.058] as const),
    ] as const;
    const weighted = (cohort: number, month: number): number =>
      cells.reduce((total, [cell, weight]) => {
        const path = paths.get(`${cohort} ${cell}`)!;
        return total + (weight * path.sum[month]!) / path.n[month]!;
      }, 0);
    const never = Number.POSITIVE_INFINITY;
    for (const { cohort, month, effect } of truth().jobHelp.attGt) {
      const found = weighted(cohort, month) - weighted(cohort, cohort - 1) - (weighted(never, month) - weighted(never, cohort - 1));
      expect(Math.abs(found - effect)).toBeLessThan(1e-10);
    }
  });
});

/** The part of a person's probability that never changes while the obligation does not. */
function base(d: MunicipalTable, i: number): number {
  const education = d.education.codes[i]!;
  const three = d.children[i] === 3 ? 1 : 0;
  const higher = education > 0 ? 1 : 0;
  const fixed = [0, 0.05, 0.1][education]! - 0.05 * d.badHealth[i]! - 0.03 * d.debts[i]! - 0.03 * three;
  const obligation = d.obliged[i]! * (0.04 + 0.05 + 0.03 * higher - 0.03 * d.badHealth[i]! - 0.02 * three);
  return fixed - 0.04 * d.language.codes[i]! - 0.03 * d.longBenefit[i]! + obligation;
}
