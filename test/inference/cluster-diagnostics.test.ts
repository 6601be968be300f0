import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterDiagnostics } from "../../src/regression/cluster-diagnostics.ts";
import { clusterJackknife, leverage, ols } from "../../src/regression/index.ts";
import { type ClusteredRow, clusteredRows, toFrame } from "./clustered-data.ts";

const rows = clusteredRows(21, 9, 4);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const fitTo = (list: readonly ClusteredRow[], more: object = {}) =>
  ols(toFrame(list), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster", ...more });

describe("clusterDiagnostics()", () => {
  it.each([{}, { weights: "weight" }, { fixedEffects: "effect" }])("sums up: leverage, partial leverage, sizes (%o)", (more) => {
    const fit = fitTo(rows, more);
    const { clusters, terms, count } = clusterDiagnostics(fit);
    const hat = leverage(fit);
    expect(count).toBe(9);
    clusters.forEach(({ cluster, observations, leverage: own }) => {
      const index = rows.map((_, i) => i).filter((i) => String(rows[i]!.cluster) === cluster);
      expect(observations).toBe(index.length);
      expect(own).toBeCloseTo(total(index.map((i) => hat[i]!)), 9);
    });
    for (const { partialLeverage, effectiveClusters } of Object.values(terms)) {
      expect(total(partialLeverage)).toBeCloseTo(1, 10);
      expect(effectiveClusters).toBeGreaterThan(0);
      expect(effectiveClusters).toBeLessThanOrEqual(9 + 1e-9);
    }
  });

  it("has leave-one-out estimates equal to those without the cluster", () => {
    const { terms } = clusterDiagnostics(fitTo(rows));
    terms["x"]!.leaveOneOut.forEach((value, g) => {
      expect(value).toBeCloseTo(fitTo(rows.filter(({ cluster }) => cluster !== g)).estimates["x"]!.estimate, 10);
    });
    expect(terms["x"]!.leaveOneOutRange).toEqual([Math.min(...terms["x"]!.leaveOneOut), Math.max(...terms["x"]!.leaveOneOut)]);
    const jackknife = clusterJackknife(fitTo(rows, { fixedEffects: "effect" }), { cluster: "cluster" });
    const own = clusterDiagnostics(fitTo(rows, { fixedEffects: "effect" })).terms;
    jackknife.leaveOneOut.forEach((row, g) => {
      jackknife.terms.forEach((term, j) => {
        expect(own[term]!.leaveOneOut[g]).toBeCloseTo(row[j]!, 10);
      });
    });
  });

  it("finds G effective clusters when all are alike, whatever the correlation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.double({ min: 0, max: 1, noNaN: true }), (G, correlation) => {
        const alike = Array.from({ length: 4 * G }, (_, i) => ({ ...rows[i % 4]!, cluster: Math.floor(i / 4), x: [1, 2, 4, 7][i % 4]! }));
        const data = alike.map((row, i) => ({ ...row, y: row.y + Math.sin(i) }));
        const { terms } = clusterDiagnostics(ols(toFrame(data), { outcome: "y", regressors: ["x"], intercept: false }), {
          cluster: "cluster",
          correlation,
        });
        expect(terms["x"]!.effectiveClusters).toBeCloseTo(G, 6);
      }),
      { numRuns: 25 },
    );
  });

  it("warns of few effective clusters and of clusters that identify a coefficient alone", () => {
    const lone = clusteredRows(5, 12, 1);
    const { terms, warnings } = clusterDiagnostics(fitTo(lone));
    expect(terms["treated"]!.effectiveClusters).toBeLessThan(3);
    expect(warnings.map(({ code }) => code)).toEqual(["FEW_EFFECTIVE_CLUSTERS", "NOT_IDENTIFIED_WITHOUT_CLUSTER"]);
  });

  it("names errors", () => {
    expect(() => clusterDiagnostics(ols(toFrame(rows), { outcome: "y", regressors: ["x"] }))).toThrow("one cluster variable is needed");
    expect(() => clusterDiagnostics(fitTo(rows), { correlation: 2 })).toThrow("correlation");
  });
});
