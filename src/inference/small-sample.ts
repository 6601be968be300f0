import { checkBoolean, checkChoice, checkNumber, resolveOptions } from "../core/options.ts";

/**
 * Small-sample corrections, equal to fixest's `ssc()`; each default is fixest's.
 */
export interface SmallSampleOptions {
  /** Multiply by (n - 1) / (n - K) (n / (n - K) for HC1 and Conley). Default true. */
  readonly adjustParameters?: boolean;
  /**
   * Which fixed effects count in K: those not nested in a cluster variable (`"nonnested"`, the default; all of them for unclustered
   * covariances), all (`"full"`), or `"none"`.
   */
  readonly fixedEffectParameters?: "nonnested" | "full" | "none";
  /** Count the rank of the fixed effects' dummies instead of levels minus one for each further effect. Default false. */
  readonly exactParameters?: boolean;
  /** Multiply by G / (G - 1); `"parameters"` by G / (G - K), which needs more clusters than parameters (no standard errors otherwise). Default true. */
  readonly adjustClusters?: boolean | "parameters";
  /** With several cluster variables: one factor from the smallest G (`"min"`, the default) or each term its own (`"conventional"`). */
  readonly clusterFactor?: "min" | "conventional";
  /**
   * Degrees of freedom of t: the smallest G minus 1 when clustered, T - 1 for serial correlation, else n - K (`"min"`, the default);
   * n - K always (`"conventional"`); Satterthwaite's for each coefficient (`"satterthwaite"`, clustered only); or a number, `Infinity` for
   * normal inference.
   */
  readonly degreesOfFreedom?: "min" | "conventional" | "satterthwaite" | number;
}

/** {@link SmallSampleOptions} with defaults filled in. */
export type SmallSample = Readonly<Required<SmallSampleOptions>>;

/** fixest's defaults. */
export const SMALL_SAMPLE_DEFAULTS: SmallSample = {
  adjustParameters: true,
  fixedEffectParameters: "nonnested",
  exactParameters: false,
  adjustClusters: true,
  clusterFactor: "min",
  degreesOfFreedom: "min",
};

/** Fills defaults in and checks. @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`. */
export function resolveSmallSample(caller: string, options: SmallSampleOptions = {}): SmallSample {
  const settings = resolveOptions<SmallSample>(`${caller} (smallSample)`, options, {
    required: [],
    defaults: { ...SMALL_SAMPLE_DEFAULTS },
  });
  checkBoolean(caller, "adjustParameters", settings.adjustParameters);
  checkBoolean(caller, "exactParameters", settings.exactParameters);
  checkChoice(caller, "fixedEffectParameters", settings.fixedEffectParameters, ["nonnested", "full", "none"]);
  checkChoice(caller, "clusterFactor", settings.clusterFactor, ["min", "conventional"]);
  if (settings.adjustClusters !== "parameters") checkBoolean(caller, "adjustClusters", settings.adjustClusters);
  if (typeof settings.degreesOfFreedom === "number" && settings.degreesOfFreedom !== Number.POSITIVE_INFINITY)
    checkNumber(caller, "degreesOfFreedom", settings.degreesOfFreedom, { min: 0, open: true });
  else if (typeof settings.degreesOfFreedom !== "number")
    checkChoice(caller, "degreesOfFreedom", settings.degreesOfFreedom, ["min", "conventional", "satterthwaite"]);
  return settings;
}

/** One absorbed fixed effect, for counting. */
export interface EffectCount {
  readonly levels: number;
  /** Whether each level has an intercept. */
  readonly intercept: boolean;
  /** Slopes of each level. */
  readonly slopes: number;
  /** Columns of the slopes, by which slopes that several effects share are found. */
  readonly slopeColumns?: readonly string[];
}

/** What K is counted from. */
export interface ParameterCounts {
  /** Coefficients kept. */
  readonly coefficients: number;
  readonly effects: readonly EffectCount[];
  /** Rank of the effects' dummies (and slopes). */
  readonly rank: number;
}

/**
 * K under the settings.
 * @param nested - for each effect, whether it is nested in a cluster variable; `undefined` where nesting plays no role.
 */
export function countParameters(counts: ParameterCounts, settings: SmallSample, nested: readonly boolean[] | undefined): number {
  const { coefficients, effects, rank } = counts;
  if (effects.length === 0 || settings.fixedEffectParameters === "none") return coefficients;
  const full = coefficients + (settings.exactParameters ? rank : nominalLevels(effects));
  if (settings.fixedEffectParameters === "full" || nested === undefined) return full;
  const inside = effects.filter((effect, e) => nested[e] === true && effect.intercept);
  if (settings.exactParameters && inside.length < effects.length) return full - inside.length; // as fixest counts
  return full - inside.reduce((sum, { levels }) => sum + levels, 0) + inside.length;
}

/**
 * Levels of all effects, less one for each effect with intercepts after the first; slopes one a level and column, less one for each
 * effect after the first with slopes on the same column, as that column is the sum of its slopes' columns in every one of them.
 */
function nominalLevels(effects: readonly EffectCount[]): number {
  const intercepts = effects.filter(({ intercept }) => intercept).length;
  const levels = effects.reduce((sum, effect) => sum + effect.levels * ((effect.intercept ? 1 : 0) + effect.slopes), 0);
  const slopes = effects.flatMap(({ slopeColumns }) => slopeColumns ?? []);
  return levels - Math.max(0, intercepts - 1) - (slopes.length - new Set(slopes).size);
}
