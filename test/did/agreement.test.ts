import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import {
  attGt,
  efficient,
  eventStudy,
  extendedTwfe,
  goodmanBacon,
  imputation,
  localProjections,
  stacked,
  sunAbraham,
  triple,
  twoByTwo,
  twoStage,
  twoWayFixedEffects,
} from "../../src/did/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 90, periods: 6, cohorts: [3, 5], seed: 21 }).map((row) => {
  const x = Math.sin(row.id * 1.7);
  return {
    ...row,
    x,
    y: row.y + 0.1 * x * row.t,
    w: 1 + (row.id % 3),
    part: (row.id >> 2) % 2,
    ever: row.g === 3 ? 1 : 0,
    d: row.g > 0 && row.t >= row.g ? 1 : 0,
  };
});
type Row = (typeof rows)[number];
const panelOf = (list: readonly Row[]): Panel<Row> => panel(frame.fromRows(list), { unit: "id", time: "t" }) as unknown as Panel<Row>;
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;

describe("weights count like repeated units", () => {
  const once = panelOf(rows);
  const repeated = panelOf(rows.flatMap((row) => Array.from({ length: row.w }, (_, k) => ({ ...row, id: 10 * row.id + k }))));
  type Estimator = (data: Panel<Row>, weights: { weights?: "w" }) => { readonly estimates: readonly { readonly estimate: number }[] };
  it.each<[string, Estimator]>([
    ["attGt, doubly robust", (data, own) => attGt(data, { ...OPTIONS, covariates: ["x"], ...own })],
    ["attGt, ipw", (data, own) => attGt(data, { ...OPTIONS, covariates: ["x"], method: "ipw", controlGroup: "notYetTreated", ...own })],
    ["attGt, regression", (data, own) => attGt(data, { ...OPTIONS, covariates: ["x"], method: "regression", ...own })],
    ["attGt by rows", (data, own) => attGt(data, { ...OPTIONS, covariates: ["x"], unbalanced: "keep", ...own })],
    ["triple", (data, own) => triple(data, { ...OPTIONS, partition: "part", covariates: ["x"], ...own })],
    ["eventStudy", (data, own) => eventStudy(data, { ...OPTIONS, covariates: ["x"], ...own })],
    ["sunAbraham", (data, own) => sunAbraham(data, { ...OPTIONS, ...own })],
    ["imputation", (data, own) => imputation(data, { ...OPTIONS, ...own })],
    ["twoStage", (data, own) => twoStage(data, { ...OPTIONS, ...own })],
    ["extendedTwfe", (data, own) => extendedTwfe(data, { ...OPTIONS, ...own })],
    ["stacked", (data, own) => stacked(data, { ...OPTIONS, window: [-2, 1], ...own })],
  ])("%s", (_, estimator) => {
    const [weighted, duplicated] = [estimator(once, { weights: "w" }), estimator(repeated, {})];
    expect(weighted.estimates.length).toBe(duplicated.estimates.length);
    weighted.estimates.forEach(({ estimate }, k) => {
      expect(estimate).toBeCloseTo(duplicated.estimates[k]!.estimate, 7);
    });
  });
});

it("with two groups and two periods every estimator is the difference of mean changes", () => {
  const data = panelOf(rows.filter(({ g, t }) => g !== 5 && (t === 2 || t === 3)));
  const double = attGt(data, OPTIONS).estimates[0]!.estimate;
  const methods = ["doublyRobust", "improvedDoublyRobust", "regression", "ipw", "horvitzThompson", "twoWayRegression"] as const;
  const found = [
    ...methods.map((method) => twoByTwo(data, { outcome: "y", treated: "ever", method }).estimates.att.estimate),
    imputation(data, OPTIONS).overall.estimate,
    twoStage(data, { outcome: "y", treated: "d" }).estimates[0]!.estimate,
    extendedTwfe(data, OPTIONS).estimates[0]!.estimate,
    sunAbraham(data, OPTIONS).overall.estimate,
    Object.values(twoWayFixedEffects(data, { outcome: "y", treated: "d" }).estimates)[0]!.estimate,
    stacked(data, { ...OPTIONS, window: [-1, 0] }).overall.estimate,
    localProjections(data, OPTIONS).overall.estimate,
    localProjections(data, { outcome: "y", treated: "d" }).overall.estimate,
    goodmanBacon(data, { outcome: "y", treated: "d" }).comparisons[0]!.estimate,
    efficient(data, { ...OPTIONS, adjustment: 1 }).estimates[0]!.estimate,
  ];
  for (const value of found) expect(value).toBeCloseTo(double, 10);
});
