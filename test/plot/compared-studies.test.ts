import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  compare,
  eventStudy,
  extendedTwfe,
  imputation,
  marginalEffects,
  sunAbraham,
  twoStage,
} from "../../src/did/index.ts";
import { plotData, plotSpec, renderSvg } from "../../src/plot/index.ts";
import { simulateStaggered } from "../did/simulate-staggered.ts";

const people = panel(frame.fromRows(simulateStaggered({ units: 90, periods: 7, cohorts: [3, 4, 6], seed: 3 })), { unit: "id", time: "t" });
const roles = { outcome: "y", firstTreated: "g" } as const;
const compared = compare({
  "group-time": aggregate(attGt(people, roles), { type: "dynamic" }),
  imputation: imputation(people, { ...roles, preTrends: [-3, -2, -1] }),
  "Sun and Abraham": sunAbraham(people, roles),
  "two-way": eventStudy(people, roles),
  stages: twoStage(people, roles),
  extended: marginalEffects(extendedTwfe(people, roles), { type: "event" }),
});

it("takes event studies alone", () => {
  expect(compared.estimators).toEqual(["group-time", "imputation", "Sun and Abraham", "two-way", "stages", "extended"]);
  expect(() => compare({ simple: aggregate(attGt(people, roles), { type: "simple" }) })).toThrow(
    expect.objectContaining({ code: "NO_EVENT_TIMES" }),
  );
});

it("draws estimators side by side at both widths and in both languages", async () => {
  for (const options of [{ width: 720 }, { width: 360, language: "nl" }] as const) {
    const spec = plotSpec(compared, { outcome: "hours", unit: "hours", ...options });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    const svg = await renderSvg(spec);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const name of ["group-time", "imputation", "Sun and Abraham", "two-way"]) expect(svg).toContain(name);
  }
});

it("holds one row for each estimator and event time, apart, in the order given", () => {
  const rows = plotData(compared, { scale: 10 });
  expect(rows).toHaveLength(compared.estimates.length);
  const atZero = rows.filter((row) => row["eventTime"] === 0);
  expect(atZero.map((row) => row["estimator"])).toEqual(compared.estimators);
  expect(new Set(atZero.map((row) => row["position"])).size).toBe(6);
  expect(atZero[0]!["estimate"]).toBeCloseTo(10 * compared.estimates.find(({ eventTime }) => eventTime === 0)!.estimate, 10);
});
