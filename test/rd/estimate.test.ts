import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { estimate, type RdEstimateOptions, type RdEstimateResult } from "../../src/rd/index.ts";
import { replaced, type SimulatedRow, simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const DESIGNS: readonly (readonly [string, RdEstimateOptions<SimulatedRow>])[] = [
  ["sharp", BASE],
  ["fuzzy with covariates", { ...BASE, treatment: "d", covariates: ["z"] }],
  ["weighted, HC2", { ...BASE, weights: "w", vcov: { type: "hetero", variant: "HC2" } }],
  ["clustered CR2, epanechnikov", { ...BASE, vcov: { type: "cluster", by: "g", variant: "CR2" }, kernel: "epanechnikov" }],
  ["uniform, two bandwidths", { ...BASE, kernel: "uniform", bandwidthSelector: "msetwo" }],
];

function expectClose(ours: number, theirs: number, digits = 8): void {
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(10 ** -digits * Math.max(1e-3, Math.abs(theirs)));
}

const robust = (result: RdEstimateResult): readonly [number, number] => [
  result.estimates.robust.estimate,
  result.estimates.robust.standardError,
];

describe("rd.estimate properties", () => {
  const data = simulated({ n: 600, seed: 11 });

  it.each(DESIGNS)("%s: mirroring the running variable flips the sign", (_, options) => {
    const mirrored = estimate(
      replaced(data, "x", (x) => -x),
      options,
    );
    const straight = estimate(data, options);
    const sign = options.treatment === undefined ? -1 : 1; // both jumps flip in a ratio
    expectClose(robust(mirrored)[0], sign * robust(straight)[0]);
    expectClose(robust(mirrored)[1], robust(straight)[1]);
    expectClose(mirrored.bandwidths.h[0], straight.bandwidths.h[1]);
  });

  it.each(DESIGNS)("%s: follows units of outcome and running variable", (_, options) => {
    const straight = estimate(data, options);
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true }), (scale, shift) => {
        const y = estimate(
          replaced(data, "y", (value) => shift + scale * value),
          options,
        );
        // the pilot steps of a fuzzy design are levels, not jumps: its bandwidths change with a shift of the outcome, as in the reference
        if (options.treatment === undefined || shift === 0) {
          expectClose(robust(y)[0], scale * robust(straight)[0], 6);
          expectClose(robust(y)[1], scale * robust(straight)[1], 6);
        }
        const x = estimate(
          replaced(data, "x", (value) => scale * value),
          options,
        );
        expectClose(robust(x)[0], robust(straight)[0], 6);
        expectClose(x.bandwidths.h[0], scale * straight.bandwidths.h[0], 6);
      }),
      { numRuns: 8, seed: 5 },
    );
  });

  it("moves with the cutoff", () => {
    const moved = estimate(
      replaced(data, "x", (x) => x + 4),
      { ...BASE, cutoff: 4 },
    );
    expectClose(robust(moved)[0], robust(estimate(data, BASE))[0], 7);
  });

  it.each(DESIGNS)("%s: the order of rows does not matter", (_, options) => {
    const order = createStream(3).shuffle(Int32Array.from({ length: data.rowCount }, (_v, i) => i));
    const shuffled = estimate(data.take(order), options);
    expectClose(robust(shuffled)[0], robust(estimate(data, options))[0]);
    expectClose(robust(shuffled)[1], robust(estimate(data, options))[1]);
  });

  it("equal weights change nothing, and a weight of zero is a row left out", () => {
    const straight = estimate(data, BASE);
    const equal = estimate(
      replaced(data, "w", () => 2.5),
      { ...BASE, weights: "w" },
    );
    expectClose(robust(equal)[0], robust(straight)[0]);
    expectClose(robust(equal)[1], robust(straight)[1]);
    const half = replaced(data, "w", (w, i) => (i % 3 === 0 ? 0 : w));
    const without = data.filter((_row, i) => i % 3 !== 0);
    const zero = estimate(half, { ...BASE, weights: "w" });
    expectClose(robust(zero)[0], robust(estimate(without, { ...BASE, weights: "w" }))[0]);
    expect(zero.sample.dropped).toEqual([{ reason: 'weight "w" is zero', rows: 200 }]);
  });

  it("a collinear covariate changes nothing", () => {
    const one = estimate(data, { ...BASE, covariates: ["z"] });
    const double = data.with({ z2: data.numbers("z").map((z) => 2 * z) });
    const two = estimate(double, { ...BASE, covariates: ["z", "z2"] });
    expect(robust(two)[0]).toBeCloseTo(robust(one)[0], 10);
    expect(two.warnings.map(({ code }) => code)).toContain("COLLINEAR_COVARIATES");
    expect(two.covariates?.map(({ column }) => column)).toEqual(["z"]);
  });

  it("a covariate unrelated to anything hardly moves the estimate", () => {
    const noise = data.with({ noise: data.numbers("w").map((w) => w) });
    const adjusted = estimate(noise, { ...BASE, covariates: ["noise"], bandwidth: 0.5 });
    expect(Math.abs(robust(adjusted)[0] - robust(estimate(data, { ...BASE, bandwidth: 0.5 }))[0])).toBeLessThan(0.05);
  });

  it("clusters of one row and CR3 equal HC3", () => {
    const own = replaced(data, "g", (_g, i) => i);
    const options = { ...BASE, bandwidth: 0.4, biasBandwidth: 0.6 } as const;
    const clustered = estimate(own, { ...options, vcov: { type: "cluster", by: "g", variant: "CR3" } });
    const plain = estimate(data, { ...options, vcov: { type: "hetero", variant: "HC3" } });
    expectClose(robust(clustered)[1], robust(plain)[1]);
    expectClose(clustered.estimates.conventional.standardError, plain.estimates.conventional.standardError);
  });

  it("with one bandwidth for both, the corrected estimate is the fit of the higher order", () => {
    const low = estimate(data, { ...BASE, bandwidth: 0.5 });
    const high = estimate(data, { ...BASE, bandwidth: 0.5, order: 2 });
    expectClose(low.estimates.robust.estimate, high.estimates.conventional.estimate);
    expectClose(low.estimates.robust.standardError, high.estimates.conventional.standardError);
  });

  it("fits a polynomial of the bias order exactly", () => {
    const exact = replaced(data, "y", (_y, i) => {
      const x = data.numbers("x")[i]!;
      return 2 - x + 3 * x * x + (x >= 0 ? 0.75 + 0.5 * x : 0);
    });
    const jump = estimate(exact, { ...BASE, bandwidth: 0.6 });
    expect(jump.estimates.robust.estimate).toBeCloseTo(0.75, 10);
    const kink = estimate(exact, { ...BASE, derivative: 1, bandwidth: 0.6 });
    expect(kink.estimates.robust.estimate).toBeCloseTo(0.5, 8);
  });

  it("keeps its digits when the outcome is far from zero", () => {
    const far = estimate(
      replaced(data, "y", (y) => y + 1e6),
      BASE,
    );
    expect(far.estimates.robust.estimate).toBeCloseTo(robust(estimate(data, BASE))[0], 6);
  });

  it("doubles with scale and returns frozen plain data", () => {
    const straight = estimate(data, BASE);
    const doubled = estimate(data, { ...BASE, scale: 2 });
    expectClose(robust(doubled)[0], 2 * robust(straight)[0]);
    expectClose(doubled.left.coefficients[1]!, 2 * straight.left.coefficients[1]!);
    expect(Object.isFrozen(straight.estimates.robust)).toBe(true);
    expect(structuredClone(straight).estimates.robust.estimate).toBe(straight.estimates.robust.estimate);
    expect(JSON.parse(JSON.stringify(straight)).bandwidths.h).toEqual([...straight.bandwidths.h]);
  });
});

