import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";

/** Weighted least squares of `y` on `X`: coefficients and the lower Cholesky factor of `sum v x x'` (p by p). */
export interface LeastSquaresFit {
  readonly coefficients: Float64Array;
  readonly factor: Float64Array;
}

/** `sum v x x'`, X n by p, row-major; the result symmetric, p by p. */
export function weightedGram(X: Float64Array, v: Float64Array, n: number, p: number): Float64Array {
  const gram = new Float64Array(p * p);
  for (let i = 0; i < n; i++) {
    const vi = v[i]!;
    if (vi === 0) continue;
    const row = i * p;
    for (let a = 0; a < p; a++) {
      const left = vi * X[row + a]!;
      for (let b = 0; b <= a; b++) gram[a * p + b]! += left * X[row + b]!;
    }
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) gram[b * p + a] = gram[a * p + b]!;
  return gram;
}

/** `sum v x`, X n by p. */
export function weightedSums(X: Float64Array, v: Float64Array, n: number, p: number): Float64Array {
  const out = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const vi = v[i]!;
    if (vi === 0) continue;
    for (let a = 0; a < p; a++) out[a]! += vi * X[i * p + a]!;
  }
  return out;
}

/** `X b` for each row. */
export function linearPredictor(X: Float64Array, b: Float64Array, n: number, p: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let a = 0; a < p; a++) sum += X[i * p + a]! * b[a]!;
    out[i] = sum;
  }
  return out;
}

/** Weighted least squares with one step of iterative refinement; `undefined` when the Gram matrix is singular. Rows of weight 0 do not count. `known` is the Gram matrix's factor where it is at hand. */
export function weightedLeastSquares(
  X: Float64Array,
  y: Float64Array,
  v: Float64Array,
  n: number,
  p: number,
  known: Float64Array | undefined = undefined,
): LeastSquaresFit | undefined {
  const factor = known ?? cholesky(weightedGram(X, v, n, p), p);
  if (factor === undefined) return undefined;
  const coefficients = new Float64Array(p);
  const right = new Float64Array(n);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < n; i++) {
      if (v[i] === 0) continue;
      let residual = y[i]!;
      for (let a = 0; a < p; a++) residual -= X[i * p + a]! * coefficients[a]!;
      right[i] = v[i]! * residual;
    }
    const step = choleskyBackSolve(factor, p, weightedSums(X, right, n, p));
    for (let a = 0; a < p; a++) coefficients[a]! += step[a]!;
  }
  return { coefficients, factor };
}

/** A binary model for the propensity: linear coefficients, fitted probabilities, factor of `sum w p (1 - p) x x'`. */
export interface PropensityFit {
  readonly coefficients: Float64Array;
  readonly probabilities: Float64Array;
  readonly factor: Float64Array;
  readonly converged: boolean;
}

const MAX_STEPS = 100;
const MAX_HALVINGS = 40;

/** Relative size of the last Newton step's decrease at which iterations stop; one more step follows. */
const CONVERGED = 1e-13;

/** Relative change of the deviance at which the logit stops, as in R's `glm`. */
const DEVIANCE_CHANGE = 1e-8;

/**
 * Weighted logit by iteratively reweighted least squares, with the start `(w D + 1/2) / (w + 1)` and the stopping rule of R's `glm.fit`,
 * so that its estimates agree to more digits than that rule alone guarantees.
 *
 * @param D - 0 or 1 by row.
 * @returns `undefined` when the information matrix is singular (collinear columns, or perfect separation).
 */
export function weightedLogit(X: Float64Array, D: Float64Array, w: Float64Array, n: number, p: number): PropensityFit | undefined {
  const rows = newLogitRows(p);
  const probabilities = new Float64Array(n);
  const fit = iterateLogit(rows, (b) => {
    let deviance = 0;
    for (let from = 0; from < n; from += LOGIT_BLOCK) {
      const m = Math.min(LOGIT_BLOCK, n - from);
      for (let i = 0; i < m; i++) {
        rows.w[i] = w[from + i]!;
        rows.D[i] = D[from + i]!;
        for (let a = 0; a < p; a++) rows.x[a * LOGIT_BLOCK + i] = X[(from + i) * p + a]!;
      }
      deviance += addLogitBlock(rows, rows.x, m, b);
      probabilities.set(m < LOGIT_BLOCK ? rows.probabilities.subarray(0, m) : rows.probabilities, from);
    }
    return deviance;
  });
  return fit === undefined ? undefined : { ...fit, probabilities };
}

