/**
 * log(1 + u) - u for u > -1, to full relative accuracy near zero, where the plain difference cancels.
 * With r = u/(2 + u): log(1 + u) = 2 atanh(r) and 2r - u = -ur, so the result is r (2r² Σ r^2k/(2k+3) - u).
 */
export function log1pMinus(u: number): number {
  if (u < -0.5 || u > 1) return Math.log1p(u) - u;
  const r = u / (2 + u);
  const r2 = r * r;
  let sum = 1 / 3;
  let power = r2;
  for (let k = 5; k < 60; k += 2) {
    const term = power / k;
    sum += term;
    if (term < 1e-17) break;
    power *= r2;
  }
  return r * (2 * r2 * sum - u);
}

/**
 * Deviance k log(k/m) + m - k of a count k against its mean m, never negative, without cancellation at k near m.
 * Loader (2000), "Fast and accurate computation of binomial probabilities".
 */
export function deviance(k: number, m: number): number {
  if (k === 0) return m;
  const v = (m - k) / k;
  if (v < -0.5) return k * Math.log(k / m) + (m - k);
  return -k * log1pMinus(v);
}
