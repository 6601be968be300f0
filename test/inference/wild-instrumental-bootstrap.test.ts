import { describe, expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { wildClusterBootstrap } from "../../src/inference/wild-cluster-bootstrap.ts";
import { wildInstrumentalBootstrap } from "../../src/inference/wild-instrumental-bootstrap.ts";
import { augment, iv, ols } from "../../src/regression/index.ts";
import { rowsOf } from "./wild-rows.ts";

const N = 90;
const G = 9;
const [v, e, z1, z2, z3, x] = [1, 2, 3, 4, 5, 6].map((seed) => noise(seed, N)) as [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];
const rows = Array.from({ length: N }, (_, i) => {
  const city = i % G;
  const e1 = 0.6 * z1[i]! + 0.3 * z2[i]! + 0.4 * x[i]! + v[i]!;
  const e2 = 0.5 * z2[i]! - 0.6 * z3[i]! + 0.5 * e[i]! + Math.sin(i);
  return {
    city,
    district: i % (3 * G),
    w: 0.5 + uniform(8, i),
    x: x[i]!,
    z1: z1[i]!,
    z2: z2[i]!,
    z3: z3[i]!,
    e1,
    e2,
    y: 1 + 0.3 * e1 - 0.2 * e2 + 0.4 * x[i]! + 0.6 * v[i]! + e[i]! + 0.3 * city,
  };
});
type Row = (typeof rows)[number];
const data = frame.fromRows(rows);
const column = (name: string, values: readonly Row[] = rows): readonly number[] => values.map((row) => row[name as keyof Row]);

type Case = {
  readonly endogenous: readonly ("e1" | "e2")[];
  readonly term: "e1" | "e2" | "x" | "(Intercept)";
  readonly value: number;
  readonly weights?: "w";
  readonly fixedEffects?: "district";
};

/** The bootstrap by refitting on rows. */
function refitted(
  { endogenous, term, value, ...more }: Case,
  imposeNull: boolean,
  multipliers: readonly ArrayLike<number>[],
): readonly number[] {
  const constant = more.fixedEffects === undefined;
  const model = { endogenous, regressors: ["x"] as const, instruments: ["z1", "z2", "z3"] as const, cluster: "city", ...more } as const;
  const fit = iv(data, { outcome: "y", ...model });
  const terms = Object.keys(fit.estimates);
  let structural: Float64Array;
  if (!imposeNull) structural = augment(fit).residuals as Float64Array;
  else {
    // y less the tested part on the rest, with all instruments: the projected columns by least squares
    const first = (name: string) =>
      augment(ols(data, { outcome: name as "e1", regressors: ["x", "z1", "z2", "z3"], ...more })).fitted as Float64Array;
    const rest = terms.filter((name) => name !== term && name !== "(Intercept)");
    const own = term === "(Intercept)" ? rows.map(() => 1) : column(term);
    const moved = rows.map((row, i) => row.y - value * own[i]!);
    const projected = Object.fromEntries(rest.map((name) => [`p_${name}`, name === "x" ? column("x") : [...first(name)]]));
    const intercept = constant && term !== "(Intercept)";
    const second = frame({ ...Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, column(name)])), ...projected, moved });
    const names = Object.keys(projected);
    const b = ols(second as never, { outcome: "moved", regressors: names, ...(constant ? { intercept } : {}), ...more } as never).estimates;
    const level = intercept ? b["(Intercept)"]!.estimate : 0;
    const left = moved.map((m, i) => m - level - rest.reduce((sum, name) => sum + b[`p_${name}`]!.estimate * column(name)[i]!, 0));
    // absorbed levels of what is left
    structural = constant
      ? Float64Array.from(left)
      : (augment(ols(data.with({ left }), { outcome: "left", regressors: [], ...more })).residuals as Float64Array);
  }
  const withResiduals = data.with({ u: structural });
  const stages = endogenous.map((name) => {
    const { estimates } = ols(withResiduals, { outcome: name, regressors: ["x", "z1", "z2", "z3", "u"], ...more });
    const of = (term: string): number => estimates[term]?.estimate ?? 0;
    const fitted = rows.map((row) => of("(Intercept)") + of("x") * row.x + of("z1") * row.z1 + of("z2") * row.z2 + of("z3") * row.z3);
    const residuals = column(name).map((value, i) => value - fitted[i]!);
    const plain = constant
      ? residuals
      : [...(augment(ols(data.with({ residuals }), { outcome: "residuals", regressors: [], ...more })).residuals as Float64Array)];
    return { name, fitted, residuals: plain };
  });
  const beta = Object.fromEntries(terms.map((name) => [name, fit.estimates[name]!.estimate]));
  const center = imposeNull ? value : beta[term]!;
  if (imposeNull) beta[term] = value;
  return multipliers.map((draw) => {
    const own = (i: number): number => draw[rows[i]!.city]!;
    const made = Object.fromEntries(stages.map(({ name, fitted, residuals }) => [name, fitted.map((f, i) => f + own(i) * residuals[i]!)]));
    // t does not depend on the other coefficients of the data's process, which shift y* by its regressors
    const y = rows.map(
      (row, i) =>
        endogenous.reduce((sum, name) => sum + beta[name]! * made[name]![i]!, 0) +
        (beta["(Intercept)"] ?? 0) +
        beta["x"]! * row.x +
        own(i) * structural[i]!,
    );
    const again = iv(data.with({ ...made, y } as never), { outcome: "y", ...model } as never).estimates[term]!;
    return (again.estimate - center) / again.standardError;
  });
}

