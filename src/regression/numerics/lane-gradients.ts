/** Outcome of an iterative solve for four right-hand sides. */
export interface LaneSolve {
  readonly iterations: number;
  /** Largest remaining entry of any of them beside its scale. */
  readonly residual: number;
}

/**
 * Preconditioned conjugate gradients for a consistent symmetric positive semi-definite system and four right-hand sides at once, four
 * entries a level. Each has its own steps, and stops on its own residual, `max |r_l| / (size_l deviation) <= tolerance`.
 *
 * @param multiply - writes `A p` into its second argument.
 * @param precondition - writes `M^-1 r` into its second argument.
 * @param r - right-hand sides; holds the residuals afterwards.
 * @param solution - zeros; holds the solutions afterwards.
 */
export function solveByGradients(
  multiply: (p: Float64Array, out: Float64Array) => void,
  precondition: (r: Float64Array, out: Float64Array) => void,
  r: Float64Array,
  solution: Float64Array,
  sizes: Float64Array,
  deviations: Float64Array,
  tolerance: number,
  maxIterations: number,
): LaneSolve {
  const z = new Float64Array(r.length);
  const p = new Float64Array(r.length);
  const Ap = new Float64Array(r.length);
  const [rz, dots, ratios, steps, residuals] = [0, 1, 2, 3, 4].map(() => new Float64Array(4)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  largestRatios(r, sizes, deviations, residuals);
  let iterations = 0;
  while (iterations < maxIterations && Math.max(...residuals) > tolerance) {
    precondition(r, z);
    laneDots(r, z, dots);
    for (let lane = 0; lane < 4; lane++) {
      ratios[lane] = iterations === 0 || !(rz[lane]! > 0) ? 0 : dots[lane]! / rz[lane]!;
      rz[lane] = dots[lane]!;
    }
    for (let at = 0; at < p.length; at += 4) {
      p[at] = z[at]! + ratios[0]! * p[at]!;
      p[at + 1] = z[at + 1]! + ratios[1]! * p[at + 1]!;
      p[at + 2] = z[at + 2]! + ratios[2]! * p[at + 2]!;
      p[at + 3] = z[at + 3]! + ratios[3]! * p[at + 3]!;
    }
    multiply(p, Ap);
    laneDots(p, Ap, dots);
    let moving = false;
    for (let lane = 0; lane < 4; lane++) {
      const active = residuals[lane]! > tolerance && dots[lane]! > 0;
      steps[lane] = active ? rz[lane]! / dots[lane]! : 0;
      if (active) moving = true;
    }
    if (!moving) break;
    for (let at = 0; at < p.length; at += 4) {
      for (let lane = 0; lane < 4; lane++) {
        solution[at + lane]! += steps[lane]! * p[at + lane]!;
        r[at + lane]! -= steps[lane]! * Ap[at + lane]!;
      }
    }
    largestRatios(r, sizes, deviations, residuals);
    iterations++;
  }
  return { iterations, residual: Math.max(...residuals) };
}

function laneDots(a: Float64Array, b: Float64Array, out: Float64Array): void {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let at = 0; at < a.length; at += 4) {
    s0 += a[at]! * b[at]!;
    s1 += a[at + 1]! * b[at + 1]!;
    s2 += a[at + 2]! * b[at + 2]!;
    s3 += a[at + 3]! * b[at + 3]!;
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
}

/** `max_l |r_l| / (size_l deviation)` of each right-hand side; entries without a scale count as 0. */
export function largestRatios(r: Float64Array, sizes: Float64Array, deviations: Float64Array, out: Float64Array): void {
  let [m0, m1, m2, m3] = [0, 0, 0, 0];
  for (let l = 0, at = 0; l < sizes.length; l++, at += 4) {
    const scale = sizes[l]! > 0 ? 1 / sizes[l]! : 0;
    m0 = Math.max(m0, Math.abs(r[at]!) * scale);
    m1 = Math.max(m1, Math.abs(r[at + 1]!) * scale);
    m2 = Math.max(m2, Math.abs(r[at + 2]!) * scale);
    m3 = Math.max(m3, Math.abs(r[at + 3]!) * scale);
  }
  out[0] = m0;
  out[1] = m1;
  out[2] = m2;
  out[3] = m3;
  for (let lane = 0; lane < 4; lane++) out[lane] = deviations[lane]! > 0 ? out[lane]! / deviations[lane]! : 0;
}
