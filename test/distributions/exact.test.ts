import { expect, it } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { EXACT } from "./exact-values.ts";

type Cdf = (x: number, p: readonly number[], tail: d.Tail) => number;
const CDF: Record<(typeof EXACT)[number][0], Cdf> = {
  beta: (x, [a, b], tail) => d.betaCdf(x, [a!, b!], tail),
  gamma: (x, [shape], tail) => d.gammaCdf(x, shape!, tail),
  t: (x, [nu], tail) => d.studentTCdf(x, nu!, tail),
  "noncentral t": (x, [nu, delta], tail) => d.noncentralTCdf(x, [nu!, delta!], tail),
  "noncentral chi-squared": (x, [k, lambda], tail) => d.noncentralChiSquaredCdf(x, [k!, lambda!], tail),
};

it.each(["beta", "gamma", "t", "noncentral t", "noncentral chi-squared"] as const)(
  "%s tails equal 60-digit values to 1e-13, however small",
  (family) => {
    const rows = EXACT.filter(([name]) => name === family);
    expect(rows.length).toBeGreaterThan(9);
    for (const [, parameters, x, first, second] of rows) {
      const pairs = second === undefined ? [["upper", first] as const] : [["lower", first] as const, ["upper", second] as const];
      for (const [tail, exact] of pairs) {
        const error = Math.abs(CDF[family](x, parameters, tail) / exact - 1);
        expect(error, `${family}(${parameters}) at ${x}, ${tail}`).toBeLessThan(1e-13);
      }
    }
  },
);

it("normal tails equal 40-digit values to the last digit or two", () => {
  const upper: [number, number][] = [
    [1e-8, 0.4999999960105772],
    [0.1, 0.460172162722971],
    [0.7, 0.24196365222307303],
    [1.5, 0.06680720126885807],
    [3, 0.0013498980316300946],
    [8, 6.220960574271784e-16],
    [20, 2.7536241186062337e-89],
    [37, 5.725571222524577e-300],
  ];
  for (const [z, exact] of upper) {
    expect(Math.abs(d.normalCdf(z, "upper") / exact - 1)).toBeLessThan(4e-16);
    expect(d.normalCdf(-z)).toBe(d.normalCdf(z, "upper"));
    expect(d.normalTwoSided(-z)).toBe(2 * d.normalCdf(z, "upper"));
    expect(Math.abs(Math.exp(d.normalLogCdf(-z)) / exact - 1)).toBeLessThan(2e-13);
  }
  expect(d.normalLogCdf(-1e5)).toBeCloseTo(-5e9 - Math.log(1e5 * Math.sqrt(2 * Math.PI)), 5);
});

it("log gamma and log beta keep relative accuracy next to their zeros", () => {
  const gamma: [number, number][] = [
    [1e-20, 46.051701859880914],
    [0.3, 1.0957979948180756],
    [0.999999, 5.772164873855652e-7],
    [1.0000001, -5.772155829918507e-8],
    [1.7, -0.09580769740706588],
    [2.000001, 4.2278465762452923e-7],
    [2.4, 0.21685932244884157],
    [9.9, 12.57717990421988],
    [50.5, 146.51925549072064],
    [1e10, 220258509288.81058],
  ];
  for (const [x, exact] of gamma) expect(Math.abs(d.logGamma(x) / exact - 1), `${x}`).toBeLessThan(1e-14);
  const beta: [[number, number], number][] = [
    [[0.5, 0.5], 1.1447298858494002],
    [[1e-5, 3], 11.512910465032729],
    [[3, 1e10], -68.38440560956143],
    [[2000, 3000], -3367.6843821531884],
    [[5, 12], -9.991498429858842],
  ];
  for (const [[a, b], exact] of beta) expect(Math.abs(d.logBeta(a, b) / exact - 1), `${a},${b}`).toBeLessThan(1e-13);
});
