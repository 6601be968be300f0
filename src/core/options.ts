import { OptionError } from "./errors.ts";
import { nearestName } from "./nearest.ts";

/** What a function accepts: names that must be there, names that may, and the defaults of the latter. */
export interface OptionRules {
  /** Options without a default. */
  readonly required: readonly string[];
  /** Options with a default; a default of `undefined` means "absent unless given". */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * The options with defaults filled in, frozen. An option given as `undefined` counts as not given.
 *
 * @throws OptionError `UNKNOWN_OPTION` (naming the nearest valid one), `MISSING_OPTION`, `OPTIONS_NOT_AN_OBJECT`.
 */
export function resolveOptions<Settings>(caller: string, options: object, rules: OptionRules): Settings {
  checkOptions(caller, options);
  const known = [...rules.required, ...Object.keys(rules.defaults)];
  const settings: Record<string, unknown> = { ...rules.defaults };
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) throw unknownOption(caller, name, known);
    if (value !== undefined) settings[name] = value;
  }
  for (const name of rules.required) {
    if (settings[name] === undefined) {
      throw new OptionError("MISSING_OPTION", `Cannot run ${caller} as option "${name}" is required: it was not given`, {
        caller,
        option: name,
      });
    }
  }
  for (const name of known) if (settings[name] === undefined) delete settings[name];
  return Object.freeze(settings) as Settings;
}

/** Checks that the options are one object, for callers that read one before {@link resolveOptions}. @throws OptionError `OPTIONS_NOT_AN_OBJECT`. */
export function checkOptions(caller: string, options: unknown): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new OptionError("OPTIONS_NOT_AN_OBJECT", `Cannot run ${caller} as its options must be one object: ${kindOf(options)} was given`, {
    caller,
  });
}

/**
 * Checks that an argument has the fields that its reader needs.
 * @param needed - What it must be, in words: `"a result of did.attGt"`.
 * @throws OptionError `WRONG_ARGUMENT`.
 */
export function checkArgument(caller: string, value: unknown, needed: string, fields: readonly string[]): void {
  if (typeof value === "object" && value !== null && fields.every((field) => (value as Record<string, unknown>)[field] !== undefined))
    return;
  throw new OptionError("WRONG_ARGUMENT", `Cannot run ${caller} as it needs ${needed}: ${kindOf(value)} was given`, { caller });
}

/** Checks that an argument is a result of an estimator. @throws OptionError `NOT_A_RESULT`. */
export function checkResult(caller: string, value: unknown): void {
  const { kind, sample, estimates } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kind === "string" && typeof sample === "object" && typeof estimates === "object") return;
  throw new OptionError("NOT_A_RESULT", `Cannot run ${caller} as it needs a result of an estimator: ${kindOf(value)} was given`, {
    caller,
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const { kind } = value as { readonly kind?: unknown };
  return typeof kind === "string" ? `a result of ${kind}` : "another object";
}

function unknownOption(caller: string, name: string, known: readonly string[]): OptionError {
  const near = nearestName(name, known);
  const hint = near === undefined ? `the options are ${known.map((option) => `"${option}"`).join(", ")}` : `did you mean "${near}"?`;
  return new OptionError("UNKNOWN_OPTION", `Cannot run ${caller} as it has no option "${name}": ${hint}`, {
    caller,
    option: name,
    known,
  });
}

/** Checks that a value is one of the listed choices. @throws OptionError `INVALID_OPTION`. */
export function checkChoice<T extends string>(caller: string, option: string, value: unknown, choices: readonly T[]): T {
  if (typeof value === "string" && (choices as readonly string[]).includes(value)) return value as T;
  const near = typeof value === "string" ? nearestName(value, choices) : undefined;
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw invalid(caller, option, value, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}${hint}`);
}

/** Bounds of {@link checkNumber}; open ends exclude the bound itself. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly open?: boolean;
  readonly integer?: boolean;
}

/** Checks that a value is a finite number in a range. @throws OptionError `INVALID_OPTION`. */
export function checkNumber(caller: string, option: string, value: unknown, range: NumberRange = {}): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, open = false, integer = false } = range;
  const words = `${integer ? "an integer" : "a number"}${rangeWords(min, max, open)}`;
  if (typeof value !== "number" || !Number.isFinite(value)) throw invalid(caller, option, value, words);
  const inside = open ? value > min && value < max : value >= min && value <= max;
  if (!inside || (integer && !Number.isInteger(value))) throw invalid(caller, option, value, words);
  return value;
}

/** Checks a confidence level: strictly between 0 and 1. @throws OptionError `INVALID_OPTION`. */
export function checkLevel(caller: string, value: unknown): number {
  return checkNumber(caller, "level", value, { min: 0, max: 1, open: true });
}

/** Checks that a value is true or false. @throws OptionError `INVALID_OPTION`. */
export function checkBoolean(caller: string, option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(caller, option, value, "true or false");
}

function invalid(caller: string, option: string, value: unknown, requirement: string): OptionError {
  const found = typeof value === "string" ? `"${value}"` : String(value);
  return new OptionError("INVALID_OPTION", `Cannot run ${caller} as option "${option}" must be ${requirement}: ${found} was given`, {
    caller,
    option,
    value,
  });
}

function rangeWords(min: number, max: number, open: boolean): string {
  if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) return "";
  if (max === Number.POSITIVE_INFINITY) return open ? ` above ${min}` : ` of at least ${min}`;
  if (min === Number.NEGATIVE_INFINITY) return open ? ` below ${max}` : ` of at most ${max}`;
  return open ? ` strictly between ${min} and ${max}` : ` from ${min} to ${max}`;
}
