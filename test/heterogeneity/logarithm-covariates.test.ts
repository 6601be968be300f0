import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { interactions, probabilityEffects } from "../../src/heterogeneity/index.ts";
import { interaction, logarithm } from "../../src/regression/index.ts";

const rows = 400;
const x = Float64Array.from({ length: rows }, (_, i) => 0.5 + 3 * uniform(1, i));
const z = noise(2, rows);
const w = Float64Array.from({ length: rows }, (_, i) => (uniform(3, i) < 0.5 ? 1 : 0));
const y = noise(4, rows).map((v, i) => w[i]! * (1 + z[i]!) + Math.log(x[i]!) + v);
const data = frame({ y, w, z, x, logX: x.map(Math.log), job: y.map((v) => (v > 0.5 ? 1 : 0)), half: z.map((v) => (v > 0 ? 1 : 0)) });

it.each([
  { type: "kernel", moderator: "z", bandwidth: 0.8, at: [-1, 0, 1] },
  { type: "binning", moderator: "z", bins: 3 },
  { type: "polynomial", moderator: "z", degree: 1, at: [0, 1] },
] as const)("$type: a logarithm among the covariates is the column of logarithms", (form) => {
  const common = { outcome: "y", treatment: "w", form } as const;
  const own = interactions(data, { ...common, covariates: [logarithm("x")] });
  const made = interactions(data, { ...common, covariates: ["logX"] });
  expect(own.estimates.map(({ estimate }) => estimate)).toEqual(made.estimates.map(({ estimate }) => estimate));
  expect(own.estimates.map(({ standardError }) => standardError)).toEqual(made.estimates.map(({ standardError }) => standardError));
});

it("effects on a probability take logarithms at both values of the treatment", () => {
  const common = { outcome: "job", treatment: "w", by: "half" } as const;
  const own = probabilityEffects(data, { ...common, regressors: ["w", logarithm("x"), interaction("w", logarithm("x"))] });
  const made = probabilityEffects(data, { ...common, regressors: ["w", "logX", interaction("w", "logX")] });
  expect(own.estimates.map(({ estimate }) => estimate)).toEqual(made.estimates.map(({ estimate }) => estimate));
});
