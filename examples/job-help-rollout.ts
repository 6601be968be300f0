import { table, truth } from "../src/example-data/index.ts";
import { did, type Estimate, frame, panel } from "../src/index.ts";
import { panelView } from "../src/plot/index.ts";
import { type Compared, exampleOptions, printCompared, writeFigures } from "./support/known-truth.ts";

// Does job help, which districts started at different times, bring parents into work? A staggered roll-out on made-up parents: the effects grow
// with time and differ between districts, so that the old regression is wrong. Everything is done twice: with employment as it is seen
// (0 or 1), and with the probability behind it, which only the generator knows; there the noise is gone and what is left of a difference is bias.

const { persons, seed, out } = exampleOptions(12_000);
const data = { persons, seed, districtShock: 0 };
const people = endsOfQuarters();
const { attGt: effects, cohortShares } = truth(data).jobHelp;
const starts = cohortShares
  .filter(({ cohort }) => Number.isFinite(cohort))
  .map(({ cohort, share }) => ({ start: Math.ceil(cohort / 3), cohort, share }));
console.log(
  `${people.unitCount} parents seen in all ${people.times.length} quarters; job help starts in quarter ${starts.map(({ start }) => start).join(", ")}, or never.`,
);

const outcomes = ["employed", "p"] as const;
const groupTime = outcomes.map((outcome) => did.attGt(people, { outcome, firstTreated: "start", controlGroup: "notYetTreated" }));
const [seen, exact] = groupTime as [did.AttGtResult, did.AttGtResult];

// 1. Effects by starting group and quarter: here the first, third and last quarter of each group.
const shown = exact.estimates.filter(({ group, time }) => time === group || time === group + 2 || time === 16);
printCompared(
  "Effect by starting group and quarter (on the probability)",
  shown.map((estimate) => ({
    name: `start ${estimate.group}, quarter ${estimate.time}`,
    estimate,
    truth: effectOf(estimate.group, estimate.time),
  })),
);

// 2. Averages of them: which one depends on the question.
const averages = {
  simple: "all treated quarters",
  group: "starting groups, equal weight for a person",
  calendar: "quarters, equal weight",
  dynamic: "time since start, equal weight",
} as const;
const summaries = (Object.keys(averages) as (keyof typeof averages)[]).map((type) => ({
  type,
  seen: overall(seen, type),
  exact: overall(exact, type),
}));
const trueAverage = { simple: averageOf(post()), group: trueGroup(), calendar: trueBy("time"), dynamic: trueBy("age") };
printCompared(
  "Averages, employment as seen",
  summaries.map(({ type, seen: estimate }) => ({ name: averages[type], estimate, truth: trueAverage[type] })),
);
printCompared(
  "Averages, on the probability",
  summaries.map(({ type, exact: estimate }) => ({ name: averages[type], estimate, truth: trueAverage[type] })),
);

// 3. The same by other estimators, and the trap: one coefficient with person and quarter effects. It compares late starters with early ones
// as if these were untreated, takes their growing effect for a trend, and comes out too low.
const rows = outcomes.map((outcome, k): Compared[] => {
  const options = { outcome, firstTreated: "start" } as const;
  const extended = did.marginalEffects(did.extendedTwfe(people, options), { type: "simple" });
  const one = (name: string, estimate: Estimate): Compared => ({ name, estimate, truth: trueAverage.simple });
  return [
    one("attGt, then aggregate", overall(groupTime[k]!, "simple")),
    one("imputation", did.imputation(people, options).overall),
    one("twoStage", did.twoStage(people, { outcome, treated: "helped" }).estimates[0]!),
    one("extendedTwfe", extended.estimates[0]!),
    one("sunAbraham", did.sunAbraham(people, options).overall),
    one("TRAP: twoWayFixedEffects", did.twoWayFixedEffects(people, { outcome, treated: "helped" }).estimates["helped"]!),
  ];
});
printCompared("Average effect on the treated by estimator, employment as seen", rows[0]!);
printCompared("The same on the probability", rows[1]!);
const bacon = did.goodmanBacon(people, { outcome: "p", treated: "helped" });
for (const { type, weight, estimate } of bacon.types)
  console.log(`  trap, ${type}: weight ${(100 * weight).toFixed(0)}%, mean ${estimate.toFixed(4)}`);

// 4. Before the start nothing may happen. A test that finds nothing says little unless it could have found something.
const study = did.aggregate(seen, { type: "dynamic", minEventTime: -8, maxEventTime: 8 });
const before = did.imputation(people, { outcome: "employed", firstTreated: "start", preTrends: [-4, -3, -2, -1] }).preTrends!;
const power = did.pretrendsPower(did.eventStudy(people, { outcome: "employed", firstTreated: "start" }), { targetPower: 0.8 });
console.log("\nBefore the start (true: parallel trends)");
console.log(
  `  imputation, four quarters before: p = ${before.test!.pValue.toFixed(3)}; all group-time effects before: p = ${seen.preTest!.pValue.toFixed(3)}`,
);
console.log(
  `  A drift of ${Math.abs(power.slopeForPower).toFixed(4)} a quarter would be found four times out of five; a smaller one might not be.`,
);

