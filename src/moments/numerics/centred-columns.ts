/**
 * Columns less their centers, times a factor, and their sums: the plain loops of the kernels that `centreFunction` and `weighFunction`
 * make. Even and odd rows are summed apart, as in the two halves of a vector.
 */

/** Writes `x - center` for an even number of rows; returns its sum. */
export function centreColumn(x: Float64Array, start: number, count: number, center: number, out: Float64Array, target: number): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i < count; i += 2) {
    const v0 = x[start + i]! - center;
    const v1 = x[start + i + 1]! - center;
    out[target + i] = v0;
    out[target + i + 1] = v1;
    even += v0;
    odd += v1;
  }
  return even + odd;
}

/** Writes `r (x - center)` for an even number of rows; returns the sum of `r^2 (x - center)`. `factor` starts at the first row. */
export function weighColumn(
  x: Float64Array,
  start: number,
  count: number,
  center: number,
  factor: Float64Array,
  out: Float64Array,
  target: number,
): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i < count; i += 2) {
    const [r0, r1] = [factor[i]!, factor[i + 1]!];
    const v0 = (x[start + i]! - center) * r0;
    const v1 = (x[start + i + 1]! - center) * r1;
    out[target + i] = v0;
    out[target + i + 1] = v1;
    even += r0 * v0;
    odd += r1 * v1;
  }
  return even + odd;
}
