import { finishResult } from "../core/display.ts";
import { checkChoice, checkLevel, checkNumber, type OptionRules, resolveOptions } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { AnyRow } from "../regression/design.ts";
import { type BinningPart, binningEffect } from "./binning-effect.ts";
import { type FactorialPart, factorialEffect } from "./factorial-effect.ts";
import type { InteractionsSettings } from "./interaction-model.ts";
import type { InteractionForm, InteractionsOptions } from "./interaction-options.ts";
import { type KernelPart, kernelEffect } from "./kernel-effect.ts";
import { moderatorEffect, type PolynomialPart } from "./moderator-effect.ts";
import { type SeveralPart, severalModerators } from "./several-moderators.ts";

/** What each form gives besides sample, warnings and options. */
export interface InteractionParts {
  readonly polynomial: PolynomialPart;
  readonly binning: BinningPart;
  readonly kernel: KernelPart;
  readonly factorial: FactorialPart;
  readonly several: SeveralPart;
}

/** Result of {@link interactions}, by form. */
export type InteractionsResult<Type extends keyof InteractionParts = keyof InteractionParts> = Result<
  "heterogeneity.interactions",
  InteractionsSettings
> &
  InteractionParts[Type];

const CALLER = "heterogeneity.interactions";

/** Options of each form: those it needs, and the others. */
const FORMS = {
  polynomial: { required: ["moderator"], defaults: { degree: undefined, at: undefined } },
  binning: { required: ["moderator"], defaults: { bins: undefined, cuts: undefined } },
  kernel: { required: ["moderator"], defaults: { bandwidth: undefined, at: undefined, bootstrap: undefined } },
  factorial: { required: ["other"], defaults: {} },
  several: { required: ["moderators"], defaults: { cross: undefined, profiles: undefined } },
} as const satisfies Record<keyof InteractionParts, OptionRules>;

/**
 * How an effect varies along a moderator, or how two treatments work together. `form` says how: `"polynomial"` (marginal effects along the moderator), `"binning"`
 * (own effect in each bin, with tests of equality and linearity), `"kernel"` (smooth), `"several"` (several moderators at once), `"factorial"` (A alone, B alone, both). A moderator is not randomised: the
 * result describes for whom the effect is larger, not that the moderator causes it.
 *
 * @throws OptionError, ColumnError for bad options and columns; DataError `CONSTANT_MODERATOR`.
 * @throws IdentificationError `BIN_WITHOUT_CONTRAST`, `EMPTY_CELL`, `TERM_NOT_ESTIMATED`, and those of `regression.ols`.
 * @see Hainmueller, Mummolo and Xu (2019), Political Analysis 27; Brambor, Clark and Golder (2006), Political Analysis 14.
 * @example
 * interactions(people, { outcome: "hours", treatment: "job", form: { type: "binning", moderator: "age" }, cluster: "municipality" }).bins;
 */
export function interactions<Row, const Form extends InteractionForm<Row>>(
  data: Frame<Row>,
  options: InteractionsOptions<Row, Form>,
): InteractionsResult<Form["type"]> {
  const settings = resolveOptions<InteractionsSettings>(CALLER, options, {
    required: ["outcome", "treatment", "form"],
    defaults: { covariates: [], weights: undefined, cluster: undefined, vcov: undefined, smallSample: undefined, level: 0.95, seed: 1 },
  });
  checkLevel(CALLER, settings.level);
  checkNumber(CALLER, "seed", settings.seed, { min: 0, integer: true });
  const { type, ...own } = settings.form as InteractionForm<AnyRow>;
  checkChoice(CALLER, "form.type", type, Object.keys(FORMS) as (keyof typeof FORMS)[]);
  resolveOptions(`${CALLER} with the ${type} form`, own, FORMS[type]);
  const part = run(data as unknown as Frame<AnyRow>, settings);
  return finishResult({
    kind: CALLER,
    ...part,
    options: settings,
    reference: "Hainmueller, Mummolo & Xu (2019), Political Analysis 27(2)",
  } as unknown as InteractionsResult<Form["type"]>);
}

function run(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
): ReturnType<typeof moderatorEffect | typeof binningEffect | typeof kernelEffect | typeof factorialEffect | typeof severalModerators> {
  const { form } = settings;
  switch (form.type) {
    case "polynomial":
      return moderatorEffect(CALLER, data, settings, form);
    case "binning":
      return binningEffect(CALLER, data, settings, form);
    case "kernel":
      return kernelEffect(CALLER, data, settings, form);
    case "factorial":
      return factorialEffect(CALLER, data, settings, form);
    case "several":
      return severalModerators(CALLER, data, settings, form);
  }
}
