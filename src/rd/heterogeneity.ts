import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, OptionError } from "../core/errors.ts";
import type { Estimate, JointTest, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnList, columnsByRole, type Groups, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
import { toRows } from "../linalg/index.ts";
import { bandwidth } from "./bandwidth.ts";
import { checkCall } from "./check-call.ts";
import { coefficientsOf, fitGroup, type GroupFit, varianceName } from "./heterogeneity-fit.ts";
import type { RdHeterogeneityOptions, RdHeterogeneityResult, RdHeterogeneitySettings } from "./heterogeneity-result.ts";
import type { Pair } from "./numerics/selectors.ts";
import { positivePair, type RdDesignOptions, resolveDesign } from "./options.ts";

/** A first-stage F statistic below it is called weak. */
const WEAK_F = 10;

/**
 * Effects of a regression discontinuity by group or along covariates: one weighted regression with all interactions, robust bias
 * correction by a higher order at the same bandwidth. Sharp effects equal `rdhte` of R; with `treatment` the treatment received, times 1
 * and the covariates, is instrumented by the side times the same. Inference is normal.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`, `NO_FIRST_STAGE` (of a group, named); OptionError,
 * ColumnError, DataError.
 * @see Calonico, Cattaneo, Farrell, Palomba & Titiunik (2025), Treatment effect heterogeneity in regression discontinuity designs
 * @example
 * rd.heterogeneity(people, { outcome: "employed", running: "childAgeMonths", cutoff: 60, by: "education" }).estimates;
 */
export function heterogeneity<Row>(data: Frame<Row>, options: RdHeterogeneityOptions<Row>): RdHeterogeneityResult {
  const caller = "rd.heterogeneity";
  checkCall(caller, data, options, ["covariates"]);
  const settings = resolveHeterogeneity(caller, options);
  const products = settings.along.map((entry) => columnList(entry));
  const {
    columns,
    rows: kept,
    sample,
  } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome),
    running: numberRole(settings.running),
    treatment: numberRole(settings.treatment),
    covariates: numbersRole(settings.covariates),
    along: numbersRole(products.flat()),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    by: groupRole(settings.by),
  });
  if (columns.weights !== undefined && !columns.weights.some((weight) => weight > 0)) {
    throw new DataError("NO_WEIGHT", `Cannot run ${caller} as "${settings.weights}" must be above zero somewhere: all weights are zero`, {
      column: settings.weights,
    });
  }
  const used = kept === undefined ? data : data.take(kept);
  const groups = memberRows(columns.by, sample.used);
  const shared = settings.jointBandwidth ? chosenBandwidth(used, settings) : undefined;
  const along = productColumns(products, columns.along);
  const fits = groups.map(({ label, rows }, g) => {
    const h =
      givenBandwidth(settings, g, groups.length) ??
      shared ??
      chosenBandwidth(columns.by === undefined ? used : used.take(rows), settings, label);
    const input = { ...columns, along };
    return {
      label,
      h,
      main: fitGroup(caller, input, rows, h, settings, settings.order, label),
      robust: fitGroup(caller, input, rows, h, settings, settings.biasOrder, label),
    };
  });
  return finishHeterogeneity(fits, columns, settings, {
    ...sample,
    ...(columns.cluster === undefined ? {} : { clusters: columns.cluster.count }),
  });
}

type Sample = RdHeterogeneityResult["sample"];

