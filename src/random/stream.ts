import { OptionError } from "../core/errors.ts";
import { standardNormalQuantile } from "../core/normal-quantile.ts";
import { fillUniform, nextUniform } from "./numerics/mrg32k3a.ts";
import { type Seed, stateOf, substreamState } from "./seed.ts";

/** Uniforms of R's normal draws carry 27 bits more than one word: R's constant for inversion. */
const TWO_27 = 134217728;

/** Signs taken from the leading bits of one uniform. */
const SIGNS_PER_DRAW = 24;

/** Above this, unbiased integers would need more bits than sums of 16-bit pieces hold exactly. */
const LARGEST_RANGE = 2 ** 47;

const SQRT_5 = Math.sqrt(5);
const MAMMEN_LOW = (1 - SQRT_5) / 2;
const MAMMEN_HIGH = (1 + SQRT_5) / 2;
const MAMMEN_LOW_PROBABILITY = (SQRT_5 + 1) / (2 * SQRT_5);
const WEBB = [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)] as const;

/** A source of random numbers; every call advances it. The same seed gives the same bits everywhere. */
export interface RandomStream {
  /** A uniform on (0, 1), ends excluded: R's `runif`. */
  uniform(): number;
  /** A standard normal by inversion from two uniforms: R's `rnorm` with `normal.kind = "Inversion"`. */
  normal(): number;
  /** A standard exponential, minus the log of a uniform. */
  exponential(): number;
  /** A whole number from 0 to n - 1, all equally likely (rejection, no modulo bias): R's `sample.int(n, 1) - 1`. */
  integer(n: number): number;
  /** Uniforms into `out`, as many calls of `uniform` would give them. */
  fillUniform(out: Float64Array): Float64Array;
  /** Standard normals into `out`, as many calls of `normal` would give them. */
  fillNormal(out: Float64Array): Float64Array;
  /** Rademacher draws, -1 or 1 with probability 1/2, into `out`; 24 of them per uniform. */
  fillSigns(out: Float64Array): Float64Array;
  /** Mammen's (1993) two points (1 ∓ √5)/2: mean 0, second and third moments 1. */
  fillMammen(out: Float64Array): Float64Array;
  /** Webb's (2023) six points ±√1.5, ±1, ±√0.5, for few clusters. */
  fillWebb(out: Float64Array): Float64Array;
  /** `out.length` whole numbers from 0 to n - 1 with replacement: R's `sample.int(n, replace = TRUE) - 1`. */
  fillIntegers(out: Int32Array, n: number): Int32Array;
  /** `count` different numbers from 0 to n - 1 in random order: R's `sample.int(n, count) - 1` for n up to 1e7. */
  sampleWithoutReplacement(n: number, count: number): Int32Array;
  /** Puts the elements of `values` into random order, in place: R's `sample(values)`. Returns `values`. */
  shuffle<T extends Shuffleable>(values: T): T;
  /** The six words of the present state: `createStream(stream.state())` goes on from here. */
  state(): number[];
}

/** What can be put into random order. */
export type Shuffleable = unknown[] | Float64Array | Int32Array | Uint32Array;

/**
 * A stream of L'Ecuyer's combined multiple recursive generator MRG32k3a, equal bit for bit to R with
 * `set.seed(seed, kind = "L'Ecuyer-CMRG")`. Period 2^191.
 *
 * @throws OptionError `INVALID_SEED`.
 * @see L'Ecuyer (1999), doi:10.1287/opre.47.1.159
 * @example
 * createStream(123).uniform(); // 0.1663742155315906, as in R
 */
export function createStream(seed: Seed): RandomStream {
  return streamFrom(stateOf(seed));
}

/**
 * The stream of one replicate (bootstrap draw, tree, simulation): substream number `replicate` of the seed, 2^76
 * numbers from its neighbours. A result that draws from one substream per replicate does not depend on which worker
 * computes it, nor on how many there are. `replicate` 0 is the seed's own stream.
 *
 * @throws OptionError `INVALID_SEED`, `INVALID_REPLICATE`.
 */
export function substream(seed: Seed, replicate: number): RandomStream {
  return streamFrom(Float64Array.from(substreamState(seed, replicate)));
}

