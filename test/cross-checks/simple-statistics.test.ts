import fc from "fast-check";
import { linearRegression, mean, rSquared } from "simple-statistics";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { subgroups } from "../../src/heterogeneity/index.ts";
import { ols } from "../../src/regression/index.ts";

const points = fc.array(fc.tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: -100, max: 100, noNaN: true })), {
  minLength: 5,
  maxLength: 40,
});

it("draws the line that simple-statistics draws", () => {
  fc.assert(
    fc.property(points, (pairs) => {
      const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      fc.pre(Math.max(...x) - Math.min(...x) > 1 && Math.max(...y) - Math.min(...y) > 1);
      const fit = ols(frame({ x, y }), { outcome: "y", regressors: ["x"] });
      const { m, b } = linearRegression(pairs);
      expect(fit.estimates["x"]!.estimate).toBeCloseTo(m, 8);
      expect(fit.estimates["(Intercept)"]!.estimate).toBeCloseTo(b, 7);
      expect(fit.fit.rSquared).toBeCloseTo(
        rSquared(pairs, (value) => m * value + b),
        8,
      );
    }),
  );
});

it("takes an experiment's effect as the difference of the means of simple-statistics", () => {
  const outcome = [3, 5, 4, 8, 9, 7, 2, 6, 1, 4, 3, 9];
  const treated = [0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1];
  const group = outcome.map((_, i) => (i < 6 ? "a" : "b"));
  const { groups } = subgroups(frame({ outcome, treated, group }), {
    design: { type: "experiment", outcome: "outcome", treatment: "treated" },
    by: ["group"],
  });
  for (const { label, estimate } of groups) {
    const of = (arm: number): number => mean(outcome.filter((_, i) => group[i] === label && treated[i] === arm));
    expect(estimate.estimate).toBeCloseTo(of(1) - of(0), 12);
  }
});
