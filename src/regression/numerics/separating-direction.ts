/** A column's share of a direction below this is rounding. */
const NEGLIGIBLE = 1e-9;

/**
 * A direction g with `Z g >= 0` in all rows and `> 0` in some, or `undefined` where there is none. By Stiemke's alternative there is none just when
 * strictly positive weights (a point inside the simplex of rows) make `Z'l = 0`; the shortest `Z'l` over `l >= 1` decides: it is zero, or itself the direction.
 * Found by non-negative least squares (Lawson & Hanson 1974, chapter 23), with at most d active rows.
 *
 * @param rows - rows of Z, n by d, row-major.
 */
export function separatingDirection(rows: Float64Array, d: number): Float64Array | undefined {
  const n = rows.length / d;
  const size = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) size[j]! += rows[i * d + j]! ** 2;
  const unit = size.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  const ones = new Float64Array(d); // Z'1
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) ones[j]! += rows[i * d + j]! * unit[j]!;
  const active: number[] = [];
  let weights: Float64Array = new Float64Array(0);
  const direction = ones.slice();
  for (let round = 0; round < 20 * (d + 5); round++) {
    const worst = mostNegative(rows, d, unit, direction, active);
    if (worst === undefined) break;
    active.push(worst);
    weights = Float64Array.of(...weights, 0);
    for (;;) {
      const wanted = solveActive(rows, d, unit, active, ones);
      if (wanted === undefined) {
        active.pop(); // the row repeats others
        weights = weights.slice(0, active.length);
        break;
      }
      let step = 1;
      wanted.forEach((value, a) => {
        if (value <= 0) step = Math.min(step, weights[a]! / (weights[a]! - value));
      });
      weights = weights.map((value, a) => value + step * (wanted[a]! - value));
      if (step === 1) break;
      const keep = active.map((_, a) => a).filter((a) => weights[a]! > 1e-14);
      const rest = keep.map((a) => active[a]!);
      weights = Float64Array.from(keep, (a) => weights[a]!);
      active.splice(0, active.length, ...rest);
    }
    direction.set(ones);
    active.forEach((i, a) => {
      for (let j = 0; j < d; j++) direction[j]! += weights[a]! * rows[i * d + j]! * unit[j]!;
    });
  }
  const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 1e-8 * Math.sqrt(n))) return undefined;
  if (mostNegative(rows, d, unit, direction, []) !== undefined) return undefined;
  return direction.map((value, j) => (Math.abs(value) > NEGLIGIBLE * length ? value * unit[j]! : 0));
}

/** The row with the most negative product beside its own length, if any is negative beyond rounding. */
function mostNegative(
  rows: Float64Array,
  d: number,
  unit: Float64Array,
  direction: Float64Array,
  without: readonly number[],
): number | undefined {
  const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  let worst: number | undefined;
  let least = -1e-9 * length;
  for (let i = 0; i * d < rows.length; i++) {
    let product = 0;
    let square = 0;
    for (let j = 0; j < d; j++) {
      const z = rows[i * d + j]! * unit[j]!;
      product += z * direction[j]!;
      square += z * z;
    }
    const value = square > 0 ? product / Math.sqrt(square) : 0;
    if (value < least && !without.includes(i)) {
      worst = i;
      least = value;
    }
  }
  return worst;
}

/** Weights of the active rows that minimise `|Z'1 + Z_a'w|`: normal equations by Gaussian elimination; `undefined` where rows repeat others. */
function solveActive(
  rows: Float64Array,
  d: number,
  unit: Float64Array,
  active: readonly number[],
  ones: Float64Array,
): Float64Array | undefined {
  const m = active.length;
  const A = new Float64Array(m * (m + 1));
  for (let a = 0; a < m; a++) {
    for (let j = 0; j < d; j++) {
      const z = rows[active[a]! * d + j]! * unit[j]!;
      for (let b = 0; b < m; b++) A[a * (m + 1) + b]! += z * rows[active[b]! * d + j]! * unit[j]!;
      A[a * (m + 1) + m]! -= z * ones[j]!;
    }
  }
  for (let p = 0; p < m; p++) {
    const scale = active[p]!;
    let own = 0;
    for (let j = 0; j < d; j++) own += (rows[scale * d + j]! * unit[j]!) ** 2;
    const pivot = A[p * (m + 1) + p]!;
    if (!(pivot > 1e-12 * own)) return undefined;
    for (let a = p + 1; a < m; a++) {
      const share = A[a * (m + 1) + p]! / pivot;
      for (let b = p; b <= m; b++) A[a * (m + 1) + b]! -= share * A[p * (m + 1) + b]!;
    }
  }
  const w = new Float64Array(m);
  for (let p = m - 1; p >= 0; p--) {
    let sum = A[p * (m + 1) + m]!;
    for (let b = p + 1; b < m; b++) sum -= A[p * (m + 1) + b]! * w[b]!;
    w[p] = sum / A[p * (m + 1) + p]!;
  }
  return w;
}
