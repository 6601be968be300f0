import { OptionError } from "../core/errors.ts";
import { checkArgument, checkOptions } from "../core/options.ts";

/**
 * Checks what every function of the area takes: a frame, and options in one object, some of them lists.
 *
 * @param lists - Options that are lists of names or numbers where they are given.
 * @throws OptionError `WRONG_ARGUMENT`, `OPTIONS_NOT_AN_OBJECT`, `INVALID_OPTION`.
 */
export function checkCall(caller: string, data: unknown, options: object, lists: readonly string[] = []): void {
  checkOptions(caller, options);
  checkArgument(caller, data, "a frame of rows, as frame() and the readers make", ["columnNames", "rowCount"]);
  for (const name of lists) checkList(caller, name, (options as Readonly<Record<string, unknown>>)[name]);
}

/** Checks that an option is a list of names or numbers, or was not given. @throws OptionError `INVALID_OPTION`. */
export function checkList(caller: string, name: string, value: unknown): void {
  if (value === undefined) return;
  const plain = (entry: unknown): boolean => typeof entry === "string" || typeof entry === "number";
  if (Array.isArray(value) && value.every(plain)) return;
  const found = Array.isArray(value) ? "a list of other things" : value === null ? "null" : `a ${typeof value}`;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as option "${name}" must be a list of names or numbers: ${found} was given`,
    {
      caller,
      option: name,
    },
  );
}

/** Checks that an option lists pairs of numbers, at least one. @throws OptionError `INVALID_OPTION`. */
export function checkPairs(caller: string, name: string, value: unknown): void {
  if (Array.isArray(value) && value.length > 0 && value.every((pair) => Array.isArray(pair) && pair.length === 2)) return;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as option "${name}" must list pairs [left, right], at least one: another value was given`,
    {
      caller,
      option: name,
    },
  );
}

/** Checks that an option is an object, or was not given. @throws OptionError `INVALID_OPTION`. */
export function checkRecord(caller: string, name: string, value: unknown): void {
  if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))) return;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as option "${name}" must be an object with options of its own: another value was given`,
    {
      caller,
      option: name,
    },
  );
}

/** For functions of several cutoffs. */
export function singularCutoff(caller: string): OptionError {
  return new OptionError("UNKNOWN_OPTION", `Cannot run ${caller} as it has no option "cutoff": did you mean "cutoffs"?`, {
    caller,
    option: "cutoff",
  });
}
