import { expect, it } from "vitest";
import { ColumnError, ConvergenceError, DataError, IdentificationError, OptionError, WhatworksError } from "../../src/core/index.ts";

it.each([
  ["ColumnError", ColumnError],
  ["OptionError", OptionError],
  ["DataError", DataError],
  ["IdentificationError", IdentificationError],
  ["ConvergenceError", ConvergenceError],
] as const)("%s is an Error with name, code, message and details", (name, Class) => {
  const error = new Class("SOME_CODE", "Cannot do this", { rows: [1] });
  expect(error).toBeInstanceOf(WhatworksError);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.details]).toEqual([name, "SOME_CODE", "Cannot do this", { rows: [1] }]);
  expect(new Class("C", "m").details).toEqual({});
});