function streamFrom(state: Float64Array): RandomStream {
  const uniform = (): number => nextUniform(state);
  const normal = (): number => drawNormal(state);
  return Object.freeze({
    uniform,
    normal,
    exponential: (): number => -Math.log(uniform()),
    integer: (n: number): number => drawInteger(state, checkRange(n)),
    fillUniform: (out: Float64Array): Float64Array => {
      fillUniform(state, out);
      return out;
    },
    fillNormal: (out: Float64Array): Float64Array => {
      for (let i = 0; i < out.length; i++) out[i] = drawNormal(state);
      return out;
    },
    fillSigns: (out: Float64Array): Float64Array => fillSigns(state, out),
    fillMammen: (out: Float64Array): Float64Array => {
      fillUniform(state, out);
      for (let i = 0; i < out.length; i++) out[i] = out[i]! < MAMMEN_LOW_PROBABILITY ? MAMMEN_LOW : MAMMEN_HIGH;
      return out;
    },
    fillWebb: (out: Float64Array): Float64Array => {
      fillUniform(state, out);
      for (let i = 0; i < out.length; i++) out[i] = WEBB[Math.floor(6 * out[i]!)]!;
      return out;
    },
    fillIntegers: (out: Int32Array, n: number): Int32Array => {
      checkRange(n);
      for (let i = 0; i < out.length; i++) out[i] = drawInteger(state, n);
      return out;
    },
    sampleWithoutReplacement: (n: number, count: number): Int32Array => drawSubset(state, n, count),
    shuffle: <T extends Shuffleable>(values: T): T => shuffle(state, values),
    state: (): number[] => Array.from(state),
  });
}

function drawNormal(state: Float64Array): number {
  const head = Math.floor(TWO_27 * nextUniform(state));
  return standardNormalQuantile((head + nextUniform(state)) / TWO_27);
}

function fillSigns(state: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i += SIGNS_PER_DRAW) {
    let bits = Math.floor(nextUniform(state) * 2 ** SIGNS_PER_DRAW);
    const end = Math.min(out.length, i + SIGNS_PER_DRAW);
    for (let j = i; j < end; j++) {
      out[j] = 2 * (bits & 1) - 1;
      bits >>= 1;
    }
  }
  return out;
}

/** R's rejection sampler: just enough bits for n, in pieces of 16 from successive uniforms, drawn again from n up. */
function drawInteger(state: Float64Array, n: number): number {
  let bits = n <= 4294967296 ? 32 - Math.clz32(n - 1) : 33;
  while (bits > 32 && 2 ** bits < n) bits++;
  const modulus = bits < 31 ? 1 << bits : 2 ** bits;
  for (;;) {
    let value = 0;
    for (let drawn = 0; drawn <= bits; drawn += 16) value = 65536 * value + Math.floor(nextUniform(state) * 65536);
    value = bits < 31 ? value & (modulus - 1) : value % modulus;
    if (value < n) return value;
  }
}

function drawSubset(state: Float64Array, n: number, count: number): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > 2147483647 || !Number.isInteger(count) || count < 0 || count > n) {
    throw new OptionError(
      "INVALID_SAMPLE_SIZE",
      `Cannot sample without replacement as the sample must be a whole number from 0 to the ${n} there are: ${count} was asked for`,
      { n, count },
    );
  }
  const pool = Int32Array.from({ length: n }, (_, i) => i);
  const chosen = new Int32Array(count);
  for (let i = 0, left = n; i < count; i++) {
    const j = drawInteger(state, left);
    chosen[i] = pool[j]!;
    pool[j] = pool[--left]!;
  }
  return chosen;
}

function shuffle<T extends Shuffleable>(state: Float64Array, values: T): T {
  const order = drawSubset(state, values.length, values.length);
  const before = values.slice();
  for (let i = 0; i < order.length; i++) values[i] = before[order[i]!]!;
  return values;
}

function checkRange(n: number): number {
  if (Number.isInteger(n) && n >= 1 && n <= LARGEST_RANGE) return n;
  throw new OptionError(
    "INVALID_RANGE",
    `Cannot draw a random integer below n as n must be a whole number from 1 to 2^47: ${n} was given`,
    { n },
  );
}
