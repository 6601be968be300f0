import { table, trial, truth } from "../src/example-data/index.ts";
import { frame, heterogeneity, panel, regression } from "../src/index.ts";
import { exampleOptions, printCompared, writeFigures } from "./support/known-truth.ts";

// For whom does it work? First by group at the fifth birthday, then in a trial of two programmes: A job help, B removal of obstacles to work
// (bad health, debts). In truth job help is worth .06 to those without an obstacle and .015 to those with one; with B it is worth far more to the latter.

const { persons, seed, out } = exampleOptions(200_000);
const { obligation, combination, policy, cells } = truth({ districtShock: 0 });

// 1. Groups of a regression discontinuity, each with its own bandwidth, and a test that they are all equal.
const parents = panel(frame(table({ persons: Math.round(persons / 30), seed, districtShock: 0 })), { unit: "person", time: "month" });
const groups = heterogeneity.subgroups(parents, {
  design: { type: "rd", outcome: "employed", running: "childAge", cutoff: 60, cluster: "person" },
  by: ["education", "badHealth"],
});
const jumps = Object.fromEntries(obligation.groups.map(({ group, intentionToTreat }) => [group, intentionToTreat]));
const names: Readonly<Record<string, string>> = {
  low: "low education",
  middle: "middle or high education",
  high: "middle or high education",
  "0": "good health",
  "1": "bad health",
};
printCompared(
  "The obligation at the fifth birthday, by group",
  groups.groups.map(({ partition, label, by, estimate }) => ({
    name: `${partition}: ${label}`,
    estimate,
    truth: jumps[names[Object.values(by)[0]!]!]!,
  })),
);
for (const { by, pValue } of groups.equality) console.log(`  equal effects by ${by}: p = ${pValue.toFixed(3)}`);
console.log("  Two intervals, one of them across zero, do not show a difference: the test of equality does.");

// 2. The trial: each programme alone and both.
const drawn = frame(trial({ persons, seed }));
const everyone = withObstacle(drawn);
const [all, without, having] = combination as readonly [Combination, Combination, Combination];
type Combination = (typeof combination)[number];
const both = heterogeneity.interactions(everyone, {
  outcome: "employed",
  treatment: "jobHelp",
  form: { type: "factorial", other: "obstacleRemoval" },
});
const alone = everyone.filter(({ obstacleRemoval }) => obstacleRemoval === 0);
const byObstacle = heterogeneity.subgroups(alone, {
  design: { type: "experiment", outcome: "employed", treatment: "jobHelp" },
  by: ["obstacle"],
});
printCompared("Two programmes", [
  { name: "A alone", estimate: both.estimates.treatmentWithoutOther, truth: all.A },
  { name: "B alone", estimate: both.estimates.otherWithoutTreatment, truth: all.B },
  { name: "A and B", estimate: both.estimates.bothAgainstNone, truth: all.AB },
  { name: "more than the sum", estimate: both.estimates.interaction, truth: all.interaction },
  { name: "A, no obstacle", estimate: byObstacle.groups[0]!.estimate, truth: without.A },
  { name: "A, with an obstacle", estimate: byObstacle.groups[1]!.estimate, truth: having.A },
]);

// 3. Learn from one half of the people, look at the other: who was used to find a pattern cannot confirm it.
const covariates = ["badHealth", "debts", "higherEducation", "children", "woman"] as const;
type People = typeof everyone;
const halves = [0, 1].map((half) => everyone.filter((_person, i) => i % 2 === half)) as [People, People];
const arms = ["none", "A", "B", "AB"] as const;
const scored = [scores(halves[1], halves[0]), scores(halves[0], halves[1])] as const;

const compared = scored[1].filter(({ arm }) => arm === "none" || arm === "A");
const average = heterogeneity.averageEffect(compared, {
  outcome: "employed",
  treatment: "jobHelp",
  outcomePrediction: "mA",
  treatmentPrediction: "half",
  effect: "effectA",
});
const projection = heterogeneity.bestLinearProjection(scored[1], { scores: "gainA", covariates: ["obstacle"] });
const free = cells.filter(({ badHealth, debts }) => badHealth + debts === 0).reduce((sum, { share }) => sum + share, 0);
const targeting = heterogeneity.rankAverageEffect(scored[1], { scores: "gainA", priorities: ["effectA"], replicates: 100 });
const rule = heterogeneity.rankAverageEffect(scored[1], { scores: "gainA", priorities: ["noObstacle"], replicates: 100 });
printCompared("Job help alone, on the other half", [
  { name: "average effect", estimate: average.estimates.averageEffect, truth: all.A },
  { name: "projection: no obstacle", estimate: projection.estimates["(Intercept)"]!, truth: without.A },
  { name: "projection: change with an obstacle", estimate: projection.estimates["obstacle"]!, truth: having.A - without.A },
  // The curve is flat at the gap up to the share without an obstacle, then falls as 1/q: its area has a closed form.
  {
    name: "targeting those without an obstacle (AUTOC)",
    estimate: rule.estimates[0]!,
    truth: -(without.A - having.A) * free * Math.log(free),
  },
]);

