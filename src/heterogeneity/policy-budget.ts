import { IdentificationError } from "../core/errors.ts";
import { type LearnedPolicy, learnPolicy, type PreparedCovariates } from "./policy-learning.ts";
import type { PolicyTreeSettings } from "./policy-options.ts";

/** @internal Scores and costs by action; `valued` is what a rule is judged by: scores net of cost, or plain scores under a budget. */
export interface CostedActions {
  readonly scores: readonly Float64Array[];
  readonly costs: readonly Float64Array[];
  readonly valued: readonly Float64Array[];
}

/** @internal A tree and the cost weight it was learnt with. */
export interface BudgetedPolicy {
  readonly learned: LearnedPolicy;
  readonly costWeight: number;
  readonly meanCost: number;
}

/** Halvings of the interval around the cost weight. */
const HALVINGS = 30;
/** Doublings before a budget counts as out of reach. */
const DOUBLINGS = 60;
/** Spending above the budget that is rounding. */
const ROUNDING = 1e-12;

/** @internal Scores less a weight times costs. */
export function netRewards({ scores, costs }: Pick<CostedActions, "scores" | "costs">, weight: number): readonly Float64Array[] {
  if (weight === 0) return scores;
  return scores.map((own, a) => {
    const cost = costs[a]!;
    const net = new Float64Array(own.length);
    for (let i = 0; i < net.length; i++) net[i] = own[i]! - weight * cost[i]!;
    return net;
  });
}

/** @internal Mean cost of the assigned actions. */
export function meanCostOf(assigned: Int32Array, costs: readonly Float64Array[]): number {
  let sum = 0;
  for (let i = 0; i < assigned.length; i++) sum += costs[assigned[i]!]![i]!;
  return sum / assigned.length;
}

/**
 * @internal The best tree, without a budget at the given cost weight; with one at the smallest weight from there on at which it keeps to the budget
 * (Lagrangian relaxation, by bisection: of all trees that cost as much or less than the one found, none is worth more).
 *
 * @throws IdentificationError `BUDGET_OUT_OF_REACH`.
 */
export function learnWithinBudget(
  caller: string,
  prepared: PreparedCovariates,
  costed: CostedActions,
  settings: PolicyTreeSettings,
): BudgetedPolicy {
  const at = (costWeight: number): BudgetedPolicy => {
    const learned = learnPolicy(prepared, netRewards(costed, costWeight), settings.scores, settings);
    return { learned, costWeight, meanCost: meanCostOf(learned.assigned, costed.costs) };
  };
  const first = at(settings.costWeight);
  const { budget } = settings;
  if (budget === undefined || first.meanCost <= budget + ROUNDING) return first;
  let [low, high] = [settings.costWeight, Math.max(2 * Math.abs(settings.costWeight), 1e-3)];
  let found = at(high);
  for (let d = 0; found.meanCost > budget + ROUNDING; d++) {
    if (d === DOUBLINGS) {
      throw new IdentificationError(
        "BUDGET_OUT_OF_REACH",
        `Cannot run ${caller} within a budget of ${budget} a row as the cheapest rule must keep to it: it costs ${found.meanCost}`,
        { budget, cheapest: found.meanCost },
      );
    }
    low = high;
    high *= 2;
    found = at(high);
  }
  for (let h = 0; h < HALVINGS && high - low > 1e-9 * high; h++) {
    const middle = (low + high) / 2;
    const tried = at(middle);
    if (tried.meanCost <= budget + ROUNDING) [high, found] = [middle, tried];
    else low = middle;
  }
  return found;
}

/** @internal The action with the highest mean value among those that keep to the budget (all without one); the cheapest when none does. */
export function bestAffordable({ valued, costs }: CostedActions, budget: number | undefined): number {
  const mean = (values: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    return sum / values.length;
  };
  const [values, prices] = [valued.map(mean), costs.map(mean)];
  const open = values.map((_, a) => a).filter((a) => budget === undefined || prices[a]! <= budget + ROUNDING);
  if (open.length === 0) return prices.indexOf(Math.min(...prices));
  return open.reduce((best, a) => (values[a]! > values[best]! ? a : best));
}
