import { expect, it } from "vitest";
import { glance, tidy, toBroom, toCsv, toHtml, toLatex, toMarkdown } from "../../src/report/index.ts";
import { eventStudy, regression, subgroups } from "../plot/example-results.ts";

it("tidy() gives a flat row per estimate, its place, and the overall estimate last", () => {
  const rows = tidy(eventStudy);
  expect(rows).toHaveLength(6);
  expect(rows[0]).toMatchObject({
    term: "-3",
    estimate: -0.006,
    standardError: 0.008,
    eventTime: -3,
    degreesOfFreedom: Number.POSITIVE_INFINITY,
  });
  expect(rows[0]!.confidenceLow).toBeCloseTo(-0.006 - 1.959963984540054 * 0.008, 12);
  expect(rows[0]!["uniformHigh"]).toBeCloseTo(0.016, 12);
  expect(rows.at(-1)).toMatchObject({ name: "overall", estimate: 0.03 });
  expect(tidy(subgroups)[1]).toMatchObject({ label: "men", sex: "man", units: 30, adjustedPValue: 0.001, estimate: 0.06 });
});

it("tidy() names a row by its key only where that says more than the term", () => {
  const [first] = Object.values(regression.estimates as Record<string, object>);
  const rows = tidy({ ...regression, estimates: { robust: first, treated: first } } as unknown as typeof regression);
  expect(rows.map(({ name }) => name)).toEqual(["robust", undefined]);
});

it("toBroom() has R's names", () => {
  expect(Object.keys(toBroom(tidy(regression))[0]!)).toEqual([
    "term",
    "estimate",
    "std.error",
    "statistic",
    "p.value",
    "conf.low",
    "conf.high",
    "df",
  ]);
});

it("glance() has sample sizes and the plain values of a result, one level down too", () => {
  const result = {
    ...regression,
    rSquared: 0.25,
    bandwidths: { h: [8, 9] },
    kind: "rd.estimate",
    left: { rows: 40 },
  } as unknown as typeof regression;
  expect(glance(result)).toEqual({
    kind: "rd.estimate",
    rows: 1000,
    used: 990,
    dropped: 10,
    units: 100,
    warnings: 1,
    rSquared: 0.25,
    bandwidthsHLeft: 8,
    bandwidthsHRight: 9,
    leftRows: 40,
  });
});

it("toMarkdown() writes one result", () => {
  expect(toMarkdown(regression, { caption: "Hours" })).toBe(
    [
      "**Hours**",
      "",
      "|  | estimate | std. error | z | p | 95% interval |",
      "| --- | ---: | ---: | ---: | ---: | ---: |",
      "| treated | 1.200 | 0.300 | 4.00 | &lt;0.001 | 0.612 to 1.788 |",
      "| age | −0.040 | 0.010 | −4.00 | &lt;0.001 | −0.060 to −0.020 |",
      "",
      "990 of 1,000 rows used; 100 units.",
      "",
    ].join("\n"),
  );
});

it("toLatex() writes models side by side with booktabs", () => {
  const lines = toLatex({ plain: regression, "with 50% more": { ...regression, rSquared: 0.1234 } as typeof regression }).split("\n");
  expect(lines).toContain("\\begin{tabular}{lrr}");
  expect(lines).toContain(" & plain & with 50\\% more \\\\");
  expect(lines).toContain("treated & 1.200 & 1.200 \\\\");
  expect(lines).toContain(" & (0.300) & (0.300) \\\\");
  expect(lines).toContain("R\\textsuperscript{2} &  & 0.123 \\\\");
});

it("toHtml() marks up heads, rows, caption and notes, in Dutch if asked", () => {
  const html = toHtml(subgroups, { caption: "Voor wie", language: "nl", notes: ["Een noot."] });
  expect(html).toContain("<caption>Voor wie</caption>");
  expect(html).toContain('<th scope="row"');
  expect(html).toContain("0,0200");
  expect(html).toContain("990 van 1.000 rijen gebruikt; 100 eenheden. Een noot.");
  expect(html).toContain("not &lt;known&gt; &amp; other");
});

it("tables of one's own get aligned numbers", () => {
  const table = { header: ["Programme", "Cost"], rows: [["Coaching", 1850.5] as const, ["Training", 900] as const], notes: ["In euros."] };
  expect(toMarkdown(table)).toBe("| Programme | Cost |\n| --- | ---: |\n| Coaching | 1,850.5 |\n| Training | 900 |\n\nIn euros.\n");
});

it("decimals follow the standard errors, by row where scales are a thousandfold apart", () => {
  const [treated, age] = Object.values(regression.estimates as Record<string, { term: string; estimate: number; standardError: number }>);
  const scale = (row: typeof treated, factor: number) => ({
    ...row,
    estimate: row!.estimate * factor,
    standardError: row!.standardError * factor,
  });
  const apart = { ...regression, estimates: { treated: scale(treated, 1000), age } } as unknown as typeof regression;
  expect(toMarkdown(apart)).toContain("| treated | 1,200 | 300 |");
  expect(toMarkdown(apart)).toContain("| age | −0.040 | 0.010 |");
  expect(toMarkdown(regression, { decimals: 1 })).toContain("| treated | 1.2 | 0.3 |");
});

it("toCsv() keeps full precision and joins models by a column", () => {
  const lines = toCsv({ a: regression, b: subgroups }).split("\r\n");
  expect(lines[0]).toBe(
    "model,term,estimate,standardError,statistic,pValue,confidenceLow,confidenceHigh,degreesOfFreedom,label,rows,units,share,adjustedPValue,sex,name",
  );
  expect(lines).toHaveLength(2 + 2 + 4);
  expect(lines[1]).toMatch(/^a,treated,1\.2,0\.3,4,0\.0000633424836\d{5,},/);
  expect(lines[1]).toContain(",Inf,");
});

it("the writers refuse what is no result", () => {
  expect(() => toMarkdown({ a: {} } as never)).toThrow('"a" is not a result');
  expect(() => toHtml([])).toThrow("results are needed: none was given");
  expect(() => toLatex(regression, { digits: 2 } as never)).toThrow('no option "digits"');
});
