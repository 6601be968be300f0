/** Nodes per panel; the panels are so narrow that 24 nodes integrate a decaying exponential exactly to rounding. */
const ORDER = 24;
const PANEL_WIDTH = 6;

const RULE: { readonly nodes: Float64Array; readonly weights: Float64Array } = gaussLegendre(ORDER);

/**
 * ∫_0^end exp(exponent(s)) ds for a smooth concave exponent with exponent(0) = 0: a tail of a unimodal density over
 * its value at the cut. `slope` is minus the first, `curvature` minus the second derivative at 0; they fix the width
 * of the Gauss-Legendre panels, which are added until they no longer count.
 */
export function tailIntegral(exponent: (s: number) => number, slope: number, curvature: number, end: number): number {
  const width = PANEL_WIDTH / (Math.max(slope, 0) + Math.sqrt(curvature));
  let total = 0;
  for (let start = 0; start < end; start += width) {
    const half = 0.5 * Math.min(width, end - start);
    let panel = 0;
    for (let j = 0; j < ORDER; j++) {
      panel += RULE.weights[j]! * Math.exp(exponent(start + half * (1 + RULE.nodes[j]!)));
    }
    total += half * panel;
    if (half * panel < 1e-17 * total) break;
  }
  return total;
}

/** Nodes and weights on [-1, 1]: roots of the Legendre polynomial by Newton's method, weights 2/((1-x²) P'(x)²). */
function gaussLegendre(order: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(order);
  const weights = new Float64Array(order);
  for (let j = 0; j < order; j++) {
    let x = Math.cos((Math.PI * (j + 0.75)) / (order + 0.5));
    let derivative = 1;
    for (let iteration = 0; iteration < 8; iteration++) {
      let previous = 1;
      let current = x;
      for (let n = 2; n <= order; n++) {
        const next = ((2 * n - 1) * x * current - (n - 1) * previous) / n;
        previous = current;
        current = next;
      }
      derivative = (order * (previous - x * current)) / (1 - x * x);
      x -= current / derivative;
    }
    nodes[j] = x;
    weights[j] = 2 / ((1 - x * x) * derivative * derivative);
  }
  return { nodes, weights };
}
