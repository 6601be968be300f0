import type { RandomStream } from "../random/index.ts";

/**
 * A random half of the units (the lower half of an odd number): `chosen` receives 1 for those in it. Coin flips for all, then flips back at random until the number is
 * right: every half is as likely as any other, at a twentieth of the random numbers. `signs` is working space of the same length.
 */
export function halfSample(stream: RandomStream, chosen: Uint8Array, signs: Float64Array): void {
  const units = chosen.length;
  stream.fillSigns(signs);
  let count = 0;
  for (let u = 0; u < units; u++) {
    const inside = (signs[u]! + 1) / 2;
    chosen[u] = inside;
    count += inside;
  }
  const half = Math.floor(units / 2);
  const excess = count > half ? 1 : 0;
  while (count !== half) {
    const u = stream.integer(units);
    if (chosen[u] !== excess) continue;
    chosen[u] = 1 - excess;
    count += excess === 1 ? -1 : 1;
  }
}
