import { type Frame, frame } from "../../src/data/index.ts";
import { noise, uniform } from "../harness/draws.ts";

type Row = Record<"y" | "x1" | "x2" | "x3" | "first" | "second" | "third", number>;

/** Rows with two or three groupings, three regressors that depend on them, and an outcome with effects of 1, -0.5 and 0.25. */
export function fixedEffectData(
  rows: number,
  groups: { readonly first: (row: number) => number; readonly second: (row: number) => number; readonly third?: (row: number) => number },
): { columns: Record<string, Float64Array>; data: Frame<Row> } {
  const columns: Record<keyof Row, Float64Array> = {
    y: noise(11, rows),
    x1: noise(12, rows),
    x2: noise(13, rows),
    x3: noise(14, rows),
    first: new Float64Array(rows),
    second: new Float64Array(rows),
    third: new Float64Array(rows),
  };
  for (let i = 0; i < rows; i++) {
    const [a, b, c] = [groups.first(i), groups.second(i), groups.third?.(i) ?? 0];
    const effect = uniform(15, a) + uniform(16, b) + uniform(17, c);
    columns.first[i] = a;
    columns.second[i] = b;
    columns.third[i] = c;
    columns.x1[i]! += effect;
    columns.x2[i]! += uniform(18, a);
    columns.y[i]! += columns.x1[i]! - 0.5 * columns.x2[i]! + 0.25 * columns.x3[i]! + 2 * effect;
  }
  return { columns, data: frame(columns) };
}

const ROWS_A_WORKER = 10;
const WORKERS_A_FIRM = 8;

/** Workers who hardly ever change firm, in firms that hire from their neighbours: a badly connected graph. */
export const workerAt = (row: number): number => Math.floor(row / ROWS_A_WORKER);
export const firmAt = (row: number): number => {
  const worker = workerAt(row);
  const firm = Math.floor(worker / WORKERS_A_FIRM);
  const moves = uniform(19, worker) < 0.1 && row % ROWS_A_WORKER >= ROWS_A_WORKER / 2;
  return moves ? firm + 1 : firm;
};
