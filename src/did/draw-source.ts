import { normalQuantile } from "../distributions/index.ts";

/** Uniform numbers for draw `replicate` of a seed. */
function uniforms(seed: number, replicate: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(replicate + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Standard normal numbers. */
export function fillNormals(out: Float64Array, seed: number, replicate: number): void {
  const next = uniforms(seed, replicate);
  for (let i = 0; i < out.length; i++) out[i] = normalQuantile(next(), "lower");
}

/** Signs, each 1 or -1 with probability one half. */
export function fillSigns(out: Float64Array, seed: number, replicate: number): void {
  const next = uniforms(seed, replicate);
  for (let i = 0; i < out.length; i++) out[i] = next() < 0.5 ? -1 : 1;
}

const ROOT5 = Math.sqrt(5);

/** Mammen's (1993) two-point multipliers: mean 0, second and third moments 1. */
export function fillMammen(out: Float64Array, seed: number, replicate: number): void {
  const next = uniforms(seed, replicate);
  for (let i = 0; i < out.length; i++) out[i] = next() < (1 + ROOT5) / (2 * ROOT5) ? (1 - ROOT5) / 2 : (1 + ROOT5) / 2;
}
