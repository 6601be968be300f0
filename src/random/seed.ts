import { OptionError } from "../core/errors.ts";
import { jump, M1, M2 } from "./numerics/mrg32k3a.ts";

/**
 * Where a stream starts: an integer of 32 bits, expanded by {@link seedFromInteger}, or the six words of a state.
 * Words may be given signed, as in R's `.Random.seed[-1]`.
 */
export type Seed = number | readonly number[];

const WORD = 4294967296;

/** Steps between streams and between substreams, as powers of two: those of L'Ecuyer et al. (2002) and of R. */
const STREAM_LEAP = 127;
const SUBSTREAM_LEAP = 76;

/**
 * The six words that R's `set.seed(seed, kind = "L'Ecuyer-CMRG")` puts into `.Random.seed`: the congruential
 * generator 69069 s + 1 modulo 2^32 is run 50 times, then gives the words, those from the second modulus up skipped.
 *
 * @param seed an integer from -2^31 to 2^32 - 1 (negative ones count modulo 2^32, as in R).
 * @throws OptionError `INVALID_SEED`.
 */
export function seedFromInteger(seed: number): number[] {
  if (!Number.isInteger(seed) || seed < -WORD / 2 || seed >= WORD) {
    throw invalidSeed("be an integer from -2147483648 to 4294967295", seed);
  }
  let s = seed >>> 0;
  const advance = (): number => {
    s = (Math.imul(69069, s) + 1) >>> 0;
    return s;
  };
  for (let k = 0; k < 50; k++) advance();
  return Array.from({ length: 6 }, () => {
    while (advance() >= M2);
    return s;
  });
}

/** The state a seed stands for, checked: six words below the moduli, neither half all zero. */
export function stateOf(seed: Seed): Float64Array {
  if (typeof seed === "number") return Float64Array.from(seedFromInteger(seed));
  const words = Array.from(seed, (word) => (word < 0 ? word + WORD : word));
  const valid = words.every((word, k) => Number.isInteger(word) && word >= 0 && word < (k < 3 ? M1 : M2));
  const alive = words.slice(0, 3).some((word) => word > 0) && words.slice(3).some((word) => word > 0);
  if (words.length !== 6 || !valid || !alive) {
    throw invalidSeed(
      `be an integer or six integer words, the first three below ${M1}, the others below ${M2}, neither three all zero`,
      seed,
    );
  }
  return Float64Array.from(words);
}

/**
 * The start of the next stream, 2^127 numbers further on: R's `parallel::nextRNGStream`.
 * Streams serve separate purposes under one seed.
 */
export function nextStream(seed: Seed): number[] {
  const state = stateOf(seed);
  jump(state, STREAM_LEAP, 1);
  return Array.from(state);
}

/** The start of the next substream, 2^76 numbers further on: R's `parallel::nextRNGSubStream`. */
export function nextSubstream(seed: Seed): number[] {
  return substreamState(seed, 1);
}

/** The start of substream number `replicate`, found without passing through those before it. */
export function substreamState(seed: Seed, replicate: number): number[] {
  if (!Number.isSafeInteger(replicate) || replicate < 0) {
    throw new OptionError(
      "INVALID_REPLICATE",
      `Cannot draw a random substream as its number must be an integer of at least 0: ${replicate} was given`,
      { replicate },
    );
  }
  const state = stateOf(seed);
  jump(state, SUBSTREAM_LEAP, replicate);
  return Array.from(state);
}

function invalidSeed(requirement: string, seed: unknown): OptionError {
  return new OptionError("INVALID_SEED", `Cannot draw random numbers as option "seed" must ${requirement}: ${String(seed)} was given`, {
    option: "seed",
    seed,
  });
}
