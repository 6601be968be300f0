import { describe, expect, it } from "vitest";
import { batch, estimate, type RdBatchOptions, type RdEstimateOptions } from "../../src/rd/index.ts";
import { replaced, type SimulatedRow, simulated } from "./simulated.ts";

type Options = Omit<RdEstimateOptions<SimulatedRow>, "outcome" | "cutoff" | "running">;

const base = simulated({ n: 1500, seed: 11 });
const data = replaced(
  replaced(base, "g", (g) => g % 20),
  "z",
  (value, i) => (i % 17 === 0 ? Number.NaN : value),
);

const variants: readonly [string, Options][] = [
  ["defaults", {}],
  ["fuzzy with weights and clusters", { treatment: "d", weights: "w", cluster: "g" }],
  ["a covariate, HC2, epanechnikov", { covariates: ["w"], vcov: { type: "hetero", variant: "HC2" }, kernel: "epanechnikov" }],
  ["one bandwidth for all", { bandwidth: 0.4, biasBandwidth: 0.6 }],
  ["standardised", { standardize: true, bandwidthSelector: "msetwo" }],
];

describe("rd.batch", () => {
  it.each(variants)("gives what single fits give: %s", (_, options) => {
    const result = batch(data, { ...options, outcomes: ["y", "z", "x"], running: "x", cutoffs: [0, 0.2] });
    expect(result.rows).toHaveLength(6);
    for (const { outcome, cutoff, fit } of result.rows) {
      if (outcome === "x") continue; // linear in itself
      const single = estimate(data, { ...options, outcome: outcome as "y", running: "x", cutoff });
      expect(fit!.bandwidths.h[0] / single.bandwidths.h[0]).toBeCloseTo(1, 11);
      expect(fit!.sample).toEqual(single.sample);
      for (const kind of ["conventional", "biasCorrected", "robust"] as const) {
        expect(fit!.estimates[kind].estimate).toBeCloseTo(single.estimates[kind].estimate, 10);
        expect(fit!.estimates[kind].standardError / single.estimates[kind].standardError).toBeCloseTo(1, 10);
      }
    }
  });

  it("runs over the values of subgroup columns and names its rows", () => {
    const two = replaced(base, "g", (g) => g % 2);
    const result = batch(two, { outcomes: ["y"], running: "x", subgroups: ["g", "d"] });
    expect(result.estimates.map(({ term }) => term)).toEqual(["y, g = 0", "y, g = 1", "y, d = 0", "y, d = 1"].sort(bySubgroup(result)));
    const alone = estimate(
      two.filter((row) => row.g === 1),
      { outcome: "y", running: "x" },
    );
    const row = result.rows.find(({ subgroup }) => subgroup?.column === "g" && subgroup.value === "1");
    expect(row?.fit?.estimates.robust.estimate).toBeCloseTo(alone.estimates.robust.estimate, 11);
    expect(result.sample.used).toBe(1500);
  });

  it("keeps a fit that cannot be computed as a row with its error", () => {
    const flat = replaced(base, "z", () => 3);
    const result = batch(flat, { outcomes: ["y", "z"], running: "x", cutoffs: [0, 5] });
    expect(result.rows.map(({ error }) => error?.code)).toEqual([undefined, "NO_VARIATION", "CUTOFF_OUTSIDE", "CUTOFF_OUTSIDE"]);
    expect(result.estimates).toHaveLength(1);
    expect(result.warnings[0]).toMatchObject({ code: "FITS_FAILED", details: { failed: 3, fits: 4 } });
  });

  it("refuses bad options and columns at once", () => {
    const run = (options: object): unknown => batch(base, { outcomes: ["y"], running: "x", ...options } as RdBatchOptions<SimulatedRow>);
    expect(() => run({ outcomes: [] })).toThrow('"outcomes" must be a list');
    expect(() => run({ outcomes: ["yy"] })).toThrow("yy");
    expect(() => run({ kernel: "square" })).toThrow("kernel");
    expect(() => run({ cutoff: 0.1 })).toThrow('did you mean "cutoffs"');
  });
});

/** Subgroup values come in the order of first appearance in the data: take the result's own order, checked as a set. */
function bySubgroup(result: ReturnType<typeof batch>): (a: string, b: string) => number {
  const order = result.estimates.map(({ term }) => term);
  return (a, b) => order.indexOf(a) - order.indexOf(b);
}
