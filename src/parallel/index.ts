export type { AbortSignalLike, NodeWorkerLike, WebWorkerLike } from "./host.ts";
export type { OnProgress } from "./progress.ts";
export { type ParallelOptions, type RunBlocksOptions, runBlocks } from "./run-blocks.ts";
export { serveTasks } from "./serve-tasks.ts";
export { shareArray, type Task, type WorkBlock, workBlocks } from "./task.ts";
