import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import type { KernelName } from "./numerics/kernel.ts";
import type { ResidualRule } from "./numerics/residuals.ts";
import type { Pair } from "./numerics/selectors.ts";

/** One value for both sides of the cutoff, or `[left, right]`. */
export type SideValues = number | Pair;

/** Data-driven bandwidths: mean-squared-error optimal (`mse*`) or coverage-error optimal (`cer*`). */
export type BandwidthSelector = (typeof BANDWIDTH_SELECTORS)[number];

/**
 * Variance estimator. `nearestNeighbour` compares a row with its nearest rows on the same side (Abadie & Imbens); `cluster` sums
 * scores within clusters (of two columns: both ways, with bandwidths chosen by the first), by default with normal inference, or with t
 * at Satterthwaite's degrees of freedom, which few clusters need. A cluster with rows on both sides of the cutoff (a person seen before and
 * after a birthday) counts as two, as in rdrobust, which is too careful when its errors are alike; `spanning: "joined"` adds the covariance
 * of both sides to the final standard errors. `clusteredResiduals` is what rdrobust before 4.0 did with clusters: nearest-neighbour or HC residuals
 * summed within clusters.
 */
export type RdVcov<Row> =
  | { readonly type: "nearestNeighbour"; readonly matches?: number }
  | { readonly type: "hetero"; readonly variant?: "HC0" | "HC1" | "HC2" | "HC3" }
  | {
      readonly type: "cluster";
      readonly by: AnyColumn<Row> | readonly [AnyColumn<Row>, AnyColumn<Row>];
      readonly variant?: "CR1" | "CR2" | "CR3";
      readonly degreesOfFreedom?: "normal" | "satterthwaite";
      readonly spanning?: "separate" | "joined";
    }
  | {
      readonly type: "clusteredResiduals";
      readonly by: AnyColumn<Row>;
      readonly residuals?: "nearestNeighbour" | "HC0" | "HC1" | "HC2" | "HC3";
      readonly matches?: number;
    };

/** What {@link estimate} and {@link bandwidth} share. `Row` is the row type of the data. */
export interface RdDesignOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Running variable: the score that decides on treatment. */
  readonly running: NumericColumn<Row>;
  /** Rows at or above it form the treated side. Default 0. */
  readonly cutoff?: number;
  /** Treatment received; makes the design fuzzy: the effect is the jump in the outcome over the jump in this column. */
  readonly treatment?: NumericColumn<Row>;
  /** Predetermined covariates, adjusted for with coefficients common to both sides. */
  readonly covariates?: readonly NumericColumn<Row>[];
  /**
   * Collinear covariates: `"drop"` (default) leaves out those that are combinations of earlier ones; `"dropWithConstant"` sorts
   * them by the length of their names and counts the constant as an earlier one (rdrobust 3); `"keep"` checks nothing.
   */
  readonly collinearity?: "drop" | "dropWithConstant" | "keep";
  /** Weights that multiply the kernel; rows of weight zero are left out. */
  readonly weights?: WeightOption<Row>;
  /** Short for `vcov: { type: "cluster", by, variant: "CR1" }`. */
  readonly cluster?: AnyColumn<Row>;
  /** Derivative whose jump is the effect: 0 a jump in level (default), 1 a kink. */
  readonly derivative?: number;
  /** Order of the local polynomial. Default `derivative + 1`. */
  readonly order?: number;
  /** Order of the polynomial that estimates the bias. Default `order + 1`. */
  readonly biasOrder?: number;
  /** Weight of a row by its distance. Default `"triangular"`. */
  readonly kernel?: KernelName;
  /** Default `"mserd"`: one bandwidth that minimises the mean squared error of the difference. */
  readonly bandwidthSelector?: BandwidthSelector;
  /** Fuzzy design: choose bandwidths as for the sharp one. Default false. */
  readonly sharpBandwidth?: boolean;
  /** Variance estimator; also used inside the bandwidth selection. Default nearest neighbours, 3 matches. */
  readonly vcov?: RdVcov<Row>;
  /**
   * Repeated values of the running variable: `"adjust"` (default) counts distinct values in the pilot bandwidth and keeps at least
   * 10 in it when a fifth or more of a side's rows repeat a value; `"check"` only warns; `"off"` does neither.
   */
  readonly massPoints?: "adjust" | "check" | "off";
  /** Distinct values that the pilot bandwidths must hold on each side. Default none, or 10 as above. */
  readonly minimumUniqueInBandwidth?: number;
  /** Cap bandwidths at the range of the data. Default true. */
  readonly restrictBandwidth?: boolean;
  /** Weight of the regularisation of the bandwidth's denominator (it enters squared, as in rdrobust). Default 1. */
  readonly regularization?: number;
  /** Choose bandwidths on standardised outcome and running variable. Default false. */
  readonly standardize?: boolean;
  /** Confidence level. Default 0.95. */
  readonly level?: number;
}

