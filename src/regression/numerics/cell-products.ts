/** Weights, means and centred products of the rows of each cell, in flat arrays. */
export interface CellProducts {
  /** Rows of each cell. */
  readonly rows: Float64Array;
  /** Sum of their weights (of ones where there are none). */
  readonly weights: Float64Array;
  /** Sum of the logs of their weights. */
  readonly logWeights: Float64Array;
  /** Cells by k. */
  readonly means: Float64Array;
  /** `sum w (x - mean)(x - mean)'` within the cell: cells by k (k + 1) / 2, the lower triangle by rows. */
  readonly products: Float64Array;
}

/** Two passes over the rows: means first, so that no digits are lost to a column's size. */
export function cellProducts(
  columns: readonly Float64Array[],
  weights: Float64Array | undefined,
  codes: Int32Array,
  cells: number,
): CellProducts {
  const k = columns.length;
  const triangle = (k * (k + 1)) / 2;
  const out = {
    rows: new Float64Array(cells),
    weights: new Float64Array(cells),
    logWeights: new Float64Array(cells),
    means: new Float64Array(cells * k),
    products: new Float64Array(cells * triangle),
  };
  for (let i = 0; i < codes.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    out.rows[codes[i]!]! += 1;
    out.weights[codes[i]!]! += w;
    if (weights !== undefined) out.logWeights[codes[i]!]! += Math.log(w);
  }
  const first = firstRows(codes, cells);
  for (let j = 0; j < k; j++) {
    const x = columns[j]!;
    // around the cell's first value
    for (let i = 0; i < codes.length; i++) {
      const c = codes[i]!;
      out.means[c * k + j]! += ((weights === undefined ? 1 : weights[i]!) * (x[i]! - x[first[c]!]!)) / out.weights[c]!;
    }
    for (let c = 0; c < cells; c++) out.means[c * k + j]! += x[first[c]!]!;
  }
  const d = new Float64Array(k);
  for (let i = 0; i < codes.length; i++) {
    const c = codes[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    for (let j = 0; j < k; j++) d[j] = columns[j]![i]! - out.means[c * k + j]!;
    for (let a = 0, at = c * triangle; a < k; a++) for (let b = 0; b <= a; b++, at++) out.products[at]! += w * d[a]! * d[b]!;
  }
  return out;
}

function firstRows(codes: Int32Array, cells: number): Int32Array {
  const first = new Int32Array(cells).fill(-1);
  for (let i = 0; i < codes.length; i++) if (first[codes[i]!] === -1) first[codes[i]!] = i;
  return first;
}

/**
 * Two parts together: cell c of the second is cell `place[c]` of the whole, the first's cells keep their places. Pairwise update of Chan, Golub &
 * LeVeque (1983).
 */
export function mergeCellProducts(a: CellProducts, b: CellProducts, place: Int32Array, cells: number, k: number): CellProducts {
  const triangle = (k * (k + 1)) / 2;
  const grown = (x: Float64Array, width: number): Float64Array => {
    const out = new Float64Array(cells * width);
    out.set(x);
    return out;
  };
  const out = {
    rows: grown(a.rows, 1),
    weights: grown(a.weights, 1),
    logWeights: grown(a.logWeights, 1),
    means: grown(a.means, k),
    products: grown(a.products, triangle),
  };
  for (let from = 0; from < place.length; from++) {
    const to = place[from]!;
    const [before, more] = [out.weights[to]!, b.weights[from]!];
    const share = more / (before + more);
    for (let r = 0, at = 0; r < k; r++) {
      const shiftR = b.means[from * k + r]! - out.means[to * k + r]!;
      for (let s = 0; s <= r; s++, at++) {
        const shiftS = b.means[from * k + s]! - out.means[to * k + s]!;
        out.products[to * triangle + at]! += b.products[from * triangle + at]! + before * share * shiftR * shiftS;
      }
    }
    for (let j = 0; j < k; j++) out.means[to * k + j]! += share * (b.means[from * k + j]! - out.means[to * k + j]!);
    out.rows[to]! += b.rows[from]!;
    out.weights[to] = before + more;
    out.logWeights[to]! += b.logWeights[from]!;
  }
  return out;
}
