import { expect, it } from "vitest";
import { goodmanBacon } from "../../src/did/index.ts";
import { frame, panel, rd } from "../../src/index.ts";
import { type PlotOptions, plotData, plotSpec, renderSvg } from "../../src/plot/index.ts";
import { substream } from "../../src/random/index.ts";

const words: PlotOptions = { outcome: "share in work", unit: "%", scale: 100, running: "age (months)" };
const titleOf = (spec: ReturnType<typeof plotSpec>): string => (spec.title["text"] as readonly string[]).join(" ");

/** Ages evenly from 40 to 80; with `sorted`, most of those just above 60 are put just below it. */
function ages(sorted: boolean) {
  const draw = substream(7, 1);
  const running = Float64Array.from({ length: 4000 }, (_, i) => 40 + (i + draw.uniform()) / 100);
  const work = running.map((age) => 0.3 + 0.005 * (age - 60) + (age >= 60 ? 0.25 : 0) + 0.4 * (draw.uniform() - 0.5));
  const moved = running.map((age) => (sorted && age >= 60 && age < 64 && draw.uniform() < 0.8 ? 120 - age : age));
  return frame({ age: moved, work });
}

const density = rd.densityTest(ages(false), { running: "age", cutoff: 60 });
const sorted = rd.densityTest(ages(true), { running: "age", cutoff: 60 });
const design = { outcome: "work", running: "age", cutoff: 60 } as const;
const sensitivity = rd.sensitivity(ages(false), { ...design, bandwidthMultiples: [0.5, 2] });
const donut = rd.donut(ages(false), { ...design, holes: [0.5, 1] });
const placebo = rd.placebo(ages(false), { ...design, placeboCutoffs: [50, 70] });

/** Three groups of districts: never, from 3, from 5; the effect grows with time. */
const districts = panel(
  frame.fromRows(
    Array.from({ length: 6 * 12 }, (_, i) => {
      const [unit, time] = [Math.floor(i / 6), 1 + (i % 6)];
      const start = [Number.POSITIVE_INFINITY, 3, 5][unit % 3]!;
      const treated = time >= start ? 1 : 0;
      return { unit, time, treated, y: unit / 10 + 0.1 * time + treated * 0.2 * (time - start + 1) + ((unit * 7 + time * 3) % 5) / 50 };
    }),
  ),
  { unit: "unit", time: "time" },
);
const bacon = goodmanBacon(districts, { outcome: "y", treated: "treated" });

const all = { density, sorted, sensitivity, donut, placebo, bacon };

it.each(Object.entries(all))("%s is plain data and is drawn at both widths, in both languages", async (_name, result) => {
  for (const options of [{ width: 720 }, { width: 360, language: "nl" }] as const) {
    const spec = plotSpec(result, { ...words, ...options });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(spec.description.length).toBeGreaterThan(60);
    const svg = await renderSvg(spec);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain(` width="${options.width}" `);
  }
});

it("the density figure states the finding, and holds both curves and the two estimates compared", () => {
  expect(titleOf(plotSpec(density, words))).toMatch(/^Age \(months\): no sign of sorting around the cutoff \(p\u00a0.+\)$/);
  expect(titleOf(plotSpec(sorted, words))).toBe(
    "Age (months): the density jumps at the cutoff (p\u00a0<0.001), a sign that people sort around it",
  );
  const rows = plotData(density);
  const compared = rows.filter((row) => row["part"] === "cutoff");
  expect(compared.map((row) => row["density"])).toEqual([density.densities.left.estimate, density.densities.right.estimate]);
  expect(rows.filter((row) => row["part"] === "curve" && row["side"] === "left")).toHaveLength(density.left.curve.length);
  expect(rows.every((row) => (row["low"] as number) >= 0)).toBe(true);
});

it("the figure of a sensitivity check lists every variant below a heading, the main estimate first", () => {
  const rows = plotData(sensitivity, { scale: 100 });
  expect(rows.filter((row) => row["heading"]).map((row) => row["label"])).toEqual([
    "Other bandwidths",
    "Other orders of the polynomial",
    "Other weights within the bandwidth",
  ]);
  const drawn = rows.filter((row) => !row["heading"]);
  expect(drawn.map((row) => row["estimate"])).toEqual(sensitivity.rows.map(({ robust }) => robust.estimate * 100));
  expect(drawn[0]!["label"]).toMatch(/^As chosen \(±/);
  expect(titleOf(plotSpec(sensitivity, words))).toMatch(/a jump of \+\d.* percentage points .*, and all 5 other choices agree with it$/);
  expect(titleOf(plotSpec(donut, words))).toContain("all 2 other choices agree with it");
  expect(plotData(donut).map((row) => row["label"])[1]).toBe("Without rows within 0.5");
  const marked = plotSpec(sensitivity, words)["layer"] as readonly { readonly encoding: { readonly x?: { readonly datum?: number } } }[];
  expect(marked[1]!.encoding.x!.datum).toBe(sensitivity.rows[0]!.robust.estimate * 100);
});

it("the figure of a placebo check counts cutoffs that jump after allowing for their number", () => {
  expect(titleOf(plotSpec(placebo, words))).toBe("Share in work: no clear jump at any of 2 made-up cutoffs");
  const shifted = rd.placebo(ages(false), { ...design, cutoff: 50, placeboCutoffs: [60, 75] });
  expect(titleOf(plotSpec(shifted, words))).toContain("1 of 2 made-up cutoffs show a jump where none is expected");
});

it("the scatter of a decomposition tells how much rests on groups already treated", () => {
  const forbidden = bacon.comparisons.filter(({ type }) => type === "laterVsEarlier").reduce((sum, { weight }) => sum + weight, 0);
  expect(titleOf(plotSpec(bacon, { outcome: "hours" }))).toContain(`Hours: ${Math.round(100 * forbidden)}% of the coefficient of`);
  const rows = plotData(bacon, { scale: 10 });
  expect(rows).toHaveLength(bacon.comparisons.length);
  const mean = rows.reduce((sum, row) => sum + (row["weight"] as number) * (row["estimate"] as number), 0);
  expect(mean / 10).toBeCloseTo(bacon.estimates.twoWayFixedEffects.estimate, 10);
  expect(rows.find((row) => row["type"] === "laterVsEarlier")!["forbidden"]).toBe(true);
});
