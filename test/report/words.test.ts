import { expect, it } from "vitest";
import { estimateFromStandardError } from "../../src/inference/estimate.ts";
import { explain, summarize } from "../../src/report/index.ts";
import { eventStudy, groupTime, regression, subgroups } from "../plot/example-results.ts";

it("summarize() says what, how much, on which rows, with which doubts", () => {
  expect(summarize(regression)).toBe(
    [
      'Ordinary least squares of "employed" (regression.ols)',
      "",
      "          estimate   std. error       z        p       95% interval",
      "treated      1.200        0.300    4.00   <0.001     0.612 to 1.788",
      "age         −0.040        0.010   −4.00   <0.001   −0.060 to −0.020",
      "",
      "Sample: 990 of 1,000 rows used; 100 units.",
      '  left out: 10 rows, missing "employed"',
      "Warnings:",
      "  FEW_CLUSTERS: Only 12 clusters",
      'Options: outcome "employed", running "childAgeMonths", level 0.95',
      "Reference: A reference (2020)",
    ].join("\n"),
  );
});

it("summarize() shows joint tests, inner estimates and bandwidths, and counts what it does not list", () => {
  expect(summarize(subgroups)).toContain("Test, equality: chi-squared(2) = 18.00, p <0.001");
  expect(summarize(groupTime, { maxRows: 3 })).toContain("… 5 more rows; tidy(result) holds all");
  const rd = {
    ...regression,
    kind: "rd.estimate",
    bandwidths: { h: [8.25, 8.25] },
    firstStage: regression.estimates,
  } as unknown as typeof regression;
  expect(summarize(rd)).toContain("Bandwidths: h 8.25 | 8.25");
  expect(summarize(rd)).toMatch(/\nFirst stage {3,}estimate/);
});

const parents = { people: "single parents", measure: { type: "share", state: "in work" } } as const;

it("explain() tells an effect in people, with base rate, range and whom it is about", () => {
  expect(explain(eventStudy, { ...parents, baseRate: 0.377 })).toBe(
    "Of every 1,000 single parents, about 30 more were in work: 407 instead of 377. Plausibly it was between 18 and 42 more (95% interval). " +
      "This is about those who got the programme, compared with how they would have fared without it.",
  );
  const dutch = {
    people: "alleenstaande ouders",
    measure: { type: "share", state: "aan het werk" },
    baseRate: 0.377,
    language: "nl",
  } as const;
  expect(explain(eventStudy, dutch)).toBe(
    "Van elke 1.000 alleenstaande ouders waren er ongeveer 30 meer aan het werk: 407 in plaats van 377. " +
      "Aannemelijk is tussen 18 en 42 meer (95%-interval). " +
      "Dit gaat over degenen die het programma kregen, vergeleken met hoe het hun zonder zou zijn vergaan.",
  );
});

it("explain() says when the direction is not known, when fewer, and when there is no difference", () => {
  const of = (estimate: number, standardError: number) =>
    estimateFromStandardError("x", estimate, standardError, Number.POSITIVE_INFINITY, 0.95);
  const tell = (estimate: number, standardError: number) => explain(subgroups, { ...parents, estimate: of(estimate, standardError) });
  expect(tell(0.005, 0.006)).toBe(
    "Of every 1,000 single parents, about 5 more were in work. Anything from 7 fewer to 17 more is plausible (95% interval), " +
      "so the data do not tell in which direction it went.",
  );
  expect(tell(-0.05, 0.01)).toContain("about 50 fewer were in work. Plausibly it was between 30 and 70 fewer");
  expect(tell(0.0001, 0.006)).toContain("about as many were in work as without it");
  expect(tell(0.05, Number.NaN)).toContain("How uncertain this number is could not be computed.");
});

it("explain() tells means in their unit, points at doubts, and takes the level before a sharp cutoff as base", () => {
  const hours = {
    people: "single parents",
    measure: { type: "mean", name: "paid work", unit: "hours a week" },
    estimate: "treated",
  } as const;
  expect(explain(regression, { ...hours, baseRate: 20 })).toBe(
    "Among single parents, paid work came to about 1.2 hours a week more on average: 21.2 instead of 20.0. " +
      "Plausibly it was between 0.6 and 1.8 hours a week more (95% interval). There is a doubt about this result: see its warning.",
  );
  const rd = { ...subgroups, kind: "rd.estimate", left: { conventional: 0.4 } } as unknown as typeof subgroups;
  expect(explain(rd, parents)).toContain("31 more were in work: 431 instead of 400");
  expect(explain(rd, parents)).toContain("people close to the cutoff, not about everyone");
});

it("explain() never speaks of significance and asks which estimate is meant", () => {
  for (const language of ["en", "nl"] as const) expect(explain(eventStudy, { ...parents, language })).not.toMatch(/signifi/i);
  expect(() => explain(regression, parents)).toThrow('option "estimate" must name one of its estimates: it has 2');
  expect(() => explain(regression, { ...parents, estimate: "tread" })).toThrow('it has no estimate "tread"');
  expect(() => explain(eventStudy, { ...parents, baseRate: 1.5 })).toThrow('"baseRate" must be a number from 0 to 1');
});
