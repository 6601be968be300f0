import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall } from "./check-call.ts";
import { heterogeneity } from "./heterogeneity.ts";
import { heterogeneityContrast } from "./heterogeneity-contrast.ts";
import type { RdHeterogeneityOptions, RdHeterogeneityResult } from "./heterogeneity-result.ts";

/** Options of {@link differenceInDiscontinuities}. */
export interface RdDifferenceOptions<Row> extends Omit<RdHeterogeneityOptions<Row>, "by" | "along"> {
  /** 0/1: 1 on rows where the rule under study is in force, 0 where only the other rules of the same cutoff are. */
  readonly post: NumericColumn<Row>;
}

/** Result of {@link differenceInDiscontinuities}. */
export interface RdDifferenceResult extends Result<"rd.differenceInDiscontinuities", object> {
  /** Difference of the jumps, and each jump, bias-corrected with robust inference. */
  readonly estimates: Readonly<Record<string, Estimate>> & {
    readonly difference: Estimate;
    readonly before: Estimate;
    readonly after: Estimate;
  };
  /** The difference without bias correction. */
  readonly conventional: number;
  readonly bandwidths: { readonly h: readonly (readonly [number, number])[] };
  readonly fit: RdHeterogeneityResult;
}

/**
 * Jump at the cutoff where a rule is in force less the jump where it is not, for cutoffs at which more than one thing changes.
 * One interacted local polynomial with one bandwidth for both (unless `jointBandwidth: false`); with `cluster`, people observed before
 * and after count once.
 *
 * @throws DataError `NOT_BINARY`, `NO_VARIATION`; the errors of `rd.heterogeneity`.
 * @see Grembi, Nannicini & Troiano (2016), American Economic Journal: Applied Economics 8(3) 1-30
 * @example
 * rd.differenceInDiscontinuities(people, { outcome: "hours", running: "age", cutoff: 60, post: "after", cluster: "person" }).estimates;
 */
export function differenceInDiscontinuities<Row>(data: Frame<Row>, options: RdDifferenceOptions<Row>): RdDifferenceResult {
  const caller = "rd.differenceInDiscontinuities";
  checkCall(caller, data, options);
  const { post, ...design } = options;
  resolveOptions(caller, { post }, { required: ["post"], defaults: {} });
  const values = new Set(data.numbers(post));
  values.delete(Number.NaN);
  if ([...values].some((value) => value !== 0 && value !== 1)) {
    throw new DataError(
      "NOT_BINARY",
      `Cannot run ${caller} as "${post}" must be 0 or 1: it has other values; correct it or mark it missing`,
      { column: post },
    );
  }
  if (values.size < 2) {
    throw new DataError(
      "NO_VARIATION",
      `Cannot run ${caller} as "${post}" must be 0 on some rows and 1 on others: it is always ${[...values][0]}`,
      { column: post },
    );
  }
  const fit = heterogeneity(data, { jointBandwidth: true, ...design, by: post } as RdHeterogeneityOptions<Row>);
  const [before, after] = fit.estimates as readonly [Estimate, Estimate];
  const { estimate, conventional } = heterogeneityContrast(fit, { [after.term]: 1, [before.term]: -1 });
  return finishResult({
    kind: caller,
    estimates: {
      difference: { ...estimate, term: "difference" },
      before: { ...before, term: "before" },
      after: { ...after, term: "after" },
    },
    conventional,
    bandwidths: { h: fit.groups.map(({ h }) => h) },
    fit,
    sample: fit.sample,
    warnings: fit.warnings,
    options: { ...fit.options, post },
    reference: "Grembi, Nannicini & Troiano (2016), American Economic Journal: Applied Economics 8(3) 1-30",
  });
}
