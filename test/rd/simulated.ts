import { type Frame, frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";

/** A row of the simulated designs. */
export interface SimulatedRow {
  x: number;
  y: number;
  z: number;
  d: number;
  w: number;
  g: number;
}

/** How the designs differ. */
export interface Simulation {
  readonly n: number;
  readonly seed: number;
  readonly jump?: number;
  /** Rounds the running variable to multiples of it. */
  readonly grid?: number;
}

/** A smooth regression with a jump at 0, a covariate, a treatment with imperfect compliance, weights and clusters. */
export function simulated({ n, seed, jump = 0.5, grid = 0 }: Simulation): Frame<SimulatedRow> {
  const stream = createStream(seed);
  const columns = {
    x: new Float64Array(n),
    y: new Float64Array(n),
    z: new Float64Array(n),
    d: new Float64Array(n),
    w: new Float64Array(n),
    g: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    const raw = 2 * stream.uniform() - 1;
    const x = grid > 0 ? Math.round(raw / grid) * grid : raw;
    const z = stream.normal() + 0.3 * x;
    const d = stream.uniform() < (x >= 0 ? 0.8 : 0.2) ? 1 : 0;
    columns.x[i] = x;
    columns.z[i] = z;
    columns.d[i] = d;
    columns.w[i] = 0.5 + stream.uniform();
    columns.g[i] = Math.floor(stream.uniform() * 40);
    columns.y[i] = 1 + 0.8 * x + 0.6 * x * x + (x >= 0 ? jump : 0) + 0.4 * d + 0.2 * z + 0.3 * stream.normal();
  }
  return frame(columns);
}

/** A copy with one column replaced. */
export function replaced(
  data: Frame<SimulatedRow>,
  name: keyof SimulatedRow,
  change: (value: number, row: number) => number,
): Frame<SimulatedRow> {
  return data.with({ [name]: data.numbers(name).map(change) }) as unknown as Frame<SimulatedRow>;
}
