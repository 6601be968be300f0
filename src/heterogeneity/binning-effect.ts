import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkNumber } from "../core/options.ts";
import type { Estimate, JointTest, Sample, Warning } from "../core/result.ts";
import { lowerBound } from "../data/factorize.ts";
import { type Frame, numericData } from "../data/frame.ts";
import type { AnyRow } from "../regression/design.ts";
import { type OlsResult, wald } from "../regression/index.ts";
import { fitInteraction, type InteractionsSettings, interactionRows } from "./interaction-model.ts";
import type { BinningForm } from "./interaction-options.ts";
import { type Combination, combinations, squareRows } from "./linear-combination.ts";
import { bandOf, requireVaryingModerator, type SimultaneousBand, supportWarnings } from "./moderator-support.ts";
import { quantileType7 } from "./quantile.ts";
import { treatedAmong } from "./subgroup-effects.ts";

/** A bin of the moderator. */
export interface ModeratorBin {
  readonly rows: number;
  /** Rows with treatment 1, when the treatment is 0/1. */
  readonly treatedRows?: number;
  /** Median of the moderator, where the effect is read. */
  readonly median: number;
  /** Effect at the median. */
  readonly effect: Estimate;
  /** Change of the effect per unit of the moderator inside the bin. */
  readonly slope: Estimate;
}

/** What a binning form gives. */
export interface BinningPart {
  readonly form: "binning";
  /** Inner bounds of the bins. */
  readonly cuts: readonly number[];
  readonly bins: readonly ModeratorBin[];
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Holds over all bins at once. */
  readonly band: SimultaneousBand;
  /** Test that all bins have one effect. */
  readonly equality: { readonly F: JointTest; readonly chiSquared: JointTest };
  /** Test that outcome (treatment 0) and effect are each one straight line in the moderator. */
  readonly linearity: { readonly F: JointTest; readonly chiSquared: JointTest };
  /** The regression. */
  readonly model: OlsResult;
}

const PARTS = ["level", "effect", "slope", "effect slope"] as const;

/** Binning estimator of Hainmueller, Mummolo and Xu (2019): one regression with own level, effect and slopes in each bin. */
export function binningEffect(
  caller: string,
  whole: Frame<AnyRow>,
  settings: InteractionsSettings,
  form: BinningForm<AnyRow>,
): BinningPart & { readonly sample: Sample; readonly warnings: readonly Warning[] } {
  const { data, covariates, sample } = interactionRows(caller, whole, settings, [form.moderator as string]);
  const x = numericData(data, form.moderator as string).values;
  const w = numericData(data, settings.treatment as string).values;
  requireVaryingModerator(caller, form.moderator as string, x);
  const cuts = binCuts(caller, form, x);
  const bin = Int32Array.from(x, (value) => lowerBound(cuts, value));
  const J = cuts.length + 1;
  const rows = Array.from({ length: J }, (_, j) => Int32Array.from(bin.keys()).filter((i) => bin[i] === j));
  const medians = rows.map((inside, j) => {
    const treated = inside.filter((i) => w[i] === w[inside[0]!]).length;
    if (inside.length === 0 || treated === inside.length) {
      throw new IdentificationError(
        "BIN_WITHOUT_CONTRAST",
        `Cannot run ${caller} as each bin of "${form.moderator as string}" needs variation in the treatment: bin ${j + 1} of ${J} has ${inside.length} rows of one kind; use fewer bins`,
        { bin: j, rows: inside.length },
      );
    }
    return quantileType7(Float64Array.from(inside, (i) => x[i]!).sort(), 0.5);
  });
  const term = (part: (typeof PARTS)[number], j: number): string => `${part} in bin ${j + 1}`;
  const columns = Object.fromEntries(
    medians.flatMap((median, j) => {
      const inside = Float64Array.from(bin, (own) => (own === j ? 1 : 0));
      const distance = inside.map((one, i) => one * (x[i]! - median));
      const [effect, effectSlope] = [inside.map((one, i) => one * w[i]!), distance.map((d, i) => d * w[i]!)];
      return [inside, effect, distance, effectSlope].map((column, p) => [term(PARTS[p]!, j), column] as const);
    }),
  );
  const fit = fitInteraction(data.with(columns) as unknown as Frame<AnyRow>, settings, [...Object.keys(columns), ...covariates], false);
  const ones = (part: (typeof PARTS)[number]): { term: string; weights: Combination }[] =>
    medians.map((_, j) => ({ term: term(part, j), weights: { [term(part, j)]: 1 } }));
  const effects = combinations(caller, fit, ones("effect"), settings.level);
  const slopes = combinations(caller, fit, ones("effect slope"), settings.level).estimates;
  const equal = medians.slice(1).map((_, j) => ({ [term("effect", 0)]: -1, [term("effect", j + 1)]: 1 }));
  const straight = medians.slice(1).flatMap((median, j) =>
    (["level", "effect"] as const).flatMap((part) => {
      const slope = part === "level" ? "slope" : "effect slope";
      return [
        { [term(slope, 0)]: -1, [term(slope, j + 1)]: 1 },
        { [term(part, 0)]: -1, [term(part, j + 1)]: 1, [term(slope, 0)]: -(median - medians[0]!) },
      ];
    }),
  );
  const both = (restrictions: readonly Combination[]): { readonly F: JointTest; readonly chiSquared: JointTest } => ({
    F: wald(fit, { restrictions }),
    chiSquared: wald(fit, { restrictions, test: "chiSquared" }),
  });
  const vcov = squareRows(effects.covariance);
  const inBin = (a: number, value: number): number => (lowerBound(cuts, value) === lowerBound(cuts, a) ? 1 : 0);
  return {
    form: "binning",
    cuts: Array.from(cuts),
    bins: medians.map((median, j) => {
      const treated = treatedAmong(w, rows[j]!);
      const count = treated === undefined ? {} : { treatedRows: treated };
      return { rows: rows[j]!.length, ...count, median, effect: effects.estimates[j]!, slope: slopes[j]! };
    }),
    estimates: effects.estimates,
    vcov,
    band: bandOf(effects.estimates, vcov, settings.level),
    equality: both(equal),
    linearity: both(straight),
    model: fit,
    sample,
    warnings: [...supportWarnings(form.moderator as string, medians, x, w, inBin), ...fit.warnings],
  };
}

function binCuts(caller: string, { bins = 3, cuts }: BinningForm<AnyRow>, x: Float64Array): Float64Array {
  checkNumber(caller, "form.bins", bins, { min: 2, integer: true });
  const sorted = x.slice().sort();
  const chosen = cuts ?? Array.from({ length: bins - 1 }, (_, j) => quantileType7(sorted, (j + 1) / bins));
  const distinct = Float64Array.from(chosen).sort();
  const bad = distinct.length === 0 || distinct.some((cut, i) => !Number.isFinite(cut) || (i > 0 && cut === distinct[i - 1]));
  if (!bad) return distinct;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as bins need distinct finite bounds: ${chosen.join(", ")}; use fewer bins or give "cuts"`,
    {
      cuts: chosen,
    },
  );
}
