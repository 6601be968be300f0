import { OptionError } from "../core/errors.ts";

/**
 * A piece of work that a worker can do: `run` computes one block from what all blocks share. It must depend on its
 * arguments alone (random numbers come from one substream per replicate), and its output must own its memory: array
 * buffers in it are handed over, not copied. `name` finds the task in the worker, so it is unique in the library;
 * `src/worker.ts` lists the tasks.
 *
 * `shared`, blocks and outputs are structured clones: plain data and typed arrays, no functions.
 */
export interface Task<Shared, Block, Output> {
  readonly name: string;
  readonly run: (shared: Shared, block: Block) => Output;
}

/** A range of units of work, `end` excluded: replicates, trees, simulations. */
export interface WorkBlock {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts `total` units of work into blocks of `perBlock`, the last one shorter. The cut depends on the work alone, never
 * on the number of workers, so that sums over blocks come out with the same bits however many there are.
 *
 * @throws OptionError `INVALID_BLOCKS`.
 */
export function workBlocks(total: number, perBlock: number): WorkBlock[] {
  if (!Number.isSafeInteger(total) || total < 0 || !Number.isSafeInteger(perBlock) || perBlock < 1) {
    throw new OptionError(
      "INVALID_BLOCKS",
      `Cannot cut work into blocks as total and block size must be whole numbers, the latter at least 1: ${total} and ${perBlock} were given`,
      { total, perBlock },
    );
  }
  const count = Math.ceil(total / perBlock);
  return Array.from({ length: count }, (_, k) => ({
    start: k * perBlock,
    end: Math.min(total, (k + 1) * perBlock),
  }));
}

/**
 * The same values in memory that workers can read without a copy of their own, where the host has such memory
 * (`SharedArrayBuffer`; browsers only on cross-origin isolated pages); elsewhere `values` itself.
 */
export function shareArray<Values extends Float64Array | Int32Array | Uint32Array | Uint8Array>(values: Values): Values {
  if (typeof SharedArrayBuffer === "undefined" || values.buffer instanceof SharedArrayBuffer) return values;
  const buffer = new SharedArrayBuffer(values.byteLength);
  const shared = new (values.constructor as new (buffer: SharedArrayBuffer) => Values)(buffer);
  shared.set(values);
  return shared;
}