describe("rd.estimate on mass points", () => {
  const months = simulated({ n: 3000, seed: 12, grid: 1 / 40 });

  it("warns and keeps ten values in the pilot", () => {
    const result = estimate(months, BASE);
    expect(result.warnings.map(({ code }) => code)).toContain("MASS_POINTS");
    expect(result.left.unique).toBeLessThanOrEqual(41);
    expect(estimate(months, { ...BASE, massPoints: "off" }).warnings.map(({ code }) => code)).not.toContain("MASS_POINTS");
  });

  it("is close to the truth with person clusters", () => {
    const { robust: row } = estimate(months, { ...BASE, cluster: "g" }).estimates;
    expect(Math.abs(row.estimate - 0.5 - 0.6 * 0.4)).toBeLessThan(4 * row.standardError);
  });
});

it("rd.estimate covers the truth about as often as it says (seeded)", () => {
  let [covered, kept] = [0, 0];
  for (let seed = 1; seed <= 150; seed++) {
    const [low, high] = estimate(simulated({ n: 500, seed: 1000 + seed, jump: 0.26 }), BASE).estimates.robust.confidenceInterval;
    kept++;
    if (low <= 0.5 && 0.5 <= high) covered++; // 0.26 and 0.4 times the jump of 0.6 in treatment
  }
  expect(covered / kept).toBeGreaterThan(0.88);
  expect(covered / kept).toBeLessThan(0.99);
});

