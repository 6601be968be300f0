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
  const reasonOf = (error: { readonly message?: string } | undefined): string => error?.message ?? "no reason given";
  if ("on" in worker) {
    worker.on("message", (message: FromWorker) => listener.onMessage(message));
    worker.on("error", (error: Error) => listener.onFailure(reasonOf(error)));
    worker.on("messageerror", (error: Error) => listener.onFailure(reasonOf(error)));
    worker.on("exit", (code: number) => listener.onFailure(`it exited with code ${code}`));
  } else {
    worker.addEventListener("message", (event: { data: FromWorker }) => listener.onMessage(event.data));
    for (const type of ["error", "messageerror"]) {
      worker.addEventListener(type, (event: { message?: string; preventDefault?: () => void }) => {
        event.preventDefault?.(); // Deno ends the program on an unhandled one
        listener.onFailure(reasonOf(event));
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
