/**
 * Which tail a probability counts: `"lower"` is P(X <= x), `"upper"` is P(X > x).
 * Both are computed as such; neither is formed as one minus the other where that would lose digits.
 */
export type Tail = "lower" | "upper";
