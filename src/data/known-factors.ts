import { type Factor, factorizeWhole } from "./factorize.ts";

/** Rows from which codes are worth keeping. */
const WORTH_KEEPING = 4096;

const known = new WeakMap<Float64Array, Factor>();

/**
 * {@link factorizeWhole}, kept as long as the array itself: one data set is grouped by the same columns again and again. Arrays are
 * read-only by contract; as a changed one would give wrong groups in silence, a pass over the values, a fraction of the cost, looks
 * whether they are still those. The codes are shared: read-only too.
 */
export function knownFactor(values: Float64Array): Factor | undefined {
  if (values.length < WORTH_KEEPING) return factorizeWhole(values);
  const before = known.get(values);
  if (before !== undefined && isFactorOf(before, values)) return before;
  const factor = factorizeWhole(values);
  if (factor === undefined) known.delete(values);
  else known.set(values, factor);
  return factor;
}

function isFactorOf({ codes, values: distinct }: Factor, values: Float64Array): boolean {
  const first = distinct[0]!;
  if (distinct[distinct.length - 1]! - first === distinct.length - 1) {
    for (let i = 0; i < values.length; i++) if (codes[i]! + first !== values[i]) return false;
    return true;
  }
  for (let i = 0; i < values.length; i++) if (distinct[codes[i]!] !== values[i]) return false;
  return true;
}
