/** Below this product of group sizes the distribution of the statistic is counted exactly. */
const EXACT_BELOW = 10_000;

/** Largest difference of the two distribution functions. */
export function kolmogorovSmirnov(left: Float64Array, right: Float64Array): number {
  const [a, b] = [left.slice().sort(), right.slice().sort()];
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** p-value as R's `ks.test`: exact for small groups, ties included, else the Kolmogorov limit. */
export function kolmogorovSmirnovPValue(statistic: number, left: Float64Array, right: Float64Array): number {
  const [m, n] = [left.length, right.length];
  return m * n < EXACT_BELOW ? exact(statistic, left, right) : limit(statistic * Math.sqrt((m * n) / (m + n)));
}

/** Share of orderings whose path leaves the band; only steps at the end of a tie group are checked. */
function exact(statistic: number, left: Float64Array, right: Float64Array): number {
  const [m, n] = [left.length, right.length];
  const pooled = new Float64Array(m + n);
  pooled.set(left);
  pooled.set(right, m);
  pooled.sort();
  const bound = (0.5 + Math.floor(statistic * m * n - 1e-7)) / (m * n);
  const outside = (i: number, j: number): boolean => {
    const last = i + j === m + n || pooled[i + j - 1] !== pooled[i + j];
    return last && i + j > 0 && Math.abs(i / m - j / n) >= bound;
  };
  // probability that a random ordering reaches (i, j) having left the band on the way
  let row = new Float64Array(n + 1);
  let reached = 0;
  for (let i = 0; i <= m; i++) {
    const next = new Float64Array(n + 1);
    for (let j = 0; j <= n; j++) {
      if (i === 0 && j === 0) continue;
      if (outside(i, j)) {
        next[j] = 1;
        continue;
      }
      const fromLeft = i > 0 ? (i / (i + j)) * row[j]! : 0;
      const fromRight = j > 0 ? (j / (i + j)) * next[j - 1]! : 0;
      next[j] = fromLeft + fromRight;
    }
    row = next;
    reached = next[n]!;
  }
  return reached;
}

function limit(z: number): number {
  let sum = 0;
  for (let k = 1; k <= 200; k++) {
    const term = Math.exp(-2 * k * k * z * z);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
