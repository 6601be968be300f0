import {
  absolute,
  addHalves,
  advance,
  type Code,
  constant,
  get,
  I32,
  integer,
  type LoadedModule,
  larger,
  lessThan,
  load,
  loadVectorModule,
  minus,
  plus,
  repeat,
  set,
  shiftHalves,
  store,
  times,
  V128,
  type VectorFunction,
} from "../../moments/index.ts";

/** Rows from which vectors are worth copying for, and rows of a block. */
const WORTH_VECTORS = 256;
const ROWS = 1024;
/** Up to this size of the argument the exponential is a normal double. */
const LARGEST = 708;

interface ExponentialVectors {
  /** Replaces the doubles from 16 on by their exponentials and leaves the largest argument's size, by parity of the place, at 0. */
  readonly exponentials: (end: number) => void;
}

let loaded: LoadedModule<ExponentialVectors> | undefined | "untried" = "untried";

/**
 * `out = e^x` from row `start` to before `end`, to within two units in the last place; `Math.exp` where vectors are missing, where an
 * argument is out of the range of normal results, and for a few rows.
 */
export function exponentials(x: Float64Array, out: Float64Array, start: number, end: number): void {
  if (loaded === "untried") loaded = loadVectorModule<ExponentialVectors>([exponentialFunction()]);
  if (loaded === undefined || end - start < WORTH_VECTORS) {
    for (let i = start; i < end; i++) out[i] = Math.exp(x[i]!);
    return;
  }
  const memory = loaded.memory(2 + ROWS);
  for (let from = start; from < end; from += ROWS) {
    const to = Math.min(end, from + ROWS);
    const count = to - from;
    memory.set(x.subarray(from, to), 2);
    if (count % 2 === 1) memory[2 + count] = 0;
    loaded.functions.exponentials(16 + 8 * (count + (count & 1)));
    if (memory[0]! <= LARGEST && memory[1]! <= LARGEST) out.set(memory.subarray(2, 2 + count), from);
    else for (let i = from; i < to; i++) out[i] = Math.exp(x[i]!);
  }
}

/** ln 2 in two parts, the first short enough for its multiples up to 2^11 to be exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Added to a small number and taken away again, it leaves the nearest integer; in between that integer stands in the last bits. */
const ROUNDING = 1.5 * 2 ** 52;
/** Terms of the series: what is left out is below a hundredth of a unit in the last place for |r| <= ln(2) / 2. */
const DEGREE = 13;

/** `e^x = 2^k e^r` with `x = k ln 2 + r`, `e^r` by its series, even and odd powers apart. */
function exponentialFunction(): VectorFunction {
  const [END, AT, LARGEST_SEEN, X, K, SQUARE, EVEN, ODD] = [0, 1, 2, 3, 4, 5, 6, 7];
  let factorial = 1;
  const inverse = Array.from({ length: DEGREE + 1 }, (_, p) => {
    if (p > 0) factorial *= p;
    return 1 / factorial;
  });
  const series = (first: number): Code => {
    let sum: Code = constant(inverse[first]!);
    for (let p = first - 2; p >= 0; p -= 2) sum = plus(times(sum, get(SQUARE)), constant(inverse[p]!));
    return sum;
  };
  const row = [
    ...set(X, load(get(AT))),
    ...set(LARGEST_SEEN, larger(get(LARGEST_SEEN), absolute(get(X)))),
    ...set(K, plus(times(get(X), constant(Math.LOG2E)), constant(ROUNDING))),
    ...set(ODD, minus(get(K), constant(ROUNDING))),
    ...set(X, minus(minus(get(X), times(get(ODD), constant(LN2_HIGH))), times(get(ODD), constant(LN2_LOW)))),
    ...set(SQUARE, times(get(X), get(X))),
    ...set(EVEN, series(DEGREE - 1)),
    ...set(ODD, times(series(DEGREE), get(X))),
    ...store(get(AT), addHalves(plus(get(EVEN), get(ODD)), shiftHalves(get(K), 52))),
    ...advance(AT, integer(16)),
  ];
  return {
    name: "exponentials",
    parameters: [I32],
    locals: [I32, V128, V128, V128, V128, V128, V128],
    body: [...set(AT, integer(16)), ...repeat(row, lessThan(get(AT), get(END))), ...store(integer(0), get(LARGEST_SEEN))],
  };
}
