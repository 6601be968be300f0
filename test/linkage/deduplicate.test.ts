import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { deduplicate } from "../../src/linkage/index.ts";

const rows = frame({
  id: ["a", "a", "b", "b", "c", null, null, "b"],
  month: [1, 1, 1, 1, 2, 3, 3, 1],
  hours: [5, 5, 6, 7, 8, 9, 9, 6],
});

describe("deduplicate", () => {
  it("keeps the first of identical rows and none of contradicting ones", () => {
    const { data, identical, conflicting } = deduplicate(rows, { key: ["id", "month"], onConflict: "leaveOut" });
    expect(data.numbers("hours")).toEqual(new Float64Array([5, 8, 9, 9]));
    expect([identical, conflicting]).toEqual([1, 3]);
    expect(data.rowCount + identical + conflicting).toBe(rows.rowCount);
  });

  it("lists keys whose rows contradict each other", () => {
    expect(() => deduplicate(rows, { key: ["id", "month"] })).toThrow(/b \/ 1 do not/);
  });

  it("treats missing values as equal and gives the frame itself when nothing repeats", () => {
    const once = frame({ id: [1, 2], y: [Number.NaN, 3] });
    expect(deduplicate(once, { key: "id" }).data).toBe(once);
    expect(deduplicate(frame({ id: [1, 1], y: [Number.NaN, Number.NaN] }), { key: "id" }).identical).toBe(1);
  });
});
