import fc from "fast-check";
import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { augment, demean, factor, gamma, iv, logit, ols, poisson, predict, probit, withCovariance } from "../../src/regression/index.ts";

const N = 90;
const seeds = fc.integer({ min: 1, max: 1e6 });
const MODELS = { poisson, logit, probit, gamma } as const;

function columns(seed: number) {
  const [x, z, e] = [noise(seed, N), noise(seed + 1, N), noise(seed + 2, N)];
  const pick = (shift: number, levels: number) => Float64Array.from(x, (_, i) => Math.floor(levels * uniform(seed + shift, i)));
  const g = pick(3, 6);
  const eta = x.map((value, i) => 0.4 * value - 0.3 * z[i]! + 0.1 * g[i]!);
  return {
    x,
    z,
    g,
    h: pick(4, 4),
    c: pick(5, 9),
    w: x.map((_, i) => 0.2 + uniform(seed + 6, i)),
    y: eta.map((value, i) => value + e[i]!),
    poisson: eta.map((value, i) => Math.floor(2 * Math.exp(value) * uniform(seed + 7, i))),
    logit: eta.map((value, i) => (uniform(seed + 8, i) < 1 / (1 + Math.exp(-value)) ? 1 : 0)),
    probit: eta.map((value, i) => (uniform(seed + 9, i) < 1 / (1 + Math.exp(-value)) ? 1 : 0)),
    gamma: eta.map((value, i) => -Math.exp(value) * Math.log(uniform(seed + 10, i) + 1e-9)),
  };
}

const close = (a: number, b: number, digits = 8): void => expect(Math.abs(a - b) / Math.max(1e-3, Math.abs(b))).toBeLessThan(10 ** -digits);

it("Frisch-Waugh-Lovell: a coefficient is that of the regressor's and the outcome's residuals on all else, residuals and all", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom([], ["g"], ["g", "h"]), fc.boolean(), (seed, effects, weighted) => {
      const data = columns(seed);
      const table = frame(data);
      const shared = { ...(weighted ? { weights: "w" as const } : {}), singletons: "keep" } as const;
      const within = effects.length === 0 ? {} : { fixedEffects: effects as ["g"] };
      const whole = ols(table, { outcome: "y", regressors: ["x", "z"], ...within, ...shared });
      const rest = (outcome: "x" | "y") => augment(ols(table, { outcome, regressors: ["z"], ...within, ...shared })).residuals;
      const reduced = frame({ y: rest("y"), x: rest("x"), w: data.w });
      const alone = ols(reduced, { outcome: "y", regressors: ["x"], intercept: false, ...shared });
      close(alone.estimates["x"]!.estimate, whole.estimates["x"]!.estimate);
      close(alone.fit.residualSumOfSquares, whole.fit.residualSumOfSquares);
      const ratio = alone.estimates["x"]!.standardError / whole.estimates["x"]!.standardError;
      close(ratio ** 2, whole.fit.residualDegreesOfFreedom / alone.fit.residualDegreesOfFreedom);
      if (effects.length === 0) return;
      const { columns: without } = demean(table, {
        columns: ["y", "x", "z"],
        fixedEffects: effects as ["g"],
        ...(weighted ? { weights: "w" } : {}),
      });
      const demeaned = ols(frame({ ...(without as Record<"y" | "x" | "z", Float64Array>), w: data.w }), {
        outcome: "y",
        regressors: ["x", "z"],
        intercept: false,
        ...shared,
      });
      close(demeaned.estimates["z"]!.estimate, whole.estimates["z"]!.estimate);
    }),
    { numRuns: 25 },
  );
});

it.each(["poisson", "logit", "probit", "gamma"] as const)(
  "%s does not depend on the order of rows, and follows the regressors' units",
  (name) => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1e-6, 1e5), (seed, unit) => {
        const data = columns(seed);
        const order = Array.from({ length: N }, (_, i) => i).sort((a, b) => uniform(seed, a) - uniform(seed, b));
        const moved = Object.fromEntries(Object.entries(data).map(([key, x]) => [key, Float64Array.from(order, (i) => x[i]!)]));
        const other = { ...moved, x: moved["x"]!.map((value) => 7 + unit * value) } as unknown as typeof data;
        const options = { outcome: name, regressors: ["x", "z"], fixedEffects: "g", cluster: "c" } as const;
        const [a, b] = [MODELS[name](frame(data), options), MODELS[name](frame(other), options)];
        close(b.estimates["x"]!.estimate * unit, a.estimates["x"]!.estimate, 6);
        close(b.estimates["x"]!.standardError * unit, a.estimates["x"]!.standardError, 5);
        close(b.fit.deviance, a.fit.deviance, 8);
      }),
      { numRuns: 6 },
    );
  },
);

it("prediction intervals with absorbed effects are those of written-out dummies, at any level and covariance", () => {
  fc.assert(
    fc.property(
      seeds,
      fc.constantFrom("prediction", "confidence"),
      fc.constantFrom(0.8, 0.99),
      fc.constantFrom("iid", "HC1", "c"),
      (seed, interval, level, vcov) => {
        const data = frame(columns(seed));
        const chosen = vcov === "iid" ? { type: "iid" } : vcov === "HC1" ? { type: "hetero" } : { type: "cluster", by: "c" };
        const text = data.with({ gt: Array.from(data.numbers("g"), String), ht: Array.from(data.numbers("h"), String) });
        const smallSample = { exactParameters: true, fixedEffectParameters: "full" } as const;
        const absorbed = ols(text, {
          outcome: "y",
          regressors: ["x"],
          fixedEffects: ["gt", "ht"],
          singletons: "keep",
          vcov: chosen as { type: "iid" },
          smallSample,
        });
        const dummies = ols(text, { outcome: "y", regressors: ["x", factor("gt"), factor("ht")], vcov: chosen as { type: "iid" } });
        if (dummies.droppedTerms.length > 0) return;
        const fresh = text.filter((_, i) => i < 12);
        const [a, b] = [absorbed, dummies].map((fit) => predict(fit, fresh, { interval, level })) as [
          ReturnType<typeof predict>,
          ReturnType<typeof predict>,
        ];
        for (const part of ["fitted", "standardErrors", "lower", "upper"] as const)
          a[part].forEach((value, i) => {
            close(value, b[part][i]!, 7);
          });
      },
    ),
    { numRuns: 20 },
  );
});

it("instrumental variables: reordered rows and duplicated ones with half the weight change nothing", () => {
  const data = columns(77);
  const doubled = Object.fromEntries(Object.entries(data).map(([key, x]) => [key, Float64Array.of(...x, ...x)])) as unknown as typeof data;
  const halves = { ...doubled, w: doubled.w.map((value) => value / 2) };
  const options = { outcome: "y", endogenous: "x", instruments: ["z", "w"], weights: "w", cluster: "c", fixedEffects: "g" } as const;
  const smallSample = { adjustParameters: false } as const;
  const [a, b] = [iv(frame(data), { ...options, smallSample }), iv(frame(halves), { ...options, smallSample })];
  close(b.estimates["x"]!.estimate, a.estimates["x"]!.estimate);
  close(b.estimates["x"]!.standardError, a.estimates["x"]!.standardError);
  close(
    withCovariance(b, { vcov: { type: "cluster", by: ["c", "g"] } }).estimates["x"]!.standardError,
    withCovariance(a, { vcov: { type: "cluster", by: ["c", "g"] } }).estimates["x"]!.standardError,
  );
});
