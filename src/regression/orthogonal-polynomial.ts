import { DataError } from "../core/errors.ts";

/** Three-term recurrence of polynomials that are orthogonal over the rows they were made from: `p_j = (x - centers_j) p_(j-1) - norms_j / norms_(j-1) p_(j-2)`. */
export interface Recurrence {
  /** One for each degree. */
  readonly centers: readonly number[];
  /** Sums of squares of `p_0`, `p_1`, ...: one more. */
  readonly norms: readonly number[];
}

/** What is left of a polynomial below this share of its size is rounding: x has too few distinct values. */
const EXHAUSTED = 1e-20;

/**
 * The polynomials up to a degree over a column's rows.
 * @throws DataError `TOO_FEW_VALUES`: no more distinct values than the degree.
 * @see Forsythe (1957), Journal of the SIAM 5(2), 74-88; Kennedy & Gentle (1980), Statistical Computing, 342-347 (R's `poly`)
 */
export function orthogonalRecurrence(caller: string, column: string, x: Float64Array, degree: number): Recurrence {
  const n = x.length;
  const centers: number[] = [];
  const norms = [n];
  let before = new Float64Array(n);
  let now = new Float64Array(n).fill(1);
  for (let j = 0; j < degree; j++) {
    let moment = 0;
    for (let i = 0; i < n; i++) moment += x[i]! * now[i]! * now[i]!;
    const center = moment / norms[j]!;
    const ratio = j === 0 ? 0 : norms[j]! / norms[j - 1]!;
    const next = new Float64Array(n);
    let [square, size] = [0, 0];
    for (let i = 0; i < n; i++) {
      const [shifted, back] = [(x[i]! - center) * now[i]!, ratio * before[i]!];
      next[i] = shifted - back;
      square += next[i]! ** 2;
      size += shifted ** 2 + back ** 2 + (x[i]! * now[i]!) ** 2;
    }
    if (!(square > EXHAUSTED * size)) {
      throw new DataError(
        "TOO_FEW_VALUES",
        `Cannot run ${caller} with a polynomial of degree ${degree} as "${column}" must have more distinct values in the rows used: it has ${j + 1}`,
        { column, degree, values: j + 1 },
      );
    }
    centers.push(center);
    norms.push(square);
    [before, now] = [now, next];
  }
  return { centers, norms };
}

/** The polynomial of the recurrence's last degree at x, of unit length over the rows it was made from. */
export function polynomialValue({ centers, norms }: Recurrence, x: number): number {
  let [before, now] = [0, 1];
  centers.forEach((center, j) => {
    const next = (x - center) * now - (j === 0 ? 0 : (norms[j]! / norms[j - 1]!) * before);
    before = now;
    now = next;
  });
  return now / Math.sqrt(norms[centers.length]!);
}
