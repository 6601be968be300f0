import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { orderRows } from "../../src/data/row-order.ts";

type Cells = { unit: string; time: number; y: number };
const code = (expected: string) => expect.objectContaining({ code: expected });

/** Panels with gaps and unequal lengths, rows in any order. */
const rows: fc.Arbitrary<Cells[]> = fc.uniqueArray(
  fc.record({ unit: fc.constantFrom("b", "a", "c", "d"), time: fc.integer({ min: -3, max: 6 }), y: fc.integer() }),
  { selector: ({ unit, time }) => `${unit} ${time}`, maxLength: 30 },
);
const make = (cells: readonly Cells[]): Panel<Cells> =>
  panel(
    frame({
      unit: cells.map((r) => r.unit),
      time: Float64Array.from(cells, (r) => r.time),
      y: Float64Array.from(cells, (r) => r.y),
    }),
    { unit: "unit", time: "time" },
  );
const sorted = (cells: readonly Cells[]): Cells[] => {
  const appearance = [...new Set(cells.map(({ unit }) => unit))];
  return cells.toSorted((a, b) => appearance.indexOf(a.unit) - appearance.indexOf(b.unit) || a.time - b.time);
};
/** Everything that must hold of a panel, by its own rows alone. */
const isSound = (data: Panel<Cells>): void => {
  const cells = data.rows();
  expect(data.rowCount).toBe(cells.length);
  expect([...data.times]).toEqual([...new Set(cells.map(({ time }) => time!))].sort((a, b) => a - b));
  expect(cells.map((_, i) => data.times[data.timeCodes[i]!])).toEqual(cells.map(({ time }) => time));
  const starts = cells.flatMap(({ unit }, i) => (i === 0 || unit !== cells[i - 1]!.unit ? [i] : []));
  expect([...data.unitOffsets]).toEqual([...starts, cells.length]);
  expect(data.unitCount).toBe(new Set(cells.map(({ unit }) => unit)).size);
  for (let u = 0; u < data.unitCount; u++) expect(data.unitLabel(u)).toBe(cells[data.unitOffsets[u]!]!.unit);
  for (let i = 1; i < cells.length; i++) {
    if (cells[i]!.unit === cells[i - 1]!.unit) expect(cells[i]!.time!).toBeGreaterThan(cells[i - 1]!.time!);
  }
};

describe("panel() against sorted rows", () => {
  it("sorts by unit, then time", () => {
    fc.assert(
      fc.property(rows, (cells) => {
        fc.pre(cells.length > 0);
        const data = make(cells);
        expect(data.rows()).toEqual(sorted(cells));
        isSound(data);
      }),
    );
  });

  it("stays a panel through filter, take, select and with", () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.boolean()), (cells, coins) => {
        fc.pre(cells.length > 0);
        const data = make(cells);
        const inOrder = sorted(cells);
        const mask = inOrder.map(() => coins.next().value as boolean);
        const kept = inOrder.filter((_, i) => mask[i]);
        const filtered = data.filter(mask);
        expect(filtered.rows()).toEqual(kept);
        isSound(filtered);
        const index = Int32Array.from(inOrder.flatMap((_, i) => (mask[i] ? [i] : [])));
        expect(data.take(index).rows()).toEqual(kept);
        isSound(data.filter(({ y }) => y! > 0).filter(({ time }) => time! < 4));
        expect(data.select("y").rows()).toEqual(inOrder.map(({ unit, time, y }) => ({ unit, time, y })));
        const added = data.with({ z: inOrder.map(({ y }) => -y) });
        expect(added.rows()).toEqual(inOrder.map((row) => ({ ...row, z: -row.y })));
        expect(added.unitOffsets).toBe(data.unitOffsets);
      }),
    );
  });

  it("orders numeric units by value, and dense and sparse keys alike", () => {
    const unit = [1e9, 5, 1e9, -2, 5, 1e6];
    const time = [2, 900_000, 1, 7, 3, 1];
    const data = panel(frame({ unit, time }), { unit: "unit", time: "time" });
    expect(data.rows().map((r) => [r.unit, r.time])).toEqual([
      [-2, 7],
      [5, 3],
      [5, 900_000],
      [1e6, 1],
      [1e9, 1],
      [1e9, 2],
    ]);
    expect(data.unitLabel(0)).toBe("-2");
  });
});

describe("orderRows()", () => {
  it("sorts stably by cell table and by counting sort", () => {
    const pair = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 40 }), fc.constantFrom(6, 4000), (pairs, times) => {
        const { order, unit, time } = orderRows(
          Int32Array.from(pairs, ([u]) => u),
          6,
          Int32Array.from(pairs, ([, t]) => t),
          times,
        );
        const expected = pairs.map((_, i) => i).sort((a, b) => pairs[a]![0] - pairs[b]![0] || pairs[a]![1] - pairs[b]![1] || a - b);
        expect(order === undefined ? pairs.map((_, i) => i) : [...order]).toEqual(expected);
        expect([...unit]).toEqual(expected.map((i) => pairs[i]![0]));
        expect([...time]).toEqual(expected.map((i) => pairs[i]![1]));
      }),
    );
  });
});