function resolveHeterogeneity(caller: string, options: object): RdHeterogeneitySettings {
  if ((options as { derivative?: unknown }).derivative !== undefined) {
    throw new OptionError("UNKNOWN_OPTION", `Cannot run ${caller} as it has no option "derivative": it estimates jumps in level`, {
      option: "derivative",
    });
  }
  const extra = { by: undefined, along: [], bandwidth: undefined, jointBandwidth: false };
  const vcov = (options as { vcov?: unknown; cluster?: unknown }).vcov;
  const plain = vcov === undefined && (options as { cluster?: unknown }).cluster === undefined;
  const settings = resolveDesign<RdHeterogeneitySettings>(
    caller,
    plain ? { ...options, vcov: { type: "hetero", variant: "HC3" } } : options,
    extra,
  );
  if (settings.vcov.type === "nearestNeighbour") {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot run ${caller} with nearest-neighbour residuals as its regression needs HC or clustered ones`,
      {},
    );
  }
  checkAlong(caller, settings.along);
  if (settings.by !== undefined && settings.along.length > 0) {
    throw new OptionError(
      "BY_AND_ALONG",
      `Cannot run ${caller} with both "by" and "along" as one kind of difference is estimated at a time: give one`,
      {},
    );
  }
  return settings;
}

interface Members {
  readonly label: string;
  readonly rows: Int32Array;
}

function memberRows(by: Groups | undefined, used: number): Members[] {
  if (by === undefined) return [{ label: "all", rows: Int32Array.from({ length: used }, (_, i) => i) }];
  const sizes = new Int32Array(by.count);
  for (let i = 0; i < used; i++) sizes[by.codes[i]!]!++;
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (let i = 0; i < used; i++) {
    const g = by.codes[i]!;
    rows[g]![sizes[g]!++] = i;
  }
  return rows.map((members, g) => ({ label: by.label(g), rows: members }));
}

function productColumns(products: readonly (readonly string[])[], columns: readonly Float64Array[]): Float64Array[] {
  let next = 0;
  return products.map((names) => {
    const out = columns[next++]!.slice();
    for (let j = 1; j < names.length; j++) {
      const factor = columns[next++]!;
      for (let i = 0; i < out.length; i++) out[i]! *= factor[i]!;
    }
    return out;
  });
}

function givenBandwidth({ bandwidth: given }: RdHeterogeneitySettings, g: number, groups: number): Pair | undefined {
  if (given === undefined) return undefined;
  const perGroup = Array.isArray(given) && (given.length !== 2 || Array.isArray(given[0]));
  if (!perGroup) return positivePair("rd.heterogeneity", "bandwidth", given);
  if (given.length === groups) return positivePair("rd.heterogeneity", "bandwidth", given[g]);
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run rd.heterogeneity as "bandwidth" needs one entry for each of the ${groups} groups: ${given.length} were given`,
    {
      groups,
    },
  );
}

/** The bandwidth of a plain design on these rows, without the weights, as the reference does. */
function chosenBandwidth<Row>(data: Frame<Row>, settings: RdHeterogeneitySettings, group?: string): Pair {
  const {
    by: _by,
    along: _along,
    bandwidth: _bandwidth,
    jointBandwidth: _joint,
    weights: _weights,
    cluster: _cluster,
    ...design
  } = settings;
  try {
    return bandwidth(data, design as unknown as RdDesignOptions<Row>).bandwidths[settings.bandwidthSelector]!.h;
  } catch (error) {
    if (!(error instanceof IdentificationError) || group === undefined || settings.by === undefined) throw error;
    throw new IdentificationError(error.code, `${error.message} (in the group "${settings.by}" = "${group}")`, { ...error.details, group });
  }
}

function finishHeterogeneity(
  fits: readonly { readonly label: string; readonly h: Pair; readonly main: GroupFit; readonly robust: GroupFit }[],
  columns: { readonly cluster: Groups | undefined },
  settings: RdHeterogeneitySettings,
  sample: Sample,
): RdHeterogeneityResult {
  const moderators = settings.along.length + 1;
  const count = fits.length * moderators;
  const terms =
    settings.by !== undefined
      ? fits.map(({ label }) => label)
      : ["effect", ...settings.along.map((entry) => columnList(entry).join(" x "))];
  const robust = fits.map((fit) => fit.robust);
  const vcov = jointVariance(robust, (fit) => fit.influence, moderators, columns.cluster !== undefined, settings);
  const firstStage = firstStages(robust, moderators, columns.cluster !== undefined, settings, terms);
  const corrected = fits.flatMap(({ robust }) => robust.effects);
  const warnings: Warning[] = corrected.some((_, i) => !(vcov[i * count + i]! > 0))
    ? [{ code: "NO_VARIANCE", message: "No standard error for some effects: too few rows or clusters are left for them" }]
    : [];
  const equality = equalityTest(corrected, vcov, settings.by === undefined);
  return finishResult({
    kind: "rd.heterogeneity",
    estimates: corrected.map((value, i) => normalEstimate(terms[i]!, value, vcov[i * count + i]!, settings.level)),
    conventional: fits.flatMap(({ main }) => main.effects),
    vcov: toRows(vcov, count),
    groups: fits.map(({ label, h, main }) => ({
      group: label,
      rows: main.rows,
      within: main.within,
      h,
      coefficients: coefficientsOf(main, moderators),
    })),
    ...(equality === undefined ? {} : { equality }),
    ...(firstStage === undefined ? {} : { firstStage }),
    sample,
    warnings: [...warnings, ...weakFirstStages(firstStage, moderators)],
    options: settings,
    reference: "Calonico, Cattaneo, Farrell, Palomba & Titiunik (2025), Treatment effect heterogeneity in regression discontinuity designs",
  });
}

