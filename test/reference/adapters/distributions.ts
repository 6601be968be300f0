import * as d from "../../../src/distributions/index.ts";

type Parameters = Readonly<Record<string, number>>;
type Entry = { readonly fn: string; readonly par: Parameters | readonly never[]; readonly x?: number; readonly p?: number };
type TailFunction = (x: number, par: Parameters, tail: d.Tail) => number;

/** R's distribution functions, their arguments by R's names. */
const CDF: Readonly<Record<string, TailFunction>> = {
  pnorm: (x, { mean = 0, sd = 1 }, tail) => d.normalCdf((x - mean) / sd, tail),
  pt: (x, { df, ncp }, tail) => (ncp === undefined ? d.studentTCdf(x, df!, tail) : d.noncentralTCdf(x, [df!, ncp], tail)),
  pt_noncentral: (x, { df, ncp }, tail) => d.noncentralTCdf(x, [df!, ncp!], tail),
  pf: (x, { df1, df2 }, tail) => d.fCdf(x, df1!, df2!, tail),
  pchisq: (x, { df, ncp }, tail) => (ncp === undefined ? d.chiSquaredCdf(x, df!, tail) : d.noncentralChiSquaredCdf(x, [df!, ncp], tail)),
  pbeta: (x, { a, b }, tail) => d.betaCdf(x, [a!, b!], tail),
  pgamma: (x, { shape, rate = 1 }, tail) => d.gammaCdf(x * rate, shape!, tail),
  pbinom: (x, { size, prob }, tail) => d.binomialCdf(x, [size!, prob!], tail),
};

const QUANTILE: Readonly<Record<string, TailFunction>> = {
  qnorm: (p, { mean = 0, sd = 1 }, tail) => mean + sd * d.normalQuantile(p, tail),
  qt: (p, { df, ncp }, tail) => (ncp === undefined ? d.studentTQuantile(p, df!, tail) : d.noncentralTQuantile(p, [df!, ncp], tail)),
  qf: (p, { df1, df2 }, tail) => d.fQuantile(p, df1!, df2!, tail),
  qchisq: (p, { df, ncp }, tail) =>
    ncp === undefined ? d.chiSquaredQuantile(p, df!, tail) : d.noncentralChiSquaredQuantile(p, [df!, ncp], tail),
  qbeta: (p, { a, b }, tail) => d.betaQuantile(p, [a!, b!], tail),
  qgamma: (p, { shape, rate = 1 }, tail) => d.gammaQuantile(p, shape!, tail) / rate,
  qbinom: (p, { size, prob }, tail) => d.binomialQuantile(p, [size!, prob!], tail),
};

const DENSITY: Readonly<Record<string, (x: number, par: Parameters) => number>> = {
  dnorm: (x, { mean = 0, sd = 1 }) => d.normalDensity((x - mean) / sd) / sd,
  dt: (x, { df }) => d.studentTDensity(x, df!),
  df: (x, { df1, df2 }) => d.fDensity(x, df1!, df2!),
  dchisq: (x, { df }) => d.chiSquaredDensity(x, df!),
  dbeta: (x, { a, b }) => d.betaDensity(x, a!, b!),
  dgamma: (x, { shape, rate = 1 }) => rate * d.gammaDensity(x * rate, shape!),
  dbinom: (x, { size, prob }) => d.binomialDensity(x, size!, prob!),
};

/**
 * The values of the distribution functions in the shape of a reference case: only the inputs of its entries (`fn`,
 * `par`, `x` or `p`) are read. `power` is the two-sample t test of the case's script: difference 0.5, standard
 * deviation 1.1, level 0.05; its power with 40 per group, and the group size for power 0.8.
 */
export function distributions(expected: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(expected)) {
    if (name === "power") result[name] = { power_t_two_sample: powerTwoSample(40), n_for_80: groupSize(0.8) };
    else result[name] = (value as readonly Entry[]).map(fill);
  }
  return result;
}

function fill(entry: Entry): Record<string, unknown> {
  const par = (Array.isArray(entry.par) ? {} : entry.par) as Parameters;
  const tails = CDF[entry.fn] ?? QUANTILE[entry.fn];
  const at = (entry.x ?? entry.p)!;
  if (tails !== undefined) return { ...inputs(entry), lower: tails(at, par, "lower"), upper: tails(at, par, "upper") };
  const density = DENSITY[entry.fn];
  if (density === undefined) throw new Error(`unsupported function ${entry.fn}`);
  return { ...inputs(entry), density: density(at, par) };
}

function inputs({ fn, par, x, p }: Entry): Record<string, unknown> {
  return { fn, par, ...(x === undefined ? { p } : { x }) };
}

function powerTwoSample(n: number): number {
  const nu = 2 * (n - 1);
  const critical = d.studentTQuantile(0.025, nu, "upper");
  return d.noncentralTCdf(critical, [nu, (Math.sqrt(n / 2) * 0.5) / 1.1], "upper");
}

function groupSize(power: number): number {
  let [low, high] = [2, 1e4];
  for (let k = 0; k < 80; k++) {
    const middle = 0.5 * (low + high);
    if (powerTwoSample(middle) < power) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
