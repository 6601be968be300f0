import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { hiddenBias, localRandomization, localSensitivity, windowSelection } from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 900, seed: 21 });
const few = frame({
  x: Float64Array.of(-4, -3, -2, -1, 0, 1, 2, 3, 4),
  y: Float64Array.of(1, 3, 2, 4, 6, 5, 8, 7, 9),
  p: Float64Array.of(0.2, 0.3, 0.4, 0.5, 0.5, 0.6, 0.7, 0.8, 0.5),
});
const near = { window: [-0.03, 0.03] as const, repetitions: 400 };

describe("rd.localRandomization", () => {
  it("tests many effects at once as it tests each alone", () => {
    const effects = [-0.5, 0, 0.5, 1];
    for (const statistic of ["differenceInMeans", "rankSum"] as const) {
      const all = localRandomization(data, { ...BASE, ...near, statistic, effects });
      const alone = effects.map((nullEffect) => localRandomization(data, { ...BASE, ...near, statistic, nullEffect }).tests[0]!.pValue);
      expect(all.effects!.map(({ pValue }) => pValue)).toEqual(alone.map((value) => expect.closeTo(value, 12)));
    }
  });

  it("accepts effects around the estimate, moves with the outcome, and warns when the outcome does not vary", () => {
    const effects = Array.from({ length: 41 }, (_, i) => -2 + 0.1 * i);
    const fit = localRandomization(data, { ...BASE, ...near, effects });
    const { estimate } = fit.estimates["effect"]!;
    expect(fit.accepted![0]).toBeLessThan(estimate);
    expect(fit.accepted![1]).toBeGreaterThan(estimate);
    const constant = data.with({ same: data.numbers("y").map(() => 1) });
    const flat = localRandomization(constant, { outcome: "same", running: "x", ...near });
    expect(flat.warnings.map(({ code }) => code)).toEqual(["NO_VARIANCE"]);
  });

  it("weighs independent assignments by their chances", () => {
    const window = [-4, 4] as const;
    const assignment = { type: "independent", probability: "p" } as const;
    const fit = localRandomization(few, { ...BASE, window, assignment, repetitions: 512 });
    expect(fit.assignments).toEqual({ count: 510, exact: true });
    const [y, p, observed] = [few.numbers("y"), few.numbers("p"), 7 - 2.5];
    let [extreme, all] = [0, 0];
    for (let code = 1; code < 511; code++) {
      let weight = 1;
      const sums = [0, 0, 0, 0];
      for (let i = 0; i < 9; i++) {
        const treated = (code >> i) & 1;
        weight *= treated === 1 ? p[i]! : 1 - p[i]!;
        sums[2 * treated]! += y[i]!;
        sums[2 * treated + 1]! += 1;
      }
      all += weight;
      if (Math.abs(sums[2]! / sums[3]! - sums[0]! / sums[1]!) >= observed - 1e-9) extreme += weight;
    }
    expect(fit.tests[0]!.pValue).toBeCloseTo(extreme / all, 12);
    expect(() => localRandomization(few, { ...BASE, window, assignment: { type: "independent", probability: "y" } })).toThrow(
      "between 0 and 1",
    );
  });

  it("leaves out what chance gives, whatever the interference", () => {
    const fit = localRandomization(few, { ...BASE, window: [-4, 4], interference: true, level: 0.9 });
    const [low, high] = fit.interferenceInterval!;
    expect(fit.assignments.exact).toBe(true);
    expect(low).toBeLessThan(4.5);
    expect(high).toBeGreaterThan(4.5);
    // equal numbers would make it symmetric; 4 against 5 rows nearly so
    expect((low + high) / 2).toBeCloseTo(4.5, 0);
  });

  it("gives the first stage of two-stage least squares, and power that grows with the effect", () => {
    const fit = localRandomization(data, { ...BASE, window: [-0.3, 0.3], treatment: "d", statistic: "twoStageLeastSquares" });
    const itt = localRandomization(data, { ...BASE, window: [-0.3, 0.3], repetitions: 1, powerEffect: 0.1 });
    const ratio = itt.estimates["effect"]!.estimate / fit.firstStage!.estimate;
    expect(fit.estimates["effect"]!.estimate).toBeCloseTo(ratio, 10);
    const larger = localRandomization(data, { ...BASE, window: [-0.3, 0.3], repetitions: 1, powerEffect: 0.2 });
    expect(larger.power.power).toBeGreaterThan(itt.power.power);
    expect(itt.power.effect).toBe(0.1);
  });

  it("rejects a true null as often as it says (seeded, exact by fixed margins)", () => {
    const stream = createStream(7);
    let rejected = 0;
    for (let s = 0; s < 400; s++) {
      const x = Float64Array.from({ length: 12 }, (_, i) => i - 6);
      const y = x.map(() => stream.normal());
      const { tests } = localRandomization(frame({ x, y }), { ...BASE, window: [-6, 6], repetitions: 924 });
      if (tests[0]!.pValue <= 0.1) rejected++;
    }
    expect(rejected / 400).toBeGreaterThan(0.06);
    expect(rejected / 400).toBeLessThan(0.13);
  });
});

