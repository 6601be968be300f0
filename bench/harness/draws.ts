/** Uniforms on (0, 1) from a 32-bit counter hash: the same row gets the same number at any size. */
export function uniform(seed: number, row: number): number {
  let x = (Math.imul(seed, 0x9e3779b9) ^ row) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 4294967296 + 1.1641532182693481e-10;
}

/** A column of sums of three centred uniforms times two: mean 0, variance 1, near normal, without a transcendental. */
export function noise(seed: number, rows: number): Float64Array {
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) values[i] = 2 * (uniform(seed, 3 * i) + uniform(seed, 3 * i + 1) + uniform(seed, 3 * i + 2) - 1.5);
  return values;
}
