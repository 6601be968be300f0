import { DataError, OptionError } from "../core/errors.ts";
import type { Estimate, JointTest, Sample, Warning } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { type AnyRow, type AnyTerm, numericPart } from "../regression/design.ts";
import { factor, interaction, type OlsResult, wald } from "../regression/index.ts";
import { fitInteraction, type InteractionsSettings, interactionRows } from "./interaction-model.ts";
import type { SeveralForm } from "./interaction-options.ts";
import { combinations, squareRows } from "./linear-combination.ts";
import { bandOf, requireVaryingModerator, type SimultaneousBand } from "./moderator-support.ts";

/** What a form with several moderators gives. */
export interface SeveralPart {
  readonly form: "several";
  /** How the effect changes per unit of a number, or from the first level of a label, the other moderators held fixed. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** By moderator: F test that none of its products with the treatment matters. */
  readonly moderators: Readonly<Record<string, JointTest>>;
  /** F and chi-squared test that the effect varies with none of them. */
  readonly heterogeneity: { readonly F: JointTest; readonly chiSquared: JointTest };
  /** Effect averaged over the rows used. */
  readonly average: Estimate;
  /** Effects at the profiles asked for, with a band over all of them. */
  readonly profiles: readonly Estimate[];
  readonly band?: SimultaneousBand;
  readonly model: OlsResult;
}

type DesignTerm = OlsResult["design"][number];

/** `outcome ~ treatment * (m1 + m2 + ...) + covariates`, numbers and labels alike; with `cross` also every product of two moderators. */
export function severalModerators(
  caller: string,
  whole: Frame<AnyRow>,
  settings: InteractionsSettings,
  { moderators, cross = false, profiles = [] }: SeveralForm<AnyRow>,
): SeveralPart & { readonly sample: Sample; readonly warnings: readonly Warning[] } {
  const names = moderators as readonly string[];
  if (names.length === 0) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "form.moderators" must name a column: it is empty`);
  }
  const labelled = names.filter((name) => whole.column(name).type === "category");
  const treatment = settings.treatment as string;
  const withLabels = { ...settings, covariates: [...(settings.covariates ?? []), ...labelled] } as InteractionsSettings;
  const { data, sample } = interactionRows(
    caller,
    whole,
    withLabels,
    names.filter((name) => !labelled.includes(name)),
  );
  const { covariates } = interactionRows(caller, whole, settings, []);
  for (const name of names) requireVarying(caller, data, name);
  const part = (name: string): AnyTerm => (labelled.includes(name) ? factor(name) : name) as AnyTerm;
  const pairs = cross ? names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const)) : [];
  const product = (...columns: readonly string[]): AnyTerm => interaction(...(columns.map(part) as [string, string])) as AnyTerm;
  const fit = fitInteraction(data, settings, [
    treatment,
    ...names.map(part),
    ...pairs.map(([a, b]) => product(a, b)),
    ...covariates,
    ...names.map((name) => product(treatment, name)),
    ...pairs.map(([a, b]) => product(treatment, a, b)),
  ]);
  const varying = fit.design.filter(({ parts }) => parts.length > 1 && parts.some(({ column }) => column === treatment));
  const terms = varying.map(({ name }) => name);
  const weightsAt = (value: (term: DesignTerm) => number): Record<string, number> => ({
    [treatment]: 1,
    ...Object.fromEntries(varying.map((term) => [term.name, value(term)])),
  });
  const at = combinations(
    caller,
    fit,
    profiles.map((profile) => ({
      term: Object.entries(profile)
        .map(([name, value]) => `${name} = ${value}`)
        .join(", "),
      weights: weightsAt((term) => valueAt(caller, term, treatment, profile as Readonly<Record<string, string | number>>)),
    })),
    settings.level,
  );
  const average = [{ term: "average", weights: weightsAt((term) => meanOf(data, term, treatment)) }];
  return {
    form: "several",
    estimates: Object.fromEntries(terms.map((term) => [term, fit.estimates[term]!])),
    moderators: Object.fromEntries(
      names.map((name) => [
        name,
        wald(fit, { terms: varying.filter(({ parts }) => parts.some(({ column }) => column === name)).map((one) => one.name) }),
      ]),
    ),
    heterogeneity: { F: wald(fit, { terms }), chiSquared: wald(fit, { terms, test: "chiSquared" }) },
    average: combinations(caller, fit, average, settings.level).estimates[0]!,
    profiles: at.estimates,
    ...(profiles.length === 0 ? {} : { band: bandOf(at.estimates, squareRows(at.covariance), settings.level) }),
    model: fit,
    sample,
    warnings: fit.warnings,
  };
}

function requireVarying(caller: string, data: Frame<AnyRow>, name: string): void {
  const column = data.column(name);
  if (column.type !== "category") {
    requireVaryingModerator(caller, name, column.values);
    return;
  }
  if (column.codes.some((code) => code !== column.codes[0])) return;
  throw new DataError(
    "CONSTANT_MODERATOR",
    `Cannot run ${caller} as "${name}" must vary for the effect to vary with it: it is "${column.levels[column.codes[0]!]}" in all rows`,
    { column: name },
  );
}

/** Product of a term's moderators at a profile. */
function valueAt(caller: string, term: DesignTerm, treatment: string, profile: Readonly<Record<string, string | number>>): number {
  let value = 1;
  for (const part of term.parts) {
    if (part.column === treatment) continue;
    const own = profile[part.column];
    if (own === undefined) {
      throw new OptionError(
        "INVALID_OPTION",
        `Cannot run ${caller} as each profile must say what "${part.column}" is: one has ${Object.keys(profile).join(", ") || "nothing"}`,
        { option: "form.profiles", column: part.column },
      );
    }
    value *= "level" in part ? (String(own) === part.level ? 1 : 0) : numericPart(part, Number(own));
  }
  return value;
}

/** Mean over the rows of a term's moderators multiplied. */
function meanOf(data: Frame<AnyRow>, term: DesignTerm, treatment: string): number {
  const others = term.parts.filter(({ column }) => column !== treatment);
  const product = new Float64Array(data.rowCount).fill(1);
  for (const part of others) {
    const column = data.column(part.column);
    for (let i = 0; i < product.length; i++) {
      if ("level" in part) {
        const label = column.type === "category" ? column.levels[column.codes[i]!] : String(column.values[i]);
        if (label !== part.level) product[i] = 0;
      } else product[i]! *= numericPart(part, numericData(data, part.column).values[i]!);
    }
  }
  return product.reduce((sum, v) => sum + v, 0) / product.length;
}
