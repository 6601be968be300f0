import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { checkNumber } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { frame as frameOf } from "../data/frame.ts";
import { columnsByRole, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { AnyColumn } from "../data/row-types.ts";
import { ols } from "../regression/ols.ts";
import {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  wildClusterBootstrap,
} from "../regression/wild-cluster-bootstrap.ts";
import { checkCall } from "./check-call.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult } from "./estimate-result.ts";
import { KERNELS, kernelAt } from "./numerics/kernel.ts";

/** Options of {@link wildBootstrap}: a sharp design of `rd.estimate` with clusters, and those of the bootstrap. */
export interface RdWildBootstrapOptions<Row>
  extends Omit<
      RdEstimateOptions<Row>,
      "treatment" | "sharpBandwidth" | "derivative" | "vcov" | "biasBandwidth" | "rho" | "scale" | "perRow"
    >,
    Pick<WildClusterBootstrapOptions, "variant" | "imposeNull" | "multipliers" | "draws" | "seed" | "alternative" | "ties" | "interval"> {
  /** Clusters: all rows of one get the same multiplier. */
  readonly cluster: AnyColumn<Row>;
  /** Effect under the null hypothesis. Default 0. */
  readonly nullEffect?: number;
}

/** Result of {@link wildBootstrap}. */
export interface RdWildBootstrapResult extends Result<"rd.wildBootstrap", object> {
  readonly estimates: WildClusterBootstrapResult["estimates"];
  /** The bootstrap test of `nullEffect` and its inversion. */
  readonly test: WildClusterBootstrapResult;
  /** The fit that chose the bandwidth. */
  readonly fit: RdEstimateResult;
}

/**
 * Inference for few clusters: the bias-corrected jump as a weighted regression of order `biasOrder` at the main bandwidth (which equals
 * bias correction with both bandwidths alike), tested by the wild cluster bootstrap with the null imposed, inverted to an interval. The
 * bandwidth is chosen once and kept.
 *
 * @throws The errors of `rd.estimate`; OptionError `MISSING_OPTION` without clusters; IdentificationError `ONE_CLUSTER`.
 * @see Cameron, Gelbach & Miller (2008), REStat 90(3) 414-427; Calonico, Cattaneo & Titiunik (2014), Econometrica 82(6), remark 7
 * @example
 * rd.wildBootstrap(people, { outcome: "hours", running: "age", cutoff: 60, cluster: "municipality", multipliers: "webb" }).test.pValue;
 */
export function wildBootstrap<Row>(data: Frame<Row>, options: RdWildBootstrapOptions<Row>): RdWildBootstrapResult {
  const caller = "rd.wildBootstrap";
  checkCall(caller, data, options);
  const { variant, imposeNull, multipliers, draws, seed, alternative, ties, interval, nullEffect = 0, ...design } = options;
  checkNumber(caller, "nullEffect", nullEffect);
  if (design.cluster === undefined) {
    throw new OptionError("MISSING_OPTION", `Cannot run ${caller} as option "cluster" is required: it was not given`, {
      option: "cluster",
    });
  }
  const fit = estimate(data, design as RdEstimateOptions<Row>);
  const { level, kernel, cutoff, biasOrder } = fit.options;
  const { columns } = columnsByRole(caller, data, {
    outcome: numberRole(fit.options.outcome),
    running: numberRole(fit.options.running),
    covariates: numbersRole(fit.covariates?.map(({ column }) => column) ?? []),
    weights: weightRole(fit.options.weights),
    cluster: groupRole(fit.options.cluster),
  });
  const weightOf = (i: number): number => {
    const offset = columns.running[i]! - cutoff;
    const kernelWeight = kernelAt(KERNELS[kernel], Math.abs(offset) / fit.bandwidths.h[offset < 0 ? 0 : 1]);
    return kernelWeight * (columns.weights === undefined ? 1 : columns.weights[i]!);
  };
  const inside = [...columns.running.keys()].filter((i) => weightOf(i) > 0);
  const take = (values: ArrayLike<number>): Float64Array => Float64Array.from(inside, (i) => values[i]!);
  const side = Float64Array.from(inside, (i) => (columns.running[i]! >= cutoff ? 1 : 0));
  // offsets over the wider bandwidth: powers of one size
  const scale = Math.max(...fit.bandwidths.h);
  const powers: Record<string, Float64Array> = {};
  for (let j = 1; j <= biasOrder; j++) {
    powers[`power ${j}`] = Float64Array.from(inside, (i) => ((columns.running[i]! - cutoff) / scale) ** j);
    powers[`power ${j} right`] = powers[`power ${j}`]!.map((value, i) => value * side[i]!);
  }
  const covariates = Object.fromEntries(columns.covariates.map((column, z) => [`covariate ${z + 1}`, take(column)]));
  const regressors = { effect: side, ...powers, ...covariates };
  const rows = frameOf({
    outcome: take(columns.outcome),
    ...regressors,
    weight: Float64Array.from(inside, weightOf),
    cluster: take(columns.cluster!.codes),
  });
  const regression = ols(rows as unknown as Frame<Record<string, number>>, {
    outcome: "outcome",
    regressors: Object.keys(regressors),
    weights: { column: "weight", kind: "analytic" },
    cluster: "cluster",
  });
  const chosen = { variant, imposeNull, multipliers, draws, seed, alternative, ties, interval, level };
  const test = wildClusterBootstrap(regression, {
    term: "effect",
    value: nullEffect,
    ...(Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as WildClusterBootstrapOptions),
  });
  return finishResult({
    kind: caller,
    estimates: test.estimates,
    test,
    fit,
    sample: { ...fit.sample },
    warnings: [...fit.warnings, ...test.warnings],
    options: { ...options },
    reference: "Cameron, Gelbach & Miller (2008), REStat 90(3) 414-427",
  });
}