describe("rd.estimate errors and doubts", () => {
  const data = simulated({ n: 200, seed: 13 });
  const fails = (frame: Frame<SimulatedRow>, options: object, code: string): void => {
    expect(() => estimate(frame, options as RdEstimateOptions<SimulatedRow>)).toThrow(expect.objectContaining({ code }));
  };

  it.each([
    ["a cutoff beyond the data", { ...BASE, cutoff: 3 }, "CUTOFF_OUTSIDE"],
    ["a negative bandwidth", { ...BASE, bandwidth: -1 }, "INVALID_OPTION"],
    ["a bandwidth of zero on one side", { ...BASE, bandwidth: [0.3, 0] }, "INVALID_OPTION"],
    ["an order below the derivative", { ...BASE, derivative: 2, order: 1 }, "INVALID_OPTION"],
    ["a bias order not above the order", { ...BASE, order: 2, biasOrder: 2 }, "INVALID_OPTION"],
    ["an unknown option", { ...BASE, bandwith: 1 }, "UNKNOWN_OPTION"],
    ["an unknown column", { ...BASE, outcome: "why" }, "UNKNOWN_COLUMN"],
    ["an unknown selector", { ...BASE, bandwidthSelector: "mserdd" }, "INVALID_OPTION"],
    ["clusters said twice", { ...BASE, cluster: "g", vcov: { type: "nearestNeighbour" } }, "VCOV_CONFLICT"],
    ["a bandwidth with too few points", { ...BASE, bandwidth: 0.005 }, "TOO_FEW_POINTS"],
    ["frequency weights", { ...BASE, weights: { column: "w", kind: "frequency" } }, "WEIGHTS_UNSUPPORTED"],
  ])("%s", (_, options, code) => fails(data, options, code));

  it("names what is constant, missing or too little in the data", () => {
    fails(
      replaced(data, "x", () => 1),
      { ...BASE, cutoff: 1 },
      "NO_VARIATION",
    );
    fails(
      replaced(data, "y", () => 2),
      BASE,
      "NO_VARIATION",
    );
    fails(
      replaced(data, "w", () => 0),
      { ...BASE, weights: "w" },
      "NO_WEIGHT",
    );
    fails(
      replaced(data, "w", (w, i) => (i === 5 ? -1 : w)),
      { ...BASE, weights: "w" },
      "NEGATIVE_WEIGHT",
    );
    fails(
      replaced(data, "d", () => 1),
      { ...BASE, treatment: "d" },
      "NO_FIRST_STAGE",
    );
    fails(
      replaced(data, "x", (x, i) => (i === 0 ? -0.5 : Math.abs(x) + 0.001)),
      BASE,
      "TOO_FEW_ROWS",
    );
    fails(
      replaced(data, "x", (x) => Math.sign(x) * Math.ceil(Math.abs(x) * 2.5)),
      BASE,
      "TOO_FEW_POINTS",
    );
  });

  it("says when the first stage is weak, giving F", () => {
    const weak = replaced(data, "d", (_d, i) => (i * 7919) % 2);
    const { warnings, firstStage } = estimate(weak, { ...BASE, treatment: "d" });
    const warning = warnings.find(({ code }) => code === "WEAK_FIRST_STAGE");
    expect(warning?.details?.["F"]).toBeCloseTo(firstStage!.conventional.statistic ** 2, 12);
  });

  it("uses the whole range below twenty rows, and warns", () => {
    const few = estimate(simulated({ n: 19, seed: 2 }), BASE);
    expect(few.bandwidthSelector).toBe("manual");
    expect(few.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["NO_BANDWIDTH_SELECTION", "FEW_ROWS"]));
  });

  it("leaves out rows with missing values, by reason", () => {
    const holes = replaced(
      replaced(data, "y", (y, i) => (i < 5 ? Number.NaN : y)),
      "x",
      (x, i) => (i >= 195 ? Number.NaN : x),
    );
    expect(estimate(holes, BASE).sample).toEqual({
      rows: 200,
      used: 190,
      dropped: [
        { reason: 'missing "y"', rows: 5 },
        { reason: 'missing "x"', rows: 5 },
      ],
    });
  });
});
