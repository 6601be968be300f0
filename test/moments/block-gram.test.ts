import { expect, it } from "vitest";
import { addTiles, COPIED_ROWS, openBlockGram } from "../../src/moments/numerics/block-gram.ts";
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

it.each([false, true])("filling by the kernel equals the plain loops bit for bit, an odd row included: with factors %s", (weighted) => {
  const rows = COPIED_ROWS + 3;
  const columns = [1, 2, 3].map((salt) => Float64Array.from({ length: rows }, (_, i) => 100 * salt + Math.sin(i * salt)));
  const centers = Float64Array.of(100.5, 200, 299);
  const factor = weighted ? Float64Array.from({ length: COPIED_ROWS }, (_, i) => 1 + 0.5 * Math.cos(i)) : undefined;
  const run = (enough: number): { sums: Float64Array; products: Float64Array } => {
    const gram = openBlockGram(4, enough, true);
    const sums = new Float64Array(3);
    for (let start = 0; start < rows; start += gram.length) {
      const count = Math.min(gram.length, rows - start);
      gram.block.fill(1, 0, count);
      gram.fill({ start, count, first: 1 }, columns, centers, factor, sums);
      gram.add(count);
    }
    return { sums, products: gram.finish() };
  };
  const [plain, fast] = [run(1), run(1e6)]; // few rows are left to the plain loops
  expect(fast).toEqual(plain);
  const w = (i: number): number => (factor?.[i % COPIED_ROWS] ?? 1) ** 2;
  let [sum, product] = [0, 0];
  for (let i = 0; i < rows; i++) {
    sum += w(i) * (columns[2]![i]! - 299);
    product += w(i) * (columns[2]![i]! - 299) * (columns[0]![i]! - 100.5);
  }
  expect(fast.sums[2]).toBeCloseTo(sum, 9);
  expect(fast.products[3 * 4 + 1]).toBeCloseTo(product, 9);
});
