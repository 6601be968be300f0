import { type Frame, frame } from "../../src/data/index.ts";
import { noise, uniform } from "../harness/draws.ts";

/** Names of the regressors. */
export const REGRESSORS: readonly string[] = Array.from({ length: 10 }, (_, j) => `x${j}`);
const CLUSTERS = 1000;

/** An outcome of ten independent regressors with effects 0.1 to 1, and a thousand clusters in random order. */
export function tenRegressors(rows: number): {
  readonly columns: Record<string, Float64Array>;
  readonly data: Frame<Record<string, number>>;
} {
  const columns: Record<string, Float64Array> = { y: noise(1, rows), g: new Float64Array(rows) };
  REGRESSORS.forEach((name, j) => {
    columns[name] = noise(2 + j, rows);
  });
  for (let i = 0; i < rows; i++) {
    columns["g"]![i] = Math.floor(CLUSTERS * uniform(99, i));
    for (let j = 0; j < REGRESSORS.length; j++) columns["y"]![i]! += 0.1 * (j + 1) * columns[`x${j}`]![i]!;
  }
  return { columns, data: frame(columns) };
}
