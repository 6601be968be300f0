import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { link } from "../../src/linkage/index.ts";

const months = frame({ key: ["a", "a", "b", "c", null], hours: [1, 2, 3, 4, 5] });
const persons = frame({ key: ["b", "a", "d"], sex: ["m", "f", "f"] });

describe("link", () => {
  it("joins many rows to one and counts what has no partner", () => {
    const { data, report } = link(months, persons, { key: "key" });
    expect(data.rows()).toEqual([
      { key: "a", hours: 1, sex: "f" },
      { key: "a", hours: 2, sex: "f" },
      { key: "b", hours: 3, sex: "m" },
    ]);
    expect(report).toEqual({
      leftRows: 5,
      linkedRows: 3,
      leftKeys: 3,
      linkedKeys: 2,
      missingKeys: 1,
      rightRows: 3,
      unusedRightRows: 1,
      ambiguousKeys: 0,
    });
  });

  it("lists keys that stand on several rows, or leaves them out", () => {
    const twice = frame({ key: ["a", "a", "b"], sex: ["f", "m", "m"] });
    expect(() => link(months, twice, { key: "key" })).toThrow(/a stand on several/);
    const { data, report } = link(months, twice, { key: "key", onAmbiguous: "leaveOut" });
    expect(data.numbers("hours")).toEqual(new Float64Array([3]));
    expect(report.ambiguousKeys).toBe(1);
  });

  it("refuses a second shared column", () => {
    expect(() => link(months, frame({ key: ["a"], hours: [1] }), { key: "key" })).toThrow(/"hours" do/);
  });

  it("takes several columns together as the key", () => {
    const left = frame({ id: ["a", "a", "b"], month: [1, 2, 1], y: [1, 2, 3] });
    const right = frame({ month: [2, 1, 2], id: ["a", "b", "b"], x: [5, 6, 7] });
    expect(link(left, right, { key: ["id", "month"] }).data.rows()).toEqual([
      { id: "a", month: 2, y: 2, x: 5 },
      { id: "b", month: 1, y: 3, x: 6 },
    ]);
  });

  it("keeps 20-digit identifiers apart", () => {
    const left = frame({ id: [12345678901234567890n, 12345678901234567891n], y: [1, 2] });
    const right = frame({ id: ["12345678901234567891"], g: [7] });
    expect(link(left, right, { key: "id" }).data.rows()).toEqual([{ id: "12345678901234567891", y: 2, g: 7 }]);
  });

  it("equals a nested loop on random keys", () => {
    const keys = fc.array(fc.option(fc.integer({ min: 0, max: 8 })), { maxLength: 20 });
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const left = frame({ k: Float64Array.from(a, (v) => v ?? Number.NaN), i: a.map((_, i) => i) });
        const right = frame({ k: Float64Array.from(b, (v) => v ?? Number.NaN), j: b.map((_, j) => j) });
        const naive = a.flatMap((v, i) => {
          const partners = b.flatMap((w, j) => (v !== null && v === w ? [j] : []));
          return partners.length === 1 ? [[i, partners[0]]] : [];
        });
        const { data } = link(left, right, { key: "k", onAmbiguous: "leaveOut" });
        expect(Array.from(data.numbers("i"), (i, r) => [i, data.numbers("j")[r]])).toEqual(naive);
      }),
    );
  });
});
