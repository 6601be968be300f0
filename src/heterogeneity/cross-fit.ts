import { DataError } from "../core/errors.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Groups } from "../data/roles.ts";
import { substream } from "../random/index.ts";
import type { Learner } from "./learners.ts";

/** A partition of the rows into folds. */
export interface Folds {
  readonly codes: Int32Array;
  readonly count: number;
}

/** Random folds of equal size, whole clusters together; repetition r draws from substream r of the seed. */
export function randomFolds(n: number, count: number, cluster: Groups | undefined, seed: number, repetition: number): Folds {
  const units = cluster?.count ?? n;
  const assigned = substream(seed, repetition).shuffle(Int32Array.from({ length: units }, (_, i) => i % count));
  return { codes: cluster === undefined ? assigned : cluster.codes.map((code) => assigned[code]!), count };
}

/** @throws DataError `TOO_FEW_FOLDS`. */
export function givenFolds(caller: string, groups: Groups): Folds {
  if (groups.count >= 2) return { codes: groups.codes, count: groups.count };
  throw new DataError(
    "TOO_FEW_FOLDS",
    `Cannot run ${caller} as "${groups.column}" must hold at least two folds: it holds ${groups.count}`,
    {
      column: groups.column,
    },
  );
}

/**
 * Out-of-fold predictions: for each fold the learner sees the rows of the others for which `keep` holds, and predicts all rows of the fold.
 *
 * @throws DataError `FOLDS_TOO_SMALL`.
 */
export function crossFit(
  learner: Learner,
  X: readonly Float64Array[],
  y: Float64Array,
  { codes, count }: Folds,
  keep?: (row: number) => boolean,
  weights?: Float64Array,
): Float64Array {
  const n = y.length;
  const out = new Float64Array(n);
  for (let f = 0; f < count; f++) {
    const train: number[] = [];
    const test: number[] = [];
    for (let i = 0; i < n; i++) {
      if (codes[i] === f) test.push(i);
      else if (keep === undefined || keep(i)) train.push(i);
    }
    const where = `without fold ${f + 1} there are ${train.length}${keep === undefined ? "" : " of the arm"}; use fewer folds or fewer covariates`;
    requireRows(learner, X.length, train.length, where, { fold: f + 1 });
    const [inside, held] = [Int32Array.from(train), Int32Array.from(test)];
    const take = (index: Int32Array): Float64Array[] => X.map((column) => gatherNumbers(column, index));
    const own = weights === undefined ? undefined : gatherNumbers(weights, inside);
    const predicted = learner.fit(take(inside), gatherNumbers(y, inside), own)(take(held));
    for (let i = 0; i < held.length; i++) out[held[i]!] = predicted[i]!;
  }
  return out;
}

/** Fails when a learner would see fewer rows than it needs. @throws DataError `FOLDS_TOO_SMALL`. */
export function requireRows(
  learner: Learner,
  covariates: number,
  rows: number,
  where: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  const needed = learner.minimumRows?.(covariates) ?? 1;
  if (rows >= needed) return;
  throw new DataError(
    "FOLDS_TOO_SMALL",
    `Cannot learn by ${learner.name} as ${needed} rows are needed for ${covariates} covariates: ${where}`,
    {
      ...details,
      rows,
      needed,
    },
  );
}
