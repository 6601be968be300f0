import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { ols, serialBandwidth, withCovariance } from "../../src/regression/index.ts";

const [head, ...lines] = readFileSync(new URL("../reference/regression/timeseries.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const cells = lines.map((line) => line.split(",").map(Number));
const names = head!.split(",").map((name) => name.replaceAll('"', ""));
const data = frame(Object.fromEntries(names.map((name, j) => [name, Float64Array.from(cells, (row) => row[j]!)])));
const fit = ols(data, { outcome: "y", regressors: ["x1", "x2"] });

// R's sandwich 3.0.2: NeweyWest(lm, lag = 4, prewhite), kernHAC(lm, prewhite), entries [2, 2] and [2, 3]
it.each([
  [{ kernel: "bartlett", bandwidth: 5, prewhiten: true }, false, 0.01234831475019537, 0.000591434870715321],
  [{ kernel: "bartlett", bandwidth: 5, prewhiten: 2 }, false, 0.01314528644442885, 0.00169250177050894],
  [{ prewhiten: 2 }, true, 0.0136487608551692, 0.00127408229642969],
  [{ prewhiten: 3 }, true, 0.01245324648398527, 0.00199267596848722],
] as const)("autoregressions of any order whiten the scores: %o", (choice, adjustParameters, variance, covariance) => {
  const { vcov } = withCovariance(fit, { vcov: { type: "hac", time: "time", ...choice }, smallSample: { adjustParameters } });
  expect(vcov[1]![1]! / variance).toBeCloseTo(1, 9);
  expect(vcov[1]![2]! / covariance).toBeCloseTo(1, 9);
});

it("bandwidths follow, and orders without enough periods are refused", () => {
  expect(serialBandwidth(fit, { time: "time", rule: "andrews", kernel: "quadraticSpectral", prewhiten: 2 })).toBeCloseTo(0.8082575, 6);
  expect(serialBandwidth(fit, { time: "time", prewhiten: 3 })).toBeCloseTo(1.865476, 6);
  const under = (prewhiten: number) => () => withCovariance(fit, { vcov: { type: "hac", time: "time", prewhiten } });
  expect(under(60)).toThrow(expect.objectContaining({ code: "TOO_FEW_ROWS" }));
  expect(under(-1)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  expect(under(1.5)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
