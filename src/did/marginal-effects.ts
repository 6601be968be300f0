import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkArgument, checkBoolean, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import { type Contributions, combineContributions } from "./contributions.ts";
import type { EffectCell } from "./extended-effects.ts";
import type { ExtendedTwfeResult } from "./extended-twfe.ts";

/** Options of {@link marginalEffects}. */
export interface MarginalEffectsOptions {
  /** One average, or one by cohort, by period, by time since treatment. @defaultValue "simple" */
  readonly type?: "simple" | "group" | "calendar" | "event";
  /** Effects on the mean of the outcome, or on the index. @defaultValue "response" */
  readonly predict?: "response" | "link";
  /**
   * Whether the effects of a nonlinear model are those at each cohort and period's mean covariates, in place of the mean of its rows' effects;
   * without covariates, and in a linear model, both are the same. @defaultValue false
   */
  readonly atMeans?: boolean;
  /** Whether each value of the moderator has its own. @defaultValue true where the model has a moderator */
  readonly byModerator?: boolean;
  /** Whether to leave out effects before treatment, which `controlGroup: "neverTreated"` gives. @defaultValue true */
  readonly postOnly?: boolean;
  /** First and last event time counted. */
  readonly window?: readonly [number, number];
  /** Confidence level. @defaultValue that of the model */
  readonly level?: number;
}

/** An average effect with what it is of. */
export interface MarginalEffect extends Estimate {
  readonly group?: number;
  readonly time?: number;
  readonly eventTime?: number;
  readonly moderator?: number | string;
}

/** Average effects of an extended two-way fixed-effects model. */
export interface MarginalEffectsResult extends Result<"did.marginalEffects", MarginalEffectsOptions> {
  readonly estimates: readonly MarginalEffect[];
  readonly vcov: readonly (readonly number[])[];
  /** What each cluster adds to the deviations of the estimates, where there are at most 100: for inference with few clusters. */
  readonly contributions?: Contributions;
}

const CALLER = "did.marginalEffects";

/**
 * Average effects over treated rows, by cohort, period or time since treatment, from the sums that {@link extendedTwfe} keeps; standard errors by
 * the delta method, the rows' composition fixed. Equals `emfx` of R's etwfe 0.6.2; normal inference.
 *
 * @throws IdentificationError `NO_EFFECTS`; OptionError.
 * @example
 * marginalEffects(extendedTwfe(people, { outcome: "hours", firstTreated: "firstProgramMonth" }), { type: "group" }).estimates;
 */
