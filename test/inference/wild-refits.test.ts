import { describe, expect, it } from "vitest";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { wildClusterBootstrap } from "../../src/inference/wild-cluster-bootstrap.ts";
import { ols } from "../../src/regression/index.ts";
import { toFrame } from "./clustered-data.ts";
import { bruteForce, designOf, expectDraws, few, many, rowsOf, signs } from "./wild-rows.ts";

describe("wildClusterBootstrap() equals refitting on rows", () => {
  it.each(["11", "13", "31", "33"].flatMap((variant) => [true, false].map((imposeNull) => [variant as "11", imposeNull] as const)))(
    "variant %s, null imposed %s, all patterns of 6 clusters, weights",
    (variant, imposeNull) => {
      const fit = ols(toFrame(few), { outcome: "y", regressors: ["treated", "x"], weights: "weight" });
      const common = { term: "x", value: 0.1, variant, imposeNull, cluster: "cluster", keepDraws: true } as const;
      const design = designOf(few, true, undefined);
      const expected = bruteForce(design, signs(6), { variant, imposeNull, tested: [1], values: [0.1], K: 3 });
      expectDraws(wildClusterBootstrap(fit, common), expected);
      expectDraws(wildClusterBootstrap(fit, { ...common, interval: false }), expected);
    },
  );

  it.each(["rademacher", "mammen", "webb", "normal"] as const)("%s multipliers over 24 clusters, by projection", (multipliers) => {
    const fit = ols(toFrame(many), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
    const values = rowsOf(multiplierValues(multipliers, 24, { seed: 5 }, 0, 20), 24);
    for (const variant of ["11", "33"] as const) {
      const expected = bruteForce(designOf(many, false, undefined), values, { variant, imposeNull: true, tested: [0], values: [0], K: 3 });
      const test = wildClusterBootstrap(fit, { term: "treated", multipliers, variant, draws: 20, seed: 5, keepDraws: true });
      expectDraws(test, expected);
      expectDraws(
        wildClusterBootstrap(fit, { term: "treated", multipliers, variant, draws: 20, seed: 5, keepDraws: true, interval: false }),
        expected,
      );
    }
  });

  it.each([
    ["effect", 5, false],
    ["effect", 5, true],
    ["unit", 2 + 1, false],
    ["unit", 2 + 1, true],
  ] as const)("absorbed effects: %s, weighted %s", (effect, K, weighted) => {
    const regressors = effect === "unit" ? (["x"] as const) : (["treated", "x"] as const);
    const fit = ols(toFrame(few), {
      outcome: "y",
      regressors,
      fixedEffects: effect,
      cluster: "cluster",
      ...(weighted ? { weights: "weight" } : {}),
    });
    const whole = designOf(few, weighted, effect);
    const design = effect === "unit" ? { ...whole, X: whole.X.map(([, ...row]) => row) } : whole;
    const tested = [effect === "unit" ? 0 : 1];
    for (const variant of effect === "unit" ? (["11"] as const) : (["11", "13", "31", "33"] as const)) {
      const test = wildClusterBootstrap(fit, { term: "x", variant, keepDraws: true });
      const parameters = effect === "unit" ? K - 1 : K;
      expectDraws(test, bruteForce(design, signs(6), { variant, imposeNull: true, tested, values: [0], K: parameters }));
    }
  });

  it.each([true, false])("joint hypotheses, null imposed %s", (imposeNull) => {
    const fit = ols(toFrame(few), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
    for (const variant of ["11", "33"] as const) {
      const test = wildClusterBootstrap(fit, { terms: ["treated", "x"], values: [0.2, 0.1], variant, imposeNull, keepDraws: true });
      const expected = bruteForce(designOf(few, false, undefined), signs(6), {
        variant,
        imposeNull,
        tested: [0, 1],
        values: [0.2, 0.1],
        K: 3,
      });
      expectDraws(test, expected);
      expect(test.estimates).toEqual({});
    }
  });
});
