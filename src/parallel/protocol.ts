import {
  ColumnError,
  ConvergenceError,
  DataError,
  type ErrorDetails,
  IdentificationError,
  OptionError,
  WhatworksError,
} from "../core/errors.ts";

/** What the pool sends to a worker: first the task and what its blocks share, then block after block. */
export type ToWorker =
  | { readonly kind: "start"; readonly task: string; readonly shared: unknown }
  | { readonly kind: "block"; readonly index: number; readonly block: unknown };

/** What a worker answers: that its script runs, then one answer per block. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly index: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly error: ErrorRecord };

/** An error as plain data: structured clones of errors lose their class, code and details. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly details?: ErrorDetails;
}

const CLASSES = { WhatworksError, ColumnError, OptionError, DataError, IdentificationError, ConvergenceError };
const BUILT_IN = { Error, RangeError, TypeError, EvalError, SyntaxError, ReferenceError, URIError };

/** Takes an error apart; whatever else was thrown becomes the message of a plain one. */
export function encodeError(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const record = stack === undefined ? { name, message } : { name, message, stack };
  if (!(error instanceof WhatworksError)) return record;
  // A bundler may have renamed the class, and with it `name`: the class itself says which one it is.
  const known = Object.entries(CLASSES).find(([, candidate]) => candidate === error.constructor);
  return { ...record, name: known?.[0] ?? name, code: error.code, details: error.details };
}

/** The error again: of the library's own class or the language's where the name is one of theirs. */
export function decodeError({ name, message, stack, code, details }: ErrorRecord): Error {
  let error: Error;
  if (code !== undefined) {
    const Class = CLASSES[name as keyof typeof CLASSES] ?? WhatworksError;
    error = new Class(code, message, details);
  } else {
    const Class = BUILT_IN[name as keyof typeof BUILT_IN] ?? Error;
    error = new Class(message);
    if (error.name !== name) error.name = name;
  }
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Array buffers in a value, down two levels of plain objects and arrays: what can be handed over without a copy. */
export function transferables(value: unknown, depth = 2, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (typeof value !== "object" || value === null) return found;
  if (value instanceof ArrayBuffer) found.add(value);
  else if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (depth > 0) {
    for (const part of Object.values(value)) transferables(part, depth - 1, found);
  }
  return found;
}
