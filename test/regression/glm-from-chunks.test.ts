import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { gamma, glmFromChunks, logit, poisson, probit } from "../../src/regression/index.ts";

const N = 600;
const MODELS = { poisson, logit, probit, gamma } as const;

function rows() {
  const [x, z] = [noise(1, N), noise(2, N)];
  const pick = (seed: number, levels: number) => Float64Array.from(x, (_, i) => Math.floor(levels * uniform(seed, i)));
  const [g, h, u] = [pick(3, 8), pick(4, 5), pick(5, 330)];
  const eta = x.map((value, i) => 0.4 * value - 0.3 * z[i]! + 0.1 * g[i]!);
  const o = z.map((value) => 0.2 * value * value);
  return {
    x: x.map((value) => 50 + value),
    z,
    g,
    h,
    u, // many levels with one row
    c: u.map((level) => level % 12),
    o,
    w: x.map((_, i) => 0.3 + uniform(6, i)),
    poisson: eta.map((value, i) => (g[i] === 3 ? 0 : Math.floor(Math.exp(value + o[i]!) * 2 * uniform(7, i)))),
    logit: eta.map((value, i) => (g[i] === 4 ? 1 : uniform(8, i) < 1 / (1 + Math.exp(-value)) ? 1 : 0)),
    probit: eta.map((value, i) => (uniform(9, i) < 1 / (1 + Math.exp(-value)) ? 1 : 0)),
    gamma: eta.map((value, i) => -Math.exp(value) * Math.log(uniform(10, i) + 1e-9)),
  };
}

const all = rows();
const chunk = (from: number, to: number) =>
  frame(Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.slice(from, to)])) as typeof all);
const cuts = [0, 200, 250, 480, N];
async function* chunks() {
  for (let c = 0; c + 1 < cuts.length; c++) yield chunk(cuts[c]!, cuts[c + 1]!);
}

it.each(
  (["poisson", "logit", "probit", "gamma"] as const).flatMap((family) =>
    [
      {},
      { cluster: "c" },
      { fixedEffects: "g" },
      { fixedEffects: ["g", "h"], cluster: "g", weights: "w" },
      { fixedEffects: ["u"], cluster: "c", singletons: "drop" },
      { fixedEffects: [["g", "h"]], cluster: "c", offset: "o", singletons: "keep" },
    ].map((options) => ({ family, ...options })),
  ),
)("a stream gives the fit of the rows: %o", async ({ family, ...more }) => {
  if (family !== "poisson" && "fixedEffects" in more && more.fixedEffects?.[0] === "u") return; // binary outcomes of small levels are separated
  const options = { outcome: family, regressors: ["x", "z"], ...more } as const;
  const whole = MODELS[family](frame(all), { separation: false, ...options } as never);
  const streamed = await glmFromChunks(chunks, { family, ...options } as never);
  expect(streamed.kind).toBe(whole.kind);
  expect(Object.keys(streamed.estimates)).toEqual(Object.keys(whole.estimates));
  for (const [term, { estimate, standardError, degreesOfFreedom }] of Object.entries(whole.estimates)) {
    const own = streamed.estimates[term]!;
    // fits on rows stop at a change of the deviance that leaves this much open
    expect(own.estimate / estimate).toBeCloseTo(1, family === "probit" ? 6 : 7);
    expect(own.standardError / standardError).toBeCloseTo(1, 6);
    expect(own.degreesOfFreedom).toBe(degreesOfFreedom);
  }
  for (const name of ["deviance", "logLikelihood", "pseudoRSquared", "squaredCorrelation", "aic", "bic"] as const) {
    expect(streamed.fit[name] / whole.fit[name]).toBeCloseTo(1, 7);
  }
  expect(streamed.sample.used).toBe(whole.sample.used);
  expect([...streamed.sample.dropped].sort(byReason)).toEqual([...whole.sample.dropped].sort(byReason));
  expect(streamed.fixedEffects).toEqual(whole.fixedEffects);
});

const byReason = (a: { readonly reason: string }, b: { readonly reason: string }): number => (a.reason < b.reason ? -1 : 1);

it("names what a stream cannot do", async () => {
  const run = (more: object) => glmFromChunks(chunks, { family: "poisson", outcome: "poisson", regressors: ["x"], ...more } as never);
  await expect(run({ fixedEffects: [{ fixedEffect: "g", slopes: ["z"] }] })).rejects.toThrow(/"g\[z\]" have slopes/);
  await expect(run({ weights: { column: "w", kind: "frequency" } })).rejects.toThrow(/frequency weights/);
  await expect(run({ outcome: "z" })).rejects.toThrow(/zero or above/);
  await expect(run({ maxIterations: 2 })).rejects.toThrow(/convergence in 2 passes/);
  await expect(glmFromChunks(() => [], { family: "logit", outcome: "y", regressors: ["x"] } as never)).rejects.toThrow(/at least one part/);
});
