import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { type OlsResult, ols, type WaldTest, wald } from "../../src/regression/index.ts";

const rows = Array.from({ length: 30 }, (_, i) => {
  const [g, h, x, z, w] = [Math.floor(i / 5), i % 5, ((i * 7) % 11) / 3, ((i * i) % 13) / 5, 1 + (i % 4) / 2];
  return { g, h, x, z, w, y: 1 + 0.5 * x - 0.3 * z + Math.sin(i * 1.7) + Math.cos(g) };
});
const data = frame.fromRows(rows);
const clustered = (by: "g" | readonly ("g" | "h")[]): OlsResult =>
  ols(data, { outcome: "y", regressors: ["x", "z"], vcov: { type: "cluster", by, variant: by === "g" ? "CR2" : "CR1" } });

// R's clubSandwich 0.5.8: Wald_test(lm(y ~ x + z), constrain_zero(2:3), vcov = vcovCR(lm, cluster = g, type = "CR2"), test)
it.each<[WaldTest, number, number, number]>([
  ["chiSquared", 2 * 3.45192574862931, Number.POSITIVE_INFINITY, 0.0316845610890281],
  ["F", 3.45192574862931, 5, 0.114342125231141],
  ["hotellingLeastSquares", 2.648491209886, 3.29646173044615, 0.206129171228537],
  ["hotellingDistinct", 2.778941799356217, 4.12928391881828, 0.171956075957838],
  ["hotelling", 2.68168268196055, 3.48160573980703, 0.197296609668655],
  ["spectralF", 3.38090442045552, 4.43323106430675, 0.128305085846776],
  ["spectralNormal", 2 * 2.18874955771958, Number.POSITIVE_INFINITY, 0.112056781585013],
])("wald() by %s equals clubSandwich", (test, statistic, denominator, pValue) => {
  const tested = wald(clustered("g"), { terms: ["x", "z"], test });
  expect(tested.degreesOfFreedom).toBe(2);
  expect(tested.statistic / statistic).toBeCloseTo(1, 9);
  expect(tested.pValue / pValue).toBeCloseTo(1, 9);
  if (Number.isFinite(denominator)) expect(tested.denominatorDegreesOfFreedom / denominator).toBeCloseTo(1, 9);
});

it("wald() for few clusters is the same however the restrictions are written", () => {
  const result = clustered("g");
  for (const test of ["hotelling", "hotellingLeastSquares", "spectralF", "spectralNormal"] as const) {
    const plain = wald(result, { terms: ["x", "z"], test });
    const turned = wald(result, {
      restrictions: [
        { x: 2, z: 1 },
        { x: 1, z: -30 },
      ],
      test,
    });
    expect(turned.pValue / plain.pValue).toBeCloseTo(1, 9);
  }
});

it('wald() by "hotellingDistinct" depends on how the restrictions are written, as in clubSandwich', () => {
  const restrictions = [
    { x: 2, z: 1 },
    { x: 1, z: -30 },
  ];
  const tested = wald(clustered("g"), { restrictions, test: "hotellingDistinct" });
  expect(tested.statistic / 2.77808589587075).toBeCloseTo(1, 9);
  expect(tested.denominatorDegreesOfFreedom / 4.12276876248534).toBeCloseTo(1, 9);
});

it("wald() with one restriction and few clusters is the t test with Satterthwaite's degrees of freedom", () => {
  const result = ols(data, {
    outcome: "y",
    regressors: ["x", "z"],
    vcov: { type: "cluster", by: "g", variant: "CR2" },
    smallSample: { degreesOfFreedom: "satterthwaite" },
  });
  for (const test of ["hotelling", "hotellingLeastSquares", "hotellingDistinct"] as const)
    expect(wald(result, { terms: ["x"], test }).pValue / result.estimates["x"]!.pValue).toBeCloseTo(1, 9);
});

it("wald() for few clusters needs one cluster variable", () => {
  expect(() => wald(clustered(["g", "h"]), { terms: ["x"], test: "hotelling" })).toThrow("one variable: several were used");
  expect(() => wald(ols(data, { outcome: "y", regressors: ["x", "z"] }), { terms: ["x"], test: "spectralF" })).toThrow("none were used");
});

it('variant "constant" is iid without weights, and sandwich\'s "const" with them', () => {
  const plain = (vcov: { type: "iid" } | { type: "hetero"; variant: "constant" }) =>
    ols(data, { outcome: "y", regressors: ["x", "z"], vcov }).vcov.flat();
  const iid = plain({ type: "iid" });
  for (const [p, value] of plain({ type: "hetero", variant: "constant" }).entries()) expect(value / iid[p]!).toBeCloseTo(1, 10);
  const weighted = ols(data, {
    outcome: "y",
    regressors: ["x", "z"],
    weights: "w",
    vcov: { type: "hetero", variant: "constant" },
  }).vcov.flat();
  const theirs = [
    0.1781436091587707, -0.0461853566158736, -0.057367419564202368, 0.027759641910560282, -0.000205990252161568, 0.04827846249733473,
  ];
  for (const [i, p] of [0, 1, 2, 4, 5, 8].entries()) expect(weighted[p]! / theirs[i]!).toBeCloseTo(1, 9);
});

it("Infinity as degrees of freedom makes inference normal", () => {
  const { x } = ols(data, { outcome: "y", regressors: ["x", "z"], smallSample: { degreesOfFreedom: Number.POSITIVE_INFINITY } }).estimates;
  expect(x!.degreesOfFreedom).toBe(Number.POSITIVE_INFINITY);
  expect((x!.confidenceInterval[1] - x!.estimate) / x!.standardError).toBeCloseTo(1.959963984540054, 12);
});