/** Rows that a pass over a logit works on together; their factors `1 + exp(-|index|)` are multiplied before one logarithm is taken: at most 2 to this power. */
export const LOGIT_BLOCK = 64;

/** A block of rows of a logit (`x` with contiguous columns), and what a pass sums: `sum w p (1 - p) x x'` (lower triangle) and the next step's right-hand side. */
export interface LogitRows {
  readonly p: number;
  readonly x: Float64Array;
  readonly D: Float64Array;
  readonly w: Float64Array;
  readonly probabilities: Float64Array;
  readonly gram: Float64Array;
  readonly right: Float64Array;
}

/** Room for a block and its sums. */
export function newLogitRows(p: number): LogitRows {
  const column = (): Float64Array => new Float64Array(LOGIT_BLOCK);
  const x = new Float64Array(p * LOGIT_BLOCK);
  return { p, x, D: column(), w: column(), probabilities: column(), gram: new Float64Array(p * p), right: new Float64Array(p) };
}

/**
 * The iterations of a logit.
 * @param pass - adds all blocks at coefficients b (at R's start values without) and returns the deviance.
 */
export function iterateLogit(
  { p, gram, right }: Pick<LogitRows, "p" | "gram" | "right">,
  pass: (b: Float64Array | undefined) => number,
): Omit<PropensityFit, "probabilities"> | undefined {
  const sum = (b: Float64Array | undefined): number => {
    gram.fill(0);
    right.fill(0);
    return pass(b);
  };
  let coefficients = new Float64Array(p);
  let deviance = sum(undefined);
  let converged = false;
  for (let round = 0; round < MAX_STEPS && !converged; round++) {
    const factor = cholesky(gram, p);
    if (factor === undefined) return undefined;
    coefficients = choleskyBackSolve(factor, p, right) as Float64Array<ArrayBuffer>;
    const next = sum(coefficients);
    converged = Math.abs(next - deviance) / (Math.abs(next) + 0.1) < DEVIANCE_CHANGE;
    deviance = next;
  }
  const factor = cholesky(gram, p);
  return factor === undefined ? undefined : { coefficients, factor, converged };
}

/** Columns of a block: the index x'b, information `w p (1 - p)`, and `information x'b + w (D - p)`, whose products with x are the next step's right-hand side. */
export interface LogitTerms {
  readonly index: Float64Array;
  readonly information: Float64Array;
  readonly working: Float64Array;
}

/**
 * Fills in probabilities, information and working values of the first `m` rows, zeros after them, and returns their deviance, -2 log L.
 * @param isStart - Whether to write R's start values into the index first.
 */
export function logitTerms(
  { D, w, probabilities }: Pick<LogitRows, "D" | "w" | "probabilities">,
  m: number,
  isStart: boolean,
  { index, information, working }: LogitTerms,
): number {
  if (isStart) {
    for (let i = 0; i < m; i++) {
      const half = Math.log((w[i]! + 0.5) / 0.5);
      index[i] = D[i] === 1 ? half : -half;
    }
  }
  let [deviance, product] = [0, 1];
  for (let i = 0; i < m; i++) {
    const wi = w[i]!;
    const d = D[i]!;
    const value = index[i]!;
    const e = Math.exp(value > 0 ? -value : value);
    const half = 1 / (1 + e);
    const probability = value > 0 ? half : e * half;
    probabilities[i] = probability;
    if (d === 1 ? value < 0 : value > 0) deviance += 2 * wi * Math.abs(value);
    if (wi === 1) product *= 1 + e;
    else deviance += 2 * wi * Math.log(1 + e);
    information[i] = wi * e * half * half;
    working[i] = information[i]! * value + wi * (d - probability);
  }
  information.fill(0, m);
  working.fill(0, m);
  return deviance + 2 * Math.log(product);
}

const own: LogitTerms = {
  index: new Float64Array(LOGIT_BLOCK),
  information: new Float64Array(LOGIT_BLOCK),
  working: new Float64Array(LOGIT_BLOCK),
};
const left: Float64Array = new Float64Array(LOGIT_BLOCK);

