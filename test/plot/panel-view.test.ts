import { expect, it } from "vitest";
import { frame, panel } from "../../src/index.ts";
import { panelView, renderSvg } from "../../src/plot/index.ts";

/** Units by how they are treated: never, from 2003, from 2004 on and off again, from entry; the last one enters in 2002. */
const PATHS = [
  [0, 0, 0, 0, 0],
  [0, 0, 1, 1, 1],
  [0, 0, 0, 1, 0],
  [undefined, 1, 1, 1, 1],
] as const;

function rollOut(copies: number) {
  const rows = Array.from({ length: copies * PATHS.length }, (_, unit) =>
    PATHS[unit % PATHS.length]!.flatMap((treated, t) => (treated === undefined ? [] : [{ unit, year: 2001 + t, treated }])),
  ).flat();
  return panel(frame.fromRows(rows as { unit: number; year: number; treated: number }[]), { unit: "unit", time: "year" });
}

interface Drawn {
  readonly title: { readonly text: readonly string[] };
  readonly description: string;
  readonly data: {
    readonly values: readonly {
      readonly unit: string;
      readonly line: number;
      readonly from: number;
      readonly to: number;
      readonly state: string;
    }[];
  };
}
const view = (copies: number, options: Partial<Parameters<typeof panelView<{ treated: number }>>[1]> = {}): Drawn =>
  panelView(rollOut(copies), { treated: "treated", units: "districts", treatment: "job help", ...options }) as unknown as Drawn;

it("panelView() draws a run for each state of a unit, grouped by start, those never treated last", () => {
  const { data, title, description } = view(1);
  expect(data.values.map(({ unit, from, to, state }) => [unit, from, to, state])).toEqual([
    ["3", 1, 5, "treated"],
    ["1", 0, 2, "untreated"],
    ["1", 2, 5, "treated"],
    ["2", 0, 3, "untreated"],
    ["2", 3, 4, "treated"],
    ["2", 4, 5, "untreated"],
    ["0", 0, 5, "untreated"],
  ]);
  expect(title.text.join(" ")).toBe("Job help: 3 of 4 districts get it, from 2 different times on (2003 to 2004)");
  expect(description).toContain("From entry: 1, From 2003: 1, From 2004: 1, Never: 1. Treatment ends again for 1 of them.");
});

it("panelView() draws at most the asked number of units, some of every group, and counts all", () => {
  const { data, title } = view(100, { maximumUnits: 40 });
  const lines = new Set(data.values.map(({ line }) => line));
  expect(lines.size).toBe(40);
  expect(title.text.join(" ")).toContain("300 of 400 districts");
  expect(new Set(view(100, { maximumUnits: 4 }).data.values.map(({ unit }) => Number(unit) % 4)).size).toBe(4);
});

it("panelView() draws at both widths and in Dutch", async () => {
  for (const width of [720, 360]) {
    const svg = await renderSvg(panelView(rollOut(20), { treated: "treated", width, language: "nl", units: "wijken" }));
    expect(svg).toContain(` width="${width}" `);
    expect(svg).toContain("Vanaf 2003");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  }
});

it("panelView() refuses a treatment that is not 0 or 1, an empty panel and unknown options", () => {
  const wrong = rollOut(1).with({ treated: Float64Array.from({ length: 19 }, (_, i) => i) });
  expect(() => panelView(wrong, { treated: "treated" })).toThrow('"treated" must be 0 or 1: row 2 has 2');
  expect(() =>
    panelView(
      rollOut(1).filter(() => false),
      { treated: "treated" },
    ),
  ).toThrow("needs rows: it has none");
  expect(() => view(1, { maximumUnits: 0 })).toThrow('"maximumUnits"');
  expect(() => view(1, { heigth: 3 } as never)).toThrow('did you mean "height"?');
});