describe("wildInstrumentalBootstrap() equals refitting on rows", () => {
  const cases: readonly Case[] = [
    { endogenous: ["e1"], term: "e1", value: 0.1 },
    { endogenous: ["e1", "e2"], term: "e2", value: 0, weights: "w" },
    { endogenous: ["e1"], term: "x", value: 0.2 },
    { endogenous: ["e1", "e2"], term: "e1", value: 0.5, fixedEffects: "district" },
    { endogenous: ["e1"], term: "(Intercept)", value: 1 },
  ];
  it.each(cases)("%o", (given) => {
    const { term, value, ...model } = given;
    const fit = iv(data, { outcome: "y", regressors: ["x"], instruments: ["z1", "z2", "z3"], cluster: "city", ...model });
    const multipliers = rowsOf(multiplierValues("webb", G, { seed: 3 }, 0, 6), G);
    for (const imposeNull of [true, false]) {
      const test = wildInstrumentalBootstrap(fit, {
        term,
        value,
        imposeNull,
        draws: 6,
        seed: 3,
        multipliers: "webb",
        keepDraws: true,
        interval: false,
      });
      const { estimate, standardError } = fit.estimates[term]!;
      expect(test.estimates[term]!.estimate).toBeCloseTo(estimate, 9);
      expect(test.estimates[term]!.standardError).toBeCloseTo(standardError, 9);
      const expected = refitted(given, imposeNull, multipliers);
      expected.forEach((t, d) => {
        expect(Math.abs(test.drawnStatistics![d]! - t) / Math.max(1, Math.abs(t))).toBeLessThan(1e-7);
      });
    }
  });
});

describe("wildInstrumentalBootstrap()", () => {
  const fit = iv(data, { outcome: "y", regressors: ["x"], endogenous: "e1", instruments: ["z1", "z2"], cluster: "city" });

  it("uses all sign patterns, the first of which is the data, and inverts the test", () => {
    const test = wildInstrumentalBootstrap(fit, { term: "e1", keepDraws: true });
    expect([test.draws, test.enumerated]).toEqual([2 ** G, true]);
    expect(test.pValues.tiesCounted.twoSided).toBeGreaterThan(test.pValues.strict.twoSided);
    const [low, high] = test.estimates["e1"]!.confidenceInterval;
    const at = (value: number): number => wildInstrumentalBootstrap(fit, { term: "e1", value, interval: false }).pValue;
    for (const [end, inwards] of [
      [low, 1],
      [high, -1],
    ] as const) {
      expect(at(end + inwards * 1e-4)).toBeGreaterThan(0.05);
      expect(at(end - inwards * 1e-4)).toBeLessThanOrEqual(0.05);
    }
  });

  it("says what it cannot do", () => {
    const code = (run: () => unknown): string | undefined => {
      try {
        run();
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return undefined;
    };
    const model = { outcome: "y", regressors: ["x"], endogenous: "e1", instruments: ["z1", "z2"] } as const;
    expect(code(() => wildClusterBootstrap(fit as never, { term: "e1" }))).toBe("MODEL_UNSUPPORTED");
    const plain = ols(data, { outcome: "y", regressors: ["x"], cluster: "city" });
    expect(code(() => wildInstrumentalBootstrap(plain as never, { term: "x" }))).toBe("MODEL_UNSUPPORTED");
    expect(code(() => wildInstrumentalBootstrap(iv(data, model), { term: "e1" }))).toBe("CLUSTER_NEEDED");
    const liml = iv(data, { ...model, estimator: "liml", cluster: "city" });
    expect(code(() => wildInstrumentalBootstrap(liml, { term: "e1" }))).toBe("ESTIMATOR_UNSUPPORTED");
    const crossed = iv(data.with({ wave: rows.map((_, i) => i % 4) }), { ...model, fixedEffects: "wave", cluster: "city" });
    expect(code(() => wildInstrumentalBootstrap(crossed, { term: "e1" }))).toBe("FIXED_EFFECTS_UNSUPPORTED");
    const two = iv(data, { ...model, cluster: ["city", "district"] });
    expect(code(() => wildInstrumentalBootstrap(two, { term: "e1" }))).toBe("CLUSTER_NEEDED");
    expect(wildInstrumentalBootstrap(two, { term: "e1", cluster: "city", interval: false }).sample.clusters).toBe(G);
    expect(code(() => wildInstrumentalBootstrap(fit, { term: "e3" }))).toBe("UNKNOWN_TERM");
    expect(code(() => wildInstrumentalBootstrap(fit, { term: "e1", variant: "31" } as never))).toBe("UNKNOWN_OPTION");
  });
});
