import { DataError, OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber } from "../core/options.ts";
import type { Frame } from "../data/index.ts";
import { columnsByRole, type Groups, groupsRole, numbersRole } from "../data/roles.ts";
import type { ClusterGroups, Covariance, EstimatingEquations } from "../inference/covariance.ts";
import type { SmallSample } from "../inference/small-sample.ts";
import { biasReducedCovariance, satterthwaiteDegrees } from "../inference/vcov-bias-reduced.ts";
import { clusterCovariance } from "../inference/vcov-cluster.ts";
import { conleyCovariance } from "../inference/vcov-conley.ts";
import { hacCovariance } from "../inference/vcov-hac.ts";
import { type HeteroVariant, heteroCovariance } from "../inference/vcov-hetero.ts";
import { iidCovariance } from "../inference/vcov-iid.ts";
import type { ClusterVariant, VcovOption } from "../inference/vcov-option.ts";
import { driscollKraayCovariance, neweyWestCovariance } from "../inference/vcov-serial.ts";
import { weightedResidualCovariance } from "../inference/vcov-weighted-residuals.ts";
import { type GroupCodes, isNested } from "../moments/index.ts";
import type { AnyRow } from "./design.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import { combineGroups, type EffectRows } from "./fixed-effects.ts";

/** A covariance choice as it is handled inside, whatever the row type. */
export type AnyVcov = VcovOption<AnyRow>;

/** The columns a covariance reads. */
export interface VcovColumns {
  readonly groups: readonly string[];
  readonly numbers: readonly string[];
}

const TYPES = ["iid", "hetero", "cluster", "neweyWest", "driscollKraay", "hac", "conley"] as const;
const HETERO: readonly HeteroVariant[] = ["constant", "HC0", "HC1", "HC2", "HC3", "HC4", "HC4m", "HC5"];
const CLUSTER: readonly ClusterVariant[] = ["CR0", "CR1", "CR2", "CR3", "CR3J"];

/** Checks a covariance choice and fills its variant in. @throws OptionError `INVALID_OPTION`. */
export function resolveVcov(caller: string, vcov: AnyVcov): AnyVcov {
  checkChoice(caller, "vcov.type", vcov.type, TYPES);
  if (vcov.type === "hac") return { ...vcov, prewhiten: checkPrewhiten(caller, vcov.prewhiten ?? false) };
  if (vcov.type === "hetero") return { ...vcov, variant: checkChoice(caller, "vcov.variant", vcov.variant ?? "HC1", HETERO) };
  if (vcov.type === "cluster") {
    if (clusterLists(vcov.by).length === 0) {
      throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as clustering needs at least one column: none was given`, {
        option: "vcov.by",
      });
    }
    return { ...vcov, variant: checkChoice(caller, "vcov.variant", vcov.variant ?? "CR1", CLUSTER) };
  }
  return vcov;
}

/** The cluster variables, each a list of columns to combine. */
export function clusterLists(by: string | readonly (string | readonly string[])[]): readonly (readonly string[])[] {
  return typeof by === "string" ? [[by]] : by.map((one) => (typeof one === "string" ? [one] : one));
}

/** Which columns must be present for a covariance. */
export function vcovColumns(vcov: AnyVcov): VcovColumns {
  switch (vcov.type) {
    case "cluster":
      return { groups: [...new Set(clusterLists(vcov.by).flat())], numbers: [] };
    case "neweyWest":
      return { groups: vcov.unit === undefined ? [vcov.time] : [vcov.unit, vcov.time], numbers: [] };
    case "driscollKraay":
    case "hac":
      return { groups: [vcov.time], numbers: [] };
    case "conley":
      return { groups: [], numbers: [vcov.latitude, vcov.longitude] };
    default:
      return { groups: [], numbers: [] };
  }
}

/** Columns over the rows an estimate uses. */
export interface RowColumns {
  readonly groups: (name: string) => Groups;
  readonly numbers: (name: string) => Float64Array;
}

/**
 * The columns of a covariance chosen after estimation, over the rows the estimate used.
 * @throws DataError `MISSING_VALUES`: a row used has no value, and leaving it out would change the estimate.
 */
export function columnsAfterwards(caller: string, data: Frame<AnyRow>, rows: Int32Array | undefined, wanted: VcovColumns): RowColumns {
  const used = rows === undefined ? data : data.take(rows);
  const roles = { groups: groupsRole(wanted.groups), numbers: numbersRole(wanted.numbers) };
  const { columns, sample } = columnsByRole(caller, used, roles);
  if (sample.used < sample.rows) {
    throw new DataError(
      "MISSING_VALUES",
      `Cannot run ${caller} as every row of the estimate needs the covariance's columns: ${sample.dropped.map(({ reason, rows: n }) => `${reason} in ${n} rows`).join(", ")}; give the covariance when estimating`,
      { dropped: sample.dropped },
    );
  }
  return {
    groups: (name) => columns.groups[wanted.groups.indexOf(name)]!,
    numbers: (name) => columns.numbers[wanted.numbers.indexOf(name)]!,
  };
}

