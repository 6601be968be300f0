import { describe, expect, it } from "vitest";
import { firstTreated, frame, type Panel, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  efficient,
  eventStudy,
  extendedTwfe,
  goodmanBacon,
  imputation,
  localProjections,
  pretrends,
  stacked,
  sunAbraham,
  triple,
  twoStage,
  twoWayFixedEffects,
  wildBootstrap,
} from "../../src/did/index.ts";

interface Row {
  readonly id: string;
  readonly t: number;
  readonly g: number | null;
  readonly d: number;
  readonly y: number;
  readonly part: number;
  readonly mark: number;
}

const rows = Array.from({ length: 48 * 6 }, (_, k): Row => {
  const [u, t] = [Math.floor(k / 6), 1 + (k % 6)];
  const g = [0, 3, 5][u % 3]!;
  const d = g > 0 && t >= g ? 1 : 0;
  return { id: `p${u}`, t, g, d, y: Math.sin(k * k) + 0.2 * t + d, part: Math.floor(u / 3) % 2, mark: g === 3 ? 1 : 0 };
});
const build = (change: (row: Row) => Row | undefined = (row) => row): Panel<Row> =>
  panel(frame.fromRows(rows.flatMap((row) => change(row) ?? [])), { unit: "id", time: "t" }) as unknown as Panel<Row>;

const ROLES = { outcome: "y", firstTreated: "g" } as const;
const ESTIMATORS = {
  attGt: (data: Panel<Row>) => attGt(data, ROLES),
  triple: (data: Panel<Row>) => triple(data, { ...ROLES, partition: "part" }),
  sunAbraham: (data: Panel<Row>) => sunAbraham(data, ROLES),
  eventStudy: (data: Panel<Row>) => eventStudy(data, ROLES),
  imputation: (data: Panel<Row>) => imputation(data, ROLES),
  twoStage: (data: Panel<Row>) => twoStage(data, ROLES),
  extendedTwfe: (data: Panel<Row>) => extendedTwfe(data, ROLES),
  stacked: (data: Panel<Row>) => stacked(data, { ...ROLES, window: [-1, 1] }),
  efficient: (data: Panel<Row>) => efficient(data, ROLES),
  localProjections: (data: Panel<Row>) => localProjections(data, ROLES),
} as const;
type Name = keyof typeof ESTIMATORS;
const NAMES = Object.keys(ESTIMATORS) as Name[];
const estimatesOf = (name: Name, data: Panel<Row>): readonly number[] => ESTIMATORS[name](data).estimates.map(({ estimate }) => estimate);
const codesOf = (name: Name, data: Panel<Row>): readonly string[] => ESTIMATORS[name](data).warnings.map(({ code }) => code);
const clean = build();

describe.each(NAMES)("%s", (name) => {
  it("reads never as 0, Infinity or after the last period; leaves rows without a first treatment time out and counts them", () => {
    const own = estimatesOf(name, clean);
    for (const never of [Number.POSITIVE_INFINITY, 99]) {
      estimatesOf(
        name,
        build((row) => (row.g === 0 ? { ...row, g: never } : row)),
      ).forEach((value, k) => {
        expect(value).toBeCloseTo(own[k]!, 10);
      });
    }
    const missing = (row: Row): Row => (row.id === "p3" ? { ...row, g: null } : row);
    const { sample, warnings } = ESTIMATORS[name](build(missing));
    expect(warnings.find(({ code }) => code === "MISSING_FIRST_TREATED")!.message).toContain('6 rows without "g"');
    if (name !== "stacked") expect([sample.rows, sample.used]).toEqual([288, 282]);
    const without = estimatesOf(
      name,
      build((row) => (row.id === "p3" ? undefined : row)),
    );
    estimatesOf(name, build(missing)).forEach((value, k) => {
      expect(value).toBeCloseTo(without[k]!, 10);
    });
  });

  it("names a unit with two first treatment times, and one with a negative time", () => {
    expect(() => ESTIMATORS[name](build((row) => (row.id === "p1" && row.t > 3 ? { ...row, g: 4 } : row)))).toThrow(
      /"g" must be one value a unit: p1/,
    );
    expect(() => ESTIMATORS[name](build((row) => (row.id === "p1" ? { ...row, g: -3 } : row)))).toThrow(
      expect.objectContaining({ code: "NEGATIVE_FIRST_TREATED" }),
    );
  });

  it("says what it does with always-treated units", () => {
    const always = build((row) => (row.id === "p1" || row.id === "p4" ? { ...row, g: 1 } : row));
    expect(codesOf(name, always).some((code) => /^(ALWAYS_TREATED|NO_PREDICTION)/.test(code))).toBe(true);
    if (name === "extendedTwfe" || name === "eventStudy") return; // they keep their rows
    const without = estimatesOf(
      name,
      build((row) => (row.id === "p1" || row.id === "p4" ? undefined : row)),
    );
    estimatesOf(name, always).forEach((value, k) => {
      expect(value).toBeCloseTo(without[k]!, 8);
    });
  });

  it("takes periods that are not consecutive", () => {
    if (name === "stacked") return; // its window asks for the periods next to each other
    const squared = build((row) => ({ ...row, t: row.t ** 2, g: row.g! ** 2 }));
    const own = ESTIMATORS[name](squared);
    expect(own.estimates.some(({ estimate }) => Number.isFinite(estimate))).toBe(true);
    if (name === "sunAbraham" || name === "eventStudy") expect(codesOf(name, squared)).toContain("REFERENCE_NOT_SEEN");
    if (name === "attGt")
      own.estimates.forEach(({ estimate }, k) => {
        expect(estimate).toBeCloseTo(estimatesOf("attGt", clean)[k]!, 10);
      });
  });
});

