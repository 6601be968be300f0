import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "../../scripts/inline-worker.ts";
import { DataError, OptionError, WhatworksError } from "../../src/core/index.ts";
import { type NodeWorkerLike, runBlocks, shareArray, type WorkBlock, workBlocks } from "../../src/parallel/index.ts";
import { createStream } from "../../src/random/index.ts";
import { resampleMeans, type Trouble, troubled } from "./tasks.ts";

let script: string;
let started = 0;
beforeAll(async () => {
  script = await bundleWorker(fileURLToPath(new URL("./worker-entry.ts", import.meta.url)));
});
const createWorker = (): NodeWorkerLike => {
  started++;
  return new Worker(script, { eval: true, execArgv: [] });
};

const values = createStream(11).fillNormal(new Float64Array(400));
const amount = ({ start, end }: WorkBlock): number => end - start;
const shared = { values: shareArray(values), seed: 7 };
const blocks = workBlocks(250, 16);
const means = (workers: number | undefined, more: object = {}): Promise<Float64Array[]> =>
  runBlocks({ task: resampleMeans, shared, blocks, amount, workers, createWorker, ...more });

describe("runBlocks()", () => {
  it("gives the same bits in block order with 1, 2 and 3 workers", async () => {
    const alone = await means(1);
    expect(alone.map((part) => part.length)).toEqual(blocks.map(amount));
    expect(started).toBe(0);
    for (const workers of [2, 3]) {
      expect(await means(workers)).toEqual(alone);
    }
    expect(started).toBe(5);
  });

  it("works without shared memory too", async () => {
    const alone = await means(1);
    expect(await means(2, { shared: { values, seed: 7 } })).toEqual(alone);
    expect(values.length).toBe(400);
  });

  it("starts no more workers than blocks, none for quick work unless asked", async () => {
    started = 0;
    await means(8, { blocks: blocks.slice(0, 2) });
    expect(started).toBe(2);
    await means(undefined, { blocks: blocks.slice(0, 1) });
    expect(started).toBe(2);
    expect(await means(3, { blocks: [] })).toEqual([]);
  });

  it("counts the work up to its total", async () => {
    for (const workers of [1, 2]) {
      const calls: [number, number][] = [];
      await means(workers, { onProgress: (done: number, total: number) => calls.push([done, total]) });
      expect(calls.at(-1)).toEqual([250, 250]);
      expect(calls.every(([done, total], k) => total === 250 && done > (calls[k - 1]?.[0] ?? 0))).toBe(true);
      expect(calls.length).toBeLessThan(blocks.length);
    }
  });

  it("does the work itself where workers are refused or do not start", async () => {
    const alone = await means(1);
    const refuse = (): NodeWorkerLike => {
      throw new Error("content security policy");
    };
    const broken = (): NodeWorkerLike => new Worker("throw new Error('no start')", { eval: true });
    let turn = 0;
    const oneOfTwo = (): NodeWorkerLike => (turn++ === 0 ? broken() : createWorker());
    for (const create of [refuse, broken, oneOfTwo]) {
      expect(await means(2, { createWorker: create })).toEqual(alone);
    }
  });
});

describe("interruption", () => {
  it("rejects with the signal's reason, before, during and on workers", async () => {
    const reason = new Error("enough");
    await expect(means(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const workers of [1, 2]) {
      const controller = new AbortController();
      const long = workBlocks(200000, 50);
      const running = means(workers, { blocks: long, signal: controller.signal, onProgress: () => controller.abort(reason) });
      await expect(running).rejects.toBe(reason);
    }
  });

  it("stops a worker in the middle of a block", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const running = runBlocks({
      task: troubled,
      shared: { trouble: "spin" as Trouble, at: 1 },
      blocks: [0, 1, 2],
      workers: 2,
      createWorker,
      signal: controller.signal,
    });
    await expect(running).rejects.toHaveProperty("name", "AbortError");
  });
});

describe("errors", () => {
  const fail = (trouble: Trouble, workers: number): Promise<unknown> =>
    runBlocks({ task: troubled, shared: { trouble, at: 3 }, blocks: [0, 1, 2, 3, 4, 5], workers, createWorker }).then(
      () => "no error",
      (error: unknown) => error,
    );

  it.each([1, 2])("keep class, code, message and details with %i workers", async (workers) => {
    const error = (await fail("data", workers)) as DataError;
    expect(error).toBeInstanceOf(DataError);
    expect([error.name, error.code, error.message, error.details]).toEqual([
      "DataError",
      "BAD_ROWS",
      "Cannot go on as row 3 must be finite: it is not",
      { rows: [3] },
    ]);
    expect(error.stack).toContain("row 3 must be finite");
    expect(await fail("range", workers)).toBeInstanceOf(RangeError);
    expect(await fail("uncloneable", workers)).toHaveProperty("code", "BAD_FUNCTION");
    expect(String(await fail("string", workers))).toContain("just words");
    expect(await fail("none", workers)).toBe("no error");
  });

  it("a worker that dies is an error, not a hang", async () => {
    const error = await fail("exit", 2);
    expect(error).toBeInstanceOf(WhatworksError);
    expect(error).toHaveProperty("code", "WORKER_FAILED");
  });

  it("a task the worker's script does not list is named", async () => {
    const unlisted = { name: "test.unlisted", run: (_: null, block: number) => block };
    const running = runBlocks({ task: unlisted, shared: null, blocks: [1, 2], workers: 2, createWorker });
    await expect(running).rejects.toThrow(
      '"test.unlisted" in a worker as the worker\'s script must list it: it lists "test.resampleMeans"',
    );
  });

  it("what cannot be sent to a worker is an error", async () => {
    const running = runBlocks({
      task: { name: "test.troubled", run: () => 1 },
      shared: { f: () => 1 },
      blocks: [1, 2],
      workers: 2,
      createWorker,
    });
    await expect(running).rejects.toHaveProperty("name", "DataCloneError");
  });

  it.each([0, 1.5, Number.NaN])("workers: %d is refused", async (workers) => {
    await expect(means(workers)).rejects.toBeInstanceOf(OptionError);
  });
});

describe("workBlocks() and shareArray()", () => {
  it("cuts work by its amount alone", () => {
    expect(workBlocks(10, 4)).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 8 },
      { start: 8, end: 10 },
    ]);
    expect(workBlocks(0, 4)).toEqual([]);
    expect(() => workBlocks(3, 0)).toThrow(OptionError);
    expect(() => workBlocks(-1, 2)).toThrow(OptionError);
  });

  it("keeps values and type, and shares once", () => {
    const once = shareArray(Int32Array.of(3, -1));
    expect(once).toEqual(Int32Array.of(3, -1));
    expect(once.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(shareArray(once)).toBe(once);
  });
});
