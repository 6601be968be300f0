import { expect } from "vitest";

/** A row with an outcome, two endogenous regressors, three instruments, an exogenous regressor, two groupings and weights. */
export type IvRow = Record<"y" | "e" | "f" | "z1" | "z2" | "z3" | "x" | "g" | "h" | "w" | "n", number>;

/** Seeded uniforms of a linear congruence in whole numbers. */
export function draws(seed: number): { readonly uniform: () => number; readonly integer: () => number } {
  let state = seed >>> 0;
  const integer = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let i = 0; i < 3; i++) integer();
  return { uniform: () => integer() / 4294967296, integer };
}

/** Rows in which e has effect 0.5 and f effect -0.3; `strength` is that of the instruments, `endogeneity` that of the confounders. */
export function ivRows(seed: number, count = 90, strength = 0.5, endogeneity = 0.6): IvRow[] {
  const { uniform } = draws(seed);
  const noise = (): number => 2 * (uniform() + uniform() + uniform() - 1.5);
  return Array.from({ length: count }, (_, i) => {
    const [x, z1, z2, z3, u, v, own] = [noise(), noise(), noise(), noise(), noise(), noise(), noise()];
    const g = i % 12;
    const h = Math.floor(uniform() * 5);
    const e = strength * (z1 + 0.6 * z2 - 0.2 * z3) + 0.3 * x + 0.1 * g + u;
    const f = strength * (0.2 * z1 + 0.7 * z2 + z3) - 0.2 * x + v;
    const y = 1 + 0.5 * e - 0.3 * f + 0.4 * x + 0.2 * h + endogeneity * (u - v) + 0.8 * own;
    return { y, e, f, z1, z2, z3, x, g, h, w: 0.5 + uniform(), n: 1 + Math.floor(3 * uniform()) };
  });
}

/** Equal to so many digits, relatively. */
export const expectSame = (a: readonly number[], b: readonly number[], digits = 8): void => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(value / b[i]!).toBeCloseTo(1, digits);
  });
};
