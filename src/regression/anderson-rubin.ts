import { OptionError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import { type AndersonRubin, andersonRubinOf } from "./iv-anderson-rubin.ts";
import { inferenceOf, keptIv } from "./iv-kept.ts";
import type { IvModel } from "./iv-model.ts";
import type { IvResult } from "./iv-result.ts";

/** Options of {@link andersonRubin}. */
export interface AndersonRubinOptions {
  /** Coefficients under the hypothesis: one number for one endogenous regressor, else by name; those not named are 0. Default 0. */
  readonly values?: number | Readonly<Record<string, number>>;
  /** Level of the confidence sets. Default the result's. */
  readonly level?: number;
}

/**
 * Anderson and Rubin's test of given coefficients of the endogenous regressors, and the confidence sets it implies, with the
 * covariance in force. Size is right with weak instruments; rejection can also mean invalid instruments.
 *
 * @throws DataError `MODEL_NOT_KEPT`. @throws OptionError `UNKNOWN_TERM`, `INVALID_OPTION`.
 * @see Anderson & Rubin (1949), doi:10.1214/aoms/1177730090; Andrews, Stock & Sun (2019), doi:10.1146/annurev-economics-080218-025643
 * @example
 * andersonRubin(result, { values: 0.5 }).homoskedasticTest?.pValue;
 */
export function andersonRubin(result: IvResult, options: AndersonRubinOptions = {}): AndersonRubin {
  const caller = "regression.andersonRubin";
  const settings = resolveOptions<AndersonRubinOptions & { readonly values: number | Readonly<Record<string, number>> }>(caller, options, {
    required: [],
    defaults: { values: 0, level: undefined },
  });
  const kept = keptIv(caller, result);
  const inference = inferenceOf(caller, kept, result.options);
  const level = settings.level === undefined ? inference.level : checkLevel(caller, settings.level);
  return andersonRubinOf(kept.iv, { ...inference, level }, hypothesis(caller, kept.iv, settings.values));
}

function hypothesis(caller: string, { endogenous }: IvModel, values: number | Readonly<Record<string, number>>): Float64Array {
  const { names } = endogenous;
  if (typeof values === "number") return new Float64Array(names.length).fill(checkNumber(caller, "values", values));
  const out = new Float64Array(names.length);
  for (const [name, value] of Object.entries(values)) {
    const at = names.indexOf(name);
    if (at < 0) {
      const near = nearestName(name, names);
      const hint = near === undefined ? `they are ${names.map((one) => `"${one}"`).join(", ")}` : `did you mean "${near}"?`;
      throw new OptionError("UNKNOWN_TERM", `Cannot run ${caller} as "${name}" must be an endogenous regressor: ${hint}`, { term: name });
    }
    out[at] = checkNumber(caller, `values.${name}`, value);
  }
  return out;
}
