import { MOST_SUMS } from "../../moments/index.ts";
import type { Absorbed, AbsorbedRegression } from "./absorbed.ts";
import type { Four } from "./four-columns.ts";
import { subtractRuns } from "./run-kernels.ts";
import { type RunVariables, runProducts, runResiduals } from "./run-residuals.ts";

/**
 * Up to four variables as their coefficients leave them, values made when they are first asked for: a regression reads the data once
 * more and subtracts again, which costs less than to store the values and read them. `undefined` where vectors do not suit.
 */
export function unstoredVariables(
  variables: RunVariables,
  count: number,
  spreads: Float64Array,
  iterations: number,
  residual: number,
): readonly Absorbed[] | undefined {
  const { x, origin, alpha, beta } = variables;
  const products = runProducts(variables);
  if (products === undefined) return undefined;
  let values: readonly Float64Array[] | undefined;
  const stored = (): readonly Float64Array[] => {
    if (values !== undefined) return values;
    const made = Array.from({ length: count }, () => new Float64Array(x[0].length));
    const at = (lane: number): Float64Array => made[Math.min(lane, count - 1)]!;
    const out: Four = [at(0), at(1), at(2), at(3)];
    subtractRuns(x, out, origin, variables, alpha, beta);
    values = made;
    return made;
  };
  const regress: AbsorbedRegression = (coefficients, e, groups) =>
    runResiduals(
      variables,
      coefficients,
      e,
      groups === undefined || 4 * groups.count > MOST_SUMS ? undefined : { ...groups, width: count - 1 },
    );
  return Array.from({ length: count }, (_, lane) => ({
    get values(): Float64Array {
      return stored()[lane]!;
    },
    iterations,
    residual,
    spread: spreads[lane]!,
    products: productsOf(products, lane, count),
    regress,
  }));
}

/** Row `lane` of the products, from their lower triangle. */
export function productsOf(lower: Float64Array, lane: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, other) => {
    const [row, column] = other <= lane ? [lane, other] : [other, lane];
    return lower[(row * (row + 1)) / 2 + column]!;
  });
}
