/**
 * Passes over the rows, four variables at once: sums and coefficients stand four to a level, so that one look-up serves all. Rows go
 * through a small tile, four values a row: ten long arrays read in step would push each other out of the cache.
 * `weights` undefined means ones.
 */

/** Four columns of equal length; the same one may stand several times. */
export type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

const TILE_ROWS = 256;
const tile = new Float64Array(4 * TILE_ROWS);

function load([x0, x1, x2, x3]: Four, origin: Float64Array, start: number, count: number): void {
  const o0 = origin[0]!;
  const o1 = origin[1]!;
  const o2 = origin[2]!;
  const o3 = origin[3]!;
  for (let i = 0; i < count; i++) {
    const at = 4 * i;
    tile[at] = x0[start + i]! - o0;
    tile[at + 1] = x1[start + i]! - o1;
    tile[at + 2] = x2[start + i]! - o2;
    tile[at + 3] = x3[start + i]! - o3;
  }
}

function unload([y0, y1, y2, y3]: Four, start: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const at = 4 * i;
    y0[start + i] = tile[at]!;
    y1[start + i] = tile[at + 1]!;
    y2[start + i] = tile[at + 2]!;
    y3[start + i] = tile[at + 3]!;
  }
}

/**
 * Adds weighted sums of `x - origin` by unit and by level.
 * @param otherCodes - levels of each further effect, whose first one is `starts[p]` in `levelSums`.
 * @param squares - out: weighted sums of squares of `x - origin`.
 */
export function sumFour(
  x: Four,
  origin: Float64Array,
  units: Int32Array,
  otherCodes: readonly Int32Array[],
  starts: Int32Array,
  weights: Float64Array | undefined,
  unitSums: Float64Array,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  squares.fill(0);
  for (let start = 0; start < units.length; start += TILE_ROWS) {
    const count = Math.min(TILE_ROWS, units.length - start);
    load(x, origin, start, count);
    if (weights !== undefined) {
      weigh(start, count, weights, squares);
      addLevels(start, count, units, 0, unitSums);
    } else addPlain(start, count, units, unitSums, squares);
    for (let p = 0; p < otherCodes.length; p++) addLevels(start, count, otherCodes[p]!, starts[p]!, levelSums);
  }
}

/** Unit sums and squares of the tile; runs of one unit are added up first. */
function addPlain(start: number, count: number, units: Int32Array, unitSums: Float64Array, squares: Float64Array): void {
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  let i = 0;
  while (i < count) {
    const unit = units[start + i]!;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    do {
      const v0 = tile[4 * i]!;
      const v1 = tile[4 * i + 1]!;
      const v2 = tile[4 * i + 2]!;
      const v3 = tile[4 * i + 3]!;
      a0 += v0;
      a1 += v1;
      a2 += v2;
      a3 += v3;
      q0 += v0 * v0;
      q1 += v1 * v1;
      q2 += v2 * v2;
      q3 += v3 * v3;
      i++;
    } while (i < count && units[start + i] === unit);
    const at = 4 * unit;
    unitSums[at]! += a0;
    unitSums[at + 1]! += a1;
    unitSums[at + 2]! += a2;
    unitSums[at + 3]! += a3;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

/** Squares of the tile, which holds weighted values afterwards. */
function weigh(start: number, count: number, weights: Float64Array, squares: Float64Array): void {
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let i = 0; i < count; i++) {
    const at = 4 * i;
    const w = weights[start + i]!;
    const v0 = tile[at]!;
    const v1 = tile[at + 1]!;
    const v2 = tile[at + 2]!;
    const v3 = tile[at + 3]!;
    const w0 = w * v0;
    const w1 = w * v1;
    const w2 = w * v2;
    const w3 = w * v3;
    tile[at] = w0;
    tile[at + 1] = w1;
    tile[at + 2] = w2;
    tile[at + 3] = w3;
    q0 += w0 * v0;
    q1 += w1 * v1;
    q2 += w2 * v2;
    q3 += w3 * v3;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

function addSquares(count: number, squares: Float64Array): void {
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let at = 0; at < 4 * count; at += 4) {
    const v0 = tile[at]!;
    const v1 = tile[at + 1]!;
    const v2 = tile[at + 2]!;
    const v3 = tile[at + 3]!;
    q0 += v0 * v0;
    q1 += v1 * v1;
    q2 += v2 * v2;
    q3 += v3 * v3;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

/** Adds the tile by level. */
function addLevels(start: number, count: number, codes: Int32Array, first: number, sums: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const at = 4 * (first + codes[start + i]!);
    sums[at]! += tile[4 * i]!;
    sums[at + 1]! += tile[4 * i + 1]!;
    sums[at + 2]! += tile[4 * i + 2]!;
    sums[at + 3]! += tile[4 * i + 3]!;
  }
}

/** Subtracts the levels' coefficients from the tile. */
function subtractLevels(start: number, count: number, codes: Int32Array, first: number, beta: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const at = 4 * (first + codes[start + i]!);
    tile[4 * i]! -= beta[at]!;
    tile[4 * i + 1]! -= beta[at + 1]!;
    tile[4 * i + 2]! -= beta[at + 2]!;
    tile[4 * i + 3]! -= beta[at + 3]!;
  }
}

/**
 * `out = x - origin - alpha[unit] - sum of beta[level]`, with the weighted sums by level of what is left.
 *
 * @param otherCodes - as in {@link sumFour}.
 * @param squares - out: weighted sums of squares of what is left.
 */
export function subtractFour(
  x: Four,
  out: Four,
  origin: Float64Array,
  units: Int32Array,
  otherCodes: readonly Int32Array[],
  starts: Int32Array,
  alpha: Float64Array,
  beta: Float64Array,
  weights: Float64Array | undefined,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const q = otherCodes.length;
  squares.fill(0);
  for (let start = 0; start < units.length; start += TILE_ROWS) {
    const count = Math.min(TILE_ROWS, units.length - start);
    load(x, origin, start, count);
    subtractLevels(start, count, units, 0, alpha);
    for (let p = 0; p < q; p++) subtractLevels(start, count, otherCodes[p]!, starts[p]!, beta);
    unload(out, start, count);
    if (weights !== undefined) weigh(start, count, weights, squares);
    else addSquares(count, squares);
    for (let p = 0; p < q; p++) addLevels(start, count, otherCodes[p]!, starts[p]!, levelSums);
  }
}
