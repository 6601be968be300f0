import { OptionError } from "../core/errors.ts";
import { host, nodeModule, type WorkerThreads } from "./host.ts";
import { encodeError, type FromWorker, type ToWorker, transferables } from "./protocol.ts";
import type { Task } from "./task.ts";

type AnyTask = Task<never, never, unknown>;

/**
 * The worker's side: answers the pool with the tasks it knows. Call it once, from a worker's script. An application
 * whose content security policy forbids workers from strings serves its own script, which imports the library's
 * tasks and calls this, and passes `createWorker`.
 */
export function serveTasks(tasks: readonly AnyTask[]): void {
  const { post, listen } = channel();
  let task: AnyTask | undefined;
  let shared: unknown;
  listen((message) => {
    try {
      if (message.kind === "start") {
        task = findTask(tasks, message.task);
        shared = message.shared;
        return;
      }
      const output = task!.run(shared as never, message.block as never);
      post({ kind: "done", index: message.index, output }, [...transferables(output)]);
    } catch (error) {
      postError(post, error);
    }
  });
  post({ kind: "ready" }, []);
}

type Post = (message: FromWorker, transfer: readonly ArrayBuffer[]) => void;

/** Details that cannot be cloned are left out rather than hiding the error behind one of their own. */
function postError(post: Post, error: unknown): void {
  const record = encodeError(error);
  try {
    post({ kind: "failed", error: record }, []);
  } catch {
    post({ kind: "failed", error: { ...record, details: {} } }, []);
  }
}

function findTask(tasks: readonly AnyTask[], name: string): AnyTask {
  const task = tasks.find((candidate) => candidate.name === name);
  if (task !== undefined) return task;
  throw new OptionError(
    "UNKNOWN_TASK",
    `Cannot run task "${name}" in a worker as the worker's script must list it: it lists ${tasks.map((known) => `"${known.name}"`).join(", ") || "none"}`,
    { task: name },
  );
}

/** Web Workers speak through their global scope, Node's through a port. */
function channel(): { post: Post; listen: (answer: (message: ToWorker) => void) => void } {
  const port = nodeModule<WorkerThreads>("node:worker_threads")?.parentPort;
  if (host.postMessage === undefined && port != null) {
    return {
      post: (message, transfer) => port.postMessage(message, transfer),
      listen: (answer) => port.on("message", (message) => answer(message as ToWorker)),
    };
  }
  const { postMessage, addEventListener } = host;
  if (postMessage === undefined || addEventListener === undefined) {
    throw new OptionError("NOT_A_WORKER", "Cannot serve tasks as this must run in a worker: it runs in a main thread");
  }
  return {
    post: (message, transfer) => postMessage.call(globalThis, message, transfer),
    listen: (answer) => addEventListener.call(globalThis, "message", (event) => answer(event.data as ToWorker)),
  };
}
