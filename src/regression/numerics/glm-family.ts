import { logGamma, normalCdf, normalDensity } from "../../distributions/index.ts";

/** Mean and variance of an outcome given its linear predictor. */
export interface GlmFamily {
  readonly name: "poisson" | "logit" | "probit" | "gamma";
  /** Means to start from, inside the family's range. */
  readonly start: (y: number, mean: number) => number;
  readonly link: (mu: number) => number;
  readonly mean: (eta: number) => number;
  /** d mean / d eta. */
  readonly slope: (eta: number, mu: number) => number;
  readonly variance: (mu: number) => number;
  /** Log likelihood of one outcome, up to what does not depend on the mean where there is a dispersion. */
  readonly logLikelihood: (y: number, mu: number) => number;
  /** Its largest value over all means. */
  readonly saturated: (y: number) => number;
  /** Log likelihood of one outcome given the dispersion, for families that estimate one. */
  readonly dispersed?: (y: number, mu: number, dispersion: number) => number;
  /** Whether outcomes lie in the family's range. */
  readonly allows: (y: number) => boolean;
  /** What {@link allows} asks, in words. */
  readonly range: string;
}

const xLogX = (x: number): number => (x > 0 ? x * Math.log(x) : 0);

const SMALL_FACTORIALS: Float64Array = Float64Array.from({ length: 256 }, (_, y) => logGamma(y + 1));

/** `log y!`, for counts from a table. */
export function logFactorial(y: number): number {
  const whole = y | 0;
  return whole === y && whole >= 0 && whole < 256 ? SMALL_FACTORIALS[whole]! : logGamma(y + 1);
}

/** Counts (or any outcome at or above zero) with a log link. */
export const POISSON: GlmFamily = {
  name: "poisson",
  start: (y) => y + 0.1,
  link: Math.log,
  mean: Math.exp,
  slope: (_, mu) => mu,
  variance: (mu) => mu,
  logLikelihood: (y, mu) => (y > 0 ? y * Math.log(mu) : 0) - mu - logFactorial(y),
  saturated: (y) => xLogX(y) - y - logFactorial(y),
  allows: (y) => y >= 0,
  range: "zero or above",
};

/** Means are kept this far from 0 and 1. */
const EDGE = 1e-15;
const inside = (mu: number): number => Math.min(1 - EDGE, Math.max(EDGE, mu));

const BINARY = {
  start: (y: number): number => (y + 0.5) / 2,
  variance: (mu: number): number => mu * (1 - mu),
  logLikelihood: (y: number, mu: number): number => (y > 0 ? y * Math.log(mu) : 0) + (y < 1 ? (1 - y) * Math.log1p(-mu) : 0),
  saturated: (y: number): number => xLogX(y) + xLogX(1 - y),
  allows: (y: number): boolean => y >= 0 && y <= 1,
  range: "from 0 to 1",
} as const;

/** Binary outcomes (or shares) with a logit link. */
export const LOGIT: GlmFamily = {
  ...BINARY,
  name: "logit",
  link: (mu) => Math.log(mu / (1 - mu)),
  mean: (eta) => inside(1 / (1 + Math.exp(-eta))),
  slope: (_, mu) => mu * (1 - mu),
};

/** Binary outcomes (or shares) with a probit link. */
export const PROBIT: GlmFamily = {
  ...BINARY,
  name: "probit",
  link: (mu) => probitStart(mu),
  mean: (eta) => inside(normalCdf(eta)),
  slope: (eta) => Math.max(normalDensity(eta), 1e-300),
};

/** A start for the probit predictor: the logistic approximation is close enough to iterate from. */
const probitStart = (mu: number): number => Math.log(mu / (1 - mu)) / 1.702;

/** Positive outcomes whose standard deviation grows with their mean, with a log link. */
export const GAMMA: GlmFamily = {
  name: "gamma",
  start: (y) => y,
  link: Math.log,
  mean: Math.exp,
  slope: (_, mu) => mu,
  variance: (mu) => mu * mu,
  logLikelihood: (y, mu) => -y / mu - Math.log(mu),
  saturated: (y) => -1 - Math.log(y),
  dispersed: (y, mu, dispersion) => {
    const shape = 1 / dispersion;
    return shape * (Math.log((shape * y) / mu) - y / mu) - Math.log(y) - logGamma(shape);
  },
  allows: (y) => y > 0,
  range: "above zero",
};
