import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { distributions } from "../reference/adapters/distributions.ts";

const file = new URL("../reference/regression/distributions.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8"));
const ours = distributions(reference.expected) as { power: Record<string, number> } & Record<string, unknown>;
const RELATIVE = 1e-12; // a tenth of the case's own tolerance

type Row = Record<string, number> & { fn: string; par: unknown; x?: number; p?: number };

/** The entries of a group whose value misses the tolerance; values below 1e-300 are compared absolutely, as the case allows. */
function misses(group: string, keys: readonly string[], relative = RELATIVE, absolute = 1e-300): unknown[] {
  const theirs = reference.expected[group] as Row[];
  const mine = ours[group] as Row[];
  return theirs.flatMap((row, k) =>
    keys
      .filter((key) => !(Math.abs(mine[k]![key]! - row[key]!) <= Math.max(relative * Math.abs(row[key]!), absolute)))
      .map((key) => ({ fn: row.fn, par: row.par, x: row.x ?? row.p, key, ours: mine[k]![key], theirs: row[key] })),
  );
}

describe("R's distribution functions", () => {
  it("both tails of every distribution function", () => {
    expect(reference.expected.cdf.length).toBeGreaterThan(400);
    expect(misses("cdf", ["lower", "upper"])).toEqual([]);
  });
  it("quantiles of both tails", () => expect(misses("quantile", ["lower", "upper"])).toEqual([]));
  it("densities", () => expect(misses("density", ["density"])).toEqual([]));
  // The case compares these absolutely: R sums its series to about 1e-12 of the whole, not of the tail.
  it("non-central t", () => expect(misses("noncentral_t", ["lower", "upper"], 0, 1e-9)).toEqual([]));
  it("power and group size of a two-sample t test", () => {
    const { power_t_two_sample: power, n_for_80: size } = ours.power;
    expect(power! / reference.expected.power.power_t_two_sample).toBeCloseTo(1, 11);
    expect(size! / reference.expected.power.n_for_80).toBeCloseTo(1, 11);
  });
});
