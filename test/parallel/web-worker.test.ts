import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConvergenceError, OptionError, WhatworksError } from "../../src/core/index.ts";
import { type NodeWorkerLike, runBlocks, serveTasks, type WebWorkerLike, workBlocks } from "../../src/parallel/index.ts";
import { decodeError, encodeError, transferables } from "../../src/parallel/protocol.ts";
import { createLibraryWorker } from "../../src/parallel/worker-handle.ts";
import { resampleMeans, troubled } from "./tasks.ts";

type Listener = (event: { data?: unknown; message?: string; preventDefault?: () => void }) => void;

/** A Web Worker of the browser kind whose script runs in this very thread, with the browser's way of messages. */
class FakeWebWorker {
  static readonly made: FakeWebWorker[] = [];
  readonly listeners: [string, Listener][] = [];
  readonly script: string | object;
  toScript: (event: { data: unknown }) => void = () => {};
  stopped = false;

  constructor(script: string | object) {
    this.script = script;
    FakeWebWorker.made.push(this);
    setTimeout(() => {
      vi.stubGlobal("addEventListener", (_: string, listener: (event: { data: unknown }) => void) => {
        this.toScript = listener;
      });
      vi.stubGlobal("postMessage", (data: unknown, transfer: ArrayBuffer[]) =>
        this.emit("message", { data: structuredClone(data, { transfer }) }),
      );
      serveTasks([resampleMeans, troubled]);
      vi.stubGlobal("postMessage", undefined);
    });
  }
  emit(type: string, event: Parameters<Listener>[0]): void {
    setTimeout(() => {
      for (const [of, listener] of this.listeners) if (of === type && !this.stopped) listener(event);
    });
  }
  addEventListener(type: string, listener: Listener): void {
    this.listeners.push([type, listener]);
  }
  postMessage(data: unknown): void {
    const copy = structuredClone(data);
    setTimeout(() => this.toScript({ data: copy }));
  }
  terminate(): void {
    this.stopped = true;
  }
}

const options = { shared: { values: Float64Array.of(1, 4, 2, 8, 5, 7), seed: 3 }, blocks: workBlocks(20, 6) };

