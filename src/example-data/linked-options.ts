import { OptionError } from "../core/errors.ts";
import type { CategoryData } from "../data/columns.ts";
import { type MunicipalOptions, type MunicipalSettings, resolveMunicipal } from "./options.ts";

/** Options of the two sources that are linked by key. */
export interface LinkedOptions extends MunicipalOptions {
  /**
   * Key under which the trusted party makes the pseudonyms; files made with different keys cannot be linked.
   * @defaultValue "what works, for whom: example project"
   */
  readonly projectKey?: string;
}

/** Resolved {@link LinkedOptions}. */
export interface LinkedSettings extends MunicipalSettings {
  readonly projectKey: string;
}

/** Checked settings; errors are on unless switched off. */
export function resolveLinked(caller: string, options: LinkedOptions): LinkedSettings {
  const settings = resolveMunicipal(caller, options, { errors: true, projectKey: "what works, for whom: example project" });
  if (typeof settings.projectKey !== "string" || settings.projectKey.length === 0) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "projectKey" must be a text that is not empty`, {
      caller,
      option: "projectKey",
    });
  }
  return settings;
}

/** Codes of the rows' keys, in order of appearance, and the text behind each code. Rows of a person stand together. */
export function codeByPerson(person: Float64Array, textOf: (id: number) => string): { codes: Int32Array; texts: string[] } {
  const codes = new Int32Array(person.length);
  const codeOf = new Map<string, number>();
  const texts: string[] = [];
  let code = -1;
  for (let i = 0; i < person.length; i++) {
    if (i === 0 || person[i] !== person[i - 1]) {
      const text = textOf(person[i]!);
      code = codeOf.get(text) ?? texts.length;
      if (code === texts.length) {
        codeOf.set(text, code);
        texts.push(text);
      }
    }
    codes[i] = code;
  }
  return { codes, texts };
}

/** A category column of keys. */
export function keyColumn(codes: Int32Array, keys: readonly string[]): CategoryData {
  return { type: "category", codes, levels: keys };
}
