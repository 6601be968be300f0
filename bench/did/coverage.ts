import { writeFileSync } from "node:fs";
import { type Frame, frame, type Panel, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  extendedTwfe,
  imputation,
  marginalEffects,
  sunAbraham,
  twoStage,
  twoWayFixedEffects,
} from "../../src/did/index.ts";
import { uniformBand } from "../../src/inference/index.ts";
import { substream } from "../../src/random/index.ts";

/**
 * Coverage of pointwise and simultaneous intervals under staggered adoption with effects that differ between cohorts and grow, errors correlated over
 * time: `node --import tsx bench/did/coverage.ts bench/results/did-coverage.json`. Samples, seed and design are fixed here.
 */
const SAMPLES = 1000;
const SEED = 1;
const LEVEL = 0.95;
const [UNITS, PERIODS] = [300, 10];
const COHORTS = [4, 6, 8] as const;
const NEVER = 0.4;
const PERSISTENCE = 0.6;

interface Row {
  readonly unit: number;
  readonly time: number;
  readonly start: number;
  readonly treated: number;
  readonly x: number;
  readonly y: number;
}

/** Effect of cohort g, e periods after its start. */
const effect = (g: number, e: number): number => (e < 0 ? 0 : (0.4 + 0.1 * (8 - g)) * (1 + 0.3 * e));

/** A sample, and the average effect over its treated rows; x shifts trends and the chance to be treated in the conditional design. */
function sample(
  draw: number,
  conditional: boolean,
): { readonly people: Panel<Row>; readonly average: number; readonly shares: Map<number, number> } {
  const stream = substream(SEED + (conditional ? 1000 : 0), draw);
  const columns = { unit: [], time: [], start: [], treated: [], x: [], y: [] } as Record<keyof Row, number[]>;
  const shares = new Map<number, number>();
  let [sum, count] = [0, 0];
  for (let u = 0; u < UNITS; u++) {
    const x = stream.normal();
    const never = conditional ? 1 / (1 + Math.exp(0.5 + 0.7 * x)) : NEVER;
    const start = stream.uniform() < never ? 0 : COHORTS[Math.floor(COHORTS.length * stream.uniform())]!;
    if (start > 0) shares.set(start, (shares.get(start) ?? 0) + 1 / UNITS);
    const level = stream.normal() + (start > 0 ? 0.5 : 0);
    let error = stream.normal();
    for (let t = 1; t <= PERIODS; t++) {
      if (t > 1) error = PERSISTENCE * error + Math.sqrt(1 - PERSISTENCE ** 2) * stream.normal();
      const treated = start > 0 && t >= start;
      if (treated) {
        sum += effect(start, t - start);
        count++;
      }
      columns.unit.push(u);
      columns.time.push(t);
      columns.start.push(start);
      columns.treated.push(treated ? 1 : 0);
      columns.x.push(x);
      columns.y.push(level + 0.1 * t + (conditional ? 0.15 * x * t : 0) + (treated ? effect(start, t - start) : 0) + error);
    }
  }
  const data = frame(
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)])),
  ) as unknown as Frame<Row>;
  return { people: panel(data, { unit: "unit", time: "time" }), average: sum / count, shares };
}

interface Interval {
  readonly confidenceInterval: readonly [number, number];
  readonly uniformBand?: readonly [number, number];
}

interface EventStudy {
  readonly estimates: readonly (Interval & { readonly estimate: number; readonly eventTime?: number })[];
  readonly vcov: readonly (readonly number[])[];
}

/** Hits and chances by name. */
const tally = new Map<string, { hits: number; chances: number; samples: number }>();

function count(name: string, covered: readonly boolean[]): void {
  const own = tally.get(name) ?? { hits: 0, chances: 0, samples: 0 };
  tally.set(name, own);
  own.samples++;
  for (const hit of covered) {
    own.chances++;
    if (hit) own.hits++;
  }
}

const inside = ([low, high]: readonly [number, number], value: number): boolean => low <= value && value <= high;

/** Pointwise coverage of a table, and whether the simultaneous intervals cover all of it. */
function countTable(name: string, rows: readonly (readonly [Interval, number])[]): void {
  count(
    `${name}, pointwise`,
    rows.map(([row, truth]) => inside(row.confidenceInterval, truth)),
  );
  if (rows.every(([row]) => row.uniformBand !== undefined))
    count(`${name}, simultaneous`, [rows.every(([row, truth]) => inside(row.uniformBand!, truth))]);
}

