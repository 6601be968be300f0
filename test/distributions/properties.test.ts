import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as d from "../../src/distributions/index.ts";

interface Family {
  readonly name: string;
  readonly parameters: fc.Arbitrary<readonly number[]>;
  readonly cdf: (x: number, p: readonly number[], tail: d.Tail) => number;
  readonly quantile: (p: number, parameters: readonly number[], tail: d.Tail) => number;
  readonly density?: (x: number, p: readonly number[]) => number;
}

/** Positive numbers spread evenly over their magnitude. */
const size = (low: number, high: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);

const FAMILIES: readonly Family[] = [
  {
    name: "normal",
    parameters: fc.constant([]),
    cdf: (x, _, tail) => d.normalCdf(x, tail),
    quantile: (p, _, tail) => d.normalQuantile(p, tail),
    density: (x) => d.normalDensity(x),
  },
  {
    name: "Student's t",
    parameters: fc.tuple(size(0.2, 1e12)),
    cdf: (x, [nu], tail) => d.studentTCdf(x, nu!, tail),
    quantile: (p, [nu], tail) => d.studentTQuantile(p, nu!, tail),
    density: (x, [nu]) => d.studentTDensity(x, nu!),
  },
  {
    name: "F",
    parameters: fc.tuple(size(0.2, 1e5), size(0.2, 1e5)),
    cdf: (x, [df1, df2], tail) => d.fCdf(x, df1!, df2!, tail),
    quantile: (p, [df1, df2], tail) => d.fQuantile(p, df1!, df2!, tail),
    density: (x, [df1, df2]) => d.fDensity(x, df1!, df2!),
  },
  {
    name: "chi-squared",
    parameters: fc.tuple(size(0.1, 1e5)),
    cdf: (x, [df], tail) => d.chiSquaredCdf(x, df!, tail),
    quantile: (p, [df], tail) => d.chiSquaredQuantile(p, df!, tail),
    density: (x, [df]) => d.chiSquaredDensity(x, df!),
  },
  {
    name: "gamma",
    parameters: fc.tuple(size(0.05, 1e5)),
    cdf: (x, [shape], tail) => d.gammaCdf(x, shape!, tail),
    quantile: (p, [shape], tail) => d.gammaQuantile(p, shape!, tail),
    density: (x, [shape]) => d.gammaDensity(x, shape!),
  },
  {
    name: "beta",
    parameters: fc.tuple(size(0.2, 1e4), size(0.2, 1e4)),
    cdf: (x, [a, b], tail) => d.betaCdf(x, [a!, b!], tail),
    quantile: (p, [a, b], tail) => d.betaQuantile(p, [a!, b!], tail),
    density: (x, [a, b]) => d.betaDensity(x, a!, b!),
  },
  {
    name: "non-central t",
    parameters: fc.tuple(size(1, 1e4), fc.double({ min: -6, max: 6, noNaN: true })),
    cdf: (x, [nu, delta], tail) => d.noncentralTCdf(x, [nu!, delta!], tail),
    quantile: (p, [nu, delta], tail) => d.noncentralTQuantile(p, [nu!, delta!], tail),
  },
  {
    name: "non-central chi-squared",
    parameters: fc.tuple(fc.oneof(fc.constant(1), size(0.3, 50)), size(0.01, 60)),
    cdf: (x, [k, lambda], tail) => d.noncentralChiSquaredCdf(x, [k!, lambda!], tail),
    quantile: (p, [k, lambda], tail) => d.noncentralChiSquaredQuantile(p, [k!, lambda!], tail),
  },
];

const probability = fc.oneof(size(1e-30, 0.5), fc.double({ min: 0.001, max: 0.999, noNaN: true }));
const tailOf = fc.constantFrom<d.Tail>("lower", "upper");
const runs = (family: Family): { numRuns: number; seed: number } => ({
  numRuns: family.name.startsWith("non-central") ? 60 : 300,
  seed: 20240607,
});

