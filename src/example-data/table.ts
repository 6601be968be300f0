import { CHUNK_ROWS, LINKED, simulateChunks } from "./chunks.ts";
import { checkColumns, expandChunks } from "./expand-chunk.ts";
import type { MunicipalColumn, MunicipalTable } from "./municipal-columns.ts";
import { type MunicipalOptions, resolveMunicipal } from "./options.ts";
import { personNumbers } from "./people.ts";

/** Options of {@link table}. */
export interface TableOptions<Name extends MunicipalColumn = MunicipalColumn> extends MunicipalOptions {
  /** Which columns to make, to save memory (all together take about 240 bytes a row). All when left out. */
  readonly columns?: readonly Name[];
}

/**
 * Synthetic person-months of benefit recipients in four Dutch cities, 2014 to 2017, whose effects are known ({@link truth}):
 * an obligation to look for work from the child's fifth birthday (regression discontinuity, fuzzy), job help that districts start in
 * different months (difference-in-differences), and obstacle removal, which makes job help work for those with bad health or debts.
 * No real data are involved. Rows are sorted by person and month.
 *
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONFLICTING_OPTIONS`.
 * @example
 * const people = panel(frame(table({ persons: 2000, seed: 7 })), { unit: "person", time: "month" });
 */
export function table<Name extends MunicipalColumn = MunicipalColumn>(options: TableOptions<Name> = {}): Pick<MunicipalTable, Name> {
  const settings = resolveMunicipal("table", options, { columns: undefined as readonly Name[] | undefined });
  const columns = checkColumns("table", settings.columns);
  return expandChunks([...simulateChunks(settings, personNumbers(settings), CHUNK_ROWS, LINKED)], columns);
}
