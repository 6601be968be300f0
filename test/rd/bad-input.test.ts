import { describe, expect, it } from "vitest";
import { DataError, IdentificationError, OptionError } from "../../src/core/errors.ts";
import type { Frame } from "../../src/data/index.ts";
import * as rd from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const base = simulated({ n: 600, seed: 21 });
const x = base.numbers("x");
const column = (value: (row: number) => number): Float64Array => Float64Array.from(x, (_, i) => value(i));
const data = base.with({
  same: column(() => 3),
  five: column((i) => Math.round(2 * x[i]!)),
  nothing: column(() => Number.NaN),
  boundless: column((i) => (i === 3 ? Number.POSITIVE_INFINITY : x[i]!)),
  zero: column(() => 0),
  negative: column((i) => (i === 4 ? -1 : 1)),
  twiceZ: column((i) => 2 * base.numbers("z")[i]! - 1),
  coin: column((i) => (i * 7919) % 2),
}) as unknown as Frame<Record<string, number>>;

type Call = (options: object) => { readonly warnings: readonly { readonly code: string; readonly message: string }[] };
const call =
  (run: (frame: never, options: never) => unknown, fixed: object): Call =>
  (options) =>
    run(data as never, { outcome: "y", running: "x", ...fixed, ...options } as never) as ReturnType<Call>;
const density: Call = ({ ...options }) => rd.densityTest(data, { running: "x", ...options } as never);

const designs: readonly [string, Call][] = [
  ["estimate", call(rd.estimate as never, {})],
  ["bandwidth", call(rd.bandwidth as never, {})],
  ["honest", call(rd.honest as never, {})],
  ["bins", call(rd.bins as never, {})],
  ["heterogeneity", call(rd.heterogeneity as never, { by: "d" })],
];

describe.each([...designs, ["densityTest", density]] as const)("rd.%s", (name, run) => {
  it.each([
    ["beyond the data", 5],
    ["at the largest value", Math.max(...x)],
    ["at the smallest value", Math.min(...x)],
  ])("refuses a cutoff %s", (_, cutoff) => {
    expect(() => run({ cutoff })).toThrow(IdentificationError);
    expect(() => run({ cutoff })).toThrow("inside the range");
  });

  it("refuses a cutoff that is no number, and a level that is no probability", () => {
    expect(() => run({ cutoff: Number.NaN })).toThrow(OptionError);
    expect(() => run({ level: 95 })).toThrow("level");
  });

  it("refuses a running variable that does not vary, is missing, or infinite", () => {
    expect(() => run({ running: "same" })).toThrow("must vary");
    expect(() => run({ running: "nothing" })).toThrow("missing");
    expect(() => run({ running: "boundless" })).toThrow("finite");
  });

  it("says what to do with five mass points", () => {
    expect(() => run({ running: "five" })).toThrow(IdentificationError);
    expect(() => run({ running: "five" })).toThrow("distinct values");
  });

  if (name !== "bandwidth") {
    it("refuses bandwidths that are not positive, and names one that holds too few values", () => {
      for (const bandwidth of [-1, 0, Number.NaN]) expect(() => run({ bandwidth })).toThrow(OptionError);
      expect(() => run({ bandwidth: 1e-5 })).toThrow(IdentificationError);
    });
  }
});

describe.each(designs)("rd.%s", (name, run) => {
  it("refuses an outcome that does not vary, is missing, or infinite", () => {
    expect(() => run({ outcome: "same" })).toThrow("must vary");
    expect(() => run({ outcome: "nothing" })).toThrow("missing");
    expect(() => run({ outcome: "boundless" })).toThrow(DataError);
  });

  it("refuses weights that are all zero or negative", () => {
    expect(() => run({ weights: "zero" })).toThrow("above zero somewhere");
    expect(() => run({ weights: "negative" })).toThrow("zero or above");
  });

  if (name === "estimate" || name === "honest") {
    it("refuses a treatment that does not move at the cutoff, and warns with F when it hardly does", () => {
      expect(() => run({ treatment: "same" })).toThrow("must change at the cutoff");
      expect(() => run({ treatment: "x" })).toThrow("its jump is");
      const weak = run({ treatment: "coin" }).warnings.find(({ code }) => code === "WEAK_FIRST_STAGE");
      expect(weak?.message).toMatch(/F = \d/);
    });

    it("leaves collinear covariates out, with a warning", () => {
      expect(run({ covariates: ["z", "twiceZ", "z"] }).warnings.map(({ code }) => code)).toContain("COLLINEAR_COVARIATES");
    });
  }
});

