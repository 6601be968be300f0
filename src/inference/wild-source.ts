import { DataError, OptionError } from "../core/errors.ts";
import type { Sample } from "../core/result.ts";
import type { ClusterGroups, EstimatingEquations } from "./covariance.ts";
import type { SmallSample } from "./small-sample.ts";

/** Rows of a fit by two-stage least squares, without absorbed effects. */
export interface InstrumentalRows {
  readonly outcome: Float64Array;
  readonly endogenous: readonly Float64Array[];
  /** With a column of ones where there is a constant. */
  readonly exogenous: readonly Float64Array[];
  readonly instruments: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  /** Position of each term among the endogenous, then the exogenous columns. */
  readonly positions: readonly number[];
}

/** A fit as the wild bootstrap sees it, over the rows used. */
export interface WildFit {
  readonly terms: readonly string[];
  readonly coefficients: Float64Array;
  /** Equations whose rows depend on each other through the design alone: effects that are not nested in the multipliers' clusters are columns. */
  readonly equations: EstimatingEquations;
  /** Clusters of the variance: one variable, or several for a multiway one. */
  readonly clusters: readonly ClusterGroups[];
  /** Groups of rows that share a multiplier. */
  readonly drawn: ClusterGroups;
  readonly smallSample: SmallSample;
  readonly sample: Sample;
  /** Of likelihoods: scores and information of all terms where some have given values. */
  readonly restricted?: (caller: string, fixed: ReadonlyMap<string, number>) => EstimatingEquations;
  /** Of two-stage least squares. */
  readonly instrumental?: InstrumentalRows;
}

/** Columns to cluster by: a name, or several, a nested list being their combination. */
export type WildColumns = string | readonly (string | readonly string[])[];

/** Which columns are wanted; `undefined` for what the result itself has. */
export interface WildRequest {
  readonly clusters: WildColumns | undefined;
  readonly drawn: WildColumns | undefined;
  /** Whether rows are left out by cluster or by multiplier. */
  readonly jackknifed: boolean;
}

/** How a result hands itself over. */
export type WildSource = (caller: string, request: WildRequest) => WildFit;

const KINDS: readonly string[] = ["regression.ols", "regression.poisson", "regression.logit", "regression.probit", "regression.gamma"];

const SOURCE = Symbol("whatworks.inference.wildSource");

/** Lets a result be resampled, out of sight of JSON, `structuredClone` and equality. Call before it is frozen. */
export function attachWildSource<R extends object>(result: R, source: WildSource): R {
  Object.defineProperty(result, SOURCE, { value: source, enumerable: false });
  return result;
}

/**
 * The fit behind a result.
 * @throws OptionError `MODEL_UNSUPPORTED`: no least-squares or likelihood result. @throws DataError `MODEL_NOT_KEPT`, and what the source throws.
 */
export function wildFit(caller: string, result: object, request: WildRequest): WildFit {
  const { [SOURCE]: source, kind } = result as { readonly [SOURCE]?: WildSource; readonly kind?: string };
  if (source !== undefined) return source(caller, request);
  if (!KINDS.includes(kind ?? "")) {
    const needed = KINDS.join(", ");
    throw new OptionError("MODEL_UNSUPPORTED", `Cannot run ${caller} as it needs a result of ${needed}: "${kind}" was given`, { kind });
  }
  throw new DataError(
    "MODEL_NOT_KEPT",
    `Cannot run ${caller} as it needs the fitted rows: the result was made with keepModel: false or read from a copy; estimate it again`,
    {},
  );
}
