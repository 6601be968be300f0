import type { CategoryData } from "../data/columns.ts";
import { CHUNK_ROWS, MUNICIPAL, simulateChunks } from "./chunks.ts";
import { citizenNumbers, type DeliveredNumber, LINK_STATUSES } from "./citizen-numbers.ts";
import { expandChunks } from "./expand-chunk.ts";
import { codeByPerson, keyColumn, type LinkedOptions, resolveLinked } from "./linked-options.ts";
import type { MunicipalTable } from "./municipal-columns.ts";
import { personNumbers } from "./people.ts";
import { pseudonyms } from "./pseudonyms.ts";

const COLUMNS = [
  "month",
  "city",
  "district",
  "firstProgramMonth",
  "firstRemovalMonth",
  "obliged",
  "jobHelp",
  "programCode",
  "obstacleRemoval",
  "benefit",
  "education",
  "badHealth",
  "debts",
  "language",
  "longBenefit",
  "complianceType",
  "trueJobHelp",
  "person",
  "errorFlags",
] as const;

/** What the municipalities deliver, one row a person and month. */
export type MunicipalFile = Pick<MunicipalTable, (typeof COLUMNS)[number]> & {
  /** Pseudonym of the person's number: HMAC-SHA-256, 64 hexadecimal digits. */
  readonly key: CategoryData;
  /**
   * Truth: `linked`; `missing` (the number is mistyped: its key is not in the register); `false` (the number of a stranger in the
   * same city); `shared` (the number of another municipal person in the same city, who then has two rows a month).
   */
  readonly linkStatus: CategoryData;
};

/**
 * The municipalities' side of {@link table}: programmes, benefit and background by pseudonym, to be linked to {@link register} on `key`
 * and `month`. Months are missing, movers disappear, and keys have the errors of real deliveries. `person`, `complianceType`,
 * `trueJobHelp`, `errorFlags` and `linkStatus` are truths that an analyst would not have.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @throws DataError `NO_WEB_CRYPTO`.
 * @example
 * const municipal = frame(await municipalFile({ persons: 500 }));
 */
export async function municipalFile(options: LinkedOptions = {}): Promise<MunicipalFile> {
  const settings = resolveLinked("municipalFile", options);
  const columns = expandChunks([...simulateChunks(settings, personNumbers(settings), CHUNK_ROWS, MUNICIPAL)], COLUMNS);
  const numbers = citizenNumbers(settings);
  const delivered = (id: number): DeliveredNumber =>
    settings.errors ? numbers.delivered(id) : { digits: numbers.registered(id), status: 0 };
  const key = codeByPerson(columns.person, (id) => delivered(id).digits);
  const status = new Int32Array(columns.person.length);
  for (let i = 0; i < status.length; i++) {
    const isNew = i === 0 || columns.person[i] !== columns.person[i - 1];
    status[i] = isNew ? delivered(columns.person[i]!).status : status[i - 1]!;
  }
  return {
    key: keyColumn(key.codes, await pseudonyms(key.texts, settings.projectKey)),
    ...columns,
    linkStatus: { type: "category", codes: status, levels: LINK_STATUSES },
  };
}