describe("Web Workers", () => {
  beforeEach(() => {
    FakeWebWorker.made.length = 0;
    vi.stubGlobal("Worker", FakeWebWorker);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("compute like the calling thread, from the sources' address, and are stopped", async () => {
    const alone = await runBlocks({ task: resampleMeans, ...options, workers: 1 });
    expect(await runBlocks({ task: resampleMeans, ...options, workers: 2 })).toEqual(alone);
    expect(FakeWebWorker.made.map((worker) => String(worker.script))).toEqual(Array(2).fill(expect.stringMatching(/src\/worker\.ts$/)));
    expect(FakeWebWorker.made.every((worker) => worker.stopped)).toBe(true);
  });

  it("report a task's error by class and code", async () => {
    const running = runBlocks({ task: troubled, shared: { trouble: "uncloneable", at: 1 }, blocks: [0, 1, 2], workers: 2 });
    await expect(running).rejects.toMatchObject({ name: "DataError", code: "BAD_FUNCTION", details: {} });
  });

  it("that break after they started are an error; before, the calling thread takes over", async () => {
    const job = { task: troubled, shared: { trouble: "none", at: 1 } as const, blocks: [0, 1, 2, 3], workers: 2 };
    let prevented = 0;
    /** A worker that emits events of its own choice as soon as somebody listens. */
    const scripted = (events: readonly [string, object][]) => (): WebWorkerLike => ({
      addEventListener: (type: string, listener: (event: unknown) => void) => {
        for (const [of, event] of events) if (of === type) setTimeout(() => listener(event));
      },
      postMessage: () => {},
      terminate: () => {},
    });
    const error = ["error", { message: "broken", preventDefault: () => prevented++ }] as [string, object];
    const late = scripted([["message", { data: { kind: "ready" } }], error]);
    const running = runBlocks({ ...job, createWorker: late });
    await expect(running).rejects.toMatchObject({ code: "WORKER_FAILED", details: { reason: "broken" } });
    expect(await runBlocks({ ...job, createWorker: scripted([error]) })).toEqual([0, 1, 2, 3]);
    expect(prevented).toBe(4);
  });

  it("start from a string through an address that is given back once loaded", () => {
    const revoke = vi.spyOn(URL, "revokeObjectURL");
    const worker = createLibraryWorker({ source: "0" }) as unknown as FakeWebWorker;
    expect(worker.script).toMatch(/^blob:/);
    for (const [, listener] of worker.listeners) listener({});
    expect(revoke).toHaveBeenCalledWith(worker.script);
    revoke.mockRestore();
    vi.stubGlobal("Blob", undefined);
    expect(createLibraryWorker({ source: "0" })).toBeUndefined();
    expect(createLibraryWorker({})).toBeUndefined();
  });
});

describe("threads of Node", () => {
  it("start from a string or an address", async () => {
    for (const script of [
      { source: "require('node:worker_threads').parentPort.postMessage(7)" },
      { url: new URL("data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.postMessage(7)") },
    ]) {
      const worker = createLibraryWorker(script) as NodeWorkerLike;
      expect(worker).toBeInstanceOf(Worker);
      expect(await new Promise((resolve) => worker.on("message", resolve))).toBe(7);
      await worker.terminate();
    }
    expect(createLibraryWorker({})).toBeUndefined();
  });

  it("serve through their port", () => {
    const sent: unknown[] = [];
    const port = {
      postMessage: (message: unknown) => sent.push(message),
      on: (_: string, listen: (message: unknown) => void) => {
        listen({ kind: "start", task: "test.troubled", shared: { trouble: "none" } });
        listen({ kind: "block", index: 4, block: 9 });
        listen({ kind: "start", task: "test.other", shared: null });
      },
    };
    const spy = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ parentPort: port } as never);
    vi.stubGlobal("postMessage", undefined);
    serveTasks([troubled]);
    spy.mockRestore();
    vi.unstubAllGlobals();
    expect(sent).toMatchObject([
      { kind: "done", index: 4, output: 9 },
      { kind: "failed", error: { code: "UNKNOWN_TASK" } },
      { kind: "ready" },
    ]);
  });

  it("cannot be served from the main thread", () => {
    const spy = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ parentPort: null } as never);
    vi.stubGlobal("postMessage", undefined);
    expect(() => serveTasks([])).toThrow(OptionError);
    spy.mockRestore();
    vi.unstubAllGlobals();
  });
});

describe("messages", () => {
  const passed = (error: unknown): Error => decodeError(structuredClone(encodeError(error)));

  it("carry errors by class", () => {
    const error = passed(new ConvergenceError("NO_CONVERGENCE", "Cannot", { iterations: 9 }));
    expect(error).toBeInstanceOf(ConvergenceError);
    expect(error).toMatchObject({ name: "ConvergenceError", code: "NO_CONVERGENCE", details: { iterations: 9 } });
    expect(passed(new TypeError("no"))).toBeInstanceOf(TypeError);
    class OwnError extends Error {
      override name = "OwnError";
    }
    expect(passed(new OwnError("mine"))).toMatchObject({ name: "OwnError", message: "mine" });
    expect(passed(undefined)).toMatchObject({ name: "Error", message: "undefined" });
    class Special extends WhatworksError {}
    expect(passed(new Special("SPECIAL", "what"))).toMatchObject({ code: "SPECIAL", name: "WhatworksError" });
    const bare = new Error("bare");
    Reflect.deleteProperty(bare, "stack");
    expect(encodeError(bare)).toEqual({ name: "Error", message: "bare" });
  });

  it("hand over the buffers of arrays, shared ones and deep ones excepted", () => {
    const [a, b, c] = [Float64Array.of(1), Int32Array.of(2), new ArrayBuffer(3)];
    const shared = new Float64Array(new SharedArrayBuffer(8));
    const found = transferables({ a, again: a, list: [b, shared, { deep: new Float64Array(1) }], c, text: "x", none: null });
    expect([...found]).toEqual([a.buffer, b.buffer, c]);
  });
});
