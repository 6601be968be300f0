import { OptionError } from "../core/errors.ts";

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);

const wrong = (caller: string, needed: string, found: string): OptionError =>
  new OptionError("WRONG_ARGUMENT", `Cannot run ${caller} as it needs ${needed}: ${found}`, { caller });

/** Checks that an argument is a list of numbers (NaN counts as one). @throws OptionError `WRONG_ARGUMENT`. */
export function checkNumbers(caller: string, what: string, value: unknown): void {
  const needed = `${what} as an array of numbers`;
  if (!isList(value)) throw wrong(caller, needed, `${value === null ? "null" : typeof value} was given`);
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== "number") throw wrong(caller, needed, `entry ${i} is none`);
}

/** Checks that an argument is a list of lists of numbers. @throws OptionError `WRONG_ARGUMENT`. */
export function checkNumberLists(caller: string, what: string, value: unknown): void {
  if (!Array.isArray(value))
    throw wrong(caller, `${what} as an array of arrays of numbers`, `${value === null ? "null" : typeof value} was given`);
  value.forEach((row, i) => {
    checkNumbers(caller, `${what}, entry ${i},`, row);
  });
}
