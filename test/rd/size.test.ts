import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { cells, densityTest, estimate, fromCells, heterogeneity } from "../../src/rd/index.ts";

it("rd.densityTest rejects a smooth density about as often as it says (seeded)", () => {
  const stream = createStream(3);
  let rejected = 0;
  for (let s = 0; s < 100; s++) {
    const x = Float64Array.from({ length: 400 }, () => stream.normal() + 0.3);
    if (densityTest(frame({ x }), { running: "x" }).estimates.difference.pValue < 0.1) rejected++;
  }
  expect(rejected / 100).toBeGreaterThan(0.03);
  expect(rejected / 100).toBeLessThan(0.19);
});

it("rd.heterogeneity with a treatment covers the truth about as often as it says (seeded)", () => {
  const stream = createStream(5);
  let covered = 0;
  for (let s = 0; s < 60; s++) {
    const x = Float64Array.from({ length: 500 }, () => 2 * stream.uniform() - 1);
    const g = x.map(() => (stream.uniform() < 0.5 ? 1 : 0));
    const d = x.map((value) => (stream.uniform() < (value >= 0 ? 0.85 : 0.15) ? 1 : 0));
    const y = x.map((value, i) => value + (0.5 + g[i]!) * d[i]! + 0.3 * stream.normal());
    const fit = heterogeneity(frame({ x, y, d, g }), { outcome: "y", running: "x", treatment: "d", by: "g", bandwidth: 0.7 });
    fit.estimates.forEach(({ confidenceInterval: [low, high] }, j) => {
      if (low <= 0.5 + j && 0.5 + j <= high) covered++;
    });
  }
  expect(covered / 120).toBeGreaterThan(0.88);
  expect(covered / 120).toBeLessThan(0.995);
});

it("cells of a discrete running variable give intervals of the rows' size (seeded)", () => {
  const stream = createStream(9);
  let rejected = 0;
  for (let s = 0; s < 60; s++) {
    const x = Float64Array.from({ length: 600 }, () => Math.round(30 * (2 * stream.uniform() - 1)) / 30);
    const y = x.map((value) => value + 0.4 * stream.normal());
    const rows = fromCells(cells(frame({ x, y }), { running: "x", columns: ["y"] }));
    const { robust } = estimate(rows, { outcome: "y", running: "x", vcov: { type: "hetero", variant: "HC2" } }).estimates;
    if (robust.pValue < 0.1) rejected++;
  }
  expect(rejected / 60).toBeGreaterThan(0.03);
  expect(rejected / 60).toBeLessThan(0.19);
});
