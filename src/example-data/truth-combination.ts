import { COMBINED_EFFECT, REMOVAL_EFFECT } from "./numerics/effects.ts";
import { cellMean, type TruthCell } from "./truth-cells.ts";

/** Arms of the trial: neither programme, job help (A), obstacle removal (B), both. */
export const ARMS = ["none", "A", "B", "AB"] as const;
/** An arm of the trial. */
export type Arm = (typeof ARMS)[number];

/** True effects of the arms on employment in one group, against none. */
export interface CombinationTruth {
  readonly group: string;
  readonly A: number;
  readonly B: number;
  readonly AB: number;
  /** What both do beyond the sum of each. */
  readonly interaction: number;
}

/** Gains over "none" in employment less cost, by rule of assignment. */
export interface PolicyTruth {
  /** Cost of one programme; both cost twice as much. */
  readonly costPerProgram: number;
  readonly allA: number;
  readonly allB: number;
  readonly allAB: number;
  /** Best rule with one split on health or debts. */
  readonly bestSplit: number;
  /** Best tree of depth two on debts and health: A without an obstacle, both with one. */
  readonly bestTree: number;
}

export const COST_PER_PROGRAM = 0.02;

/** Effect of an arm on a person with or without an obstacle, fully phased in. */
export function armEffect(arm: Arm, obstacle: number, jobHelp: number): number {
  if (arm === "none") return 0;
  if (arm === "A") return jobHelp;
  if (arm === "B") return REMOVAL_EFFECT * obstacle;
  return jobHelp + (REMOVAL_EFFECT + COMBINED_EFFECT) * obstacle;
}

const cost = (arm: Arm): number => (arm === "none" ? 0 : arm === "AB" ? 2 * COST_PER_PROGRAM : COST_PER_PROGRAM);
const effectIn = (cells: readonly TruthCell[], arm: Arm): number =>
  cellMean(cells, (cell) => armEffect(arm, cell.badHealth | cell.debts, cell.jobHelp));

export function combinationTruths(cells: readonly TruthCell[]): readonly CombinationTruth[] {
  const groups: readonly (readonly [string, readonly TruthCell[]])[] = [
    ["all", cells],
    ["without obstacle", cells.filter((cell) => (cell.badHealth | cell.debts) === 0)],
    ["with obstacle", cells.filter((cell) => (cell.badHealth | cell.debts) === 1)],
  ];
  return groups.map(([group, members]) => {
    const [A, B, AB] = [effectIn(members, "A"), effectIn(members, "B"), effectIn(members, "AB")];
    return { group, A, B, AB, interaction: AB - A - B };
  });
}

export function policyTruth(cells: readonly TruthCell[]): PolicyTruth {
  const weight = (members: readonly TruthCell[]): number => members.reduce((sum, cell) => sum + cell.share, 0);
  const gain = (members: readonly TruthCell[], arm: Arm): number => weight(members) * (effectIn(members, arm) - cost(arm));
  const best = (members: readonly TruthCell[]): number => Math.max(...ARMS.map((arm) => gain(members, arm)));
  const part = (health: number | undefined, debts: number | undefined): readonly TruthCell[] =>
    cells.filter((cell) => (health === undefined || cell.badHealth === health) && (debts === undefined || cell.debts === debts));
  return {
    costPerProgram: COST_PER_PROGRAM,
    allA: gain(cells, "A"),
    allB: gain(cells, "B"),
    allAB: gain(cells, "AB"),
    bestSplit: Math.max(best(part(0, undefined)) + best(part(1, undefined)), best(part(undefined, 0)) + best(part(undefined, 1))),
    bestTree: best(part(0, 0)) + best(part(0, 1)) + best(part(1, 0)) + best(part(1, 1)),
  };
}
