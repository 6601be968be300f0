import { table, truth } from "../src/example-data/index.ts";
import { frame, panel, rd } from "../src/index.ts";
import { exampleOptions, printCompared, writeFigures } from "./support/known-truth.ts";

// Does the obligation to look for work, from the youngest child's fifth birthday on, bring parents into work?
// A regression discontinuity on made-up parents, so that every answer can be held against the truth.

const { persons, seed, out } = exampleOptions(6000);
const data = { persons, seed, districtShock: 0 };
const people = panel(frame(table(data)), { unit: "person", time: "month" });
const { obligation } = truth(data);
const everyone = obligation.groups.find(({ group }) => group === "all")!;
console.log(`${people.unitCount} parents, ${people.rowCount} months. Obliged from 60 months on; a quarter always is, some never are.`);

// 1. The jump at the birthday. Months of one person belong together: cluster.
const design = { outcome: "employed", running: "childAge", cutoff: 60, cluster: "person" } as const;
const jump = rd.estimate(people, design);
const hours = rd.estimate(people, { ...design, outcome: "hours" });
// Most parents are seen before and after: what they bring to both sides cancels in the jump.
const { cluster: by, ...plain } = design;
const joined = rd.estimate(people, { ...plain, vcov: { type: "cluster", by, spanning: "joined" } });

// 2. Not everybody's obligation changes at the birthday: the effect on those whose obligation does.
const compliers = rd.estimate(people, { ...design, treatment: "obliged" });

// 3. Age in completed months takes few values, so no bandwidth is small. Instead of hoping that the bias is small, bound it: the slope
// of employment changes by less than .00005 a month, .0006 over a year (in truth by .00002).
const honest = rd.honest(people, { ...design, running: "childAgeMonths", smoothness: 0.00005 });

printCompared("What the birthday does", [
  { name: "jump in employment", estimate: jump.estimates.robust, truth: everyone.intentionToTreat },
  { name: "  both sides of a parent joined", estimate: joined.estimates.robust, truth: everyone.intentionToTreat },
  { name: "jump in weekly hours", estimate: hours.estimates.robust, truth: obligation.jumps.hours },
  { name: "jump in being obliged", estimate: compliers.firstStage!.robust, truth: everyone.firstStage },
  { name: "effect on those it obliges", estimate: compliers.estimates.robust, truth: everyone.localEffect },
  { name: "jump, age in whole months", estimate: honest.estimates.honest, truth: everyone.intentionToTreat },
]);
const [low, high] = honest.estimates.honest.confidenceInterval;
console.log(`  The last interval, ${low.toFixed(4)} to ${high.toFixed(4)}, allows for a bias of up to ${honest.maximumBias.toFixed(4)}.`);

// 4. Would a referee believe it? Nothing else may jump, and the answer may not hang on one choice.
const covariates = ["badHealth", "debts", "children", "longBenefit"] as const;
const checks = rd.validity(people, { ...design, balanceColumns: covariates, holes: [1, 2] });
console.log("\nChecks of the design (true: nothing is wrong with it)");
for (const { passed, message } of checks.findings) console.log(`  ${passed ? "passed" : "FAILED"}  ${message}`);
printCompared(
  "Covariates must not jump",
  checks.balance!.estimates.map((estimate) => ({ name: estimate.term, estimate, truth: obligation.covariateJump })),
);
console.log(`  All together: p = ${checks.balance!.joint!.pValue.toFixed(2)}`);

// 5. What a failed check looks like: the same parents, half of whom have the birthday entered two months late.
const sorted = frame(table({ ...data, manipulation: 0.5, columns: ["childAge"] }));
const density = rd.densityTest(sorted, { running: "childAge", cutoff: 60 });
console.log(`\nWith birthdays entered late the density test says: p = ${density.estimates.difference.pValue.toPrecision(2)}`);

const words = { outcome: "share in work", unit: "%", scale: 100, running: "age of the youngest child (months)" } as const;
const near = people.filter(({ childAge }) => Math.abs((childAge ?? 0) - 60) < 30);
const bins = rd.bins(near, { outcome: "employed", running: "childAge", cutoff: 60, bins: 20 });
await writeFigures(out, {
  "fifth-birthday-jump": [bins, { ...words, effect: jump }],
  "fifth-birthday-density": [checks.density!, words],
  "fifth-birthday-sorting": [density, words],
  "fifth-birthday-choices": [checks.sensitivity!, words],
  "fifth-birthday-donut": [checks.donut!, words],
  "fifth-birthday-placebo": [checks.placebo!, words],
});
