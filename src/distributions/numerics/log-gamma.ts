const HALF_LOG_TWO_PI = 0.9189385332046728;
const EULER = 0.5772156649015329;

/** Below this argument gamma functions are shifted up by their recurrence, above it Stirling's series holds. */
const STIRLING_START = 10;

/** (ζ(k) - 1)/k for k = 2, 3, ...: Taylor coefficients of log Γ(1 + z), Abramowitz & Stegun 6.1.33. */
const ZETA: readonly number[] = zetaCoefficients(32);

function zetaCoefficients(count: number): number[] {
  // ζ(k) - 1 = Σ_{n=2}^{N-1} n^-k + N^(1-k)/(k-1) + N^-k/2 + k N^(-k-1)/12 - ... (Euler-Maclaurin), smallest terms first.
  const N = 32;
  const coefficients: number[] = [];
  for (let k = 2; k < count + 2; k++) {
    const rising3 = k * (k + 1) * (k + 2);
    const rising5 = rising3 * (k + 3) * (k + 4);
    const rising7 = rising5 * (k + 5) * (k + 6);
    let sum = (-rising7 * N ** (-k - 7)) / 1209600 + (rising5 * N ** (-k - 5)) / 30240 - (rising3 * N ** (-k - 3)) / 720;
    sum += (k * N ** (-k - 1)) / 12 + N ** -k / 2 + N ** (1 - k) / (k - 1);
    for (let n = N - 1; n >= 2; n--) sum += n ** -k;
    coefficients.push(sum / k);
  }
  return coefficients;
}

/** log Γ(1 + z) for |z| <= 1/2, relative accuracy also at z near 0: -log(1+z) + (1-γ)z + Σ (-1)^k (ζ(k)-1) z^k/k. */
export function logGamma1p(z: number): number {
  let sum = 0;
  for (let k = ZETA.length - 1; k >= 0; k--) sum = -sum * z + ZETA[k]!;
  return -Math.log1p(z) + z * (1 - EULER + z * sum);
}

/** Stirling's correction δ(x) = log Γ(x) - (x - 1/2) log x + x - log √(2π) for x > 0, to about 1e-17 absolute from 10 up. */
export function stirlingCorrection(x: number): number {
  if (x >= STIRLING_START) return stirlingSeries(x);
  if (x < 0.5) return logGamma1p(x) - Math.log(x) - (x - 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI;
  let product = 1;
  let y = x;
  while (y < STIRLING_START) product *= y++;
  return stirlingSeries(y) + (y - 0.5) * Math.log(y) - (x - 0.5) * Math.log(x) - (y - x) - Math.log(product);
}

function stirlingSeries(x: number): number {
  const w = 1 / (x * x);
  const tail = -1 / 1680 + w * (1 / 1188 + w * (-691 / 360360 + w * (1 / 156 - (w * 3617) / 122400)));
  return (1 / 12 + w * (-1 / 360 + w * (1 / 1260 + w * tail))) / x;
}

/** Derivative of {@link stirlingSeries}. */
function stirlingSlope(x: number): number {
  const w = 1 / (x * x);
  const tail = 1 / 240 + w * (-1 / 132 + (w * 691) / 32760);
  return w * (-1 / 12 + w * (1 / 120 + w * (-1 / 252 + w * tail)));
}

/**
 * Natural logarithm of the gamma function for x > 0, relative error about 1e-15 also next to its zeros at 1 and 2.
 * `Infinity` at 0 and at infinity, `NaN` below 0.
 */
export function logGamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return logGamma1p(x) - Math.log(x);
  if (x < 1.5) return logGamma1p(x - 1);
  if (x >= STIRLING_START) return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingSeries(x);
  let product = 1;
  let y = x;
  while (y >= 2.5) product *= --y;
  return Math.log(product) + Math.log1p(y - 2) + logGamma1p(y - 2);
}

/**
 * log(Γ(b + a)/Γ(b)) for 0 <= a <= 1 and b > 0, accurate relative to a:
 * b is shifted up to Stirling's range through Γ(b + a)/Γ(b) = Γ(b + 1 + a)/Γ(b + 1) · (1 + a/b)^-1.
 */
export function logGammaRatio(a: number, b: number): number {
  let sum = 0;
  let c = b;
  while (c < STIRLING_START) sum -= Math.log1p(a / c++);
  const stirling = a < 1e-4 ? a * stirlingSlope(c + 0.5 * a) : stirlingSeries(c + a) - stirlingSeries(c);
  return sum + (c - 0.5) * Math.log1p(a / c) + a * (Math.log(c + a) - 1) + stirling;
}