describe("panel() and its keys", () => {
  it("does not copy data in order, and sorts other columns when they are first read", () => {
    const y = Float64Array.of(1, 2, 3);
    const inOrder = panel(frame({ id: [1, 1, 2], t: [1, 2, 1], y }), { unit: "id", time: "t" });
    expect(inOrder.numbers("y")).toBe(y);
    const shuffled = panel(frame({ id: [2, 1, 1], t: [1, 2, 1], y }), { unit: "id", time: "t" });
    expect([...shuffled.numbers("y")]).toEqual([3, 2, 1]);
    expect(shuffled.numbers("y")).toBe(shuffled.numbers("y"));
  });

  it("lists the first repeats of unit and time", () => {
    const data = frame({
      person: ["p", "q", "p", "q", "q"],
      month: { type: "month", values: Float64Array.of(24170, 24170, 24170, 24170, 24170) },
    });
    const build = () => panel(data, { unit: "person", time: "month" });
    expect(build).toThrow("repeated p at 2014-03, q at 2014-03, q at 2014-03; remove or merge the repeats first");
    expect(build).toThrow(expect.objectContaining({ details: { rows: [2, 3, 4], duplicates: 3, pairs: expect.any(Array) } }));
    const many = frame({ id: new Float64Array(20), t: new Float64Array(20) });
    expect(() => panel(many, { unit: "id", time: "t" })).toThrow("and 14 more");
  });

  it("refuses keys that are missing, infinite, labels or one column", () => {
    const data = frame({ id: ["a", null, "b"], t: [1, 2, null], c: ["x", "y", "z"], s: [1, Number.POSITIVE_INFINITY, 2] });
    expect(() => panel(data, { unit: "id", time: "s" })).toThrow('every row needs "id": 1 of 3 rows have none');
    expect(() => panel(data, { unit: "c", time: "t" })).toThrow('every row needs "t"');
    expect(() => panel(data, { unit: "c", time: "s" })).toThrow(code("INFINITE_VALUE"));
    expect(() => panel(data, { unit: "id", time: "c" as "t" })).toThrow(code("NOT_NUMERIC"));
    expect(() => panel(data, { unit: "t", time: "t" })).toThrow(code("SAME_KEY"));
    expect(() => panel(data, { unit: "idd" as "id", time: "t" })).toThrow('did you mean "id"?');
  });

  it("guards its keys and its order", () => {
    const data = make([
      { unit: "a", time: 1, y: 1 },
      { unit: "a", time: 2, y: 2 },
    ]);
    expect(() => data.with({ time: [1, 2] })).toThrow(code("PANEL_KEY"));
    expect(() => data.take(Int32Array.of(1, 0))).toThrow(code("UNSORTED_INDEX"));
    expect(() => data.take(Int32Array.of(0, 0))).toThrow(code("UNSORTED_INDEX"));
    expect(() => data.take(Int32Array.of(0, 2))).toThrow(code("ROW_OUT_OF_RANGE"));
  });

  it("works with one row and with none", () => {
    const one = make([{ unit: "a", time: 3, y: 1 }]);
    isSound(one);
    const none = one.filter([false]);
    expect([none.rowCount, none.unitCount, none.times.length, [...none.unitOffsets]]).toEqual([0, 0, 0, [0]]);
    const empty = panel(frame({ id: new Float64Array(0), t: new Float64Array(0) }), { unit: "id", time: "t" });
    expect([empty.rowCount, empty.unitCount]).toEqual([0, 0]);
  });

  it("shows times as their column does", () => {
    const data = panel(frame({ id: [1], m: { type: "month", values: Float64Array.of(24170) } }), { unit: "id", time: "m" });
    expect(data.timeLabel(24171)).toBe("2014-04");
  });

  it("sorts a million shuffled rows", () => {
    const n = 1_000_000;
    const step = 7_654_321; // coprime to n: a permutation
    const id = new Float64Array(n);
    const t = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const k = (i * step) % n;
      id[i] = Math.floor(k / 50);
      t[i] = k % 50;
    }
    const data = panel(frame({ id, t }), { unit: "id", time: "t" });
    expect([data.unitCount, data.times.length]).toEqual([n / 50, 50]);
    expect(data.numbers("id").every((unit, i) => unit === Math.floor(i / 50))).toBe(true);
    expect(data.timeCodes.every((time, i) => time === i % 50)).toBe(true);
  });
});