it("treatments that switch off are refused with the unit's name", () => {
  const off = build((row) => (row.id === "p1" && row.t === 5 ? { ...row, d: 0 } : row));
  expect(() => firstTreated(off, "d")).toThrow(/falls back for p1/);
  expect(() => goodmanBacon(off, { outcome: "y", treated: "d" })).toThrow(expect.objectContaining({ code: "TREATMENT_REVERSAL" }));
});

it("repeated unit and period are refused with their names", () => {
  expect(() => panel(frame.fromRows([...rows, rows[0]!]), { unit: "id", time: "t" })).toThrow(/repeated p0 at 1/);
});

it("without never-treated units it is said what is still identified", () => {
  const treated = build((row) => (row.g === 0 ? undefined : row));
  for (const name of [
    "attGt",
    "sunAbraham",
    "eventStudy",
    "imputation",
    "twoStage",
    "extendedTwfe",
    "localProjections",
    "efficient",
  ] as const)
    expect(ESTIMATORS[name](treated).warnings.find(({ code }) => code === "NO_NEVER_TREATED")!.message).toMatch(/5|linear trend/);
  expect(attGt(treated, ROLES).periods).toEqual([1, 2, 3, 4]);
  expect(imputation(treated, ROLES).estimates.map(({ eventTime }) => eventTime)).toEqual([0, 1]);
  expect(extendedTwfe(treated, ROLES).sample.dropped).toContainEqual({
    reason: "period in which the comparison cohort is treated",
    rows: 64,
  });
  const same = build((row) => ({ ...row, g: 3 }));
  for (const name of NAMES) expect(() => ESTIMATORS[name](same)).toThrow(/^Cannot/);
});

it("a cohort of one unit raises a warning, or is left out with a count", () => {
  const one = build((row) => (row.id === "p1" ? { ...row, g: 4 } : row));
  for (const name of ["attGt", "sunAbraham", "imputation", "twoStage", "extendedTwfe", "stacked", "efficient"] as const)
    expect(codesOf(name, one).some((code) => /^(SMALL_COHORTS|SINGLE_UNIT_COHORTS)/.test(code))).toBe(true);
});

it("units that miss periods are left out with a count where all periods are needed, else kept", () => {
  const gap = build((row) => (row.id === "p2" && row.t === 3 ? undefined : row));
  expect(attGt(gap, ROLES).sample.dropped.reduce((sum, { rows: count }) => sum + count, 0)).toBe(5);
  expect(codesOf("attGt", gap)).toContain("UNBALANCED_UNITS_DROPPED");
  expect(codesOf("efficient", gap)).toContain("UNBALANCED_UNITS_DROPPED");
  expect(attGt(gap, { ...ROLES, unbalanced: "keep" }).sample.used).toBe(287);
  for (const name of ["sunAbraham", "imputation", "twoStage", "extendedTwfe", "localProjections"] as const)
    expect(ESTIMATORS[name](gap).sample.used).toBe(287);
});

