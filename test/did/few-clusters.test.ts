import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  type CombinedTable,
  combine,
  efficient,
  eventStudy,
  extendedTwfe,
  imputation,
  localProjections,
  marginalEffects,
  pretrends,
  randomizationInference,
  stacked,
  sunAbraham,
  triple,
  twoStage,
  twoWayFixedEffects,
  wildBootstrap,
} from "../../src/did/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const CITIES = ["Amsterdam", "Rotterdam", "Den Haag", "Utrecht"] as const;
const START = [0, 3, 5, 0] as const;

/** Four cities, each with one first treatment time. */
function cities(effect: number, seed = 3) {
  const rows = simulateStaggered({ units: 80, periods: 6, cohorts: [99], seed }).map((row) => {
    const city = row.id % 4;
    const start = START[city]!;
    const d = start > 0 && row.t >= start ? 1 : 0;
    return {
      id: row.id,
      t: row.t,
      start,
      city: CITIES[city]!,
      d,
      x: Math.cos(row.id),
      part: Math.floor(row.id / 4) % 2,
      y: row.y + effect * d + 0.02 * Math.sin(7 * city + row.t),
    };
  });
  return panel(frame.fromRows(rows), { unit: "id", time: "t" });
}
const people = cities(2);
const shares = people.with({ y: people.numbers("y").map((y) => 1 / (1 + Math.exp(-y / 4))) });
const OPTIONS = { outcome: "y", firstTreated: "start", cluster: "city" } as const;

describe("every event study with few clusters", () => {
  const studies: Record<string, CombinedTable> = {
    attGt: aggregate(attGt(people, OPTIONS), { type: "dynamic" }),
    "attGt with covariates": aggregate(attGt(people, { ...OPTIONS, covariates: ["x"] }), { type: "dynamic" }),
    "attGt by rows": aggregate(
      attGt(
        people.filter((row) => !(row.id === 9 && row.t === 2)),
        { ...OPTIONS, unbalanced: "keep" },
      ),
      {
        type: "dynamic",
      },
    ),
    triple: aggregate(triple(people, { ...OPTIONS, partition: "part" }), { type: "dynamic" }),
    eventStudy: eventStudy(people, OPTIONS),
    sunAbraham: sunAbraham(people, OPTIONS),
    imputation: imputation(people, { ...OPTIONS, preTrends: [-2, -1] }),
    twoStage: twoStage(people, OPTIONS),
    stacked: stacked(people, { ...OPTIONS, window: [-2, 1], controlGroup: "neverTreated" }),
    localProjections: localProjections(people, { outcome: "y", firstTreated: "start" }),
    "localProjections by city": localProjections(people, OPTIONS),
    marginalEffects: marginalEffects(extendedTwfe(people, OPTIONS), { type: "event" }),
    "marginalEffects of a likelihood": marginalEffects(extendedTwfe(shares, { ...OPTIONS, family: "logit" }), { type: "event" }),
    "localProjections by city with covariates": localProjections(people, { ...OPTIONS, covariates: ["x"] }),
  };

  it.each(Object.entries(studies))("%s: contributions of clusters multiply to the covariance", (_, { contributions, vcov }) => {
    const scale = Math.max(...vcov.map((row, i) => row[i]!));
    vcov.forEach((row, i) => {
      row.forEach((value, j) => {
        const product = contributions!.reduce((sum, own) => sum + own[i]! * own[j]!, 0);
        expect((product - value) / scale).toBeCloseTo(0, 9);
      });
    });
  });

  it.each(Object.entries(studies))("%s: wild bootstrap", (_, study) => {
    const result = wildBootstrap(study, { draws: 199 });
    for (const { pValue, confidenceInterval, uniformBand, estimate } of result.estimates) {
      if (Number.isNaN(pValue)) continue;
      expect(pValue).toBeGreaterThan(0);
      expect(confidenceInterval[0]).toBeLessThanOrEqual(estimate);
      expect(uniformBand[1]).toBeGreaterThanOrEqual(confidenceInterval[1]);
    }
    if (result.clusters === 4) expect(result.warnings.map(({ code }) => code)).toContain("FEW_CLUSTERS");
  });

  it("warns of few clusters where errors grow exact with their number", () => {
    for (const [name, { warnings, contributions }] of Object.entries(studies)) {
      if (contributions!.length > 4) continue; // by unit
      expect(warnings.filter(({ code }) => code === "FEW_CLUSTERS").map(({ details }) => [name, details?.["clusters"]])).toEqual([
        [name, 4],
      ]);
    }
  });

  it("uses all sign patterns where they are few: the p-value can be counted by hand", () => {
    const static_ = twoWayFixedEffects(people, { outcome: "y", treated: "d", cluster: "city" });
    const { estimates, enumerated, draws } = wildBootstrap(static_, { multiplier: "rademacher" });
    expect([enumerated, draws]).toEqual([true, 16]);
    const own = static_.contributions!.map((row) => row[0]!);
    const observed = Math.abs(static_.estimates["d"]!.statistic);
    let count = 0;
    for (let b = 0; b < 16; b++) {
      const drawn = own.map((value, g) => value * ((b >> g) % 2 === 0 ? 1 : -1));
      const sum = drawn.reduce((total, value) => total + value, 0);
      if (Math.abs(sum) / Math.sqrt(drawn.reduce((total, value) => total + (value - sum / 4) ** 2, 0)) >= observed) count++;
    }
    expect(estimates[0]!.pValue).toBeCloseTo(count / 16, 12);
    expect(() => wildBootstrap(sunAbraham(people, { ...OPTIONS, cluster: ["city", "id"] as never }))).toThrow(
      expect.objectContaining({ code: "NO_CONTRIBUTIONS" }),
    );
  });
});