// 4. Who should get what, when a programme costs as much as .02 in work? The best rule of two questions, learnt on one half, valued on the other.
const net = ["netNone", "netA", "netB", "netAB"] as const;
const tree = heterogeneity.policyTree(scored[0], { covariates, scores: net, depth: 2, folds: 5, seed, protectedAttributes: ["language"] });
const value = heterogeneity.policyValue(scored[1], { scores: net, policy: tree });
console.log("\nThe rule found (true best: A without an obstacle, both programmes with one)");
console.log(heterogeneity.policyText(tree).replaceAll(/^/gm, "  "));
const crossed = tree.crossFitted!;
printCompared("What the rule is worth to people it was not learnt from, a person, costs taken off", [
  { name: "gain over nothing, other half", estimate: value.estimates.gainOverFirst, truth: trueGain() },
  { name: "gain over nothing, other folds", estimate: crossed.gainOver["netNone"]!, truth: policy.bestTree },
  { name: "gain over both programmes for all", estimate: crossed.gainOver["netAB"]!, truth: policy.bestTree - policy.allAB },
  { name: "gain over the best single question", estimate: crossed.gainOverSingleSplit, truth: policy.bestTree - policy.bestSplit },
]);
console.log(
  `  Best possible: ${policy.bestTree.toFixed(4)}; A for all ${policy.allA.toFixed(4)}, both for all ${policy.allAB.toFixed(4)}.`,
);
const [language] = tree.protectedAttributes;
console.log(
  `  Home language may not decide; the rule's columns predict it with ${language!.proxy.measure} ${language!.proxy.value.toFixed(2)} (0.5 is chance).`,
);

const words = { outcome: "share in work", unit: "%", scale: 100 } as const;
const actions = { netNone: "nothing", netA: "job help", netB: "removal of obstacles", netAB: "both programmes" };
const questions = { "badHealth ≤ 0": "good health", "badHealth > 0": "bad health", "debts ≤ 0": "no debts", "debts > 0": "problem debts" };
const contrasts = {
  treatmentWithoutOther: "A alone",
  treatmentWithOther: "A added to B",
  otherWithoutTreatment: "B alone",
  otherWithTreatment: "B added to A",
  bothAgainstNone: "A and B",
  treatmentEqualWeights: "A, averaged over B",
  otherEqualWeights: "B, averaged over A",
  treatmentObservedShares: "A, at B's observed share",
  otherObservedShares: "B, at A's observed share",
  interaction: "more than the sum",
  treatmentAgainstOther: "A instead of B",
};
await writeFigures(out, {
  "for-whom-groups": [
    groups,
    { ...words, treatment: "the obligation", labels: { education: "Education", badHealth: "Health", "0": "good", "1": "bad" } },
  ],
  "for-whom-programmes": [both, { ...words, labels: contrasts }],
  "for-whom-targeting": [targeting, { ...words, labels: { effectA: "predicted effect" } }],
  "for-whom-rule": [tree, { ...words, labels: { ...actions, ...questions } }],
});

/** Columns that the analysis needs beside those drawn. */
function withObstacle(people: typeof drawn) {
  const [health, debts] = [people.numbers("badHealth"), people.numbers("debts")];
  const obstacle = health.map((bad, i) => Math.max(bad, debts[i]!));
  const code = (name: "education" | "sex", test: (level: string) => boolean): Float64Array => {
    const { codes, levels } = people.categories(name);
    return Float64Array.from(codes, (c) => (test(levels[c]!) ? 1 : 0));
  };
  return people.with({
    obstacle,
    noObstacle: obstacle.map((has) => 1 - has),
    higherEducation: code("education", (level) => level !== "low"),
    woman: code("sex", (level) => level === "female"),
    quarter: new Float64Array(people.rowCount).fill(0.25),
    half: new Float64Array(people.rowCount).fill(0.5),
  });
}

/** Doubly robust scores of one half by models learnt on the other: outcome without knowing the arm, effect of each arm. */
function scores(train: People, test: People) {
  const predictions = regression.predict(regression.ols(train, { outcome: "employed", regressors: covariates }), test).fitted;
  const effects = (["A", "B", "AB"] as const).map((arm) => {
    const two = train.filter((person) => person.arm === "none" || person.arm === arm);
    const treated = two.with({ treated: Float64Array.from(two.categories("arm").codes, (code) => (code === 0 ? 0 : 1)) });
    const model = heterogeneity.metaLearner(treated, { type: "DR", outcome: "employed", treatment: "treated", covariates, seed });
    return heterogeneity.predictEffects(model, test);
  });
  const [effectA, effectB, effectAB] = effects as [Float64Array, Float64Array, Float64Array];
  const predicted = test.with({ m: predictions, effectA, effectB, effectAB });
  const { potentialOutcomes, contrasts } = heterogeneity.multiArmScores(predicted, {
    outcome: "employed",
    treatment: "arm",
    arms,
    outcomePrediction: "m",
    propensities: ["quarter", "quarter", "quarter", "quarter"],
    effects: ["effectA", "effectB", "effectAB"],
  });
  const [none, a, b, ab] = potentialOutcomes as [Float64Array, Float64Array, Float64Array, Float64Array];
  const cost = policy.costPerProgram;
  return predicted.with({
    gainA: contrasts[0]!,
    // Without knowing which of "none" and "A" a person is in: m less what the other arms add.
    mA: predictions.map((m, i) => m - 0.25 * (effectA[i]! + effectB[i]! + effectAB[i]!) + 0.5 * effectA[i]!),
    netNone: none,
    netA: a.map((score) => score - cost),
    netB: b.map((score) => score - cost),
    netAB: ab.map((score) => score - 2 * cost),
  });
}

/** What the rule really gains on the half it is valued on: the generator knows everybody's probabilities. */
function trueGain(): number {
  const { codes } = heterogeneity.assignPolicy(tree, scored[1]);
  const outcomes = (["pNone", "pA", "pB", "pAB"] as const).map((name) => scored[1].numbers(name));
  const costs = [0, 1, 1, 2].map((programmes) => programmes * policy.costPerProgram);
  return codes.reduce((sum, action, i) => sum + (outcomes[action]![i]! - outcomes[0]![i]! - costs[action]!) / codes.length, 0);
}
