/** Doubles of one slab. */
const SLAB = 4096;

let slab = new Float64Array(0);
let used = 0;

/**
 * A short array of zeros: a part of a slab that no one else gets, as a buffer of its own costs more than the arithmetic on it. For
 * intermediate matrices; one that lives on keeps its slab alive.
 */
export function smallArray(length: number): Float64Array {
  if (length > SLAB >> 3) return new Float64Array(length);
  if (used + length > slab.length) {
    slab = new Float64Array(SLAB);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}