it("efficient: contributions of units multiply to the Neyman covariance, each estimate scaled to its corrected variance", () => {
  const study = efficient(people, { outcome: "y", firstTreated: "start", estimand: "eventStudy", eventTimes: [0, 1, 2] });
  const { contributions, vcov, neymanVcov } = study;
  expect(contributions).toHaveLength(80);
  const scale = vcov.map((row, i) => Math.sqrt(row[i]! / neymanVcov[i]![i]!));
  expect(Math.min(...scale)).toBeLessThan(0.9999);
  vcov.forEach((row, i) => {
    row.forEach((_, j) => {
      const product = contributions!.reduce((sum, own) => sum + own[i]! * own[j]!, 0);
      expect(product).toBeCloseTo(neymanVcov[i]![j]! * scale[i]! * scale[j]!, 12);
    });
  });
  const boot = wildBootstrap(study, { draws: 999 });
  boot.estimates.forEach(({ confidenceInterval: [low, high] }, k) => {
    const [from, to] = study.estimates[k]!.confidenceInterval;
    expect((high - low) / (to - from)).toBeGreaterThan(0.85);
    expect((high - low) / (to - from)).toBeLessThan(1.25);
  });
  const small = efficient(
    people.filter(({ id }) => id! < 24),
    { outcome: "y", firstTreated: "start" },
  );
  expect(small.warnings.find(({ code }) => code === "FEW_CLUSTERS")?.details).toEqual({ clusters: 23 });
});

it("imputation's table has one covariance over effects before and after the start, and is tested like any other", () => {
  const study = imputation(people, { ...OPTIONS, cluster: "id", preTrends: [-2, -1] });
  expect(study.estimates.map(({ eventTime }) => eventTime)).toEqual([-2, -1, 0, 1, 2, 3]);
  study.estimates.forEach(({ standardError }, k) => {
    expect(Math.sqrt(study.vcov[k]![k]!)).toBeCloseTo(standardError, 12);
  });
  const test = pretrends(study, { reference: 0 }).test;
  expect(test.statistic).toBeCloseTo(study.preTrends!.test!.statistic, 9);
  expect(Math.abs(study.vcov[0]![3]!)).toBeGreaterThan(0);
});