it("with a single period before treatment there is no test of earlier effects, and it is said", () => {
  const early = build((row) => ({ ...row, g: row.g! > 0 ? 2 : 0 }));
  const result = attGt(early, ROLES);
  expect(result.preTest).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toContain("NO_PRE_TEST");
  expect(() => pretrends(aggregate(result, { type: "dynamic" }))).toThrow(expect.objectContaining({ code: "NO_PRE_PERIODS" }));
});

it("a covariate that is collinear or gives the cohort away leaves its cells without estimate, named with the reason", () => {
  const twice = clean.with({ z: clean.numbers("part").map((x) => 2 * x) });
  for (const method of ["doublyRobust", "regression"] as const) {
    const { estimates, warnings } = attGt(twice, { ...ROLES, covariates: ["part", "z"], method });
    expect(estimates.every(({ estimate }) => Number.isNaN(estimate))).toBe(true);
    expect(warnings.find(({ code }) => code === "NO_ESTIMATE")!.message).toContain("covariates collinear");
  }
  const { estimates, warnings } = attGt(clean, { ...ROLES, covariates: ["mark"], method: "ipw" });
  const overlap = warnings.find(({ message }) => message.includes("no overlap"))!;
  expect(overlap.message).toContain("ATT(3,2)");
  expect(estimates.filter(({ group }) => group === 3).every(({ estimate }) => Number.isNaN(estimate))).toBe(true);
  expect(() => aggregate(attGt(clean, { ...ROLES, covariates: ["mark"], method: "ipw" }), { type: "simple" })).toThrow(
    expect.objectContaining({ code: "MISSING_EFFECTS" }),
  );
});

it("a 0/1 treatment that switches off is named where its rows are used", () => {
  const off = clean.with({ d: rows.map(({ id, t, g }) => (g! > 0 && t >= g! && !(id === "p1" && t === 6) ? 1 : 0)) });
  for (const { warnings } of [twoStage(off, { outcome: "y", treated: "d" }), twoWayFixedEffects(off, { outcome: "y", treated: "d" })])
    expect(warnings.find(({ code }) => code === "TREATMENT_REVERSAL")!.message).toContain("switches off for p1:");
  expect(() => goodmanBacon(off, { outcome: "y", treated: "d" })).toThrow(/p1/);
});

it("no standard error goes without a word", () => {
  const exact = build((row) => ({ ...row, y: Number(row.id.slice(1)) + row.t + 2 * row.d }));
  const flat = build((row) => ({ ...row, y: 3 }));
  for (const run of [
    () => twoStage(exact, ROLES),
    () => localProjections(exact, ROLES),
    () => twoStage(flat, ROLES),
    () => attGt(flat, ROLES),
  ]) {
    const { estimates, warnings } = run();
    if (estimates.some(({ standardError }) => Number.isNaN(standardError)))
      expect(warnings.map(({ code }) => code)).toContain("NO_VARIANCE");
  }
  const { estimates, warnings } = localProjections(flat, ROLES);
  expect(estimates.every(({ standardError }) => Number.isNaN(standardError))).toBe(true);
  expect(warnings.find(({ code }) => code === "NO_VARIANCE")?.message).toContain("event time 0");
  const boot = wildBootstrap(localProjections(flat, ROLES), { draws: 99 });
  expect(boot.warnings.map(({ code }) => code)).toContain("NO_VARIANCE");
});

it("imputation() says why there is no test of effects before treatment", () => {
  const two = build((row) => (row.t === 2 || row.t === 3 ? row : undefined));
  const { preTrends, warnings } = imputation(two, { ...ROLES, preTrends: "all" });
  expect(preTrends?.test).toBeUndefined();
  expect(warnings.map(({ code }) => code)).toContain("NO_PRE_TEST");
});

it("one cluster, or nobody treated, is refused", () => {
  const one = build((row) => ({ ...row, mark: 1 }));
  for (const run of [imputation, twoStage, localProjections]) {
    expect(() => run(one, { ...ROLES, cluster: "mark" })).toThrow(expect.objectContaining({ code: "ONE_CLUSTER" }));
  }
  const nobody = build((row) => ({ ...row, g: 0 }));
  expect(() => eventStudy(nobody, ROLES)).toThrow(expect.objectContaining({ code: "NO_TREATED_UNITS" }));
});