it("rd.estimate names estimators for few values, and rd.honestDiscrete takes them", () => {
  expect(() => rd.estimate(data, { outcome: "y", running: "five" })).toThrow("rd.honestDiscrete");
  const discrete = rd.honestDiscrete(data, { outcome: "y", running: "five", order: 0, bandwidth: 2 });
  expect(discrete.estimates.honest.standardError).toBeGreaterThan(0);
});

it("rd.estimate says how many values lie within a bandwidth that is too narrow", () => {
  expect(() => rd.estimate(data, { outcome: "y", running: "x", bandwidth: 1e-5 })).toThrow(
    /left has \d and the right \d within the bandwidths/,
  );
});

it("rd.localRandomization refuses windows without rows and warns when the outcome does not vary", () => {
  const run = call(rd.localRandomization as never, { window: [-0.2, 0.2], repetitions: 20 });
  expect(() => run({ running: "five" })).toThrow('widen "window"');
  expect(() => run({ cutoff: 5 })).toThrow(OptionError);
  expect(run({ outcome: "same" }).warnings.map(({ code }) => code)).toEqual(["NO_VARIANCE"]);
});

it("rd.localRandomization refuses a treatment that does not move, and warns with F when it hardly does", () => {
  const run = call(rd.localRandomization as never, { window: [-0.3, 0.3], repetitions: 20 });
  for (const statistic of ["twoStageLeastSquares", "differenceInMeans"]) {
    expect(() => run({ treatment: "same", statistic })).toThrow("must change at the cutoff");
    expect(run({ treatment: "coin", statistic }).warnings.find(({ code }) => code === "WEAK_FIRST_STAGE")?.message).toMatch(/F = \d/);
  }
});

it("covariates that follow from the running variable change nothing, bandwidths included, and are named", () => {
  const plain = rd.estimate(data, { outcome: "y", running: "x" });
  const x = data.numbers("x");
  const more = data.with({ line: x.map((value) => 3 * value - 1), side: x.map((value) => (value >= 0 ? 1 : 0)) });
  const fit = rd.estimate(more, { outcome: "y", running: "x", covariates: ["line", "side"] });
  expect(fit.bandwidths.h[0]).toBeCloseTo(plain.bandwidths.h[0], 12);
  expect(fit.estimates.robust.estimate).toBeCloseTo(plain.estimates.robust.estimate, 12);
  expect(fit.warnings.find(({ code }) => code === "COLLINEAR_COVARIATES")?.details).toEqual({ columns: ["line", "side"] });
  expect(() => rd.honest(more, { outcome: "y", running: "x", covariates: ["line"] })).toThrow('follow from "x"');
  expect(() => rd.heterogeneity(more, { outcome: "y", running: "x", along: ["z"], covariates: ["line"] })).toThrow('follow from "x"');
});

it("constant covariates change nothing and are named", () => {
  const plain = rd.estimate(data, { outcome: "y", running: "x", covariates: ["z"] });
  const fit = rd.estimate(data, { outcome: "y", running: "x", covariates: ["z", "same"] });
  expect(fit.estimates.robust.estimate).toBeCloseTo(plain.estimates.robust.estimate, 12);
  expect(fit.warnings.map(({ code }) => code)).toEqual(["CONSTANT_COVARIATES"]);
});

it("rd.balance takes a design spread into its options without its outcome, covariates and treatment", () => {
  const design = { outcome: "y", running: "x", covariates: ["z"], treatment: "d", kernel: "uniform" } as const;
  const spread = rd.balance(data, { ...design, columns: ["z"] });
  expect(spread.rows).toEqual(rd.balance(data, { running: "x", kernel: "uniform", columns: ["z"] }).rows);
  expect(spread.estimates[0]!.standardError).toBeGreaterThan(0);
});

it("a cutoff is none of several, and a placebo needs rows on both sides of the true one", () => {
  const cutoffs = { type: "cumulative", values: [0] };
  expect(() => call(rd.multiCutoff as never, { cutoffs, cutoff: 1 })({})).toThrow('did you mean "cutoffs"');
  expect(() => call(rd.multiCutoffBins as never, { cutoffs: "zero", cutoff: 1 })({})).toThrow('did you mean "cutoffs"');
  expect(() => call(rd.placebo as never, { cutoff: 5 })({})).toThrow("5 is not strictly between");
});
