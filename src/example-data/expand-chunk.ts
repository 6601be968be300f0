import { OptionError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { checkArgument } from "../core/options.ts";
import type { ColumnData } from "../data/columns.ts";
import type { MunicipalChunk } from "./chunks.ts";
import { COLUMN_WRITERS } from "./column-writers.ts";
import type { MunicipalColumn, MunicipalTable } from "./municipal-columns.ts";

/** Names of all columns, in the order of the table. */
export const MUNICIPAL_COLUMNS: readonly MunicipalColumn[] = Object.keys(COLUMN_WRITERS) as MunicipalColumn[];

/**
 * The columns of a compact chunk, as in {@link table}: equal to the rows of the table bit for bit.
 *
 * @param columns - which columns; all when left out
 * @throws OptionError `INVALID_OPTION` for an unknown column, naming the nearest one.
 * @example
 * const [first] = chunks({ persons: 100 });
 * if (first !== undefined) frame(expandChunk(first));
 */
export function expandChunk<Name extends MunicipalColumn = MunicipalColumn>(
  chunk: MunicipalChunk,
  columns?: readonly Name[],
): Pick<MunicipalTable, Name> {
  checkArgument("expandChunk", chunk, "a chunk, as chunks() gives", ["rows", "settings"]);
  return expandChunks([chunk], checkColumns("expandChunk", columns));
}

/** Several chunks as one table. */
export function expandChunks<Name extends MunicipalColumn>(
  parts: readonly MunicipalChunk[],
  columns: readonly Name[],
): Pick<MunicipalTable, Name> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const table: Record<string, ColumnData | Float64Array> = {};
  for (const name of columns) {
    const { type, levels, write } = COLUMN_WRITERS[name];
    const values = type === "category" ? new Int32Array(rows) : new Float64Array(rows);
    let offset = 0;
    for (const part of parts) {
      write(part, values, offset);
      offset += part.rows;
    }
    if (values instanceof Int32Array) table[name] = { type: "category", codes: values, levels };
    else table[name] = type === "number" || type === "category" ? values : { type, values };
  }
  return table as unknown as Pick<MunicipalTable, Name>;
}

/** The columns asked for, or all. @throws OptionError `INVALID_OPTION`. */
export function checkColumns<Name extends MunicipalColumn>(caller: string, columns: readonly Name[] | undefined): readonly Name[] {
  if (columns === undefined) return MUNICIPAL_COLUMNS as readonly Name[];
  for (const name of columns) {
    if (MUNICIPAL_COLUMNS.includes(name)) continue;
    const near = nearestName(String(name), MUNICIPAL_COLUMNS);
    const hint = near === undefined ? `they are ${MUNICIPAL_COLUMNS.join(", ")}` : `did you mean "${near}"?`;
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as "columns" must name columns of the table: "${name}" is none; ${hint}`,
      {
        caller,
        column: name,
      },
    );
  }
  return columns;
}
