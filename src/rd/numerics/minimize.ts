const GOLDEN = (3 - Math.sqrt(5)) / 2;

/**
 * Minimiser of a function of one variable on an interval: golden section with parabolic steps.
 *
 * @see Brent (1973), Algorithms for Minimization without Derivatives, chapter 5
 */
export function brentMinimum(f: (x: number) => number, low: number, high: number, tolerance: number): number {
  const eps = Math.sqrt(Number.EPSILON);
  let a = low;
  let b = high;
  let x = a + GOLDEN * (b - a);
  let w = x;
  let v = x;
  let fx = f(x);
  let fw = fx;
  let fv = fx;
  let d = 0;
  let e = 0;
  for (let iteration = 0; iteration < 500; iteration++) {
    const middle = (a + b) / 2;
    const tol = eps * Math.abs(x) + tolerance / 3;
    if (Math.abs(x - middle) <= 2 * tol - (b - a) / 2) break;
    let p = 0;
    let q = 0;
    let r = 0;
    if (Math.abs(e) > tol) {
      r = (x - w) * (fx - fv);
      q = (x - v) * (fx - fw);
      p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      else q = -q;
      r = e;
      e = d;
    }
    if (Math.abs(p) >= Math.abs(q * 0.5 * r) || p <= q * (a - x) || p >= q * (b - x)) {
      e = x < middle ? b - x : a - x;
      d = GOLDEN * e;
    } else {
      d = p / q;
      const u = x + d;
      if (u - a < 2 * tol || b - u < 2 * tol) d = x >= middle ? -tol : tol;
    }
    const u = Math.abs(d) >= tol ? x + d : d > 0 ? x + tol : x - tol;
    const fu = f(u);
    if (fu <= fx) {
      if (u < x) b = x;
      else a = x;
      [v, fv, w, fw, x, fx] = [w, fw, x, fx, u, fu];
    } else {
      if (u < x) a = u;
      else b = u;
      if (fu <= fw || w === x) [v, fv, w, fw] = [w, fw, u, fu];
      else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu];
    }
  }
  return x;
}

/** Best of sorted candidates: golden section over their positions down to a hundred, then all that are left. */
export function bestCandidate(f: (x: number) => number, candidates: ArrayLike<number>): number {
  let [low, high] = [0, candidates.length - 1];
  while (high - low > 100) {
    const [c, d] = [high - Math.floor((high - low) * (1 - GOLDEN)), low + Math.floor((high - low) * (1 - GOLDEN))];
    if (f(candidates[c]!) < f(candidates[d]!)) high = d;
    else low = c;
  }
  let [best, value] = [candidates[low]!, Number.POSITIVE_INFINITY];
  for (let i = low; i <= high; i++) {
    const here = f(candidates[i]!);
    if (here < value) [best, value] = [candidates[i]!, here];
  }
  return best;
}
