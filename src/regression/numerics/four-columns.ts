/** Four columns of equal length; the same one may stand several times. */
export type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Codes of the effects of each row. */
export interface RowCodes {
  readonly unitCodes: Int32Array;
  /** Levels of each further effect, whose first one is `starts[p]` among all levels. */
  readonly otherCodes: readonly Int32Array[];
  readonly starts: Int32Array;
}