export function marginalEffects(model: ExtendedTwfeResult, options: MarginalEffectsOptions = {}): MarginalEffectsResult {
  checkArgument(CALLER, model, "a result of did.extendedTwfe", ["cells", "parameterVcov"]);
  const hasModerator = model.cells.some(({ moderator }) => moderator !== undefined);
  const settings = resolveOptions<Required<Omit<MarginalEffectsOptions, "window">> & Pick<MarginalEffectsOptions, "window">>(
    CALLER,
    options,
    {
      required: [],
      defaults: {
        type: "simple",
        predict: "response",
        atMeans: false,
        byModerator: hasModerator,
        postOnly: true,
        window: undefined,
        level: model.options.level,
      },
    },
  );
  checkChoice(CALLER, "type", settings.type, ["simple", "group", "calendar", "event"]);
  checkChoice(CALLER, "predict", settings.predict, ["response", "link"]);
  checkBoolean(CALLER, "atMeans", settings.atMeans);
  checkBoolean(CALLER, "byModerator", settings.byModerator);
  checkBoolean(CALLER, "postOnly", settings.postOnly);
  checkLevel(CALLER, settings.level);
  const [from, to] = settings.window ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const counted = model.cells.filter(({ group, time }) => {
    const e = time - group;
    return e >= from && e <= to && (!settings.postOnly || e >= 0);
  });
  if (counted.length === 0) {
    throw new IdentificationError("NO_EFFECTS", `Cannot average effects as a treated row inside the window is needed: there is none`, {});
  }
  const placeOf = (cell: EffectCell): Omit<MarginalEffect, keyof Estimate> => ({
    ...(settings.type === "group" ? { group: cell.group } : {}),
    ...(settings.type === "calendar" ? { time: cell.time } : {}),
    ...(settings.type === "event" ? { eventTime: cell.time - cell.group } : {}),
    ...(settings.byModerator && cell.moderator !== undefined ? { moderator: cell.moderator } : {}),
  });
  const sets = new Map<string, { readonly place: Omit<MarginalEffect, keyof Estimate>; readonly cells: EffectCell[] }>();
  for (const cell of counted) {
    const place = placeOf(cell);
    const key = JSON.stringify(place);
    const set = sets.get(key) ?? { place, cells: [] };
    sets.set(key, set);
    set.cells.push(cell);
  }
  const order = (place: Omit<MarginalEffect, keyof Estimate>): number => place.group ?? place.time ?? place.eventTime ?? 0;
  const sorted = [...sets.values()].sort((a, b) => order(a.place) - order(b.place) || inOrder(a.place.moderator, b.place.moderator));
  const averages = sorted.map(({ cells }) => averageOf(cells, settings));
  const vcov = averages.map((a) => averages.map((b) => quadratic(a.gradient, b.gradient, model.parameterVcov)));
  const estimates = averages.map(
    ({ value }, k): MarginalEffect => ({
      ...tEstimate(termOf(sorted[k]!.place), value, vcov[k]![k]!, Number.POSITIVE_INFINITY, settings.level),
      ...sorted[k]!.place,
    }),
  );
  const flat = estimates.filter(({ standardError }) => Number.isNaN(standardError)).map(({ term }) => term);
  const warnings: Warning[] =
    flat.length === 0
      ? []
      : [
          {
            code: "REFERENCE_PERIOD",
            message: `Zero by construction, without standard error: ${flat.join(", ")}`,
            details: { terms: flat },
          },
        ];
  return finishResult({
    kind: CALLER,
    estimates,
    vcov,
    ...(model.parameterContributions === undefined
      ? {}
      : {
          contributions: combineContributions(
            model.parameterContributions,
            averages.map(({ gradient }) => gradient),
          ),
        }),
    sample: model.sample,
    warnings: [...model.warnings, ...warnings],
    options: settings,
    reference: model.reference,
  });
}

/** Numbers by size, labels by alphabet. */
const inOrder = (a: number | string | undefined, b: number | string | undefined): number => (a === b ? 0 : a! < b! ? -1 : 1);

/** A kind of effect in a cell: its sum over rows and that sum's derivatives. */
function effectOf(cell: EffectCell, { predict, atMeans }: Kind): { readonly sum: number; readonly gradient: readonly number[] } {
  if (predict === "link") return { sum: cell.link, gradient: cell.linkGradient };
  if (atMeans) return { sum: cell.responseAtMeans, gradient: cell.responseAtMeansGradient };
  return { sum: cell.response, gradient: cell.responseGradient };
}

type Kind = Required<Pick<MarginalEffectsOptions, "predict" | "atMeans">>;

function averageOf(cells: readonly EffectCell[], kind: Kind): { readonly value: number; readonly gradient: Float64Array } {
  const rows = cells.reduce((sum, cell) => sum + cell.rows, 0);
  const gradient = new Float64Array(cells[0]!.linkGradient.length);
  let value = 0;
  for (const cell of cells) {
    const own = effectOf(cell, kind);
    value += own.sum / rows;
    for (let j = 0; j < gradient.length; j++) gradient[j]! += own.gradient[j]! / rows;
  }
  return { value, gradient };
}

function quadratic(a: Float64Array, b: Float64Array, V: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    for (let j = 0; j < b.length; j++) sum += a[i]! * V[i]![j]! * b[j]!;
  }
  return sum;
}

function termOf({ group, time, eventTime, moderator }: Omit<MarginalEffect, keyof Estimate>): string {
  const what =
    group !== undefined
      ? `cohort ${group}`
      : time !== undefined
        ? `period ${time}`
        : eventTime !== undefined
          ? `event time ${eventTime}`
          : "average effect";
  return moderator === undefined ? what : `${what}, moderator ${moderator}`;
}
