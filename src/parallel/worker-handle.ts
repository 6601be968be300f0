import { host, type NodeWorkerLike, nodeModule, type WebWorkerLike, type WorkerThreads } from "./host.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import type { WorkerScript } from "./worker-source.ts";

/** A worker of any host, seen from the pool. */
export interface WorkerHandle {
  readonly send: (message: ToWorker) => void;
  readonly stop: () => void;
}

/** What the pool wants to hear of a worker. */
export interface WorkerListener {
  readonly onMessage: (message: FromWorker) => void;
  /** The worker could not start, or stopped on its own. */
  readonly onFailure: (reason: string) => void;
}

/** Wires up a worker, Node's by its `on`, others by `addEventListener`. */
export function connectWorker(worker: NodeWorkerLike | WebWorkerLike, listener: WorkerListener): WorkerHandle {
  const failed = (error: unknown): void => {
    listener.onFailure((error as { readonly message?: string } | undefined)?.message ?? "no reason given");
  };
  if ("on" in worker) {
    worker.on("message", (message) => listener.onMessage(message as FromWorker));
    worker.on("error", failed);
    worker.on("messageerror", failed);
    worker.on("exit", (code) => listener.onFailure(`it exited with code ${code}`));
  } else {
    worker.addEventListener("message", (event) => {
      listener.onMessage((event as { readonly data: FromWorker }).data);
    });
    for (const type of ["error", "messageerror"]) {
      worker.addEventListener(type, (event) => {
        (event as { preventDefault?: () => void }).preventDefault?.(); // Deno ends the program on an unhandled one
        failed(event);
      });
    }
  }
  return {
    send: (message) => worker.postMessage(message),
    stop: () => {
      worker.terminate();
    },
  };
}

/**
 * Makes a worker from the library's own script: Web Workers in browsers, Deno and Bun, threads in Node; `undefined`
 * where the host has neither.
 */
export function createLibraryWorker({ source, url }: WorkerScript): NodeWorkerLike | WebWorkerLike | undefined {
  const { Worker, Blob } = host;
  if (Worker !== undefined) {
    if (source === undefined) return url === undefined ? undefined : new Worker(url, { type: "module" });
    if (Blob === undefined || host.URL.createObjectURL === undefined) return undefined;
    const address = host.URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address, { type: "module" });
    // The address may go once the script is loaded, which the first message shows.
    worker.addEventListener("message", () => host.URL.revokeObjectURL?.(address));
    return worker;
  }
  const threads = nodeModule<WorkerThreads>("node:worker_threads");
  if (threads === undefined) return undefined;
  // The parent's flags, a loader among them, are not for a script that is complete in itself.
  if (source !== undefined) return new threads.Worker(source, { eval: true, execArgv: [] });
  return url === undefined ? undefined : new threads.Worker(url);
}
