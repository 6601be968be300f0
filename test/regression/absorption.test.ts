import { beforeAll, expect, it } from "vitest";
import { ConvergenceError, OptionError } from "../../src/core/index.ts";
import { type Frame, frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { demean, iv, ols } from "../../src/regression/index.ts";

interface Row {
  readonly y: number;
  readonly x: number;
  readonly z: number;
  readonly worker: number;
  readonly firm: number;
  readonly town: number;
}

let data: Frame<Row>;
/** Three effects with so many links that no exact solver takes them. */
const fixedEffects = ["worker", "firm", "town"] as const;

beforeAll(() => {
  const stream = createStream(11);
  data = frame.fromRows(
    Array.from({ length: 14_000 }, (): Row => {
      const [worker, firm, town] = [stream.integer(2500), stream.integer(2000), stream.integer(2000)];
      const [z, own] = [stream.normal(), stream.normal()];
      const x = z + own + 0.01 * (firm % 7);
      return { worker, firm, town, x, z, y: x + own + 0.1 * (worker % 5) + stream.normal() };
    }),
  );
});

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

it("an iteration cut short is an error that holds iterations and the last residual", () => {
  const absorption = { maxIterations: 1 };
  for (const run of [
    () => ols(data, { outcome: "y", regressors: ["x"], fixedEffects, absorption }),
    () => iv(data, { outcome: "y", endogenous: "x", instruments: "z", fixedEffects, absorption }),
    () => demean(data, { columns: ["y", "x"], fixedEffects, absorption }),
  ]) {
    const error = failure(run);
    expect(error).toBeInstanceOf(ConvergenceError);
    const { code, details, message } = error as ConvergenceError;
    expect(code).toBe("NOT_CONVERGED");
    expect(details["iterations"]).toBeGreaterThan(0);
    expect(details["iterations"]).toBeLessThan(10);
    expect(details["residual"]).toBeGreaterThan(1e-8);
    expect(message).toContain("option absorption");
  }
});

it("enough iterations come to the end, and few give what a larger tolerance accepts, with a warning", () => {
  const exact = ols(data, { outcome: "y", regressors: ["x"], fixedEffects });
  expect(exact.warnings.map(({ code }) => code)).not.toContain("NOT_CONVERGED");
  const rough = ols(data, { outcome: "y", regressors: ["x"], fixedEffects, absorption: { maxIterations: 3, tolerance: 0.01 } });
  expect(rough.warnings.map(({ code }) => code)).toContain("NOT_CONVERGED");
  expect(rough.estimates["x"]!.estimate / exact.estimates["x"]!.estimate).toBeCloseTo(1, 2);
  expect(rough.estimates["x"]!.estimate).not.toBe(exact.estimates["x"]!.estimate);
});

it("a tolerance below rounding cannot be reached", () => {
  const run = (): unknown => ols(data, { outcome: "y", regressors: ["x"], fixedEffects, absorption: { tolerance: 1e-25 } });
  expect(failure(run)).toBeInstanceOf(ConvergenceError);
});

it("a graph without structure is left to the iteration, before elimination fills up", () => {
  const stream = createStream(3);
  const levels = 4000;
  const rows = Array.from({ length: 3 * levels }, (_, i) => ({ a: i % levels, b: stream.integer(levels), y: stream.normal() }));
  const { iterations, residual } = demean(frame.fromRows(rows), { columns: ["y"], fixedEffects: ["a", "b"] });
  expect(iterations).toBeGreaterThan(0);
  expect(residual).toBeLessThan(1e-11);
});

it("limits are checked", () => {
  const run = (absorption: object) => () => ols(data, { outcome: "y", regressors: ["x"], fixedEffects, absorption: absorption as never });
  expect(failure(run({ maxIterations: 0 }))).toBeInstanceOf(OptionError);
  expect(failure(run({ tolerance: 0 }))).toBeInstanceOf(OptionError);
  expect(failure(run({ tolerence: 1e-3 }))).toMatchObject({ code: "UNKNOWN_OPTION" });
});
