import type { BenchTask } from "../harness/task.ts";
import { policyTreeTask } from "./policy-data.ts";

const task: BenchTask = policyTreeTask("policy-tree-d2-p30", 30, [1e4, 1e5], [1e6]);
export default task;
