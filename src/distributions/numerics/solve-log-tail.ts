/** A log tail probability and the size of its derivative in the solver's variable. */
export interface LogTail {
  readonly logTail: number;
  readonly slope: number;
}

/**
 * Root u of logTail(u) = target by Newton's method, for a distribution whose density in u is log-concave: its log
 * tails are then concave, so that from the second iterate on the steps approach the root from one side.
 * A first step so long that the tail is no longer representable is halved until it is.
 * `direction` is 1 where the tail grows with u, -1 where it shrinks.
 */
export function solveLogTail(evaluate: (u: number) => LogTail, target: number, start: number, direction: 1 | -1): number {
  let previous = start;
  let u = start;
  for (let iteration = 0; iteration < 300; iteration++) {
    const { logTail, slope } = evaluate(u);
    const step = (direction * (target - logTail)) / slope;
    if (Number.isFinite(step)) {
      previous = u;
      u += step;
      if (Math.abs(step) <= 1e-10) break;
    } else {
      if (u === previous) break;
      u = Number.isFinite(u) ? 0.5 * (u + previous) : previous + Math.sign(u) * 1e6;
    }
  }
  return u;
}