// 5. Estimators side by side, on the probability. And few clusters: districts decide, and start dates were given to districts, so that effects
// are estimated again with the dates shuffled among districts; a few shuffles suffice here.
const sideBySide = did.compare({
  "group-time effects": did.aggregate(exact, { type: "dynamic", minEventTime: -6, maxEventTime: 6 }),
  imputation: did.imputation(people, { outcome: "p", firstTreated: "start", horizons: [0, 1, 2, 3, 4, 5, 6], preTrends: [-4, -3, -2] }),
  "two-way event study": did.eventStudy(people, {
    outcome: "p",
    firstTreated: "start",
    bins: [
      { from: 6, to: 15, as: 6 },
      { from: -15, to: -6, as: -6 },
    ],
  }),
});
const byDistrict = did.attGt(people, { outcome: "employed", firstTreated: "start", cluster: "district", uniformBand: false });
const wild = did.wildBootstrap(did.combine(byDistrict, { combinations: { "all after the start": { average: ({ isPost }) => isPost } } }));
const shuffled = did.randomizationInference(people, {
  firstTreated: "start",
  cluster: "district",
  draws: 49,
  estimate: (tried) => [did.imputation(tried, { outcome: "employed", firstTreated: "start", horizons: [0] }).overall],
});
console.log("\nOnly 40 districts");
console.log(`  wild bootstrap over ${wild.clusters} districts: p = ${wild.estimates[0]!.pValue.toPrecision(2)}`);
console.log(`  start dates shuffled among districts ${shuffled.draws - 1} times: p = ${shuffled.estimates[0]!.pValue.toPrecision(2)}`);

const words = { outcome: "share in work", unit: "%", scale: 100, timeUnit: "quarters", treatment: "job help" } as const;
await writeFigures(out, {
  "job-help-panel": panelView(people, { treated: "helped", units: "parents", timeUnit: "quarter", treatment: "job help" }),
  "job-help-event-study": [study, words],
  "job-help-by-group": [exact, { ...words, timeUnit: "quarter" }],
  "job-help-sun-abraham": [did.sunAbraham(people, { outcome: "p", firstTreated: "start" }), words],
  "job-help-trap": [bacon, words],
  "job-help-estimators": [sideBySide, words],
});

/** Parents seen in all sixteen quarters, as they are on the last day of each: quarter, start of job help, and whether it has started. */
function endsOfQuarters() {
  const months = frame(table({ ...data, columns: ["person", "month", "district", "employed", "p", "firstProgramMonth"] }));
  const lasts = months.filter(({ month }) => (month ?? 1) % 3 === 0);
  const quarter = lasts.numbers("month").map((month) => month / 3);
  const start = lasts.numbers("firstProgramMonth").map((month) => Math.ceil(month / 3));
  const helped = start.map((first, i) => (quarter[i]! >= first ? 1 : 0));
  const all = panel(lasts.with({ quarter, start, helped }), { unit: "person", time: "quarter" });
  const whole = new Uint8Array(all.rowCount);
  for (let u = 0; u < all.unitCount; u++) {
    const [from, to] = [all.unitOffsets[u]!, all.unitOffsets[u + 1]!];
    if (to - from === all.times.length) whole.fill(1, from, to);
  }
  return all.filter(whole);
}

/** True effect in a quarter's last month on those who started in a quarter. */
function effectOf(start: number, quarter: number): number {
  const { cohort } = starts.find((each) => each.start === start)!;
  return effects.find((each) => each.cohort === cohort && each.month === 3 * quarter)!.effect;
}

interface Cell {
  readonly start: number;
  readonly time: number;
  readonly age: number;
  readonly share: number;
  readonly effect: number;
}

/** All groups and quarters from the start on. */
function post(): Cell[] {
  return starts.flatMap(({ start, share }) =>
    Array.from({ length: 17 - start }, (_, age) => ({ start, time: start + age, age, share, effect: effectOf(start, start + age) })),
  );
}

function averageOf(cells: readonly Cell[]): number {
  const total = cells.reduce((sum, { share }) => sum + share, 0);
  return cells.reduce((sum, { share, effect }) => sum + (share / total) * effect, 0);
}

/** Mean over quarters, or over times since the start, of the average over groups. */
function trueBy(key: "time" | "age"): number {
  const values = [...new Set(post().map((cell) => cell[key]))];
  return values.reduce((sum, value) => sum + averageOf(post().filter((cell) => cell[key] === value)) / values.length, 0);
}

/** Mean over groups, by their size, of the average over their quarters. */
function trueGroup(): number {
  const total = starts.reduce((sum, { share }) => sum + share, 0);
  return starts.reduce((sum, { start, share }) => sum + (share / total) * averageOf(post().filter((cell) => cell.start === start)), 0);
}

function overall(result: did.AttGtResult, type: "simple" | "group" | "calendar" | "dynamic"): Estimate {
  const summary = did.aggregate(result, { type });
  return summary.overall ?? summary.estimates[0]!;
}
