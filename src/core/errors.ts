/** What every error of the library carries besides its message: the columns, rows and numbers it speaks of. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * Root of all errors the library throws on purpose.
 * `code` is stable (UPPER_SNAKE) and meant for programs; `message` says what was wrong, where, and what to do.
 */
export class WhatworksError extends Error {
  /** Stable machine-readable code, e.g. `"UNKNOWN_COLUMN"`. */
  readonly code: string;
  /** The columns, rows and numbers the message speaks of. */
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A column does not exist or does not hold what its role needs. */
export class ColumnError extends WhatworksError {}

/** An option is unknown, missing, or outside its range. */
export class OptionError extends WhatworksError {}

/** The data break a requirement: duplicate unit and time, infinite values, a bad cell, a non-binary treatment. */
export class DataError extends WhatworksError {}

/** The data cannot identify what was asked for: no control group, one cluster, nothing on one side of the cutoff. */
export class IdentificationError extends WhatworksError {}

/** An iteration did not reach its tolerance; `details` hold the iterations and the last residual. */
export class ConvergenceError extends WhatworksError {}