/** Adds the first `m` rows of a block and returns their deviance, -2 log L. */
export function addLogitBlock(rows: LogitRows, x: Float64Array, m: number, b: Float64Array | undefined): number {
  const { p, gram, right } = rows;
  const { index, information, working } = own;
  if (b !== undefined) {
    index.fill(0);
    for (let a = 0; a < p; a++) {
      const coefficient = b[a]!;
      for (let i = 0; i < m; i++) index[i]! += coefficient * x[a * LOGIT_BLOCK + i]!;
    }
  }
  const deviance = logitTerms(rows, m, b === undefined, own);
  for (let a = 0; a < p; a++) {
    const column = a * LOGIT_BLOCK;
    let sum = 0;
    for (let i = 0; i < m; i++) {
      sum += working[i]! * x[column + i]!;
      left[i] = information[i]! * x[column + i]!;
    }
    right[a]! += sum;
    let c = 0;
    for (; c + 1 <= a; c += 2) {
      let [s, t] = [0, 0];
      for (let i = 0, j = c * LOGIT_BLOCK; i < m; i++, j++) {
        const value = left[i]!;
        s += value * x[j]!;
        t += value * x[j + LOGIT_BLOCK]!;
      }
      gram[a * p + c]! += s;
      gram[a * p + c + 1]! += t;
    }
    if (c <= a) {
      let s = 0;
      for (let i = 0; i < m; i++) s += left[i]! * x[c * LOGIT_BLOCK + i]!;
      gram[a * p + c]! += s;
    }
  }
  return deviance;
}

/**
 * Propensity by inverse probability tilting: coefficients maximize `sum w (D x'g - (1 - D) exp(x'g))`, so that controls weighted by p/(1-p)
 * have the treated means of X exactly; p = logistic(x'g).
 *
 * @param start - coefficients to start from (those of a logit).
 * @see Graham, Pinto & Egel (2012), doi:10.1093/restud/rdr047; Sant'Anna & Zhao (2020), section 3.1
 */
export function calibratedPropensity(
  X: Float64Array,
  D: Float64Array,
  w: Float64Array,
  n: number,
  p: number,
  start: Float64Array,
): PropensityFit | undefined {
  const probabilities = new Float64Array(n);
  const score = new Float64Array(n);
  const curvature = new Float64Array(n);
  const evaluate = (b: Float64Array): number => {
    let objective = 0;
    for (let i = 0; i < n; i++) {
      let index = 0;
      for (let a = 0; a < p; a++) index += X[i * p + a]! * b[a]!;
      const odds = Math.exp(index);
      probabilities[i] = 1 / (1 + Math.exp(-index));
      score[i] = w[i]! * (D[i] === 1 ? 1 : -odds);
      curvature[i] = D[i] === 1 ? 0 : w[i]! * odds;
      objective += w[i]! * (D[i] === 1 ? index : -odds);
    }
    return objective;
  };
  return newton(
    p,
    evaluate,
    () => weightedSums(X, score, n, p),
    () => cholesky(weightedGram(X, curvature, n, p), p),
    probabilities,
    start,
  );
}

/** Maximizes a concave function; `evaluate` leaves score, curvature and probabilities at the point in the caller's buffers. */
function newton(
  p: number,
  evaluate: (b: Float64Array) => number,
  gradient: () => Float64Array,
  factorize: () => Float64Array | undefined,
  probabilities: Float64Array,
  start: Float64Array = new Float64Array(p),
): PropensityFit | undefined {
  let b = start.slice();
  let value = evaluate(b);
  let converged = false;
  for (let round = 0; round < MAX_STEPS; round++) {
    const factor = factorize();
    if (factor === undefined) return undefined;
    const score = gradient();
    const step = choleskyBackSolve(factor, p, score);
    const decrement = step.reduce((sum, s, a) => sum + s * score[a]!, 0);
    if (converged) return { coefficients: b, probabilities, factor, converged };
    converged = decrement <= CONVERGED * (Math.abs(value) + 1);
    let scale = 1;
    for (let halving = 0; ; halving++) {
      const candidate = b.map((x, a) => x + scale * step[a]!);
      const next = evaluate(candidate);
      // near the optimum the function no longer resolves a step: take it as it is
      if (converged || next >= value || halving === MAX_HALVINGS) {
        b = candidate;
        value = next;
        break;
      }
      scale /= 2;
    }
  }
  const factor = factorize();
  return factor === undefined ? undefined : { coefficients: b, probabilities, factor, converged };
}
