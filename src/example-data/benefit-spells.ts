import { type CategoryData, MILLISECONDS_A_DAY } from "../data/columns.ts";
import { citizenNumbers } from "./citizen-numbers.ts";
import { codeByPerson, keyColumn, type LinkedOptions, type LinkedSettings, resolveLinked } from "./linked-options.ts";
import type { DateColumn } from "./municipal-columns.ts";
import { PROFILE, STATE } from "./numerics/profile.ts";
import { SPELL_DRAWS_FROM } from "./numerics/record-errors.ts";
import { fillUniforms, STREAM } from "./numerics/stream.ts";
import { type Life, lifeSimulator, personNumbers } from "./people.ts";
import { pseudonyms } from "./pseudonyms.ts";
import { daysInMonth, firstDayOfMonth } from "./recorded-age.ts";
import { BENEFIT_PER_HOUR, CONTRACT_HOURS, FULL_BENEFIT, MONTHS } from "./scenario.ts";

/** Spells of benefit, sorted by person and start; an end that is missing means that the spell goes on. */
export type BenefitSpells = {
  /** Pseudonym as in {@link municipalFile}. */
  readonly key: CategoryData;
  /** Recorded first day. */
  readonly start: DateColumn;
  /** Recorded first day without benefit. */
  readonly end: DateColumn;
  /** Truth: number of the person. */
  readonly person: Float64Array;
  /** Truth: first day. */
  readonly trueStart: DateColumn;
  /** Truth: first day without benefit. */
  readonly trueEnd: DateColumn;
  /** Truth: the dates were moved back to the 1st or 15th of their months. */
  readonly moved: Float64Array;
  /** Truth: a record of the same time on benefit that overlaps the one before it. */
  readonly overlapping: Float64Array;
};

interface SpellRow {
  readonly person: number;
  readonly start: number;
  readonly end: number;
  readonly moved: boolean;
  readonly overlapping: boolean;
}

const MOVED_SHARE = 0.7;
const SPELL_DRAWS = 4;
const MAX_SPELLS = 25;
const LONG_MONTHS = 24;
const LONGEST_EXTRA = 60;
const OVERLAP_DAYS = 20;

/**
 * Spells of benefit behind the monthly amounts of {@link municipalFile}, with the errors of such records: 70 % of the spells have their
 * dates moved to the 1st or 15th, and .3 % of persons have two overlapping ones.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @throws DataError `NO_WEB_CRYPTO`.
 * @example
 * const spells = frame(await benefitSpells({ persons: 500 }));
 */
export async function benefitSpells(options: LinkedOptions = {}): Promise<BenefitSpells> {
  const settings = resolveLinked("benefitSpells", options);
  const rows: SpellRow[] = [];
  const simulate = lifeSimulator(settings);
  for (const id of personNumbers(settings)) rows.push(...spellsOf(simulate(id), settings));
  const person = Float64Array.from(rows, (row) => row.person);
  const numbers = citizenNumbers(settings);
  const key = codeByPerson(person, (id) => (settings.errors ? numbers.delivered(id).digits : numbers.registered(id)));
  const dates = (value: (row: SpellRow) => number): DateColumn => ({ type: "date", values: Float64Array.from(rows, value) });
  return {
    key: keyColumn(key.codes, await pseudonyms(key.texts, settings.projectKey)),
    start: dates((row) => (row.moved ? movedBack(row.start) : row.start)),
    end: dates((row) => (row.moved ? movedBack(row.end) : row.end)),
    person,
    trueStart: dates((row) => row.start),
    trueEnd: dates((row) => row.end),
    moved: Float64Array.from(rows, (row) => Number(row.moved)),
    overlapping: Float64Array.from(rows, (row) => Number(row.overlapping)),
  };
}

/** The spells of one person: runs of months with benefit, with days drawn within the months in which they start and end. */
function spellsOf(life: Life, settings: LinkedSettings): SpellRow[] {
  const { person, errors } = life;
  const u = new Float64Array(SPELL_DRAWS_FROM + SPELL_DRAWS * MAX_SPELLS);
  fillUniforms(u, u.length, settings.seed, STREAM.errors, person.id);
  const last = Math.min(MONTHS, errors.exitMonth - 1);
  const rows: SpellRow[] = [];
  let month = person.firstMonth;
  while (month <= last) {
    if (!onBenefit(life, month)) {
      month++;
      continue;
    }
    const at = SPELL_DRAWS_FROM + SPELL_DRAWS * rows.length;
    const startMonth = month === person.firstMonth ? month - monthsBefore(person.profile, u[at + 3]!) : month;
    while (month <= last && onBenefit(life, month)) month++;
    const moved = settings.errors && u[at + 2]! < MOVED_SHARE;
    const end = month > MONTHS ? Number.NaN : dayWithin(month, u[at + 1]!);
    rows.push({ person: person.id, start: dayWithin(startMonth, u[at]!), end, moved, overlapping: false });
  }
  const [first] = rows;
  if (errors.overlap && first !== undefined) rows.splice(1, 0, overlappingSpell(first));
  return rows;
}

function onBenefit({ person, months }: Life, month: number): boolean {
  const employed = (months.state[month - 1]! >>> STATE.employed[0]) & 1;
  return employed === 0 || FULL_BENEFIT - BENEFIT_PER_HOUR * CONTRACT_HOURS[person.contractHours]! > 0;
}

/** Months on benefit before the panel: 24 or more for those long on benefit. */
function monthsBefore(profile: number, u: number): number {
  const long = ((profile >>> PROFILE.longBenefit[0]) & 1) === 1;
  return long ? LONG_MONTHS + Math.floor(u * LONGEST_EXTRA) : Math.floor(u * LONG_MONTHS);
}

function overlappingSpell(spell: SpellRow): SpellRow {
  const open = Number.isNaN(spell.end);
  const start = open ? spell.start + OVERLAP_DAYS : Math.floor((spell.start + spell.end) / 2);
  return { ...spell, start, end: open ? spell.end : spell.end + OVERLAP_DAYS, moved: false, overlapping: true };
}

function dayWithin(month: number, u: number): number {
  return firstDayOfMonth(month) + Math.floor(u * daysInMonth(month));
}

const MIDDLE_DAY = 15;

/** The last 1st or 15th on or before a day; NaN stays. */
function movedBack(day: number): number {
  if (Number.isNaN(day)) return day;
  const dayOfMonth = new Date(day * MILLISECONDS_A_DAY).getUTCDate();
  return day - dayOfMonth + (dayOfMonth >= MIDDLE_DAY ? MIDDLE_DAY : 1);
}
