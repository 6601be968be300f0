import { WhatworksError } from "../core/errors.ts";
import { checkNumber } from "../core/options.ts";
import { type AbortSignalLike, type NodeWorkerLike, now, processorCount, type WebWorkerLike, yieldToHost } from "./host.ts";
import { type OnProgress, progressMeter } from "./progress.ts";
import { decodeError } from "./protocol.ts";
import type { Task } from "./task.ts";
import { connectWorker, createLibraryWorker, type WorkerHandle } from "./worker-handle.ts";

/** Milliseconds of work on the calling thread before the host gets its turn. */
const TURN = 30;

/** Milliseconds of work on the calling thread before workers are started unasked: about what starting one costs. */
const TRIAL = 50;

/** What every function that can use workers takes. */
export interface ParallelOptions {
  /** Rejects with the signal's reason once it is aborted; workers stop at once. */
  readonly signal?: AbortSignalLike | undefined;
  /** Called about ten times a second with the work done and the total, and once with all of it done. */
  readonly onProgress?: OnProgress | undefined;
  /**
   * Workers to use, at least 1; 1 computes on the calling thread. Default: one per processor, started when the work
   * turns out to take longer than starting them. The result has the same bits whatever their number.
   */
  readonly workers?: number | undefined;
  /**
   * Makes a worker whose script calls {@link serveTasks}, where the library's own cannot start (a content security
   * policy without `blob:`). Default: the library's own.
   */
  readonly createWorker?: (() => NodeWorkerLike | WebWorkerLike) | undefined;
}

/** Input of {@link runBlocks}. */
export interface RunBlocksOptions<Shared, Block, Output> extends ParallelOptions {
  readonly task: Task<Shared, Block, Output>;
  /** What all blocks read: sent to each worker once. Large arrays through {@link shareArray}. */
  readonly shared: Shared;
  /** The blocks, cut by the amount of work alone: {@link workBlocks}. About 10 to 100 milliseconds each serve best. */
  readonly blocks: readonly Block[];
  /** Work in a block, in the unit that `onProgress` counts. Default 1. */
  readonly amount?: (block: Block) => number;
}

interface Job<Shared, Block, Output> {
  readonly options: RunBlocksOptions<Shared, Block, Output>;
  readonly outputs: Output[];
  /** Blocks not yet given out, the next one last. */
  readonly waiting: number[];
  readonly finishBlock: (index: number, output: Output) => void;
}

/**
 * Runs a task over blocks on workers and gives the outputs in the order of the blocks. Where workers cannot start, the
 * calling thread does the work, letting the host have its turn every 30 milliseconds. An error in a task rejects with
 * its class, code and message; nothing keeps the process alive afterwards.
 *
 * @throws OptionError `INVALID_OPTION` (`workers`), `UNKNOWN_TASK`; WhatworksError `WORKER_FAILED`; what the task throws.
 */
export async function runBlocks<Shared, Block, Output>(options: RunBlocksOptions<Shared, Block, Output>): Promise<Output[]> {
  const { blocks, signal, workers, amount = () => 1 } = options;
  if (workers !== undefined) checkNumber(options.task.name, "workers", workers, { min: 1, integer: true });
  signal?.throwIfAborted();
  const outputs = new Array<Output>(blocks.length);
  const advance = progressMeter(
    blocks.reduce((sum, block) => sum + amount(block), 0),
    options.onProgress,
  );
  const job: Job<Shared, Block, Output> = {
    options,
    outputs,
    waiting: blocks.map((_, index) => blocks.length - 1 - index),
    finishBlock: (index, output) => {
      outputs[index] = output;
      advance(amount(blocks[index]!));
    },
  };
  if (workers === undefined) await runHere(job, TRIAL);
  const useful = Math.min(workers ?? processorCount(), job.waiting.length);
  if (useful > 1) await runOnWorkers(job, useful);
  await runHere(job, Number.POSITIVE_INFINITY);
  return outputs;
}

/** Works on the calling thread until nothing waits or `budget` milliseconds are used up. */
async function runHere<Shared, Block, Output>(job: Job<Shared, Block, Output>, budget: number): Promise<void> {
  const { task, shared, blocks, signal } = job.options;
  const start = now();
  let turn = start;
  while (job.waiting.length > 0 && now() - start < budget) {
    const index = job.waiting.pop()!;
    job.finishBlock(index, task.run(shared, blocks[index]!));
    if (now() - turn < TURN) continue;
    await yieldToHost();
    signal?.throwIfAborted();
    turn = now();
  }
  signal?.throwIfAborted();
}

/** Resolves when all blocks are done, or with blocks still waiting when no worker could start. */
async function runOnWorkers<Shared, Block, Output>(job: Job<Shared, Block, Output>, count: number): Promise<void> {
  const { createWorker, signal } = job.options;
  const { workerScript } = await import("./worker-source.ts");
  const create = createWorker ?? ((): ReturnType<typeof createLibraryWorker> => createLibraryWorker(workerScript));
  const handles: WorkerHandle[] = [];
  let abort = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(signal!.reason);
      signal?.addEventListener("abort", abort);
      signal?.throwIfAborted();
      const crew = { job, resolve, reject, left: job.waiting.length, starting: count };
      for (let k = 0; k < count; k++) handles.push(...hire(crew, create));
    });
  } finally {
    signal?.removeEventListener("abort", abort);
    for (const handle of handles) handle.stop();
  }
}

interface Crew<Shared, Block, Output> {
  readonly job: Job<Shared, Block, Output>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Blocks without an output. */
  left: number;
  /** Workers that may still report for work or are at it. */
  starting: number;
}

/** Starts one worker, which takes blocks until none waits; none where the host refuses. */
function hire<Shared, Block, Output>(
  crew: Crew<Shared, Block, Output>,
  create: () => NodeWorkerLike | WebWorkerLike | undefined,
): WorkerHandle[] {
  const { job, resolve, reject } = crew;
  const { task, shared, blocks } = job.options;
  let ready = false;
  let gone = false;
  const absent = (): void => {
    if (gone) return; // an error and the exit after it
    gone = true;
    crew.starting--;
    if (crew.starting === 0) resolve();
  };
  const next = (): void => {
    const index = job.waiting.pop();
    if (index !== undefined) handle.send({ kind: "block", index, block: blocks[index] });
  };
  const guarded = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      reject(error);
    }
  };
  const worker = attempt(create);
  if (worker === undefined) {
    absent();
    return [];
  }
  const handle = connectWorker(worker, {
    onFailure: (reason) => {
      if (!ready) absent();
      else reject(workerFailed(task.name, reason));
    },
    onMessage: (message) =>
      guarded(() => {
        if (message.kind === "failed") throw decodeError(message.error);
        if (message.kind === "ready") {
          ready = true;
          handle.send({ kind: "start", task: task.name, shared });
        } else {
          job.finishBlock(message.index, message.output as Output);
          crew.left--;
          if (crew.left === 0) resolve();
        }
        next();
      }),
  });
  return [handle];
}

/** A worker that the host refuses is no error: the work is then done without it. */
function attempt<Worker>(create: () => Worker | undefined): Worker | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

function workerFailed(task: string, reason: string): WhatworksError {
  return new WhatworksError(
    "WORKER_FAILED",
    `Cannot finish task "${task}" as its workers must run to the end: one stopped (${reason}). Use workers: 1 to compute without them`,
    { task, reason },
  );
}