/** Cluster variables with what is nested in them: by name first (an effect holding the column), then by the data. */
export function clusterGroups(
  by: string | readonly (string | readonly string[])[],
  columns: RowColumns,
  effects: readonly EffectRows[],
): readonly ClusterGroups[] {
  return clusterLists(by).map((names) => {
    const groups: GroupCodes = combineGroups(names.map((name) => columns.groups(name)));
    const nested = effects.map(({ specification, codes, count }) => {
      const byName = names.every((name) => specification.columns.includes(name));
      return byName || isNested({ codes, count }, groups);
    });
    return { codes: groups.codes, count: groups.count, name: names.join("^"), nested };
  });
}

/** The covariance of a fit under a resolved choice. */
export function computeCovariance(
  equations: EstimatingEquations,
  vcov: AnyVcov,
  settings: SmallSample,
  columns: RowColumns,
  effects: readonly EffectRows[],
): Covariance {
  return { ...covarianceOf(equations, vcov, settings, columns, effects), normal: equations.normal };
}

function covarianceOf(
  equations: EstimatingEquations,
  vcov: AnyVcov,
  settings: SmallSample,
  columns: RowColumns,
  effects: readonly EffectRows[],
): Covariance {
  switch (vcov.type) {
    case "iid":
      return iidCovariance(equations, settings);
    case "hetero":
      return heteroCovariance(equations, vcov.variant ?? "HC1", settings);
    case "cluster": {
      const groups = clusterGroups(vcov.by, columns, effects);
      const variant = vcov.variant ?? "CR1";
      const rowsForIntersection = vcov.rowsForIntersection ?? false;
      if ((variant === "CR0" || variant === "CR1") && vcov.jackknifeFactor !== true) {
        const covariance = clusterCovariance(equations, groups, variant, settings, { rowsForIntersection });
        if (settings.degreesOfFreedom !== "satterthwaite" || groups.length > 1) return covariance;
        return {
          ...covariance,
          degreesOfFreedom: satterthwaiteDegrees(withExplicitEffects(equations, effects, groups), groups[0]!, variant),
        };
      }
      const options = { rowsForIntersection, jackknifeFactor: vcov.jackknifeFactor ?? false };
      if (vcov.weightedResiduals === true && equations.weights !== undefined && (variant === "CR2" || variant === "CR3")) {
        return weightedResidualCovariance(withExplicitEffects(equations, effects, groups), groups, variant, settings, options);
      }
      return biasReducedCovariance(withExplicitEffects(equations, effects, groups), groups, variant, settings, options);
    }
    case "neweyWest": {
      const unit = vcov.unit === undefined ? undefined : columns.groups(vcov.unit);
      return neweyWestCovariance(equations, { time: columns.groups(vcov.time), unit, lag: vcov.lag }, settings);
    }
    case "driscollKraay":
      return driscollKraayCovariance(equations, { time: columns.groups(vcov.time), lag: vcov.lag }, settings);
    case "hac": {
      const { kernel = "quadraticSpectral", bandwidth = "andrews", prewhiten = false } = vcov;
      return hacCovariance(equations, { time: columns.groups(vcov.time), kernel, bandwidth, prewhiten: Number(prewhiten) }, settings);
    }
    case "conley": {
      const [latitude, longitude] = [columns.numbers(vcov.latitude), columns.numbers(vcov.longitude)];
      return conleyCovariance(equations, { latitude, longitude, cutoff: vcov.cutoff, distance: vcov.distance ?? "triangular" }, settings);
    }
  }
}

/** The order of a prewhitening autoregression. @throws OptionError `INVALID_OPTION`. */
export function checkPrewhiten(caller: string, prewhiten: boolean | number): number {
  return typeof prewhiten === "boolean" ? Number(prewhiten) : checkNumber(caller, "prewhiten", prewhiten, { min: 0, integer: true });
}
