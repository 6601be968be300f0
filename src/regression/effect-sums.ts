import type { KeptModel } from "./kept-model.ts";

/** Sum over effects of intercepts and slopes times their columns. */
export function sumByRow({ effects }: Pick<KeptModel, "effects">, raw: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(effects[0]?.codes.length ?? 0);
  effects.forEach(({ codes, slopes, specification }, e) => {
    const width = slopes.length + (specification.intercept ? 1 : 0);
    const first = specification.intercept ? 1 : 0;
    for (let i = 0; i < out.length; i++) {
      const at = codes[i]! * width;
      if (first === 1) out[i]! += raw[e]![at]!;
      for (let s = 0; s < slopes.length; s++) out[i]! += raw[e]![at + first + s]! * slopes[s]![i]!;
    }
  });
  return out;
}
