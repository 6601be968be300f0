import { assignmentTask } from "./inference/assignment-task.ts";
import { multiplierDraws } from "./inference/multiplier-draws-task.ts";
import { wildDraws } from "./inference/wild-draws-task.ts";
import { serveTasks } from "./parallel/index.ts";

/** The script of the library's workers: every task that `runBlocks` may send to one is listed here. */
serveTasks([assignmentTask, multiplierDraws, wildDraws]);
