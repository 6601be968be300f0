/** A small seeded generator for test data: independent of the library's own. */
export function numbers(seed: number): { uniform(): number; normal(): number } {
  let state = (seed * 2654435761) >>> 0 || 1;
  const uniform = (): number => {
    // xorshift, then a multiplicative hash
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return (Math.imul(state, 2654435769) >>> 0) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
