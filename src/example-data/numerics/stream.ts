/** Kinds of random streams; a kind's streams never depend on another's, so errors leave the people unchanged. */
export const STREAM = { person: 1, district: 2, errors: 3, key: 4, trial: 5 } as const;

/** 32-bit finaliser of MurmurHash3: a bijection, so different indices of one (seed, kind) never share a state. */
function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const GOLDEN = 0x9e3779b9;
const WARM_UP = 12;
const TWO_POW_26 = 67108864;
const TWO_POW_MINUS_53 = 2 ** -53;

/**
 * The first `count` uniforms in [0, 1) of the stream (seed, kind, index) into `out`: sfc32 with a hashed state, 53 bits each.
 * The first k values are the same whatever `count` is.
 *
 * @param seed - integer from 0 to 2^53 - 1
 * @param index - integer from 0 to 2^32 - 1
 */
export function fillUniforms(out: Float64Array, count: number, seed: number, kind: number, index: number): void {
  let h = mix((seed >>> 0) + GOLDEN);
  h = mix(h ^ (Math.floor(seed / 4294967296) + GOLDEN));
  h = mix(h + Math.imul(kind, GOLDEN));
  h = mix(h ^ index);
  let a = mix(h + GOLDEN);
  let b = mix(h + 2 * GOLDEN);
  let c = mix(h + 3 * GOLDEN);
  let counter = 1;
  let high = 0;
  for (let k = -WARM_UP; k < 2 * count; k++) {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    if (k < 0) continue;
    if ((k & 1) === 0) high = word >>> 5;
    else out[k >> 1] = (high * TWO_POW_26 + (word >>> 6)) * TWO_POW_MINUS_53;
  }
}