/** True effect at an event time: the cohorts seen there, weighted by size. */
function byEventTime(e: number, shares: ReadonlyMap<number, number>): number {
  const seen = COHORTS.filter((g) => g + e >= 1 && g + e <= PERIODS);
  const total = seen.reduce((sum, g) => sum + (shares.get(g) ?? 0), 0);
  return seen.reduce((sum, g) => sum + ((shares.get(g) ?? 0) / total) * effect(g, e), 0);
}

function estimateAll(draw: number): void {
  const { people, average, shares } = sample(draw, false);
  const roles = { outcome: "y", firstTreated: "start" } as const;
  const effects = attGt(people, { ...roles, level: LEVEL });
  countTable(
    "attGt",
    effects.estimates.map((row) => [row, effect(row.group, row.time - row.group)]),
  );
  // shares count as estimated there: the truth is that of the population
  const expected = new Map(COHORTS.map((g) => [g, (1 - NEVER) / COHORTS.length]));
  countTable(
    "aggregate, dynamic",
    aggregate(effects, { type: "dynamic" }).estimates.map((row) => [row, byEventTime(row.eventTime, expected)]),
  );
  // simultaneous intervals of the others follow from their covariance
  const banded = (name: string, study: EventStudy): void => {
    const bands = uniformBand(
      study.estimates.map(({ estimate }) => estimate),
      study.vcov,
      { level: LEVEL, points: 2003 },
    ).estimates;
    countTable(
      name,
      study.estimates.map((row, k) => [{ ...row, uniformBand: bands[k]!.uniformBand }, byEventTime(row.eventTime!, shares)]),
    );
  };
  banded("sunAbraham", sunAbraham(people, roles));
  banded("imputation", imputation(people, roles));
  banded("imputation with effects before treatment", imputation(people, { ...roles, preTrends: [-3, -2, -1] }));
  banded("twoStage", twoStage(people, roles));
  banded("extendedTwfe", marginalEffects(extendedTwfe(people, roles), { type: "event" }));
  count("imputation, average effect", [inside(imputation(people, { ...roles, horizons: [0] }).overall.confidenceInterval, average)]);
  const twoWay = twoWayFixedEffects(people, { outcome: "y", treated: "treated" }).estimates["treated"]!;
  count("twoWayFixedEffects for the average effect", [inside(twoWay.confidenceInterval, average)]);
}

function estimateConditional(draw: number): void {
  const { people } = sample(draw, true);
  for (const method of ["doublyRobust", "ipw", "regression"] as const) {
    const { estimates } = attGt(people, { outcome: "y", firstTreated: "start", covariates: ["x"], method, level: LEVEL });
    countTable(
      `attGt given x, ${method}`,
      estimates.map((row) => [row, effect(row.group, row.time - row.group)]),
    );
  }
  const { estimates } = attGt(people, { outcome: "y", firstTreated: "start", level: LEVEL });
  countTable(
    "attGt without x where trends differ by x",
    estimates.map((row) => [row, effect(row.group, row.time - row.group)]),
  );
}

for (let draw = 0; draw < SAMPLES; draw++) {
  estimateAll(draw);
  estimateConditional(draw);
}
const coverage = Object.fromEntries(
  [...tally].map(([name, { hits, chances, samples }]) => {
    const rate = hits / chances;
    return [name, { coverage: rate, intervals: chances, monteCarloError: Math.sqrt((rate * (1 - rate)) / samples) }];
  }),
);
const report = {
  task: "did-coverage",
  design: `${UNITS} units x ${PERIODS} periods, cohorts ${COHORTS.join(", ")} and never treated, effects that grow and differ between cohorts, errors AR(1) with ${PERSISTENCE}; intervals clustered by unit`,
  samples: SAMPLES,
  seed: SEED,
  level: LEVEL,
  note: "monteCarloError takes the intervals of a sample for one; coverage counts all of them",
  coverage,
};
const file = process.argv[2];
if (file === undefined) console.log(JSON.stringify(report, null, 2));
else writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
