import { type ColumnType, frame, readCsv, writeCsv } from "../../src/data/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const COLUMNS = 10;

const task: BenchTask = {
  name: "load-csv",
  call: "readCsv({ text }, { columns }) of 10 numeric columns",
  reference: "data.table::fread(text = )",
  rows: [1e4, 1e5, 1e6],
  prepare: (rows) => {
    const columns = Object.fromEntries(
      Array.from({ length: COLUMNS }, (_, j) => [`x${j}`, noise(j, rows).map((value) => Math.round(value * 1e6) / 1e6)]),
    );
    const bytes = new TextEncoder().encode(writeCsv(frame(columns)));
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
