import { ageEffect } from "./numerics/effects.ts";
import { type MunicipalSettings, probabilityModel } from "./options.ts";
import {
  BENEFIT_PER_HOUR,
  CARE_EMPLOYED,
  CONTRACT_HOURS,
  CONTRACT_SHARES,
  DAYS,
  DAYS_A_MONTH,
  FULL_BENEFIT,
  INDEPENDENT_HOURS,
} from "./scenario.ts";
import { cellMean, type TruthCell } from "./truth-cells.ts";

/** What one more employed person means for the other outcomes, on average. */
export interface OutcomeMultipliers {
  readonly hours: number;
  readonly benefit: number;
  readonly independent: number;
  readonly careCost: number;
}

/** True effects of the obligation at the fifth birthday in one group. */
export interface ObligationTruth {
  /** Which persons. */
  readonly group: string;
  /** Share of persons in the group. */
  readonly share: number;
  /** Jump in the share obliged. */
  readonly firstStage: number;
  /** Jump in employment. */
  readonly intentionToTreat: number;
  /** Effect on compliers: the ratio of the two. */
  readonly localEffect: number;
}

/** Truth about the obligation. */
export interface ObligationTruths {
  /** All persons and the groups of the design. */
  readonly groups: readonly ObligationTruth[];
  /** Jumps in the other outcomes, all persons. */
  readonly jumps: OutcomeMultipliers;
  /** Change of the slope of employment at the cutoff, per month of age. */
  readonly slopeChange: number;
  /** Jump in the density of the recorded age, as a share of the density. */
  readonly densityJump: number;
  /** Jump in any covariate. */
  readonly covariateJump: number;
  /** Mean effect over all persons, whether they comply or not: not the local effect, as health drives both. */
  readonly averageEffect: number;
  /** Coefficients of the interaction model on compliers. */
  readonly interactions: {
    readonly base: number;
    readonly higherEducation: number;
    readonly badHealth: number;
    readonly threeChildren: number;
  };
  /** Event-study coefficients with childless adults as controls, months from the fifth birthday against month -1: the ageing of the child biases them. */
  readonly childlessEventStudy: readonly { readonly eventTime: number; readonly coefficient: number }[];
}

const GROUPS: readonly (readonly [string, (cell: TruthCell) => boolean])[] = [
  ["all", () => true],
  ["low education", (cell) => cell.education === "low"],
  ["middle or high education", (cell) => cell.education !== "low"],
  ["good health", (cell) => cell.badHealth === 0],
  ["bad health", (cell) => cell.badHealth === 1],
  ["one or two children", (cell) => cell.threeChildren === 0],
  ["three or more children", (cell) => cell.threeChildren === 1],
  ["best cell", (cell) => cell.badHealth === 0 && cell.education !== "low" && cell.threeChildren === 0],
  ["worst cell", (cell) => cell.badHealth === 1 && cell.education === "low" && cell.threeChildren === 1],
];

const WINDOW = [-36, 35] as const;

export function outcomeMultipliers(): OutcomeMultipliers {
  const expected = (value: (hours: number) => number): number =>
    CONTRACT_HOURS.reduce((sum, hours, k) => sum + CONTRACT_SHARES[k]! * value(hours), 0);
  return {
    hours: expected((hours) => hours),
    benefit: expected((hours) => Math.max(0, FULL_BENEFIT - BENEFIT_PER_HOUR * hours)) - FULL_BENEFIT,
    independent: expected((hours) => (hours >= INDEPENDENT_HOURS ? 1 : 0)),
    careCost: CARE_EMPLOYED,
  };
}

export function obligationTruths(cells: readonly TruthCell[], settings: MunicipalSettings): ObligationTruths {
  const groups = GROUPS.map(([group, member]) => groupTruth(group, cells.filter(member)));
  const jump = groups[0]!.intentionToTreat;
  const multipliers = outcomeMultipliers();
  return {
    groups,
    jumps: {
      hours: jump * multipliers.hours,
      benefit: jump * multipliers.benefit,
      independent: jump * multipliers.independent,
      careCost: jump * multipliers.careCost,
    },
    slopeChange: probabilityModel(settings).kinkSlope,
    densityJump: settings.manipulation === 0 ? 0 : -2 * settings.manipulation,
    covariateJump: 0,
    averageEffect: cellMean(cells, (cell) => cell.obligation),
    interactions: complierInteractions(cells),
    childlessEventStudy: childlessEventStudy(jump, settings),
  };
}

function groupTruth(group: string, cells: readonly TruthCell[]): ObligationTruth {
  const firstStage = cellMean(cells, (cell) => cell.compliers);
  const intentionToTreat = cellMean(cells, (cell) => cell.compliers * cell.obligation);
  const share = cells.reduce((sum, cell) => sum + cell.share, 0);
  return { group, share, firstStage, intentionToTreat, localEffect: intentionToTreat / firstStage };
}

/** Differences between neighbouring cells: the effect is additive, hence any pair gives the coefficient. */
function complierInteractions(cells: readonly TruthCell[]): ObligationTruths["interactions"] {
  const effect = (education: "low" | "middle", badHealth: number, threeChildren: number): number =>
    cells.find((cell) => cell.education === education && cell.badHealth === badHealth && cell.threeChildren === threeChildren)!.obligation;
  const base = effect("low", 0, 0);
  return {
    base,
    higherEducation: effect("middle", 0, 0) - base,
    badHealth: effect("low", 1, 0) - base,
    threeChildren: effect("low", 0, 1) - base,
  };
}

function childlessEventStudy(jump: number, settings: MunicipalSettings): ObligationTruths["childlessEventStudy"] {
  const { ageTrend, kinkSlope } = probabilityModel(settings);
  const ageing = (eventTime: number): number => {
    let sum = 0;
    for (let day = 0; day < DAYS; day++) sum += ageEffect(eventTime + day / DAYS_A_MONTH, ageTrend, kinkSlope);
    return sum / DAYS;
  };
  return Array.from({ length: WINDOW[1] - WINDOW[0] + 1 }, (_, k) => {
    const eventTime = WINDOW[0] + k;
    return { eventTime, coefficient: ageing(eventTime) - ageing(-1) + (eventTime >= 0 ? jump : 0) };
  });
}
