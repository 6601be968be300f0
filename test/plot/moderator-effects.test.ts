import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame, heterogeneity } from "../../src/index.ts";
import { type PlotOptions, plotData, plotSpec, renderSvg } from "../../src/plot/index.ts";

/** An effect that falls with age; nobody above 54 is treated. */
const rows = 1200;
const age = Float64Array.from({ length: rows }, (_, i) => 20 + Math.floor(40 * uniform(1, i)));
const w = Float64Array.from({ length: rows }, (_, i) => (uniform(2, i) < 0.5 && age[i]! < 55 ? 1 : 0));
const y = noise(3, rows).map((e, i) => 0.3 + w[i]! * (0.3 - 0.01 * (age[i]! - 20)) + 0.2 * e);
const data = frame({ y, w, age });
const common = { outcome: "y", treatment: "w" } as const;
const curve = heterogeneity.interactions(data, { ...common, form: { type: "polynomial", moderator: "age", at: [25, 40, 58] } });
const bins = heterogeneity.interactions(data, { ...common, form: { type: "binning", moderator: "age", cuts: [30, 45] } });
const smooth = heterogeneity.interactions(data, { ...common, form: { type: "kernel", moderator: "age", bandwidth: 6, at: [25, 35, 45] } });
const words: PlotOptions = { outcome: "share in work", unit: "%", scale: 100, treatment: "job help", labels: { age: "age" } };
const textOf = (part: unknown): string => (part as readonly string[]).join(" ");

it.each(Object.entries({ curve, bins, smooth }))("%s: is drawn at both widths, in both languages", async (_name, result) => {
  for (const options of [{ width: 720 }, { width: 360, language: "nl" }] as const) {
    const spec = plotSpec(result, { ...words, ...options });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    const svg = await renderSvg(spec);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain(` width="${options.width}" `);
  }
});

it("rows are the effects with both intervals, the band around the pointwise one, and say where there is no common support", () => {
  const drawn = plotData(curve, words);
  expect(drawn.map((row) => row["at"])).toEqual([25, 40, 58]);
  expect(drawn.map((row) => row["supported"])).toEqual([true, true, false]);
  drawn.forEach((row, k) => {
    const { estimate, confidenceInterval } = curve.estimates[k]!;
    expect([row["estimate"], row["low"], row["high"]]).toEqual([100 * estimate, 100 * confidenceInterval[0], 100 * confidenceInterval[1]]);
    expect(row["bandLow"]).toBeLessThan(row["low"] as number);
    expect(row["bandHigh"]).toBeGreaterThan(row["high"] as number);
  });
  expect(plotData(bins, words).map((row) => row["at"])).toEqual(bins.bins.map(({ median }) => median));
});

it("the title states the finding, the subtitle how to read it and the test", () => {
  const { title, description } = plotSpec(curve, words);
  expect(textOf(title["text"])).toMatch(/^Share in work: the effect varies with age, from \+\d.* at 25 to .* at 58$/);
  expect(textOf(title["subtitle"])).toContain("hollow: extrapolated");
  expect(textOf(title["subtitle"])).toMatch(/same effect at all values: p.(=.)?<?0\.\d{3}\.$/);
  expect(description).toContain("at 40");
  expect(textOf(plotSpec(smooth, words).title["text"])).toMatch(/^Share in work: effect by age, from /);
  const flat = frame({ y: noise(9, rows), w, age });
  const none = heterogeneity.interactions(flat, { ...common, form: { type: "binning", moderator: "age", cuts: [30, 45] } });
  expect(none.equality.F.pValue).toBeGreaterThan(0.05);
  expect(textOf(plotSpec(none, words).title["text"])).toBe("Share in work: no clear sign that the effect varies with age");
});
