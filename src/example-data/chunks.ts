import { checkNumber } from "../core/options.ts";
import { type MunicipalOptions, type MunicipalSettings, resolveMunicipal } from "./options.ts";
import { type Life, lifeSimulator, personNumbers } from "./people.ts";
import { MONTHS } from "./scenario.ts";

/**
 * Person-months in 21 bytes a row; {@link expandChunk} gives them as columns.
 * Values are the true ones; `errorFlags` say what the records make of them.
 */
export interface MunicipalChunk {
  /** Number of rows: the length of every array. */
  readonly rows: number;
  /** Settings the rows were made with. */
  readonly settings: MunicipalSettings;
  /** Number of the person. */
  readonly person: Uint32Array;
  /** Month 1 to 48. */
  readonly month: Uint8Array;
  /** District number, 1 to 40. */
  readonly district: Uint8Array;
  /** True age of the child in months; 255 = no child. */
  readonly childAgeMonths: Uint8Array;
  /** True days since the child's monthly birthday, 0 to 27. */
  readonly daysSinceBirthday: Uint8Array;
  /** Fixed characteristics, packed. */
  readonly profile: Uint16Array;
  /** Treatments and employment, packed. */
  readonly state: Uint8Array;
  /** Care cost in euros. */
  readonly careCost: Float64Array;
  /** Errors in the row's record, one bit each. */
  readonly errorFlags: Uint16Array;
}

/** Rows of a chunk unless said otherwise. */
export const CHUNK_ROWS: number = 65_536;
/** Most rows a person can take: every month twice. */
const MAX_ROWS_A_PERSON: number = 2 * MONTHS;

/**
 * The person-months of {@link table} as a stream of compact chunks, for data larger than memory: 21 bytes a row, whole persons,
 * at most `size` rows each. The rows are the same whatever the size.
 *
 * @param size - most rows in a chunk, at least 96; defaults to 65,536
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @example
 * let employed = 0;
 * for (const chunk of chunks({ persons: 5000 })) {
 *   for (const value of expandChunk(chunk, ["employed"]).employed) employed += value;
 * }
 */
export function chunks(options: MunicipalOptions = {}, size: number = CHUNK_ROWS): Generator<MunicipalChunk, void, undefined> {
  const settings = resolveMunicipal("chunks", options, {});
  checkNumber("chunks", "size", size, { min: MAX_ROWS_A_PERSON, integer: true });
  return simulateChunks(settings, personNumbers(settings), size, LINKED);
}

/** Which rows a source holds. */
export interface RowRule {
  /** Whether missing months and months after moving away are left out. */
  readonly gaps: boolean;
  /** Whether rows entered twice are there twice. */
  readonly duplicates: boolean;
}

/** The file of a linked project, what the municipalities deliver, and the national register. */
export const LINKED: RowRule = { gaps: true, duplicates: true };
export const MUNICIPAL: RowRule = { gaps: true, duplicates: false };
export const REGISTER: RowRule = { gaps: false, duplicates: true };

/** Chunks of the persons in `ids`; `cityFor` overrides the city of some. */
export function* simulateChunks(
  settings: MunicipalSettings,
  ids: Iterable<number>,
  size: number,
  rule: RowRule,
  cityFor?: (id: number) => number,
): Generator<MunicipalChunk, void, undefined> {
  const simulate = lifeSimulator(settings);
  let [chunk, rows] = [emptyChunk(settings, size), 0];
  for (const id of ids) {
    const life = simulate(id, cityFor === undefined ? -1 : cityFor(id));
    if (rows + rowsOf(life, rule) > size) {
      yield firstRows(chunk, rows);
      [chunk, rows] = [emptyChunk(settings, size), 0];
    }
    rows = writeLife(chunk, rows, life, rule);
  }
  if (rows > 0) yield firstRows(chunk, rows);
}

function emptyChunk(settings: MunicipalSettings, rows: number): MunicipalChunk {
  return {
    rows,
    settings,
    person: new Uint32Array(rows),
    month: new Uint8Array(rows),
    district: new Uint8Array(rows),
    childAgeMonths: new Uint8Array(rows),
    daysSinceBirthday: new Uint8Array(rows),
    profile: new Uint16Array(rows),
    state: new Uint8Array(rows),
    careCost: new Float64Array(rows),
    errorFlags: new Uint16Array(rows),
  };
}

function firstRows(chunk: MunicipalChunk, rows: number): MunicipalChunk {
  if (rows === chunk.rows) return chunk;
  return {
    rows,
    settings: chunk.settings,
    person: chunk.person.subarray(0, rows),
    month: chunk.month.subarray(0, rows),
    district: chunk.district.subarray(0, rows),
    childAgeMonths: chunk.childAgeMonths.subarray(0, rows),
    daysSinceBirthday: chunk.daysSinceBirthday.subarray(0, rows),
    profile: chunk.profile.subarray(0, rows),
    state: chunk.state.subarray(0, rows),
    careCost: chunk.careCost.subarray(0, rows),
    errorFlags: chunk.errorFlags.subarray(0, rows),
  };
}

/** First month after the person's last in the source. */
function endMonth({ errors }: Life, rule: RowRule): number {
  return rule.gaps ? Math.min(errors.exitMonth, MONTHS + 1) : MONTHS + 1;
}

function rowsOf(life: Life, rule: RowRule): number {
  const { person, errors } = life;
  const end = endMonth(life, rule);
  let rows = 0;
  for (let month = person.firstMonth; month < end; month++) {
    if (rule.gaps && errors.missing[month - 1] === 1) continue;
    rows += rule.duplicates && errors.duplicate[month - 1]! > 0 ? 2 : 1;
  }
  return rows;
}

/** Writes one person's rows from row `at`; returns the row after the last. */
function writeLife(chunk: MunicipalChunk, at: number, life: Life, rule: RowRule): number {
  const { person, months, errors } = life;
  const end = endMonth(life, rule);
  let row = at;
  for (let month = person.firstMonth; month < end; month++) {
    const t = month - 1;
    if (rule.gaps && errors.missing[t] === 1) continue;
    const copies = rule.duplicates && errors.duplicate[t]! > 0 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      chunk.person[row] = person.id;
      chunk.month[row] = month;
      chunk.district[row] = person.district;
      chunk.childAgeMonths[row] = months.age[t]!;
      chunk.daysSinceBirthday[row] = person.days;
      chunk.profile[row] = person.profile;
      chunk.state[row] = months.state[t]!;
      chunk.careCost[row] = months.careCost[t]!;
      chunk.errorFlags[row] = errors.flags[t]! | (copy === 1 ? errors.duplicate[t]! : 0);
      row++;
    }
  }
  return row;
}
