import { OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, checkOptions, resolveOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { requireScores } from "./policy-value.ts";

/** Options of `policyTree`. */
export interface PolicyTreeOptions<Row> {
  /** Columns the rule may use; protected attributes are refused. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** One column of doubly robust scores (or rewards) per action; the action carries the column's name. The first is what "no one" gets. */
  readonly scores: readonly NumericColumn<Row>[];
  /** Cost of each action, in the order of `scores`: a number, or a column. @defaultValue nothing costs anything */
  readonly costs?: readonly (NumericColumn<Row> | number)[];
  /** Reward given up for one unit of cost; the tree maximises score minus `costWeight` times cost. @defaultValue 1 with `costs` */
  readonly costWeight?: number;
  /** Largest mean cost a row; the cost weight is then the smallest (at least `costWeight`, here 0 by default) at which the best tree keeps to it. Needs `costs`. */
  readonly budget?: number;
  /** Levels of the tree; 0 is the best single action. @defaultValue 2 */
  readonly depth?: number;
  /** Levels searched at once: below `depth` only the first split of each search is kept (a faster, not exact tree). @defaultValue `depth` */
  readonly searchDepth?: number;
  /** Rows that must pass between two tried splits; 1 tries all. @defaultValue 1 */
  readonly splitStep?: number;
  /** Smallest number of rows on each side of a split. @defaultValue 1 */
  readonly minimumRows?: number;
  /** Missing covariates: a branch of their own or with either side, whichever is best, searched exactly; or leave the rows out. @defaultValue "branch" */
  readonly missing?: "branch" | "drop";
  /** Columns that must not decide (sex, origin, language): an error when among `covariates`, and a report on what the rule does to them. */
  readonly protectedAttributes?: readonly AnyColumn<Row>[];
  /** Probability of each action for each row, in the order of `scores`: for warnings where the assigned action hardly ever occurs. */
  readonly propensities?: readonly NumericColumn<Row>[];
  /** Folds (number, or a column) for an honest value: rules learnt on the others are valued on each. @defaultValue none */
  readonly folds?: number | AnyColumn<Row>;
  /** Column to cluster the standard errors of the value by; random folds keep its groups together. */
  readonly cluster?: AnyColumn<Row>;
  /** Seed of random folds. @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of `policyTree`. */
export interface PolicyTreeSettings {
  readonly covariates: readonly string[];
  readonly scores: readonly string[];
  readonly costs?: readonly (string | number)[];
  readonly costWeight: number;
  readonly budget?: number;
  readonly depth: number;
  readonly searchDepth: number;
  readonly splitStep: number;
  readonly minimumRows: number;
  readonly missing: "branch" | "drop";
  readonly protectedAttributes: readonly string[];
  readonly propensities: readonly string[];
  readonly folds?: number | string;
  readonly cluster?: string;
  readonly seed: number;
  readonly level: number;
}

/** @internal Checks and completes the options. */
export function resolvePolicyTree(caller: string, options: object): PolicyTreeSettings {
  checkOptions(caller, options);
  const { costs, budget } = options as { readonly costs?: unknown; readonly budget?: unknown };
  const given = resolveOptions<PolicyTreeSettings>(caller, options, {
    required: ["covariates", "scores"],
    defaults: {
      costs: undefined,
      costWeight: costs !== undefined && budget === undefined ? 1 : 0,
      budget: undefined,
      depth: 2,
      searchDepth: undefined,
      splitStep: 1,
      minimumRows: 1,
      missing: "branch",
      protectedAttributes: [],
      propensities: [],
      folds: undefined,
      cluster: undefined,
      seed: 1,
      level: 0.95,
    },
  });
  requireScores(caller, given.scores);
  checkLevel(caller, given.level);
  checkNumber(caller, "depth", given.depth, { min: 0, integer: true });
  const settings = given.searchDepth === undefined ? Object.freeze({ ...given, searchDepth: Math.max(given.depth, 1) }) : given;
  checkNumber(caller, "searchDepth", settings.searchDepth, { min: 1, integer: true });
  checkNumber(caller, "splitStep", settings.splitStep, { min: 1, integer: true });
  checkNumber(caller, "minimumRows", settings.minimumRows, { min: 1, integer: true });
  checkNumber(caller, "costWeight", settings.costWeight);
  checkNumber(caller, "seed", settings.seed, { min: 0, integer: true });
  checkChoice(caller, "missing", settings.missing, ["branch", "drop"]);
  if (typeof settings.folds === "number") checkNumber(caller, "folds", settings.folds, { min: 2, integer: true });
  if (settings.budget !== undefined) checkNumber(caller, "budget", settings.budget);
  requireConsistent(caller, settings);
  return settings;
}

function requireConsistent(
  caller: string,
  { covariates, scores, costs, budget, protectedAttributes, propensities }: PolicyTreeSettings,
): void {
  if (covariates.length === 0) {
    throw new OptionError("NO_COVARIATES", `Cannot run ${caller} as option "covariates" must name a column: it is empty`);
  }
  const refused = covariates.find((name) => protectedAttributes.includes(name));
  if (refused !== undefined) {
    throw new OptionError(
      "PROTECTED_COVARIATE",
      `Cannot run ${caller} as a protected attribute must not decide who gets what: "${refused}" is in "covariates"; take it out`,
      { column: refused },
    );
  }
  if (costs !== undefined && costs.length !== scores.length) {
    throw new OptionError(
      "COST_COUNT",
      `Cannot run ${caller} as each of the ${scores.length} actions needs a cost: ${costs.length} were given`,
    );
  }
  if (budget !== undefined && costs === undefined) {
    throw new OptionError("BUDGET_WITHOUT_COSTS", `Cannot run ${caller} with a budget as the actions' costs are needed: give "costs"`);
  }
  if (propensities.length > 0 && propensities.length !== scores.length) {
    throw new OptionError(
      "PROPENSITY_COUNT",
      `Cannot run ${caller} as each of the ${scores.length} actions needs a propensity: ${propensities.length} were given`,
    );
  }
}
