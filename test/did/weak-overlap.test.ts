import { expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { attGt, triple, twoByTwo } from "../../src/did/index.ts";
import { logit } from "../../src/regression/index.ts";

interface Row {
  readonly id: number;
  readonly t: number;
  readonly g: number;
  readonly d: number;
  readonly y: number;
  readonly x: number;
}

/** 400 units; the treated have large x, and so have a few controls: their propensities are between the threshold 0.995 and 0.999. */
const rows = Array.from({ length: 400 * 3 }, (_, k): Row => {
  const [id, t] = [Math.floor(k / 3), 1 + (k % 3)];
  const d = id % 2;
  const noise = 1.9 * Math.sin(id * id) + 0.9 * Math.cos(7 * id);
  const x = id === 0 || id === 100 ? 5 : Math.min(5, d * 4 + noise);
  return { id, t, g: d === 1 ? 3 : 0, d, y: Math.sin(k * k) + 0.1 * x * t + (d === 1 && t >= 3 ? 1 : 0), x };
});
const build = (kept: (row: Row) => boolean): Panel<Row> =>
  panel(frame.fromRows(rows.filter(kept)), { unit: "id", time: "t" }) as unknown as Panel<Row>;
const all = build(() => true);
const pair = build(({ t }) => t >= 2);
/** Controls of period 2 whose propensity, by a logit of its own, is at or above the threshold. */
function trimmedControls(): number {
  const own = rows.filter(({ t }) => t === 2);
  const { estimates } = logit(frame.fromRows(own), { outcome: "d", regressors: ["x"] });
  const [intercept, slope] = ["(Intercept)", "x"].map((name) => estimates[name]!.estimate) as [number, number];
  const propensities = own.map(({ x }) => 1 / (1 + Math.exp(-intercept - slope * x)));
  expect(Math.max(...propensities)).toBeLessThan(0.999);
  return propensities.filter((p, i) => own[i]!.d === 0 && p >= 0.995).length;
}
const warned = (result: {
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly details?: unknown }[];
}) => result.warnings.find(({ code }) => code === "CONTROLS_TRIMMED");
const OPTIONS = { outcome: "y", firstTreated: "g", covariates: ["x"] } as const;

it("says how many controls are left out for propensities near one, and in which comparison", () => {
  const controls = trimmedControls();
  expect(controls).toBeGreaterThan(0);
  for (const method of ["doublyRobust", "ipw"] as const) {
    const { message, details } = warned(attGt(all, { ...OPTIONS, method }))!;
    expect(message).toContain(`ATT(3,3) (${controls})`);
    expect(details).toEqual({
      trimmed: [
        { term: "ATT(3,2)", controls },
        { term: "ATT(3,3)", controls },
      ],
    });
    expect(warned(twoByTwo(pair, { outcome: "y", treated: "d", covariates: ["x"], method }))!.details).toEqual({ controls, trim: 0.995 });
  }
  expect(warned(attGt(all, { ...OPTIONS, method: "regression" }))).toBeUndefined();
});

it("counts alike whether covariates are fixed, change, or belong to rows, and in triple differences", () => {
  const controls = trimmedControls();
  const moving = all.with({ x: all.numbers("x").map((x, i) => (all.numbers("t")[i] === 3 ? x + 1e-9 : x)) }) as unknown as Panel<Row>;
  const rest = frame.fromRows(rows.filter(({ id, t }) => id !== 5 || t !== 1));
  const unbalanced = panel(rest, { unit: "id", time: "t" }) as unknown as Panel<Row>;
  const byRows = warned(attGt(unbalanced, { ...OPTIONS, unbalanced: "keep" }))!;
  expect(warned(attGt(moving, OPTIONS))!.message).toContain(`ATT(3,3) (${controls})`);
  expect(byRows.message).toContain(`ATT(3,3) (${2 * controls})`);
  // the ineligible resemble the eligible treated, so that only the comparison with the eligible controls trims
  const eligible = rows.map((row) => ({ ...row, part: 1 }));
  const ineligible = rows.map((row) => ({ ...row, id: row.id + 1000, part: 0, x: 3 + Math.sin(row.id) }));
  const both = panel(frame.fromRows([...eligible, ...ineligible]), { unit: "id", time: "t" });
  expect(warned(triple(both, { ...OPTIONS, partition: "part" }))!.message).toContain(`ATT(3,3) (${controls})`);
});

it("says where two-by-two comparisons have no overlap at all, and refuses groups and clusters that are none", () => {
  const apart = pair.with({ x: pair.numbers("x").map((x, i) => x + 40 * pair.numbers("d")[i]!) }) as unknown as Panel<Row>;
  const options = { outcome: "y", treated: "d", covariates: ["x"] } as const;
  const codes = (method: "doublyRobust" | "regression"): readonly string[] =>
    twoByTwo(apart, { ...options, method }).warnings.map(({ code }) => code);
  expect(codes("doublyRobust")).toContain("NO_OVERLAP");
  expect(codes("regression")).toEqual([]);
  const groups = pair.with({ few: pair.numbers("id").map((id) => id % 4), one: pair.numbers("id").map(() => 1) });
  const grouped = { outcome: "y", treated: "d", method: "regression" } as const;
  expect(twoByTwo(groups, { ...grouped, cluster: "few" }).warnings.map(({ code }) => code)).toEqual(["FEW_CLUSTERS"]);
  expect(() => twoByTwo(groups, { ...grouped, cluster: "one" })).toThrow(expect.objectContaining({ code: "ONE_CLUSTER" }));
  expect(() => twoByTwo(groups, { ...grouped, treated: "one", method: "twoWayRegression" })).toThrow(
    expect.objectContaining({ code: "NO_CONTROL_UNITS" }),
  );
});
