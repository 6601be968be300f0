import { createRequire } from "node:module";
import { expect, it } from "vitest";
import * as d from "../../src/distributions/index.ts";

interface Library {
  readonly normal: { cdf(x: number, mean: number, sd: number): number };
  readonly studentt: { cdf(x: number, df: number): number };
  readonly centralF: { cdf(x: number, df1: number, df2: number): number };
  readonly chisquare: { cdf(x: number, df: number): number };
  readonly beta: { cdf(x: number, a: number, b: number): number };
  readonly gamma: { cdf(x: number, shape: number, scale: number): number };
}

const library = createRequire(import.meta.url)("jstat") as Library;
/** An independent implementation, itself good to about 1e-9 absolute in the middle of these distributions. */
const DIGITS = 7;

it("distribution functions agree with jStat's over a grid", () => {
  for (const x of [0.05, 0.2, 0.5, 0.9, 1.3, 2, 3.5]) {
    expect(d.normalCdf(x)).toBeCloseTo(library.normal.cdf(x, 0, 1), DIGITS);
    for (const k of [1, 2, 3.5, 8, 21, 60]) {
      expect(d.studentTCdf(x, k)).toBeCloseTo(library.studentt.cdf(x, k), DIGITS);
      expect(d.chiSquaredCdf(x * k, k)).toBeCloseTo(library.chisquare.cdf(x * k, k), DIGITS);
      expect(d.gammaCdf(x * k, k)).toBeCloseTo(library.gamma.cdf(x * k, k, 1), DIGITS);
      for (const m of [1, 4, 13.5, 90]) {
        expect(d.fCdf(x, k, m)).toBeCloseTo(library.centralF.cdf(x, k, m), DIGITS);
        expect(d.betaCdf(x / 4, [k, m])).toBeCloseTo(library.beta.cdf(x / 4, k, m), DIGITS);
      }
    }
  }
});