describe.each(FAMILIES)("$name", (family) => {
  const { cdf, quantile, parameters, density } = family;

  it("the distribution function inverts the quantile", () => {
    fc.assert(
      fc.property(parameters, probability, tailOf, (par, p, tail) => {
        const x = quantile(p, par, tail);
        // One unit in the last place of x moves the probability by density · |x| · ε.
        const conditioning = density === undefined ? 0 : (density(x, par) * Math.abs(x) * 4e-16) / p;
        // A beta quantile that rounds to 1 has lost its complement.
        if (family.name === "beta" && x > 1 - 1e-3) return;
        if (x < 1e-300 && x >= 0 && family.name !== "normal" && p !== 0.5) return;
        expect(Math.abs(cdf(x, par, tail) / p - 1)).toBeLessThan(2e-12 + conditioning);
      }),
      runs(family),
    );
  });

  it("the tails add to one and move with x", () => {
    fc.assert(
      fc.property(parameters, probability, fc.double({ min: 1e-6, max: 0.5, noNaN: true }), (par, p, gap) => {
        const x = quantile(p, par, "lower");
        const further = x + gap * Math.max(Math.abs(x), 1e-3);
        expect(cdf(x, par, "lower") + cdf(x, par, "upper")).toBeCloseTo(1, 12);
        expect(cdf(further, par, "lower")).toBeGreaterThanOrEqual(cdf(x, par, "lower") * (1 - 1e-13));
        expect(cdf(further, par, "upper")).toBeLessThanOrEqual(cdf(x, par, "upper") * (1 + 1e-13));
      }),
      runs(family),
    );
  });

  it("the ends of the scale are exact and nonsense is NaN", () => {
    const par = family.name === "normal" ? [] : [3, 2];
    const top = family.name === "beta" ? 1 : Number.POSITIVE_INFINITY;
    const bottom = ["normal", "Student's t", "non-central t"].includes(family.name) ? Number.NEGATIVE_INFINITY : 0;
    expect([cdf(bottom, par, "lower"), cdf(bottom, par, "upper")]).toEqual([0, 1]);
    expect([cdf(top, par, "lower"), cdf(top, par, "upper")]).toEqual([1, 0]);
    expect([quantile(0, par, "lower"), quantile(1, par, "lower")]).toEqual([bottom, top]);
    expect([quantile(0, par, "upper"), quantile(1, par, "upper")]).toEqual([top, bottom]);
    expect(quantile(1.1, par, "lower")).toBeNaN();
    expect(quantile(-0.1, par, "lower")).toBeNaN();
    expect(cdf(Number.NaN, par, "lower")).toBeNaN();
    if (density !== undefined) expect(density(Number.NaN, par)).toBeNaN();
    if (par.length > 0) {
      expect(cdf(0.5, [-1, 2], "lower")).toBeNaN();
      expect(quantile(0.5, [-1, 2], "upper")).toBeNaN();
    }
  });

  it.runIf(density !== undefined)("the density is the slope of the distribution function", () => {
    fc.assert(
      fc.property(parameters, fc.double({ min: 0.02, max: 0.98, noNaN: true }), (par, p) => {
        const [left, x, right] = [p - 0.0005, p, p + 0.0005].map((at) => quantile(at, par, "lower"));
        // Simpson's rule in the quantiles' own spacing: ∫ f dx over [left, right].
        const unit = (right! - left!) / 2;
        fc.pre(left! > 1e-8 || family.name === "normal" || family.name === "Student's t");
        fc.pre(unit > 1e-9 * Math.abs(x!) && right! < 1 + (family.name === "beta" ? -1e-6 : Number.MAX_VALUE));
        const middle = left! + unit;
        const area = (unit / 3) * (density!(left!, par) + 4 * density!(middle, par) + density!(right!, par));
        expect(area / (cdf(right!, par, "lower") - cdf(left!, par, "lower"))).toBeCloseTo(1, 2);
      }),
      runs(family),
    );
  });
});

