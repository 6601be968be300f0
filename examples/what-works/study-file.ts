import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ColumnType, DataError, OptionError } from "../../src/index.ts";
import type { StudyQuestion } from "../../src/report/index.ts";

/** One CSV file of a study folder. */
export interface StudyTable {
  /** Name within the folder. */
  readonly file: string;
  /** Columns to read and what they hold. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns that identify a row, and link it to the first file. */
  readonly key: readonly string[];
  /** Rows of one key that contradict each other: an error that lists them (default), or all of them left out and counted. */
  readonly contradictions?: "error" | "leaveOut";
  /** Cells that are not of their column's type: an error with line and column (default), or read as missing and counted. */
  readonly badCells?: "error" | "missing";
  /** Words in place of codes, by column: `{ "badHealth": { "0": "good health", "1": "bad health" } }`; for categories. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Rows to leave out, with the reason that the report gives. */
export interface LeaveOut {
  readonly column: string;
  /** Leave out rows with this value. */
  readonly equals?: string | number;
  /** Leave out rows whose date falls on this day of the year, as `01-31`. */
  readonly dayOfYear?: string;
  /** Leave out units in whose rows the column takes several values: one key then stands for several people. */
  readonly changesWithinUnit?: boolean;
  readonly because: string;
}

/** The roles of a study: `study.json` in its folder. */
export interface StudyFile {
  readonly title: string;
  /** Who is studied, in the plural: "single parents". */
  readonly population: string;
  /** The first file holds the rows; each other one is linked to it by its key. */
  readonly files: readonly StudyTable[];
  readonly unit: string;
  readonly time: string;
  readonly leaveOut?: readonly LeaveOut[];
  readonly questions: readonly StudyQuestion<Record<string, number | string>>[];
}

const FILE = "study.json";
const KNOWN = ["title", "population", "files", "unit", "time", "leaveOut", "questions"];

/**
 * Reads and checks the roles of a study folder.
 *
 * @throws DataError `FILE_NOT_FOUND`, `BAD_JSON`.
 * @throws OptionError `MISSING_OPTION`, `UNKNOWN_OPTION`, `INVALID_OPTION`.
 */
export function readStudyFile(folder: string): StudyFile {
  const path = join(folder, FILE);
  if (!existsSync(path)) {
    throw new DataError(
      "FILE_NOT_FOUND",
      `Cannot read the study as the folder needs ${FILE}, which names files, columns and questions: ${path} does not exist (README.md shows one)`,
    );
  }
  let parsed: Partial<StudyFile>;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8")) as Partial<StudyFile>;
  } catch (error) {
    throw new DataError("BAD_JSON", `Cannot read ${path} as it must be JSON: ${(error as Error).message}`);
  }
  for (const name of Object.keys(parsed)) {
    if (!KNOWN.includes(name))
      throw new OptionError("UNKNOWN_OPTION", `Cannot read ${path} as it has no entry "${name}": the entries are ${KNOWN.join(", ")}`);
  }
  for (const name of ["title", "population", "files", "unit", "time", "questions"] as const) {
    if (parsed[name] === undefined)
      throw new OptionError("MISSING_OPTION", `Cannot read ${path} as entry "${name}" is required: it is not there`);
  }
  for (const name of ["files", "questions"] as const) {
    if (!Array.isArray(parsed[name]) || parsed[name].length === 0)
      throw new OptionError("INVALID_OPTION", `Cannot read ${path} as "${name}" must be a list with at least one entry`);
  }
  for (const [k, table] of (parsed.files as readonly Partial<StudyTable>[]).entries()) {
    if (typeof table.file !== "string" || typeof table.columns !== "object" || !Array.isArray(table.key) || table.key.length === 0) {
      throw new OptionError(
        "INVALID_OPTION",
        `Cannot read ${path} as each of "files" needs "file", "columns" and "key" (a list): entry ${k + 1} does not have them`,
      );
    }
  }
  return parsed as StudyFile;
}