/** All selectors, in the order in which they are reported. */
export const BANDWIDTH_SELECTORS = [
  "mserd",
  "msetwo",
  "msesum",
  "msecomb1",
  "msecomb2",
  "cerrd",
  "certwo",
  "cersum",
  "cercomb1",
  "cercomb2",
] as const;

/** Options of the design as resolved. */
export interface RdDesignSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly treatment?: string;
  readonly covariates: readonly string[];
  readonly collinearity: "drop" | "dropWithConstant" | "keep";
  readonly weights?: string;
  readonly cluster?: string;
  /** Second dimension of two-way clusters. */
  readonly secondCluster?: string;
  readonly derivative: number;
  readonly order: number;
  readonly biasOrder: number;
  readonly kernel: KernelName;
  readonly bandwidthSelector: BandwidthSelector;
  readonly sharpBandwidth: boolean;
  readonly vcov: RdVcov<Record<string, unknown>>;
  readonly massPoints: "adjust" | "check" | "off";
  readonly minimumUniqueInBandwidth?: number;
  readonly restrictBandwidth: boolean;
  readonly regularization: number;
  readonly standardize: boolean;
  readonly level: number;
}

/** Names and defaults of the design's options. */
export const DESIGN_RULES = {
  required: ["outcome", "running"],
  defaults: {
    cutoff: 0,
    treatment: undefined,
    covariates: [],
    collinearity: "drop",
    weights: undefined,
    cluster: undefined,
    derivative: 0,
    order: undefined,
    biasOrder: undefined,
    kernel: "triangular",
    bandwidthSelector: "mserd",
    sharpBandwidth: false,
    vcov: undefined,
    massPoints: "adjust",
    minimumUniqueInBandwidth: undefined,
    restrictBandwidth: true,
    regularization: 1,
    standardize: false,
    level: 0.95,
  },
} as const;

const HIGHEST_ORDER = 8;
/** Callers that know two-way clusters. */
const TWO_WAY: readonly string[] = ["rd.estimate", "rd.bandwidth"];

/** Resolves and checks the options of a design, with those of the caller's own among `extra`. */
export function resolveDesign<Settings extends RdDesignSettings>(
  caller: string,
  options: object,
  extra: Readonly<Record<string, unknown>> = {},
): Settings {
  const given = resolveOptions<Settings>(caller, options, {
    required: DESIGN_RULES.required,
    defaults: { ...DESIGN_RULES.defaults, ...extra },
  });
  const range = { min: 0, max: HIGHEST_ORDER, integer: true } as const;
  checkNumber(caller, "cutoff", given.cutoff);
  const derivative = checkNumber(caller, "derivative", given.derivative, range);
  const order = checkNumber(caller, "order", given.order ?? derivative + 1, range);
  const biasOrder = checkNumber(caller, "biasOrder", given.biasOrder ?? order + 1, { ...range, max: HIGHEST_ORDER + 1 });
  if (derivative > order) throw orderError(caller, "order", order, `at least the derivative, ${derivative}`);
  if (biasOrder <= order) throw orderError(caller, "biasOrder", biasOrder, `above the order, ${order}`);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkChoice(caller, "bandwidthSelector", given.bandwidthSelector, BANDWIDTH_SELECTORS);
  checkChoice(caller, "massPoints", given.massPoints, ["adjust", "check", "off"]);
  checkChoice(caller, "collinearity", given.collinearity, ["drop", "dropWithConstant", "keep"]);
  for (const name of ["sharpBandwidth", "restrictBandwidth", "standardize"] as const) checkBoolean(caller, name, given[name]);
  checkNumber(caller, "regularization", given.regularization, { min: 0 });
  if (given.minimumUniqueInBandwidth !== undefined)
    checkNumber(caller, "minimumUniqueInBandwidth", given.minimumUniqueInBandwidth, { min: 1, integer: true });
  checkLevel(caller, given.level);
  const weights = resolveWeights<Record<string, number>>(caller, given.weights, ["sampling", "analytic"])?.column;
  const vcov = resolveVcov(caller, given);
  const [first, second] = "by" in vcov ? ([vcov.by].flat() as [string, string?]) : [];
  if (second !== undefined && !TWO_WAY.includes(caller)) {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot run ${caller} with two-way clusters as only rd.estimate and the checks that repeat it have them: give one column`,
      { caller, by: [first, second] },
    );
  }
  const cluster = { ...(first === undefined ? {} : { cluster: first }), ...(second === undefined ? {} : { secondCluster: second }) };
  return { ...given, ...(weights === undefined ? {} : { weights }), ...cluster, order, biasOrder, vcov };
}

function orderError(caller: string, option: string, value: number, requirement: string): OptionError {
  return new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "${option}" must be ${requirement}: ${value} was given`, {
    option,
    value,
  });
}

