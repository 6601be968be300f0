import { expect, it } from "vitest";
import { type BlockKernels, blockKernels, plainKernels } from "../../src/did/numerics/block-kernels.ts";
import { BLOCK } from "../../src/did/numerics/block-size.ts";

const SIZE = 60 * BLOCK;

/** The memory after a call, from the same numbers. */
function after(kernels: BlockKernels, call: (kernels: BlockKernels) => void): Float64Array {
  const memory = kernels.memory(SIZE);
  for (let i = 0; i < SIZE; i++) memory[i] = Math.sin(i * 1.7) + (i % 13) / 7;
  call(kernels);
  return memory.slice(0, SIZE);
}

const column = (k: number): number => k * BLOCK;

it.each<[string, (kernels: BlockKernels) => void]>([
  ["linear", ({ linear }) => linear(column(30), column(0), column(10), column(50), 3, 5)],
  ["linear of one column", ({ linear }) => linear(column(30), column(0), column(10), column(50), 1, 1)],
  ["moments", ({ moments }) => moments(column(0), column(1), 3, column(4), 11, column(40), column(50))],
  ["influence", ({ influence }) => influence(column(9), column(0), column(1), column(2), column(3), column(4), column(5), 0.7)],
])("%s: loops with vectors equal the plain ones to the last bit", (_, call) => {
  expect(after(blockKernels(), call)).toEqual(after(plainKernels(), call));
});

it("products: loops with vectors equal the plain ones to the last bit in the lower triangle", () => {
  for (const count of [1, 2, 5, 7, 8]) {
    const call = ({ products }: BlockKernels): void => products(column(0), count, 12, column(40));
    const [vectors, plain] = [after(blockKernels(), call), after(plainKernels(), call)];
    for (let a = 0; a < count; a++)
      for (let b = 0; b <= a; b++) expect(vectors[column(40) + a * 12 + b]).toBe(plain[column(40) + a * 12 + b]);
  }
});
