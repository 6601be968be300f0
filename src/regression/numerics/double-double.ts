/**
 * Sums and products to about 32 digits: a value is `high + low`.
 * @see Dekker (1971), doi:10.1007/BF01397083; Ogita, Rump & Oishi (2005), doi:10.1137/030601818
 */
export interface DoubleDouble {
  high: number;
  low: number;
}

const SPLITTER = 134217729; // 2^27 + 1

/** `sum += a * b`, the product taken exactly. */
export function addProduct(sum: DoubleDouble, a: number, b: number): void {
  const product = a * b;
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  addNumber(sum, product);
  sum.low += ah * bh - product + ah * bl + al * bh + al * bl;
}

/** `sum += a`, the rounding error kept. */
export function addNumber(sum: DoubleDouble, a: number): void {
  const total = sum.high + a;
  const part = total - sum.high;
  sum.low += sum.high - (total - part) + (a - part);
  sum.high = total;
}