function resolveVcov(caller: string, { vcov, cluster }: Pick<RdDesignSettings, "vcov" | "cluster">): RdDesignSettings["vcov"] {
  if (vcov === undefined) {
    return cluster === undefined ? { type: "nearestNeighbour", matches: 3 } : { type: "cluster", by: cluster, variant: "CR1" };
  }
  const type = checkChoice(caller, "vcov.type", (vcov as { type?: unknown })?.type, [
    "nearestNeighbour",
    "hetero",
    "cluster",
    "clusteredResiduals",
  ]);
  if (cluster !== undefined && (!("by" in vcov) || vcov.by !== cluster)) {
    throw new OptionError(
      "VCOV_CONFLICT",
      `Cannot run ${caller} with option "cluster" as "vcov" says otherwise: give the clusters as vcov: { type: "cluster", by: "${cluster}" }`,
      { cluster, vcov },
    );
  }
  const matches = "matches" in vcov && vcov.matches !== undefined ? vcov.matches : 3;
  checkNumber(caller, "vcov.matches", matches, { min: 1, integer: true });
  if (vcov.type === "nearestNeighbour") return { type: vcov.type, matches };
  const heteros = ["HC0", "HC1", "HC2", "HC3"] as const;
  if (vcov.type === "hetero") return { type: vcov.type, variant: checkChoice(caller, "vcov.variant", vcov.variant ?? "HC1", heteros) };
  const columns = [vcov.by].flat() as readonly unknown[];
  const pairAllowed = vcov.type === "cluster" && columns.length === 2 && columns[0] !== columns[1];
  if (!columns.every((name) => typeof name === "string") || !(columns.length === 1 || pairAllowed))
    throw new OptionError(
      "MISSING_OPTION",
      `Cannot run ${caller} as vcov of type "${type}" needs "by", the column of the clusters (or two different ones, type "cluster")`,
      {
        vcov,
      },
    );
  if (vcov.type === "cluster") {
    const variant = checkChoice(caller, "vcov.variant", vcov.variant ?? "CR1", ["CR1", "CR2", "CR3"]);
    const degreesOfFreedom = checkChoice(caller, "vcov.degreesOfFreedom", vcov.degreesOfFreedom ?? "normal", ["normal", "satterthwaite"]);
    const spanning = checkChoice(caller, "vcov.spanning", vcov.spanning ?? "separate", ["separate", "joined"]);
    if (spanning === "joined" && (degreesOfFreedom === "satterthwaite" || !TWO_WAY.includes(caller))) {
      throw new OptionError(
        "VCOV_UNSUPPORTED",
        `Cannot run ${caller} with spanning clusters joined as that is worked out for rd.estimate with normal inference: leave "spanning" out`,
        { vcov },
      );
    }
    return { type: vcov.type, by: vcov.by, variant, degreesOfFreedom, spanning };
  }
  const residuals = checkChoice(caller, "vcov.residuals", vcov.residuals ?? "nearestNeighbour", ["nearestNeighbour", ...heteros]);
  return { type: vcov.type, by: vcov.by, residuals, matches };
}

/** Residual rule, cluster sums and matches behind a resolved `vcov`. */
export function varianceRules(vcov: RdDesignSettings["vcov"]): {
  readonly residuals: ResidualRule;
  readonly clustered: boolean;
  readonly matches: number;
} {
  if (vcov.type === "nearestNeighbour") return { residuals: vcov.type, clustered: false, matches: vcov.matches! };
  if (vcov.type === "hetero") return { residuals: vcov.variant!, clustered: false, matches: 0 };
  if (vcov.type === "cluster") return { residuals: vcov.variant!, clustered: true, matches: 0 };
  const matches = vcov.residuals === "nearestNeighbour" ? vcov.matches! : 0;
  return { residuals: vcov.residuals!, clustered: true, matches };
}

/** Checks a positive value or a pair of them, and makes a pair of it. */
export function positivePair(caller: string, option: string, value: unknown): Pair {
  const both = Array.isArray(value) ? value : [value, value];
  if (both.length !== 2) throw orderError(caller, option, both.length, "a number or [left, right]");
  checkNumber(caller, option, both[0], { min: 0, open: true });
  checkNumber(caller, option, both[1], { min: 0, open: true });
  return [both[0] as number, both[1] as number];
}
