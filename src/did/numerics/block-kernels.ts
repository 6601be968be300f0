import { BLOCK } from "./block-size.ts";
import { type BlockFunctions, blockVectors } from "./block-vectors.ts";

/**
 * Loops over a block of {@link BLOCK} rows whose columns stand one after the other in one memory. Arguments are places in it, counted in
 * doubles, even; `count` columns or numbers follow each other. Even and odd rows have sums of their own, added at the end, so that the plain
 * loops and those with vectors agree to the last bit.
 */
export interface BlockKernels extends BlockFunctions {
  /** The memory, at least so many doubles long; views of earlier calls are void when it has grown. */
  readonly memory: (doubles: number) => Float64Array;
}

/** Loops with vectors where they are to be had. */
export function blockKernels(): BlockKernels {
  const loaded = blockVectors();
  if (loaded === undefined) return plainKernels();
  const { linear, moments, influence, products } = loaded.functions;
  return {
    memory: loaded.memory,
    linear: (out, base, columns, coefficients, count, outputs) => linear(8 * out, 8 * base, 8 * columns, 8 * coefficients, count, outputs),
    moments: (v, x, p, columns, count, product, out) => moments(8 * v, 8 * x, p, 8 * columns, count, 8 * product, 8 * out),
    influence: (out, slope, centre, propensity, late, early, index, mean) =>
      influence(8 * out, 8 * slope, 8 * centre, 8 * propensity, 8 * late, 8 * early, 8 * index, mean),
    products: (block, count, width, out) => products(8 * block, count, width, 8 * out),
  };
}

/** The same loops in plain code. */
export function plainKernels(): BlockKernels {
  let M = new Float64Array(0);
  const dot = (a: number, b: number): number => {
    let [even, odd] = [0, 0];
    for (let i = 0; i < BLOCK; i += 2) {
      even += M[a + i]! * M[b + i]!;
      odd += M[a + i + 1]! * M[b + i + 1]!;
    }
    return even + odd;
  };
  return {
    memory: (doubles) => {
      if (M.length < doubles) {
        const larger = new Float64Array(doubles);
        larger.set(M);
        M = larger;
      }
      return M;
    },
    linear: (out, base, columns, coefficients, count, outputs) => {
      for (let k = 0; k < outputs; k++) {
        const [to, from] = [out + k * BLOCK, base + k * BLOCK];
        for (let i = 0; i < BLOCK; i++) M[to + i] = M[from + i]!;
        for (let a = 0; a < count; a++) {
          const b = M[coefficients + k * count + a]!;
          for (let i = 0, j = columns + a * BLOCK; i < BLOCK; i++, j++) M[to + i]! += M[j]! * b;
        }
      }
    },
    moments: (v, x, p, columns, count, product, out) => {
      for (let a = 0; a < p; a++) {
        for (let i = 0; i < BLOCK; i++) M[product + i] = M[v + i]! * M[x + a * BLOCK + i]!;
        for (let k = 0; k < count; k++) M[out + a * count + k]! += dot(product, columns + k * BLOCK);
      }
    },
    influence: (out, slope, centre, propensity, late, early, index, mean) => {
      for (let i = 0; i < BLOCK; i++)
        M[out + i] = M[slope + i]! * (M[late + i]! - M[early + i]!) + M[centre + i]! * mean + M[propensity + i]! * M[index + i]!;
    },
    products: (block, count, width, out) => {
      for (let a = 0; a < count; a++) for (let b = 0; b <= a; b++) M[out + a * width + b]! += dot(block + a * BLOCK, block + b * BLOCK);
    },
  };
}
