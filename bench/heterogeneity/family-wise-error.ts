import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { frame } from "../../src/data/index.ts";
import { subgroups } from "../../src/heterogeneity/index.ts";
import { stepdown } from "../../src/inference/index.ts";
import { type RandomStream, substream } from "../../src/random/index.ts";

// node --import tsx bench/heterogeneity/family-wise-error.ts [--replications 2000]
// How often some group of a trial without any effect is declared affected at 5 %: subgroups over two groupings (7 groups, overlapping rows) corrected by Holm's rule,
// by the joint t distribution (max-t), by Romano and Wolf's step-down as `subgroups` has it (rows change sign) and from permutations of the treatment.
const { values } = parseArgs({ options: { replications: { type: "string", default: "2000" } } });
const REPLICATIONS = Number(values.replications);
const ROWS = 400;
const PERMUTATIONS = 199;
const SIGN_DRAWS = 399;
const LEVEL = 0.05;
/** Smallest p-values at which seven independent statistics, and with some room four, give 5 %. */
const FEWEST = 1 - (1 - LEVEL) ** (1 / 7);
const MOST = 1.05 * (1 - (1 - LEVEL) ** (1 / 4));
const SEED = 20240501;

interface Trial {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly w: Float64Array;
  readonly y: Float64Array;
}

function draw(random: RandomStream): Trial {
  const column = (make: (i: number) => number): Float64Array => Float64Array.from({ length: ROWS }, (_, i) => make(i));
  const [a, b] = [column((i) => i % 4), column(() => Math.floor(3 * random.uniform()))];
  return { a, b, w: column(() => (random.uniform() < 0.5 ? 1 : 0)), y: column((i) => random.normal() * (a[i] === 0 ? 2 : 1)) };
}

/** Welch statistics of the seven groups, as `subgroups` gives them with its default variance. */
function statistics({ a, b, y }: Trial, w: Float64Array): Float64Array {
  const sums = new Float64Array(7 * 6);
  for (let i = 0; i < ROWS; i++) {
    for (const group of [a[i]!, 4 + b[i]!]) {
      const at = 6 * group + 3 * w[i]!;
      sums[at]!++;
      sums[at + 1]! += y[i]!;
      sums[at + 2]! += y[i]! * y[i]!;
    }
  }
  return Float64Array.from({ length: 7 }, (_, g) => {
    const arm = (at: number): readonly [number, number] => {
      const [n, sum, squares] = [sums[at]!, sums[at + 1]!, sums[at + 2]!];
      return [sum / n, (squares - (sum * sum) / n) / (n - 1) / n];
    };
    const [[mean0, variance0], [mean1, variance1]] = [arm(6 * g), arm(6 * g + 3)];
    return (mean1 - mean0) / Math.sqrt(variance0 + variance1);
  });
}

const rejected = { none: 0, holm: 0, maxT: 0, romanoWolf: 0, romanoWolfByPermutation: 0 };
let covered = 0;
const below = (p: readonly number[]): number => (p.some((value) => value <= LEVEL) ? 1 : 0);
for (let replication = 0; replication < REPLICATIONS; replication++) {
  const random = substream(SEED, replication);
  const trial = draw(random);
  const data = frame({ ...trial });
  const design = { type: "experiment", outcome: "y", treatment: "w" } as const;
  const run = (multiplicity: "none" | "holm" | "maxT") =>
    subgroups(data, { design, by: ["a", "b"], multiplicity }).groups.map(({ adjustedPValue }) => adjustedPValue);
  const plain = run("none");
  rejected.none += below(plain);
  rejected.holm += below(run("holm"));
  // The joint p-value of the largest statistic lies between those of four and of seven independent ones (Sidak's inequality): compute it only where that does not decide.
  const smallest = Math.min(...plain);
  if (smallest <= FEWEST) rejected.maxT++;
  else if (smallest < MOST) rejected.maxT += below(run("maxT"));
  const signs = { design, by: ["a", "b"], multiplicity: "romanoWolf", draws: SIGN_DRAWS, seed: replication + 1 } as const;
  const { groups } = subgroups(data, signs);
  rejected.romanoWolf += below(groups.map(({ adjustedPValue }) => adjustedPValue));
  if (groups.every(({ simultaneousInterval: [low, high] }) => low <= 0 && high >= 0)) covered++;
  const draws = Array.from({ length: PERMUTATIONS }, () => {
    const w = trial.w.slice();
    random.shuffle(w);
    return statistics(trial, w);
  });
  rejected.romanoWolfByPermutation += below(stepdown(statistics(trial, trial.w), draws).romanoWolf);
}

const rate = (count: number) => ({
  rate: count / REPLICATIONS,
  standardError: Math.sqrt(((count / REPLICATIONS) * (1 - count / REPLICATIONS)) / REPLICATIONS),
});
const result = {
  task: "heterogeneity-family-wise-error",
  design: `${ROWS} rows, 4 + 3 groups over two groupings, no effect, unequal variances; Romano-Wolf from ${SIGN_DRAWS} sign changes and from ${PERMUTATIONS} permutations`,
  replications: REPLICATIONS,
  seed: SEED,
  level: LEVEL,
  simultaneousCoverage: rate(covered),
  familyWiseError: Object.fromEntries(Object.entries(rejected).map(([name, count]) => [name, rate(count)])),
};
mkdirSync(new URL("../results/", import.meta.url), { recursive: true });
writeFileSync(new URL("../results/heterogeneity-fwer.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result));
