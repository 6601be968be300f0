import { type ColumnType, frame, readCsv, writeCsv } from "../../src/data/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const COLUMNS = 10;
/** Rows written at a time: a string can't hold 1e7 rows. */
const BLOCK = 100_000;

const task: BenchTask = {
  name: "load-csv",
  call: "readCsv({ text }, { columns }) of 10 numeric columns",
  reference: "data.table::fread(text = )",
  rows: [1e4, 1e5, 1e6, 1e7],
  prepare: (rows) => {
    const columns = Object.fromEntries(
      Array.from({ length: COLUMNS }, (_, j) => [`x${j}`, noise(j, rows).map((value) => Math.round(value * 1e6) / 1e6)]),
    );
    const bytes = csvBytes(columns, rows);
    const types: Record<string, ColumnType> = Object.fromEntries(Object.keys(columns).map((name) => [name, "number"]));
    return {
      columns,
      run: async () => {
        const data = await readCsv(bytes, { columns: types });
        return { rows: data.rowCount, lastValue: data.numbers("x9")[rows - 1]! };
      },
    };
  },
};
export default task;

function csvBytes(columns: Record<string, Float64Array>, rows: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  const encoder = new TextEncoder();
  for (let start = 0; start < rows; start += BLOCK) {
    const part = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.subarray(start, start + BLOCK)]));
    const text = writeCsv(frame(part));
    blocks.push(encoder.encode(start === 0 ? text : text.slice(text.indexOf("\n") + 1)));
  }
  const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}
