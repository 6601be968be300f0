import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { attGt, type TwoByTwoOptions, twoByTwo } from "../../src/did/index.ts";
import { createStream } from "../../src/random/index.ts";

interface Row {
  readonly id: number;
  readonly t: number;
  readonly d: number;
  readonly x: number;
  readonly y: number;
}

/** Two periods, trend and treatment depend on x; effect 1 + 0.5 x, mean of x among the treated known from the sample. */
function simulate(units: number, seed: number, noise = 0.5): Row[] {
  const random = createStream(seed);
  return Array.from({ length: units }, (_, u) => {
    const x = random.normal();
    const d = random.uniform() < 1 / (1 + Math.exp(0.3 - 0.7 * x)) ? 1 : 0;
    const level = random.normal() + x;
    return [0, 1].map((t) => ({
      id: u,
      t,
      d,
      x,
      y: level + t * (0.4 + 0.6 * x) + t * d * (1 + 0.5 * x) + noise * random.normal(),
    }));
  }).flat();
}

const rows = simulate(200, 4);
const onPanel = (data: readonly Row[], options: Partial<TwoByTwoOptions<Row>> = {}) =>
  twoByTwo(panel(frame.fromRows(data), { unit: "id", time: "t" }), { outcome: "y", treated: "d", ...options });
const METHODS = ["doublyRobust", "improvedDoublyRobust", "regression", "ipw", "horvitzThompson"] as const;

describe("twoByTwo", () => {
  it("is the double difference of means without covariates, by every normalized method", () => {
    const mean = (d: number, t: number): number => {
      const own = rows.filter((row) => row.d === d && row.t === t);
      return own.reduce((sum, row) => sum + row.y, 0) / own.length;
    };
    const expected = mean(1, 1) - mean(1, 0) - mean(0, 1) + mean(0, 0);
    for (const method of [...METHODS, "twoWayRegression"] as const) {
      expect(onPanel(rows, { method }).estimates.att.estimate).toBeCloseTo(expected, 7);
      const frameOfRows = frame.fromRows(rows);
      if (method === "horvitzThompson") continue;
      expect(twoByTwo(frameOfRows, { outcome: "y", treated: "d", time: "t", method }).estimates.att.estimate).toBeCloseTo(expected, 7);
    }
  });

  it("equals the two-period attGt with the same covariates", () => {
    const data = panel(frame.fromRows(rows.map((row) => ({ ...row, g: row.d === 1 ? 1 : 0, t: row.t }))), { unit: "id", time: "t" });
    for (const method of ["doublyRobust", "regression", "ipw"] as const) {
      const cell = attGt(data, { outcome: "y", firstTreated: "g", covariates: ["x"], method }).estimates[0]!;
      const att = onPanel(rows, { method, covariates: ["x"] }).estimates.att;
      expect(cell.estimate).toBeCloseTo(att.estimate, 10);
      expect(cell.standardError).toBeCloseTo(att.standardError, 8);
    }
  });

  it("recovers the effect without noise by regression, whatever the outcome's unit", () => {
    const exact = simulate(150, 9, 0);
    const treated = exact.filter((row) => row.d === 1 && row.t === 0);
    const truth = 1 + 0.5 * (treated.reduce((sum, row) => sum + row.x, 0) / treated.length);
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 5, noNaN: true }), (scale) => {
        const moved = exact.map((row) => ({ ...row, y: scale * row.y + 3 }));
        for (const method of ["regression", "doublyRobust", "improvedDoublyRobust"] as const) {
          expect(onPanel(moved, { method, covariates: ["x"] }).estimates.att.estimate).toBeCloseTo(scale * truth, 6);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("covers the true effect at the stated level", () => {
    let hits = 0;
    for (let seed = 1; seed <= 80; seed++) {
      const data = simulate(150, 500 + seed);
      const treated = data.filter((row) => row.d === 1 && row.t === 0);
      const truth = 1 + 0.5 * (treated.reduce((sum, row) => sum + row.x, 0) / treated.length);
      const { confidenceInterval } = onPanel(data, { covariates: ["x"] }).estimates.att;
      if (confidenceInterval[0] <= truth && truth <= confidenceInterval[1]) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(70);
  });

  it("moves only the standard error with the sign of the base regression's term", () => {
    const data = frame.fromRows(rows);
    const withSign = (baseRegressionSign: "derived" | "DRDID") =>
      twoByTwo(data, { outcome: "y", treated: "d", time: "t", covariates: ["x"], method: "doublyRobust", baseRegressionSign }).estimates
        .att;
    expect(withSign("derived").estimate).toBe(withSign("DRDID").estimate);
    expect(withSign("derived").standardError / withSign("DRDID").standardError).toBeCloseTo(1, 1);
  });

  it.each([
    ["NOT_TWO_PERIODS", rows.filter(({ t }) => t === 0), {}],
    ["TREATED_VARIES", rows.map((row) => ({ ...row, d: row.t })), {}],
    ["NO_TREATED_UNITS", rows.map((row) => ({ ...row, d: 0 })), {}],
    ["NO_CONTROL_UNITS", rows.map((row) => ({ ...row, d: 1 })), {}],
    ["COLLINEAR_COVARIATES", rows.map((row) => ({ ...row, x: 2 })), { covariates: ["x"], method: "doublyRobust" }],
    ["INVALID_OPTION", rows, { method: "magic" as never }],
    ["TIME_OPTION", rows, { time: "t" }],
  ] as const)("%s", (code, data, options) => {
    expect(() => onPanel(data, options as Partial<TwoByTwoOptions<Row>>)).toThrow(expect.objectContaining({ code }));
  });
});
