import { checkBoolean, checkNumber, resolveOptions } from "../core/options.ts";
import type { CategoryData } from "../data/columns.ts";
import { jobHelpEffect } from "./numerics/effects.ts";
import { DRAW, drawPerson, emptyPerson, pick } from "./numerics/person.ts";
import { PROFILE } from "./numerics/profile.ts";
import { fillUniforms, STREAM } from "./numerics/stream.ts";
import { ARMS, armEffect } from "./truth-combination.ts";

/** Options of {@link trial}. */
export interface TrialOptions {
  /**
   * Seed: an integer of at least 0. The persons are those of {@link table} with the same seed.
   * @defaultValue 1
   */
  readonly seed?: number;
  /**
   * Number of persons.
   * @defaultValue 1000
   */
  readonly persons?: number;
  /**
   * Whether assignment depends on health and debts instead of being one in four.
   * @defaultValue false
   */
  readonly confounded?: boolean;
}

/** One row a person; truths are `p`, the propensities and the probabilities under each arm. */
export type TrialTable = {
  readonly person: Float64Array;
  /** none, A (job help), B (obstacle removal), AB (both). */
  readonly arm: CategoryData;
  /** 1 in arms A and AB. */
  readonly jobHelp: Float64Array;
  /** 1 in arms B and AB. */
  readonly obstacleRemoval: Float64Array;
  readonly badHealth: Float64Array;
  readonly debts: Float64Array;
  /** low, middle, high. */
  readonly education: CategoryData;
  readonly sex: CategoryData;
  readonly language: CategoryData;
  /** Number of children; 3 means three or more. */
  readonly children: Float64Array;
  /** 1 if the person works afterwards. */
  readonly employed: Float64Array;
  /** Employment probability under the person's arm. */
  readonly p: Float64Array;
  readonly pNone: Float64Array;
  readonly pA: Float64Array;
  readonly pB: Float64Array;
  readonly pAB: Float64Array;
  /** Probability of each arm given health and debts. */
  readonly propensityNone: Float64Array;
  readonly propensityA: Float64Array;
  readonly propensityB: Float64Array;
  readonly propensityAB: Float64Array;
};

/** Log odds of each arm against none: coefficients of bad health and debts. All propensities are at least .08. */
const HEALTH_LOGIT: readonly number[] = [0, -0.3, 0.4, 0.3];
const DEBTS_LOGIT: readonly number[] = [0, -0.2, 0.4, 0.5];
const EQUAL: readonly number[] = [0.25, 0.25, 0.25, 0.25];
const EDUCATION: readonly number[] = [0, 0.05, 0.1];

/**
 * A trial of two programmes and their combination, on persons as in {@link table} but without a time dimension: employment probability
 * .25 + .05 middle + .10 high education - .05 bad health - .03 debts + the effect of the arm. Truths: `truth().combination` and `.policy`.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`.
 * @example
 * const people = frame(trial({ persons: 4000, confounded: true }));
 */
export function trial(options: TrialOptions = {}): TrialTable {
  const settings = resolveOptions<Required<TrialOptions>>("trial", options, {
    required: [],
    defaults: { seed: 1, persons: 1000, confounded: false },
  });
  checkNumber("trial", "seed", settings.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  const n = checkNumber("trial", "persons", settings.persons, { min: 1, max: 3e8, integer: true });
  checkBoolean("trial", "confounded", settings.confounded);
  const columns = emptyColumns(n);
  const [person, u] = [emptyPerson(), new Float64Array(DRAW.effect)];
  for (let i = 0; i < n; i++) {
    fillUniforms(u, DRAW.effect, settings.seed, STREAM.person, i);
    drawPerson(person, i, u, false, -1);
    fillUniforms(u, 2, settings.seed, STREAM.trial, i);
    writePerson(columns, i, person.profile, u, settings.confounded);
  }
  return columns;
}

function writePerson(columns: TrialTable, i: number, profile: number, u: Float64Array, confounded: boolean): void {
  const field = ([shift, mask]: readonly [number, number]): number => (profile >>> shift) & mask;
  const [badHealth, debts, education] = [field(PROFILE.badHealth), field(PROFILE.debts), field(PROFILE.education)];
  const propensities = confounded ? logitShares(badHealth, debts) : EQUAL;
  const base = 0.25 + EDUCATION[education]! - 0.05 * badHealth - 0.03 * debts;
  const arm = pick(u[0]!, propensities);
  const outcomes = [columns.pNone, columns.pA, columns.pB, columns.pAB];
  const shares = [columns.propensityNone, columns.propensityA, columns.propensityB, columns.propensityAB];
  ARMS.forEach((name, k) => {
    outcomes[k]![i] = base + armEffect(name, badHealth | debts, jobHelpEffect(badHealth | debts));
    shares[k]![i] = propensities[k]!;
  });
  const p = outcomes[arm]![i]!;
  columns.person[i] = i;
  columns.arm.codes[i] = arm;
  columns.jobHelp[i] = arm === 1 || arm === 3 ? 1 : 0;
  columns.obstacleRemoval[i] = arm >= 2 ? 1 : 0;
  columns.badHealth[i] = badHealth;
  columns.debts[i] = debts;
  columns.education.codes[i] = education;
  columns.sex.codes[i] = field(PROFILE.female);
  columns.language.codes[i] = field(PROFILE.otherLanguage);
  columns.children[i] = field(PROFILE.children);
  columns.p[i] = p;
  columns.employed[i] = u[1]! < p ? 1 : 0;
}

function logitShares(badHealth: number, debts: number): readonly number[] {
  const odds = HEALTH_LOGIT.map((health, k) => Math.exp(health * badHealth + DEBTS_LOGIT[k]! * debts));
  const total = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / total);
}

function emptyColumns(n: number): TrialTable {
  const numbers = (): Float64Array => new Float64Array(n);
  const category = (levels: readonly string[]): CategoryData => ({ type: "category", codes: new Int32Array(n), levels });
  return {
    person: numbers(),
    arm: category(ARMS),
    jobHelp: numbers(),
    obstacleRemoval: numbers(),
    badHealth: numbers(),
    debts: numbers(),
    education: category(["low", "middle", "high"]),
    sex: category(["male", "female"]),
    language: category(["Dutch", "other"]),
    children: numbers(),
    employed: numbers(),
    p: numbers(),
    pNone: numbers(),
    pA: numbers(),
    pB: numbers(),
    pAB: numbers(),
    propensityNone: numbers(),
    propensityA: numbers(),
    propensityB: numbers(),
    propensityAB: numbers(),
  };
}