describe("rd.localSensitivity", () => {
  it("holds what every window gives alone", () => {
    const windows = [[-0.03, 0.03] as const, [-0.05, 0.05] as const];
    const effects = [0, 0.8];
    const grid = localSensitivity(data, { ...BASE, windows, effects, repetitions: 200 });
    windows.forEach((window, w) => {
      const alone = localRandomization(data, { ...BASE, window, effects, repetitions: 200 });
      expect(grid.windows[w]!.pValues).toEqual(alone.effects!.map(({ pValue }) => pValue));
      expect(grid.estimates[w]!.estimate).toBe(alone.estimates["effect"]!.estimate);
    });
    expect(() => localSensitivity(data, { ...BASE, windows: [], effects })).toThrow("must list at least one");
  });

  it("tries the windows of the selection and the first one's interval by default", () => {
    const grid = localSensitivity(data, { ...BASE, repetitions: 20 });
    const tried = windowSelection(data, { running: BASE.running, covariates: [] }).windows;
    expect(grid.windows.map(({ window }) => window[1])).toEqual(tried.map(({ width }) => width[1]));
    const { effects } = grid.options as { effects: readonly number[] };
    const [low, high] = grid.estimates[0]!.confidenceInterval;
    expect([effects.length, effects[0], effects[9]]).toEqual([10, low, expect.closeTo(high, 12)]);
  });
});

describe("rd.hiddenBias", () => {
  it("is one p-value without a trait, and wider the stronger the trait", () => {
    const fit = hiddenBias(data, { ...BASE, windows: [[-0.02, 0.02]], odds: [1, 1.5, 3], nullEffect: 0.6, repetitions: 300 });
    const [none, some, strong] = fit.windows[0]!.bounds;
    expect(none!.lower).toBe(none!.upper);
    expect(some!.upper).toBeGreaterThan(none!.upper);
    expect(strong!.upper).toBeGreaterThan(some!.upper);
    expect(strong!.lower).toBeLessThanOrEqual(some!.lower);
    expect(() => hiddenBias(data, { ...BASE, windows: [[-0.02, 0.02]], odds: [0.5] })).toThrow("odds");
    expect(() => hiddenBias(data, { ...BASE, windows: [[-1e-9, 1e-9]], odds: [1] })).toThrow("widen the window");
  });
});

describe("polynomials compared at each side's mean", () => {
  const window = [-0.3, 0.3] as const;
  const shared = { ...BASE, window, order: 1, repetitions: 100 } as const;

  it("give the difference in means where no slope is taken out elsewhere", () => {
    const plain = localRandomization(data, { ...shared, order: 0 }).estimates["effect"]!.estimate;
    const atMeans = localRandomization(data, { ...shared, evaluateAt: "means" }).estimates["effect"]!.estimate;
    const atCutoff = localRandomization(data, shared).estimates["effect"]!.estimate;
    expect(atMeans).toBeCloseTo(plain, 12);
    expect(Math.abs(atCutoff - plain)).toBeGreaterThan(1e-3);
    expect(() => localRandomization(data, { ...shared, evaluateAt: "middle" as "means" })).toThrow("evaluateAt");
  });

  it("reach the bounds for hidden traits, with kernel and treatment", () => {
    const bounds = (more: object): number =>
      hiddenBias(data, { ...BASE, windows: [[-0.02, 0.02]], odds: [1.2], repetitions: 200, nullEffect: 0.6, ...more }).windows[0]!
        .bounds[0]!.upper;
    const plain = bounds({ statistic: "differenceInMeans" });
    for (const more of [{ order: 1 }, { order: 1, evaluateAt: "means" }, { kernel: "triangular" }, { treatment: "d" }]) {
      expect(bounds({ statistic: "differenceInMeans", ...more }), JSON.stringify(more)).not.toBe(plain);
    }
  });
});

describe("rd.windowSelection", () => {
  const options = { running: "x", covariates: ["z", "d"], windows: 3, firstRows: 40, rowStep: 20 } as const;

  it("gives randomization p-values near the large-sample ones", () => {
    const large = windowSelection(data, options);
    const drawn = windowSelection(data, { ...options, inference: "randomization", repetitions: 500 });
    drawn.windows.forEach(({ pValue, covariate }, w) => {
      expect(covariate).toBe(large.windows[w]!.covariate);
      expect(Math.abs(pValue - large.windows[w]!.pValue)).toBeLessThan(0.06);
    });
    const hotelling = { ...options, statistic: "hotelling", windows: 1 } as const;
    const [a] = windowSelection(data, hotelling).windows;
    const [b] = windowSelection(data, { ...hotelling, inference: "randomization", repetitions: 300 }).windows;
    expect(Math.abs(a!.pValue - b!.pValue)).toBeLessThan(0.08);
  });

  it("takes slopes and weights as the test in one window does", () => {
    const { windows } = windowSelection(data, { ...options, covariates: ["z"], order: 1, kernel: "triangular", windows: 1 });
    const { width, pValue } = windows[0]!;
    const window = [-width[0], width[1]] as const;
    const one = localRandomization(data, { outcome: "z", running: "x", window, order: 1, kernel: "triangular", repetitions: 1 });
    expect(pValue).toBeCloseTo(one.tests[0]!.asymptoticPValue, 8);
    expect(windowSelection(data, { ...options, order: 1, evaluateAt: "means" }).windows[0]!.pValue).toBeGreaterThan(0);
  });
});
