/** Controls at or above this propensity do not count. */
export const TRIM = 0.995;

/** Largest propensity, or share of treated units, from which a comparison counts as having no overlap. */
export const NO_OVERLAP = 0.999;
