import { describe, expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { type Frame, frame } from "../../src/data/index.ts";
import {
  clusterJackknife,
  fixedEffectEstimates,
  gamma,
  iv,
  logit,
  ols,
  poisson,
  predict,
  probit,
  withCovariance,
} from "../../src/regression/index.ts";

const N = 120;
const [x, e, z, more] = [1, 2, 3, 4].map((seed) => noise(seed, N)) as [Float64Array, Float64Array, Float64Array, Float64Array];
const group = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: N }, (_, i) => Math.floor(count * uniform(seed, i)));
const [g, h, c] = [group(6, 4), group(7, 3), group(8, 12)];
const d = z.map((value, i) => value + 0.5 * more[i]! + 0.6 * e[i]! + g[i]! / 3);
const times = group(10, 3).map((value) => value + 1);
const columns = {
  x,
  z,
  more,
  g,
  h,
  c,
  d,
  times,
  y: x.map((value, i) => 1 + value + d[i]! + e[i]! + g[i]! / 2 - h[i]! / 4),
  count: x.map((value, i) => Math.floor(3 * uniform(41, i) * Math.exp(0.3 * value))),
  binary: x.map((value, i) => (uniform(42, i) < 1 / (1 + Math.exp(-value / 2)) ? 1 : 0)),
  positive: x.map((value, i) => Math.exp(0.3 * value + 0.3 * e[i]!)),
};
const data = frame(columns);
const index = Array.from({ length: N }, (_, i) => Array.from({ length: times[i]! }, () => i)).flat();
const repeated = frame(
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(index, (i) => values[i]!)])),
);

type Run = (rows: Frame<Record<string, number>>, options: object) => ReturnType<typeof ols>;
const model = (run: unknown, outcome: string): Run => {
  const call = run as (rows: unknown, options: object) => ReturnType<typeof ols>;
  return (rows, options) => call(rows, { outcome, regressors: ["x", "d"], ...options });
};
const MODELS: Readonly<Record<string, Run>> = {
  ols: model(ols, "y"),
  poisson: model(poisson, "count"),
  logit: model(logit, "binary"),
  probit: model(probit, "binary"),
  gamma: model(gamma, "positive"),
  iv: (rows, options) =>
    (iv as unknown as (rows: unknown, options: object) => ReturnType<typeof ols>)(rows, {
      outcome: "y",
      regressors: ["x"],
      endogenous: ["d"],
      instruments: ["z", "more"],
      ...options,
    }),
};
const near = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-7 * (1e-3 + Math.abs(b[i]!)));
};

describe.each(Object.entries(MODELS))("frequency weights of %s are repeated rows", (name, run) => {
  it.each([[undefined], [["g", "h"]]])("in every covariance (fixed effects %j)", (fixedEffects) => {
    const own = fixedEffects === undefined ? {} : { fixedEffects };
    const one = run(data as never, { ...own, weights: { column: "times", kind: "frequency" } });
    const other = run(repeated as never, own);
    const covariances = [
      { type: "iid" },
      ...(name === "iv" ? ["HC0", "HC1"] : ["HC0", "HC1", "HC2", "HC3", "HC4"]).map((variant) => ({ type: "hetero", variant })),
      ...["CR1", "CR2", "CR3"].map((variant) => ({ type: "cluster", by: "c", variant })),
      { type: "cluster", by: ["c", "g"] },
    ];
    for (const vcov of covariances) {
      const [a, b] = [one, other].map((result) => withCovariance(result, { vcov } as never)) as [typeof one, typeof one];
      near(a.vcov.flat(), b.vcov.flat());
      const fresh = data.filter((_, i) => i < 3);
      near(predict(a, fresh).standardErrors, predict(b, fresh).standardErrors);
      if (fixedEffects === undefined) continue;
      const errors = (result: typeof one): Float64Array =>
        fixedEffectEstimates(result, { standardErrors: true }).effects[1]!.standardErrors!;
      near(errors(a), errors(b));
    }
    if (name !== "ols") return;
    near(clusterJackknife(one, { cluster: "c" }).leaveOneOut.flat(), clusterJackknife(other, { cluster: "c" }).leaveOneOut.flat());
  });
});