/** Covariance of all effects; factors count the rows, coefficients and clusters of the whole regression. */
function jointVariance(
  fits: readonly GroupFit[],
  influences: (fit: GroupFit) => Float64Array,
  moderators: number,
  clustered: boolean,
  { vcov }: RdHeterogeneitySettings,
): Float64Array {
  const count = fits.length * moderators;
  const out = new Float64Array(count * count);
  const influenceOf = (a: number): Float64Array => {
    const fit = fits[Math.floor(a / moderators)]!;
    const t = a % moderators;
    return influences(fit).subarray(t * fit.fit.units, (t + 1) * fit.fit.units);
  };
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      if (!clustered && Math.floor(a / moderators) !== Math.floor(b / moderators)) continue;
      const [left, right] = [influenceOf(a), influenceOf(b)];
      let sum = 0;
      for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
      out[a * count + b] = sum;
      out[b * count + a] = sum;
    }
  }
  const n = fits.reduce((sum, { within }) => sum + within[0] + within[1], 0);
  const k = fits.reduce((sum, { columns }) => sum + columns, 0);
  const factor = smallSample(varianceName(vcov), n, k, clustered ? clustersInFits(fits) : undefined);
  return out.map((value) => value * factor);
}

/** @throws OptionError `INVALID_OPTION`. */
function checkAlong(caller: string, along: unknown): void {
  const name = (entry: unknown): boolean => typeof entry === "string";
  const good =
    Array.isArray(along) && along.every((entry) => name(entry) || (Array.isArray(entry) && entry.length > 0 && entry.every(name)));
  if (good) return;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as option "along" must be a list of columns, or of lists of columns for their products: another value was given`,
    { option: "along" },
  );
}

/** Jumps in the treatment of all groups, or along the moderators. */
function firstStages(
  fits: readonly GroupFit[],
  moderators: number,
  clustered: boolean,
  settings: RdHeterogeneitySettings,
  terms: readonly string[],
): Estimate[] | undefined {
  if (fits.some((fit) => fit.firstStage === undefined)) return undefined;
  const count = terms.length;
  const vcov = jointVariance(fits, (fit) => fit.firstStage!.influence, moderators, clustered, settings);
  const jumps = fits.flatMap((fit) => fit.firstStage!.jumps);
  return jumps.map((value, i) => normalEstimate(terms[i]!, value, vcov[i * count + i]!, settings.level));
}

function weakFirstStages(firstStage: readonly Estimate[] | undefined, moderators: number): Warning[] {
  const weak = (firstStage ?? []).filter(({ statistic }, i) => i % moderators === 0 && statistic ** 2 < WEAK_F);
  return weak.map(({ term, statistic }) => ({
    code: "WEAK_FIRST_STAGE",
    message: `Weak first stage of "${term}": F = ${(statistic ** 2).toFixed(1)}; its effect and interval are unreliable`,
    details: { term, F: statistic ** 2 },
  }));
}

function clustersInFits(fits: readonly GroupFit[]): number {
  const units = fits[0]!.fit.units;
  let count = 0;
  for (let g = 0; g < units; g++) if (fits.some(({ fit }) => fit.influence[g] !== 0)) count++;
  return count;
}

function smallSample(name: string, n: number, k: number, g: number | undefined): number {
  const last = name.slice(-1);
  if (last === "2" || last === "3") return 1;
  if (g === undefined) return last === "0" ? n / (n - 1) : n / (n - k);
  return (last === "0" ? 1 : (n - 1) / (n - k)) * (g / (g - 1));
}

/** All effects equal to the first, or (along covariates) all slopes zero. */
function equalityTest(effects: readonly number[], vcov: Float64Array, slopes: boolean): JointTest | undefined {
  const count = effects.length;
  const q = count - 1;
  if (q < 1) return undefined;
  const base = slopes ? 0 : 1;
  const r = Float64Array.from({ length: q }, (_, i) => effects[i + 1]! - base * effects[0]!);
  const V = new Float64Array(q * q);
  for (let i = 0; i < q; i++) {
    for (let j = 0; j < q; j++) {
      const [a, b] = [i + 1, j + 1];
      V[i * q + j] = vcov[a * count + b]! - base * (vcov[a * count]! + vcov[b]! - vcov[0]!);
    }
  }
  const statistic = waldStatistic(r, V);
  return statistic === undefined ? undefined : chiSquaredTest(statistic, q);
}
