export {
  ColumnError,
  ConvergenceError,
  DataError,
  type ErrorDetails,
  IdentificationError,
  OptionError,
  WhatworksError,
} from "./errors.ts";
export {
  type DroppedRows,
  type Estimate,
  estimateList,
  type JointTest,
  type Result,
  type Sample,
  type Warning,
} from "./result.ts";
