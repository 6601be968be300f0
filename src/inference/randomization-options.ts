import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, checkOptions, resolveOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/index.ts";
import type { WildAlternative } from "./wild-test.ts";

/** A statistic of the user's: larger means more effect. Both arrays have one value a row used; they are reused, so do not keep them. */
export type RandomizationStatistic = (treated: Float64Array, outcome: Float64Array) => number;

/** Options of `randomizationTest`. */
export interface RandomizationTestOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1: the treatment as it was assigned. */
  readonly treated: NumericColumn<Row>;
  /** Column whose levels were assigned as a whole. Default: rows. */
  readonly cluster?: AnyColumn<Row>;
  /** Columns (combined) within whose levels assignment took place. */
  readonly strata?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /** Numeric columns to adjust for; needs a regression statistic. */
  readonly covariates?: readonly NumericColumn<Row>[];
  /**
   * `"differenceInMeans"` (over strata, weighted by their rows), `"coefficient"` of the treatment in a regression on strata and covariates,
   * `"studentized"` (that over its standard error clustered by unit: also valid for no average effect, in large samples), or a function.
   * Default `"differenceInMeans"`, with covariates `"coefficient"`.
   */
  readonly statistic?: "differenceInMeans" | "coefficient" | "studentized" | RandomizationStatistic;
  /** The hypothesis: this effect on every row. Default 0. */
  readonly value?: number;
  /** Default `"twoSided"`. */
  readonly alternative?: WildAlternative;
  /** Assignments drawn; when there are at most so many in all, each is used once and the test is exact. Default 9999. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Level of the interval. Default 0.95. */
  readonly level?: number;
  /** Whether to invert the test to an interval of constant effects; not for functions. Default true. */
  readonly interval?: boolean;
}

/** {@link RandomizationTestOptions} as resolved. */
export interface RandomizationTestSettings {
  readonly outcome: string;
  readonly treated: string;
  readonly cluster?: string;
  readonly strata?: string | readonly string[];
  readonly covariates: readonly string[];
  readonly statistic: "differenceInMeans" | "coefficient" | "studentized" | "function";
  readonly value: number;
  readonly alternative: WildAlternative;
  readonly draws: number;
  readonly seed: number;
  readonly level: number;
  readonly interval: boolean;
}

/** Fills defaults in and checks; a function as statistic is handed back apart. @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`. */
export function resolveRandomization<Row>(
  caller: string,
  options: RandomizationTestOptions<Row>,
): {
  readonly settings: RandomizationTestSettings;
  readonly custom: RandomizationStatistic | undefined;
} {
  checkOptions(caller, options);
  const given = resolveOptions<RandomizationTestSettings & { readonly statistic: unknown }>(caller, options, {
    required: ["outcome", "treated"],
    defaults: {
      cluster: undefined,
      strata: undefined,
      covariates: [],
      statistic: (options.covariates?.length ?? 0) > 0 ? "coefficient" : "differenceInMeans",
      value: 0,
      alternative: "twoSided",
      draws: 9999,
      seed: 1,
      level: 0.95,
      interval: true,
    },
  });
  const chosen: unknown = given.statistic;
  const custom = typeof chosen === "function" ? (chosen as RandomizationStatistic) : undefined;
  if (custom === undefined) checkChoice(caller, "statistic", chosen, ["differenceInMeans", "coefficient", "studentized"]);
  if (given.covariates.length > 0 && chosen === "differenceInMeans") {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as a difference in means has no covariates: use statistic "coefficient"`,
      {
        option: "statistic",
      },
    );
  }
  checkNumber(caller, "value", given.value);
  checkChoice(caller, "alternative", given.alternative, ["twoSided", "equalTailed", "greater", "less"]);
  checkNumber(caller, "draws", given.draws, { min: 1, integer: true });
  checkNumber(caller, "seed", given.seed, { integer: true });
  checkLevel(caller, given.level);
  checkBoolean(caller, "interval", given.interval);
  return {
    settings: {
      ...given,
      statistic: custom === undefined ? given.statistic : "function",
      interval: given.interval && custom === undefined,
    },
    custom,
  };
}
