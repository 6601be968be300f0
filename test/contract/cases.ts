import { type Estimate, estimateList, type Result } from "../../src/core/result.ts";
import { type Frame, frame, panel } from "../../src/data/index.ts";
import { attGt, eventStudy, imputation, stacked, sunAbraham, triple, twoByTwo, twoStage, twoWayFixedEffects } from "../../src/did/index.ts";
import { averageEffect, interactions, subgroups } from "../../src/heterogeneity/index.ts";
import { estimate } from "../../src/rd/index.ts";
import { ols } from "../../src/regression/index.ts";

/** One row of the data every estimator is run on. */
export interface Row {
  readonly unit: number;
  readonly time: number;
  readonly start: number;
  readonly treated: number;
  readonly running: number;
  readonly group: string;
  readonly x: number;
  readonly y: number;
  readonly one: number;
  readonly weight: number;
}

/** Columns and options that a check changes. */
export interface Change {
  readonly outcome?: string;
  readonly weights?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** An estimator under contract. Every check in `contract.test.ts` runs on every entry. */
export interface ContractCase {
  readonly name: string;
  /** Whether a weight of zero is the same as no row (with units observed once a row; a panel would lose balance). */
  readonly dropsZeroWeights: boolean;
  readonly run: (data: Frame<Record<string, number | string>>, change?: Change) => Result;
}

const UNITS = 60;
const PERIODS = 4;

/** A small seeded data set: panel of units with cohorts, a running variable, groups. */
export function rows(): Row[] {
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const list: Row[] = [];
  for (let unit = 0; unit < UNITS; unit++) {
    const start = [Number.POSITIVE_INFINITY, 2, 3][unit % 3]!;
    const effect = next();
    for (let time = 1; time <= PERIODS; time++) {
      const running = 2 * next() - 1;
      const x = next();
      const y = effect + 0.3 * time + x + (time >= start ? 0.5 : 0) + (running >= 0 ? 0.4 : 0) + 0.5 * running + next() - 0.5;
      list.push({
        unit,
        time,
        start,
        treated: time >= start ? 1 : 0,
        running,
        group: "abcde"[unit % 5]!,
        x,
        y,
        one: 1,
        weight: 0.5 + next(),
      });
    }
  }
  return list;
}

/** The rows as a frame with unknown schema, so that wrong names can be tried. */
export const table = (list: readonly Row[]): Frame<Record<string, number | string>> =>
  frame.fromRows(list) as unknown as Frame<Record<string, number | string>>;

const changed = ({ outcome = "y", weights, options = {} }: Change): { outcome: string; weights?: string } => ({
  outcome,
  ...(weights === undefined ? {} : { weights }),
  ...options,
});

/** 1 for units that are ever treated. */
const ever = (data: Frame<Record<string, number | string>>): Float64Array =>
  data.numbers("start").map((start) => (Number.isFinite(start) ? 1 : 0));

export const CASES: readonly ContractCase[] = [
  {
    name: "regression.ols",
    dropsZeroWeights: true,
    run: (data, change = {}) => ols(data, { regressors: ["x", "running"], fixedEffects: ["group"], cluster: "unit", ...changed(change) }),
  },
  {
    name: "rd.estimate",
    dropsZeroWeights: true,
    run: (data, change = {}) => estimate(data, { running: "running", bandwidth: 0.8, ...changed(change) }),
  },
  {
    name: "did.attGt",
    dropsZeroWeights: false,
    run: (data, change = {}) => attGt(panel(data, { unit: "unit", time: "time" }), { firstTreated: "start", ...changed(change) }),
  },
  {
    name: "did.twoByTwo",
    dropsZeroWeights: true,
    run: (data, change = {}) =>
      twoByTwo(data.with({ ever: ever(data), post: data.numbers("time").map((t) => (t >= 3 ? 1 : 0)) }), {
        treated: "ever",
        time: "post",
        covariates: ["x"],
        method: "doublyRobust",
        ...changed(change),
      }),
  },
  {
    name: "did.twoWayFixedEffects",
    dropsZeroWeights: true,
    run: (data, change = {}) =>
      twoWayFixedEffects(panel(data, { unit: "unit", time: "time" }), { treated: "treated", covariates: ["x"], ...changed(change) }),
  },
  {
    name: "did.sunAbraham",
    dropsZeroWeights: true,
    run: (data, change = {}) => sunAbraham(panel(data, { unit: "unit", time: "time" }), { firstTreated: "start", ...changed(change) }),
  },
  {
    name: "did.twoStage",
    dropsZeroWeights: true,
    run: (data, change = {}) => twoStage(panel(data, { unit: "unit", time: "time" }), { firstTreated: "start", ...changed(change) }),
  },
  {
    name: "did.eventStudy",
    dropsZeroWeights: true,
    run: (data, change = {}) => eventStudy(panel(data, { unit: "unit", time: "time" }), { firstTreated: "start", ...changed(change) }),
  },
  {
    name: "did.stacked",
    dropsZeroWeights: true,
    run: (data, change = {}) =>
      stacked(panel(data, { unit: "unit", time: "time" }), {
        firstTreated: "start",
        window: [-2, 2],
        controlGroup: "neverTreated",
        ...changed(change),
      }),
  },
  {
    name: "did.triple",
    dropsZeroWeights: false,
    run: (data, change = {}) =>
      triple(panel(data.with({ part: data.numbers("unit").map((u) => Math.floor(u / 3) % 2) }), { unit: "unit", time: "time" }), {
        firstTreated: "start",
        partition: "part",
        ...changed(change),
      }),
  },
  {
    name: "did.imputation",
    dropsZeroWeights: true,
    run: (data, change = {}) => imputation(panel(data, { unit: "unit", time: "time" }), { firstTreated: "start", ...changed(change) }),
  },
  {
    name: "heterogeneity.subgroups",
    dropsZeroWeights: true,
    run: (data, { outcome = "y", weights, options = {} } = {}) => {
      const design = { type: "regression", outcome, treatment: "treated", covariates: ["x"], cluster: "unit" } as const;
      const weighted = weights === undefined ? design : { ...design, weights };
      return subgroups(data, { design: weighted, by: [{ column: "group", levels: [..."abcde"] }], ...options });
    },
  },
  {
    name: "heterogeneity.interactions",
    dropsZeroWeights: true,
    run: (data, change = {}) =>
      interactions(data, {
        treatment: "treated",
        form: { type: "polynomial", moderator: "x", at: [0.2, 0.8] },
        cluster: "unit",
        ...changed(change),
      }),
  },
  {
    name: "heterogeneity.averageEffect",
    dropsZeroWeights: true,
    run: (data, change = {}) => {
      const { outcome = "y", weights } = change;
      const mean = weightedMean(data.numbers(outcome), weights === undefined ? undefined : data.numbers(weights));
      const length = data.rowCount;
      const nuisances = { m: new Float64Array(length).fill(mean), e: new Float64Array(length).fill(0.5), tau: new Float64Array(length) };
      return averageEffect(data.with(nuisances) as unknown as typeof data, {
        treatment: "treated",
        outcomePrediction: "m",
        treatmentPrediction: "e",
        effect: "tau",
        cluster: "unit",
        ...changed(change),
      });
    },
  },
];

/** Mean of the values that are present: a prediction that follows the outcome's unit. */
function weightedMean(values: Float64Array, weights: Float64Array | undefined): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    const weight = weights === undefined ? 1 : weights[i]!;
    sum += weight * values[i]!;
    total += weight;
  }
  return sum / total;
}

/** The numbers of a result, in order: estimates and standard errors. */
export function numbers(result: Result): number[] {
  return estimateList(result).flatMap(({ estimate: value, standardError }: Estimate) => [value, standardError]);
}
