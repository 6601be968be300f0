import { expect, it } from "vitest";
import { addTiles } from "../../src/moments/numerics/block-gram.ts";
import { loadGramKernel } from "../../src/moments/numerics/gram-kernel.ts";

it.each([2, 6, 12, 40])("the WebAssembly kernel gives the plain loop's sums bit for bit: %i columns", (width) => {
  const kernel = loadGramKernel();
  expect(kernel).toBeDefined();
  const stride = 128;
  const [size, total] = [width * stride, width * width];
  const memory = kernel!.memory(size + total);
  const plain = new Float64Array(total);
  memory.fill(0, size, size + total);
  for (const rows of [128, 2, 96]) {
    for (let i = 0; i < size; i++) memory[i] = Math.sin(i * 0.7 + rows) * 10 ** (i % 5);
    kernel!.gram(0, 8 * stride, 8 * rows, width, 8 * size);
    addTiles(memory.slice(0, size), stride, rows, width, plain);
  }
  expect(memory.slice(size, size + total)).toEqual(plain);
});