describe("limits and symmetries", () => {
  const t = fc.double({ min: -30, max: 30, noNaN: true });
  const near = (value: number, exact: number, relative = 1e-12): void =>
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(relative * Math.abs(exact));

  it("t is symmetric to the bit and its square is F", () => {
    fc.assert(
      fc.property(t, size(0.3, 1e8), (x, nu) => {
        expect(d.studentTCdf(x, nu)).toBe(d.studentTCdf(-x, nu, "upper"));
        expect(d.studentTTwoSided(x, nu)).toBe(d.studentTTwoSided(-x, nu));
        near(d.fCdf(x * x, 1, nu, "upper"), d.studentTTwoSided(x, nu));
      }),
    );
  });

  it("infinite and huge degrees of freedom are the limits", () => {
    fc.assert(
      fc.property(t, size(0.5, 50), (x, df) => {
        fc.pre(Math.abs(x) > 1e-3);
        expect(d.studentTCdf(x, Number.POSITIVE_INFINITY, "upper")).toBe(d.normalCdf(x, "upper"));
        expect(d.studentTTwoSided(x, Number.POSITIVE_INFINITY)).toBe(d.normalTwoSided(x));
        expect(d.studentTDensity(x, Number.POSITIVE_INFINITY)).toBe(d.normalDensity(x));
        near(d.studentTCdf(x, 1e20, "upper"), d.normalCdf(x, "upper"));
        const [chi, ratio] = [d.chiSquaredCdf(df * Math.abs(x), df, "upper"), Math.abs(x)];
        near(d.fCdf(ratio, df, Number.POSITIVE_INFINITY, "upper"), chi);
        near(d.fCdf(ratio, df, 1e18, "upper"), chi, 1e-11);
        near(d.fCdf(ratio, Number.POSITIVE_INFINITY, df), d.chiSquaredCdf(df / ratio, df, "upper"));
        near(d.fDensity(ratio, df, Number.POSITIVE_INFINITY), df * d.chiSquaredDensity(df * ratio, df));
      }),
    );
    const infinite = Number.POSITIVE_INFINITY;
    expect(d.studentTQuantile(0.975, infinite)).toBe(d.normalQuantile(0.975));
    near(d.fQuantile(0.95, 3, infinite), d.chiSquaredQuantile(0.95, 3) / 3);
    near(d.fQuantile(0.95, infinite, 3), 3 / d.chiSquaredQuantile(0.05, 3));
    expect([d.fQuantile(0.3, infinite, infinite), d.fCdf(0.9, infinite, infinite), d.fCdf(1.1, infinite, infinite)]).toEqual([1, 0, 1]);
    expect(d.noncentralTCdf(2, [infinite, 1])).toBe(d.normalCdf(1));
  });

  it("t near zero and far out keeps its digits", () => {
    for (const nu of [0.7, 1, 5, 1e6, 1e12]) {
      const slope = d.studentTDensity(0, nu);
      near(d.studentTQuantile(0.5 + 1e-9, nu), (0.5 + 1e-9 - 0.5) / slope, 1e-12);
      near(0.5 - d.studentTCdf(-1e-3, nu), 1e-3 * slope, 1e-5);
    }
    near(d.studentTCdf(1e200, 1, "upper"), 1 / (Math.PI * 1e200));
    near(d.studentTTwoSided(1e120, 2), 1e-240);
    expect(d.studentTCdf(Number.POSITIVE_INFINITY, 5)).toBe(1);
    expect(d.studentTQuantile(0.5, 4)).toBe(0);
  });

  it("zero noncentrality is the central distribution; one degree of freedom is a shifted normal squared", () => {
    near(d.noncentralTCdf(1.3, [7, 0]), d.studentTCdf(1.3, 7));
    near(d.noncentralTCdf(1.3, [7, 1e-13]), d.studentTCdf(1.3, 7));
    near(d.noncentralChiSquaredCdf(3, [4.5, 0]), d.chiSquaredCdf(3, 4.5));
    near(d.noncentralChiSquaredQuantile(0.9, [4.5, 0]), d.chiSquaredQuantile(0.9, 4.5));
    near(d.noncentralTCdf(0, [7, 1.5]), d.normalCdf(-1.5));
    fc.assert(
      fc.property(size(0.3, 200), size(0.01, 100), (x, lambda) => {
        // Both algorithms of one degree of freedom: the closed form, and the mixture just beside it.
        near(d.noncentralChiSquaredCdf(x, [1, lambda]), d.noncentralChiSquaredCdf(x, [1 + 1e-14, lambda]), 1e-11);
      }),
      { numRuns: 50 },
    );
    const critical = Math.sqrt(d.noncentralChiSquaredQuantile(0.95, [1, 0.5 ** 2]));
    near(d.normalCdf(critical - 0.5, "upper") + d.normalCdf(critical + 0.5, "upper"), 0.05);
  });

  it("binomial tails are sums of its density, and the quantile is the first k that reaches p", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, pi) => {
        let below = 0;
        for (let k = 0; k <= n; k++) {
          below += d.binomialDensity(k, n, pi);
          expect(d.binomialCdf(k, [n, pi])).toBeCloseTo(below, 12);
          expect(d.binomialCdf(k + 0.5, [n, pi], "upper")).toBeCloseTo(1 - below, 12);
          const p = d.binomialCdf(k, [n, pi]);
          if (d.binomialDensity(k, n, pi) > 1e-9) expect(d.binomialQuantile(p, [n, pi])).toBe(k);
        }
        expect(below).toBeCloseTo(1, 12);
      }),
      { numRuns: 60 },
    );
    expect(d.binomialQuantile(0.5, [10, 0.5], "upper")).toBe(5);
    expect([d.binomialCdf(-1, [3, 0.2]), d.binomialCdf(-1, [3, 0.2], "upper"), d.binomialDensity(1.5, 3, 0.2)]).toEqual([0, 1, 0]);
    expect(d.binomialCdf(1, [2.5, 0.2])).toBeNaN();
    expect(d.binomialDensity(1, 2, 1.2)).toBeNaN();
    expect(d.binomialQuantile(2, [4, 0.2])).toBeNaN();
  });

  it("densities at the ends of their support", () => {
    expect([d.gammaDensity(0, 0.5), d.gammaDensity(0, 1), d.gammaDensity(0, 2), d.gammaDensity(-1, 2)]).toEqual([Infinity, 1, 0, 0]);
    expect([d.betaDensity(0, 0.5, 2), d.betaDensity(0, 1, 3), d.betaDensity(0, 2, 3), d.betaDensity(2, 2, 3)]).toEqual([Infinity, 3, 0, 0]);
    expect([d.betaDensity(1, 2, 0.5), d.betaDensity(1, 3, 1), d.betaDensity(1, 3, 2)]).toEqual([Infinity, 3, 0]);
    expect([d.fDensity(0, 1, 3), d.fDensity(0, 2, 3), d.fDensity(0, 3, 3), d.fDensity(-1, 3, 3)]).toEqual([Infinity, 1, 0, 0]);
    expect([d.logGamma(0), d.logGamma(Infinity), d.logGamma(-1), d.logBeta(0, 2), d.logBeta(-1, 2)]).toEqual([
      Infinity,
      Infinity,
      NaN,
      Infinity,
      NaN,
    ]);
  });
});
