import type { AnyColumn, NumericColumn } from "../data/index.ts";
import type { SerialKernel } from "./bandwidth.ts";
import type { HeteroVariant } from "./vcov-hetero.ts";

/** One column to cluster by, or several combined into one. */
export type ClusterBy<Row> = AnyColumn<Row> | readonly (AnyColumn<Row> | readonly AnyColumn<Row>[])[];

/** Equal variances, independent errors. */
export interface IidVcov {
  readonly type: "iid";
}

/** Robust to unequal variances; `variant` defaults to `"HC1"`. */
export interface HeteroVcov {
  readonly type: "hetero";
  readonly variant?: HeteroVariant;
}

/** Corrections of cluster-robust covariances. */
export type ClusterVariant = "CR0" | "CR1" | "CR2" | "CR3" | "CR3J";

/**
 * Robust to dependence within clusters. `variant` defaults to `"CR1"`; several columns give multiway clustering, a nested list one
 * variable made of combinations.
 */
export interface ClusterVcov<Row> {
  readonly type: "cluster";
  readonly by: ClusterBy<Row>;
  readonly variant?: ClusterVariant;
  /** With several columns: single rows instead of the intersection's clusters, without a factor (CR2, CR3: with (n - 1)/n). Default false. */
  readonly rowsForIntersection?: boolean;
  /** With CR2 and CR3: multiply each term by (G - 1) / G of its own clusters, as the jackknife does. Default false. */
  readonly jackknifeFactor?: boolean;
  /** With CR2 and CR3 and weights: correct the weighted residuals, as R's sandwich does, rather than the residuals. Default false. */
  readonly weightedResiduals?: boolean;
}

/** Newey-West: serial correlation up to `lag` periods, within units where `unit` is given. */
export interface NeweyWestVcov<Row> {
  readonly type: "neweyWest";
  readonly time: NumericColumn<Row>;
  readonly unit?: AnyColumn<Row>;
  /** Default: the whole part of T^(1/4) in panels, Newey and West's (1994) plug-in in series. */
  readonly lag?: number;
}

/** Driscoll-Kraay: dependence between units of a period and up to `lag` periods apart. */
export interface DriscollKraayVcov<Row> {
  readonly type: "driscollKraay";
  readonly time: NumericColumn<Row>;
  /** Default: the whole part of T^(1/4). */
  readonly lag?: number;
}

/** Kernel covariance of a single time series. */
export interface HacVcov<Row> {
  readonly type: "hac";
  readonly time: NumericColumn<Row>;
  /** Default `"quadraticSpectral"`. */
  readonly kernel?: SerialKernel;
  /** In periods, or a plug-in rule. Default `"andrews"`. */
  readonly bandwidth?: number | "andrews" | "neweyWest";
  /** Fit a vector autoregression to the scores first: its order, `true` for 1. Default false. */
  readonly prewhiten?: boolean | number;
}

/** Conley: dependence between rows closer than `cutoff` kilometres, all with weight one. */
export interface ConleyVcov<Row> {
  readonly type: "conley";
  /** Degrees. */
  readonly latitude: NumericColumn<Row>;
  /** Degrees. */
  readonly longitude: NumericColumn<Row>;
  /** Kilometres. */
  readonly cutoff: number;
  /** Great circle on a sphere (`"spherical"`), or a plane at the mean latitude (`"triangular"`, the default). */
  readonly distance?: "triangular" | "spherical";
}

/** How the covariance of the estimates is computed. */
export type VcovOption<Row> =
  | IidVcov
  | HeteroVcov
  | ClusterVcov<Row>
  | NeweyWestVcov<Row>
  | DriscollKraayVcov<Row>
  | HacVcov<Row>
  | ConleyVcov<Row>;
