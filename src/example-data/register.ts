import type { CategoryData } from "../data/columns.ts";
import { CHUNK_ROWS, REGISTER, simulateChunks } from "./chunks.ts";
import { type CitizenNumbers, citizenNumbers, LINK_STATUSES } from "./citizen-numbers.ts";
import { expandChunks } from "./expand-chunk.ts";
import { codeByPerson, keyColumn, type LinkedOptions, type LinkedSettings, resolveLinked } from "./linked-options.ts";
import type { MunicipalTable } from "./municipal-columns.ts";
import { personNumbers } from "./people.ts";
import { pseudonyms } from "./pseudonyms.ts";

const COLUMNS = [
  "month",
  "calendarMonth",
  "sex",
  "children",
  "childBirthDate",
  "childAgeMonths",
  "daysSinceBirthday",
  "childAge",
  "maritalStatus",
  "employed",
  "hours",
  "independent",
  "careCost",
  "p",
  "trueChildAgeMonths",
  "person",
  "errorFlags",
] as const;

/** The national register: one row a person and month, save for some entered twice. */
export type Register = Pick<MunicipalTable, (typeof COLUMNS)[number]> & {
  /** Pseudonym of the person's number: HMAC-SHA-256, 64 hexadecimal digits. */
  readonly key: CategoryData;
};

/**
 * The register's side of {@link table}: family, work, hours and care cost by pseudonym, to be linked to {@link municipalFile} on `key`
 * and `month` when made with the same options. It has no gaps, follows movers, contains duplicate rows, and knows some people whom the
 * municipalities do not. `person`, `p`, `trueChildAgeMonths` and `errorFlags` are truths that an analyst would not have.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @throws DataError `NO_WEB_CRYPTO`.
 * @example
 * const national = frame(await register({ persons: 500 }));
 */
export async function register(options: LinkedOptions = {}): Promise<Register> {
  const settings = resolveLinked("register", options);
  const numbers = citizenNumbers(settings);
  const homes = new Map<number, number>();
  const ids = registeredNumbers(settings, numbers, homes);
  const parts = [...simulateChunks(settings, ids, CHUNK_ROWS, REGISTER, (id) => homes.get(id) ?? -1)];
  const columns = expandChunks(parts, COLUMNS);
  const key = codeByPerson(columns.person, numbers.registered);
  return { key: keyColumn(key.codes, await pseudonyms(key.texts, settings.projectKey)), ...columns };
}

/** All municipal persons, each followed by the stranger whose number was delivered for it, if any; `homes` gets the strangers' cities. */
function* registeredNumbers(settings: LinkedSettings, numbers: CitizenNumbers, homes: Map<number, number>): Generator<number> {
  for (const id of personNumbers(settings)) {
    yield id;
    if (!settings.errors || LINK_STATUSES[numbers.delivered(id).status] !== "false") continue;
    const stranger = numbers.stranger(id);
    homes.set(stranger, numbers.city(id));
    yield stranger;
  }
}
