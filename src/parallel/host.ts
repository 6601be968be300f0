/**
 * The few things of Node, Deno, Bun and browsers that the task pool uses, each absent somewhere: the sources are typed
 * against the language alone, so that they run in all of them.
 */
export interface Host {
  readonly Worker?: new (url: string | object, options?: object) => WebWorkerLike;
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object;
  readonly URL: {
    new (path: string, base: string): object;
    createObjectURL?(blob: object): string;
    revokeObjectURL?(url: string): void;
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly performance?: { now(): number };
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly postMessage?: (message: unknown, transfer: readonly ArrayBuffer[]) => void;
  readonly addEventListener?: (type: "message", listener: (event: { readonly data: unknown }) => void) => void;
  readonly setImmediate?: (run: () => void) => unknown;
  readonly setTimeout: (run: () => void, milliseconds: number) => unknown;
}

/** A Web Worker as browsers, Deno and Bun have it. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer?: never): void;
  terminate(): unknown;
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

/** A Worker of Node's `worker_threads`. */
export interface NodeWorkerLike {
  postMessage(message: unknown, transfer?: never): void;
  terminate(): unknown;
  on(event: string, listener: (value: unknown) => void): unknown;
}

/** Structure of an `AbortSignal`, which the language's own library does not declare. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What is used of Node's `node:worker_threads`. */
export interface WorkerThreads {
  readonly Worker: new (source: string | object, options?: object) => NodeWorkerLike;
  readonly parentPort: {
    postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
    on(event: "message", listener: (message: unknown) => void): void;
  } | null;
}

export const host: Host = globalThis as unknown as Host;

/** A built-in module of Node from 20.16 on, without an import that bundlers for browsers would trip over. */
export function nodeModule<Module>(name: string): Module | undefined {
  return host.process?.getBuiltinModule?.(name) as Module | undefined;
}

/** Milliseconds since some start; used for pacing alone, never in a result. */
export function now(): number {
  return host.performance?.now() ?? 0;
}

/** Lets timers, events and rendering go before the next step. */
export function yieldToHost(): Promise<void> {
  return new Promise((resolve) => {
    if (host.setImmediate !== undefined) host.setImmediate(resolve);
    else host.setTimeout(resolve, 0);
  });
}

/** Number of tasks the machine runs at once, 1 where it does not say. */
export function processorCount(): number {
  const said = host.navigator?.hardwareConcurrency;
  if (said !== undefined && said >= 1) return said;
  return nodeModule<{ availableParallelism?(): number }>("node:os")?.availableParallelism?.() ?? 1;
}
