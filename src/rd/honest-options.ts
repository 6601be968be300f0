import { OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { checkList } from "./check-call.ts";
import type { HonestCriterion } from "./honest-bandwidth.ts";
import type { KernelName } from "./numerics/kernel.ts";

/** Residual variances that are known beforehand, one value a row. */
export interface SuppliedVariance<Row> {
  readonly type: "supplied";
  readonly outcome: NumericColumn<Row>;
  /** Variance of the treatment, and covariance of both, in a fuzzy design. */
  readonly treatment?: NumericColumn<Row>;
  readonly covariance?: NumericColumn<Row>;
}

/** Options of `rd.honest`. `Row` is the row type of the data. */
export interface RdHonestOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Treatment received, for a fuzzy design. */
  readonly treatment?: NumericColumn<Row>;
  readonly covariates?: readonly NumericColumn<Row>[];
  readonly weights?: WeightOption<Row>;
  /** Clusters; needs `variance: "hetero"`. */
  readonly cluster?: AnyColumn<Row>;
  /** `"jump"` (default) at the cutoff, or the regression's `"value"` there. */
  readonly target?: "jump" | "value";
  /**
   * Bound on the second derivative of the regression function (fuzzy: of outcome's and treatment's), in outcome units over squared running
   * units. Default: a rule of thumb from global quartics, which no test can justify: give a bound where you can.
   */
  readonly smoothness?: number | readonly [number, number];
  /** Hölder (second derivative bounded everywhere, default) or Taylor (error of the expansion at the cutoff bounded). */
  readonly smoothnessClass?: "hoelder" | "taylor";
  /** `"optimal"`: the minimax weights of the Taylor class, whose reach on each side follows from the bound. Default `"triangular"`. */
  readonly kernel?: KernelName | "optimal";
  /** Bandwidth instead of one that minimises `criterion`. */
  readonly bandwidth?: number;
  /** Default `"meanSquaredError"`. */
  readonly criterion?: HonestCriterion;
  /** Quantile of excess length for `"oneSided"`. Default 0.8. */
  readonly quantile?: number;
  /** Effect at which the bias bound of the fuzzy criterion is evaluated. Default 0. */
  readonly initialEffect?: number;
  /** Default `"nearestNeighbour"`; with clusters `"hetero"`. */
  readonly variance?: "nearestNeighbour" | "hetero" | SuppliedVariance<Row>;
  /** Neighbours. Default 3. */
  readonly matches?: number;
  readonly level?: number;
}

/** Options of `rd.honest` as resolved. */
export interface RdHonestSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly treatment?: string;
  readonly covariates: readonly string[];
  readonly weights?: string;
  readonly cluster?: string;
  readonly target: "jump" | "value";
  readonly smoothness?: number | readonly [number, number];
  readonly smoothnessClass: "hoelder" | "taylor";
  readonly kernel: KernelName | "optimal";
  readonly bandwidth?: number;
  readonly criterion: HonestCriterion;
  readonly quantile: number;
  readonly initialEffect: number;
  readonly variance: "nearestNeighbour" | "hetero" | SuppliedVariance<Record<string, number>>;
  readonly matches: number;
  readonly level: number;
}

/** Resolves and checks the options of `rd.honest`. */
export function resolveHonest(options: object): RdHonestSettings {
  const caller = "rd.honest";
  const given = resolveOptions<RdHonestSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: {
      cutoff: 0,
      treatment: undefined,
      covariates: [],
      weights: undefined,
      cluster: undefined,
      target: "jump",
      smoothness: undefined,
      smoothnessClass: "hoelder",
      kernel: "triangular",
      bandwidth: undefined,
      criterion: "meanSquaredError",
      quantile: 0.8,
      initialEffect: 0,
      variance: undefined,
      matches: 3,
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkChoice(caller, "target", given.target, ["jump", "value"]);
  checkChoice(caller, "smoothnessClass", given.smoothnessClass, ["hoelder", "taylor"]);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform", "optimal"]);
  checkChoice(caller, "criterion", given.criterion, ["meanSquaredError", "length", "oneSided"]);
  const variance = given.variance ?? (given.cluster === undefined ? "nearestNeighbour" : "hetero");
  if (typeof variance === "object") checkSupplied(caller, variance, given.treatment !== undefined);
  else checkChoice(caller, "variance", variance, ["nearestNeighbour", "hetero"]);
  if (given.kernel === "optimal") checkOptimal(caller, { ...given, variance });
  checkNumber(caller, "matches", given.matches, { min: 1, integer: true });
  checkNumber(caller, "quantile", given.quantile, { min: 0, max: 1, open: true });
  checkLevel(caller, given.level);
  if (given.bandwidth !== undefined) checkNumber(caller, "bandwidth", given.bandwidth, { min: 0, open: true });
  if (given.smoothness !== undefined) {
    const bounds = typeof given.smoothness === "number" ? [given.smoothness] : given.smoothness;
    checkList(caller, "smoothness", bounds);
    for (const bound of bounds) checkNumber(caller, "smoothness", bound, { min: 0 });
    const needed = given.treatment === undefined ? 1 : 2;
    if (bounds.length !== needed) {
      throw new OptionError(
        "INVALID_OPTION",
        `Cannot run ${caller} as "smoothness" needs ${needed === 1 ? "one bound" : "two bounds, for outcome and treatment"}: ${bounds.length} were given`,
        {},
      );
    }
  }
  if (given.cluster !== undefined && variance !== "hetero") {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot run ${caller} with clusters and other than fitted residuals as clustered scores need those: set variance: "hetero"`,
      {},
    );
  }
  if (given.target === "value" && given.treatment !== undefined) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} with target "value" and a treatment as a value has no first stage: leave "treatment" out`,
      {},
    );
  }
  const weights = resolveWeights<Record<string, number>>(caller, given.weights, ["sampling", "analytic"])?.column;
  const smoothnessClass = given.kernel === "optimal" ? "taylor" : given.smoothnessClass;
  return Object.freeze({ ...given, variance, smoothnessClass, ...(weights === undefined ? {} : { weights }) });
}

function checkSupplied(caller: string, variance: SuppliedVariance<Record<string, number>>, fuzzy: boolean): void {
  checkChoice(caller, "variance.type", variance.type, ["supplied"]);
  const needed = fuzzy ? (["outcome", "treatment", "covariance"] as const) : (["outcome"] as const);
  for (const name of needed) {
    if (typeof variance[name] === "string") continue;
    throw new OptionError(
      "MISSING_OPTION",
      `Cannot run ${caller} as supplied variances need the column "variance.${name}": it was not given`,
      {
        option: `variance.${name}`,
      },
    );
  }
}

/** The minimax weights are those of a sharp jump without covariates. */
function checkOptimal(caller: string, settings: RdHonestSettings): void {
  const { treatment, covariates, target, cluster, bandwidth, variance } = settings;
  const reason =
    treatment !== undefined
      ? 'a sharp design: leave "treatment" out'
      : covariates.length > 0
        ? 'no "covariates"'
        : target !== "jump"
          ? 'the target "jump"'
          : cluster !== undefined || variance === "hetero"
            ? "nearest-neighbour or supplied variances without clusters, as there is no fit that leaves residuals"
            : bandwidth !== undefined
              ? 'no "bandwidth", as the weights decide how far they reach'
              : undefined;
  if (reason === undefined) return;
  throw new OptionError("INVALID_OPTION", `Cannot run ${caller} with the optimal kernel as it needs ${reason}`, { option: "kernel" });
}
