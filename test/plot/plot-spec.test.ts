import { expect, it } from "vitest";
import { estimateFromStandardError } from "../../src/inference/estimate.ts";
import { hasFigure, plotData, plotSpec } from "../../src/plot/index.ts";
import { discontinuity, eventStudy, groupTime, regression, subgroups } from "./example-results.ts";

const words = { outcome: "share in work", unit: "%", scale: 100, timeUnit: "months", treatment: "the obligation" };
const titleOf = (spec: ReturnType<typeof plotSpec>): string => (spec.title["text"] as readonly string[]).join(" ");
const all = { eventStudy, subgroups, discontinuity, groupTime, regression };

it.each(Object.entries(all))("plotSpec() of %s is plain data that survives JSON", (_name, result) => {
  const spec = plotSpec(result, words);
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  expect(spec.$schema).toContain("vega-lite/v6");
  expect(spec.description.length).toBeGreaterThan(40);
  expect(JSON.stringify(spec).includes("significant")).toBe(false);
});

it("plotSpec() states the finding of each figure in its title", () => {
  expect(titleOf(plotSpec(eventStudy, words))).toBe(
    "Share in work: +3.0 percentage points (1.8 to 4.2) on average after the start of the obligation",
  );
  expect(titleOf(plotSpec(subgroups, words))).toBe(
    "Share in work: the effect differs between groups, from −1.0 (not <known> & other) to +6.0 (men), in percentage points",
  );
  const effect = estimateFromStandardError("obliged", 0.05, 0.01, Number.POSITIVE_INFINITY, 0.95);
  expect(titleOf(plotSpec(discontinuity, { ...words, effect }))).toBe(
    "Share in work: a jump of +5.0 percentage points (3.0 to 7.0) at the cutoff",
  );
  expect(titleOf(plotSpec(discontinuity, words))).toBe("Share in work at the cutoff: 36.0% just below, 41.0% just above");
  expect(titleOf(plotSpec(groupTime, words))).toContain("effects by starting group from 2.0 to 2.0 percentage points");
  expect(titleOf(plotSpec(regression))).toBe("Employed: 2 of 2 estimates have an interval that excludes zero");
});

it("plotSpec() says so when the interval includes zero", () => {
  const overall = estimateFromStandardError("overall", 0.002, 0.006, Number.POSITIVE_INFINITY, 0.95);
  const unclear = { ...eventStudy, overall };
  expect(titleOf(plotSpec(unclear, words))).toBe("Share in work: no clear change after the start of the obligation (−1.0 to 1.4)");
  expect(titleOf(plotSpec(unclear, { ...words, language: "nl", outcome: "aandeel met werk", treatment: "de plicht" }))).toBe(
    "Aandeel met werk: geen duidelijke verandering na de start van de plicht (−1,0 tot 1,4)",
  );
});

it("plotSpec() keeps to the asked width and takes given words", () => {
  for (const width of [360, 720]) {
    const { width: inner, padding } = plotSpec(eventStudy, { width }) as unknown as {
      width: number;
      padding: { left: number; right: number };
    };
    expect(inner + padding.left + padding.right).toBe(width);
  }
  const spec = plotSpec(subgroups, { title: "My title", subtitle: "My subtitle", description: "My words" });
  expect([spec.title["text"], spec.title["subtitle"], spec.description]).toEqual([["My title"], ["My subtitle"], "My words"]);
});

it("plotData() gives the rows of the figure, reference period and overall effect among them", () => {
  const rows = plotData(eventStudy, { scale: 100 });
  expect(rows.map((row) => row["phase"])).toEqual(["before", "before", "reference", "after", "after", "after"]);
  expect(rows[2]).toEqual({ eventTime: -1, estimate: 0, low: null, high: null, uniformLow: null, uniformHigh: null, phase: "reference" });
  expect(rows[3]!["uniformHigh"]).toBeCloseTo(4.2, 10);
  expect(plotData(subgroups).at(-1)).toMatchObject({ label: "Everyone", summary: true, estimate: 0.031 });
  expect(plotData(discontinuity).filter((row) => row["part"] === "bin")).toHaveLength(10);
  expect(plotData(groupTime).filter((row) => row["phase"] === "before")).toHaveLength(4);
});

it("plotData() turns intervals around when the scale is negative", () => {
  const [row] = plotData(regression, { scale: -1 });
  expect(row!["low"]).toBeLessThan(row!["high"] as number);
});

it("plotSpec() marks the reference period hollow and the start with a rule", () => {
  const { layer } = plotSpec(eventStudy) as unknown as { layer: { mark: Record<string, unknown>; encoding: { x?: { datum?: number } } }[] };
  expect(layer.map(({ mark }) => mark["type"])).toEqual(["rule", "rule", "rule", "rule", "point", "point"]);
  expect(layer[1]!.encoding.x!.datum).toBe(-0.5);
  expect(layer.at(-1)!.mark["fill"]).toBe("#ffffff");
});

it("plotSpec() refuses what it cannot draw, and options it does not know", () => {
  const empty = { ...regression, kind: "data.link", estimates: {} };
  expect(hasFigure(empty)).toBe(false);
  expect(() => plotSpec(empty)).toThrow('a result with estimates or bins is needed: "data.link" has none');
  expect(() => plotSpec(regression, { languages: "nl" } as never)).toThrow('did you mean "language"?');
  expect(() => plotSpec(regression, { scale: 0 })).toThrow('"scale" must not be zero');
});

it("plotSpec() heads each of several partitions and tells which one matters", () => {
  const parts = subgroups as unknown as { groups: readonly object[]; equality: object };
  const partitions = ["sex", "sex", "ageGroup"];
  const groups = parts.groups.map((group, i) => ({ ...group, partition: partitions[i], share: 0.5 }));
  const equality = [
    { ...parts.equality, by: "sex", pValue: 0.001 },
    { ...parts.equality, by: "ageGroup", pValue: 0.4 },
  ];
  const several = { ...subgroups, groups, equality } as typeof subgroups;
  const labels = { sex: "Sex at birth", men: "Men" };
  const rows = plotData(several, { labels });
  expect(rows.map((row) => [row["label"], row["heading"]])).toEqual([
    ["Sex at birth", true],
    ["women", false],
    ["Men", false],
    ["ageGroup", true],
    ["not <known> & other", false],
    ["Everyone", false],
  ]);
  const spec = plotSpec(several, { ...words, labels });
  expect(titleOf(spec)).toBe("Share in work: the effect differs by sex at birth, from +2.0 (women) to +6.0 (Men), in percentage points");
  expect((spec.title["subtitle"] as readonly string[]).join(" ")).toContain(
    "Equal effects: sex at birth p\u00a0=\u00a00.001, ageGroup p\u00a0=\u00a00.400.",
  );
});
