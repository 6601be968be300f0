import type { Task, WorkBlock } from "../parallel/index.ts";
import { type AssignmentStatistic, type AssignmentSums, assignmentDraws } from "./numerics/assignment-draws.ts";
import type { DrawSource } from "./numerics/wild-draws.ts";

/** What blocks of assignments share. */
export interface AssignmentWork {
  readonly sums: AssignmentSums;
  readonly statistic: AssignmentStatistic;
  readonly source: DrawSource;
}

/** Statistics over drawn assignments. */
export const assignmentTask: Task<AssignmentWork, WorkBlock, Float64Array> = {
  name: "inference.assignments",
  run: ({ sums, statistic, source }, { start, end }) => assignmentDraws(sums, statistic, source, start, end),
};
