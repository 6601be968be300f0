import { jobHelpEffect, obligationEffect } from "./numerics/effects.ts";
import {
  ALWAYS_OBLIGED_SHARE,
  BAD_HEALTH_SHARE,
  CHILDREN_SHARES,
  CITY_SHARES,
  DEBTS_SHARE,
  EQUAL_EDUCATION,
  HIGH_AMONG_HIGHER,
  NEVER_OBLIGED_BAD_HEALTH,
  NEVER_OBLIGED_SHARE,
  UNEQUAL_EDUCATION,
} from "./scenario.ts";

/** Persons who share all that effects depend on. */
export interface TruthCell {
  readonly badHealth: 0 | 1;
  readonly debts: 0 | 1;
  readonly education: "low" | "middle" | "high";
  /** Three or more children. */
  readonly threeChildren: 0 | 1;
  /** Share of persons in the cell. */
  readonly share: number;
  /** Share of the cell that the fifth birthday makes obliged. */
  readonly compliers: number;
  /** Effect of the obligation on employment. */
  readonly obligation: number;
  /** Effect of job help on employment, alone, fully phased in, multiplier 1. */
  readonly jobHelp: number;
}

/** The 24 cells of persons; education shares are averaged over cities. */
export function truthCells(trendByEducation: boolean): readonly TruthCell[] {
  const higher = trendByEducation ? CITY_SHARES.reduce((sum, share, c) => sum + share * UNEQUAL_EDUCATION[c]!, 0) : EQUAL_EDUCATION;
  const education = { low: 1 - higher, middle: higher * (1 - HIGH_AMONG_HIGHER), high: higher * HIGH_AMONG_HIGHER };
  const binary = [0, 1] as const;
  return binary.flatMap((badHealth) =>
    binary.flatMap((debts) =>
      (["low", "middle", "high"] as const).flatMap((level) =>
        binary.map((threeChildren): TruthCell => {
          const kids = threeChildren === 1 ? CHILDREN_SHARES[2]! : 1 - CHILDREN_SHARES[2]!;
          return {
            badHealth,
            debts,
            education: level,
            threeChildren,
            share: bernoulli(BAD_HEALTH_SHARE, badHealth) * bernoulli(DEBTS_SHARE, debts) * education[level] * kids,
            compliers: 1 - ALWAYS_OBLIGED_SHARE - NEVER_OBLIGED_SHARE - NEVER_OBLIGED_BAD_HEALTH * badHealth,
            obligation: obligationEffect(level === "low" ? 0 : 1, badHealth, threeChildren),
            jobHelp: jobHelpEffect(badHealth | debts),
          };
        }),
      ),
    ),
  );
}

function bernoulli(share: number, value: 0 | 1): number {
  return value === 1 ? share : 1 - share;
}

/** Mean of a quantity over cells, weighted by `weight`. */
export function cellMean(
  cells: readonly TruthCell[],
  value: (cell: TruthCell) => number,
  weight: (cell: TruthCell) => number = (cell) => cell.share,
): number {
  const total = cells.reduce((sum, cell) => sum + weight(cell), 0);
  return cells.reduce((sum, cell) => sum + weight(cell) * value(cell), 0) / total;
}
