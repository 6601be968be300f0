import { checkChoice } from "../core/options.ts";
import { DRAW, drawPerson, emptyPerson } from "./numerics/person.ts";
import { fillUniforms, STREAM } from "./numerics/stream.ts";
import { type MunicipalOptions, type MunicipalSettings, resolveMunicipal } from "./options.ts";
import { personNumbers } from "./people.ts";
import {
  BIRTHDAY_HEAPED,
  CITY_SHARES,
  COHORTS,
  DISTRICT_CITY,
  DISTRICT_START,
  DISTRICTS,
  DISTRICTS_BY_CITY,
  EDUCATION_MISSING,
  LANGUAGE_SHARES,
  LINKED_SHARE,
  WEEKS_A_MONTH,
} from "./scenario.ts";
import { type TruthCell, truthCells } from "./truth-cells.ts";
import { type CombinationTruth, combinationTruths, type PolicyTruth, policyTruth } from "./truth-combination.ts";
import { type JobHelpTruths, jobHelpTruths } from "./truth-job-help.ts";
import { type ObligationTruths, type OutcomeMultipliers, obligationTruths, outcomeMultipliers } from "./truth-obligation.ts";

/** Options of {@link truth}. */
export interface TruthOptions extends MunicipalOptions {
  /**
   * Shares of persons by cohort that weight the aggregates: those of the design, or those drawn for these persons.
   * @defaultValue "population"
   */
  readonly shares?: "population" | "realised";
}

/** What a quality report on data with errors should find. */
export interface QualityTruth {
  /** Share of persons without education. */
  readonly educationMissing: number;
  /** Share of recorded birthdays on 1 January. */
  readonly firstJanuary: number;
  /** Mean hours of workers in The Hague up to month 18 over those after it. */
  readonly hoursRatio: number;
  /** Share of municipal persons whose key is in the register. */
  readonly linked: number;
}

/** All that is known about the data of {@link table} and {@link trial}. */
export interface Truth {
  /** Persons by all that effects depend on: any other group's truth is a weighted mean over these. */
  readonly cells: readonly TruthCell[];
  /** Change in other outcomes for each additional employed person, for the obligation and for job help. */
  readonly multipliers: OutcomeMultipliers;
  readonly obligation: ObligationTruths;
  readonly jobHelp: JobHelpTruths;
  /** Effects of the arms of the trial, by obstacle. */
  readonly combination: readonly CombinationTruth[];
  readonly policy: PolicyTruth;
  readonly quality: QualityTruth;
}

/**
 * The true effects behind the data that {@link table} and {@link trial} make with the same options, by enumerating the cells of persons.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @example
 * truth().jobHelp.simple; // 0.04364397
 */
export function truth(options: TruthOptions = {}): Truth {
  const settings = resolveMunicipal("truth", options, { shares: "population" as "population" | "realised" });
  const shares = checkChoice("truth", "shares", settings.shares, ["population", "realised"]);
  const cells = truthCells(settings.trendByEducation);
  return {
    cells,
    multipliers: outcomeMultipliers(),
    obligation: obligationTruths(cells, settings),
    jobHelp: jobHelpTruths(cells, shares === "population" ? populationShares() : realisedShares(settings), settings),
    combination: combinationTruths(cells),
    policy: policyTruth(cells),
    quality: qualityTruth(),
  };
}

function populationShares(): readonly number[] {
  const shares = COHORTS.map(() => 0);
  for (let district = 1; district <= DISTRICTS; district++) {
    const city = DISTRICT_CITY[district]!;
    shares[COHORTS.indexOf(DISTRICT_START[district]!)]! += CITY_SHARES[city]! / DISTRICTS_BY_CITY[city]!;
  }
  return shares;
}

function realisedShares(settings: MunicipalSettings): readonly number[] {
  const counts = COHORTS.map(() => 0);
  const [person, draws] = [emptyPerson(), new Float64Array(DRAW.total)];
  let persons = 0;
  for (const id of personNumbers(settings)) {
    fillUniforms(draws, DRAW.effect, settings.seed, STREAM.person, id);
    drawPerson(person, id, draws, settings.trendByEducation, -1);
    counts[COHORTS.indexOf(DISTRICT_START[person.district]!)]! += 1;
    persons++;
  }
  return counts.map((count) => count / persons);
}

function qualityTruth(): QualityTruth {
  const other = CITY_SHARES.reduce((sum, share, c) => sum + share * LANGUAGE_SHARES[c]!, 0);
  const mixed = (otherLanguage: number, dutch: number): number => other * otherLanguage + (1 - other) * dutch;
  return {
    educationMissing: mixed(EDUCATION_MISSING.other, EDUCATION_MISSING.dutch),
    firstJanuary: mixed(BIRTHDAY_HEAPED.other, BIRTHDAY_HEAPED.dutch),
    hoursRatio: WEEKS_A_MONTH,
    linked: mixed(LINKED_SHARE.other, LINKED_SHARE.dutch),
  };
}