describe("combinations", () => {
  const effects = attGt(people, { ...OPTIONS, cluster: "id" });

  it("of group-time effects equal the event study's and the plain average", () => {
    const share = new Map(effects.cohorts.map(({ group, share: value }) => [group, value]));
    const atZero = effects.estimates.filter(({ group, time }) => time === group);
    const total = atZero.reduce((sum, { group }) => sum + share.get(group)!, 0);
    const combined = combine(effects, {
      combinations: {
        "on impact": { weights: ({ group, time }) => (time === group ? share.get(group)! / total : 0) },
        "cohort 3, later": { average: ({ group, time }) => group === 3 && time > 4 },
        difference: { weights: ({ group, time }) => (time !== group ? 0 : group === 3 ? 1 : -1) },
      },
    });
    const dynamic = aggregate(effects, { type: "dynamic" });
    const impact = dynamic.estimates.find(({ eventTime }) => eventTime === 0)!;
    expect(combined.estimates[0]!.estimate).toBeCloseTo(impact.estimate, 12);
    expect(combined.estimates[1]!.estimate).toBeCloseTo(
      (effects.estimates.find(({ group, time }) => group === 3 && time === 5)!.estimate +
        effects.estimates.find(({ group, time }) => group === 3 && time === 6)!.estimate) /
        2,
      12,
    );
    const [early, late] = atZero;
    const [i, j] = [effects.estimates.indexOf(early!), effects.estimates.indexOf(late!)];
    const variance = effects.vcov[i]![i]! + effects.vcov[j]![j]! - 2 * effects.vcov[i]![j]!;
    expect(combined.estimates[2]!.standardError).toBeCloseTo(Math.sqrt(variance), 12);
    expect(combined.vcov[0]![2]).toBeCloseTo(combined.vcov[2]![0]!, 14);
  });

  it("of an event study keep its degrees of freedom and what clusters contribute", () => {
    const study = eventStudy(people, OPTIONS);
    const combined = combine(study, { combinations: { after: { average: ({ eventTime }) => eventTime >= 0 } } });
    expect(combined.estimates[0]!.degreesOfFreedom).toBe(3);
    expect(combined.estimates[0]!.standardError ** 2).toBeCloseTo(
      combined.contributions!.reduce((sum, own) => sum + own[0]! ** 2, 0),
      12,
    );
    expect(wildBootstrap(combined).estimates).toHaveLength(1);
  });

  it("of clustered group-time effects keep what clusters contribute, shares apart", () => {
    const clustered = attGt(people, OPTIONS);
    const combined = combine(clustered, { combinations: { after: { average: ({ isPost }) => isPost } } });
    expect(combined.vcov[0]![0]).toBeCloseTo(
      combined.contributions!.reduce((sum, own) => sum + own[0]! ** 2, 0),
      12,
    );
    expect(wildBootstrap(combined).estimates[0]!.pValue).toBeLessThan(0.5);
    expect(wildBootstrap(clustered, { draws: 99 }).estimates).toHaveLength(clustered.estimates.length);
  });

  it("refuse empty sets and effects without estimate", () => {
    expect(() => combine(effects, { combinations: { none: { average: () => false } } })).toThrow(
      expect.objectContaining({ code: "EMPTY_COMBINATION" }),
    );
    const holes = { ...effects, estimates: effects.estimates.map((row) => ({ ...row, estimate: Number.NaN })) };
    expect(() => combine(holes, { combinations: { all: { average: () => true } } })).toThrow(
      expect.objectContaining({ code: "MISSING_EFFECTS" }),
    );
  });
});

/** What an estimator of the data is given: the panel without the names of its unit and time. */
type Given<Data> = Data extends Panel<infer Row> ? Panel<Row> : never;

describe("randomization inference", () => {
  const simple = (data: Given<typeof people>) => [
    aggregate(attGt(data, { outcome: "y", firstTreated: "start" }), { type: "simple" }).overall,
  ];

  it("compares with all assignments of four cities, and warns", () => {
    const result = randomizationInference(people, { firstTreated: "start", cluster: "city", estimate: simple, terms: ["effect"] });
    expect([result.assignments, result.exact, result.clusters]).toEqual([12, true, 4]);
    expect(result.estimates[0]!.pValue * result.draws).toBeCloseTo(Math.round(result.estimates[0]!.pValue * result.draws), 9);
    expect(result.estimates[0]!.pValue).toBeLessThanOrEqual(2 / 12);
    expect(result.jointPValue).toBe(result.estimates[0]!.pValue);
    expect(result.warnings.map(({ code }) => code)).toContain("FEW_CLUSTERS");
  });

  it("draws assignments where there are many, the same for the same seed", () => {
    const byUnit = people.with({ own: people.numbers("id").map((id) => [0, 3, 5, 0][id % 4]!) });
    const mean = (data: Given<typeof byUnit>) => [sunAbraham(data, { outcome: "y", firstTreated: "own" }).overall.estimate];
    const run = (seed: number) => randomizationInference(byUnit, { firstTreated: "own", cluster: "id", estimate: mean, draws: 19, seed });
    expect(run(4).estimates[0]!.pValue).toBe(1 / 20);
    expect(run(4)).toEqual(run(4));
    expect(run(4).exact).toBe(false);
  });

  it("names clusters whose times differ, and designs with one assignment", () => {
    const mixed = people.with({ other: people.numbers("id").map((id) => (id === 1 ? 5 : [0, 3, 5, 0][id % 4]!)) });
    const run = (firstTreated: "other" | "constant", data: unknown) => () =>
      randomizationInference(data as typeof people, { firstTreated: firstTreated as never, cluster: "city", estimate: () => [0] });
    expect(run("other", mixed)).toThrow("must be one value a cluster: Rotterdam");
    expect(run("constant", people.with({ constant: new Float64Array(people.rowCount).fill(3) }))).toThrow(
      expect.objectContaining({ code: "ONE_ASSIGNMENT" }),
    );
  });
});
