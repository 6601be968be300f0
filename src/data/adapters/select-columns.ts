import { ColumnError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";
import { checkChoice, resolveOptions } from "../../core/options.ts";
import type { ColumnData, ColumnType } from "../columns.ts";
import { Frame } from "../frame.ts";
import type { ColumnTypes, UnknownRow } from "../row-types.ts";

/** Options of the adapters. */
export interface AdapterOptions<Columns extends ColumnTypes | readonly string[] = readonly string[]> {
  /**
   * The columns to take: their names, or their names with types, which then type the frame's rows.
   * A declared type converts: big integers to exact `"number"`s, numbers to `"category"` labels, dates and texts to `"month"`s.
   * @defaultValue all columns, each by its own type: big integers become categories, so that identifiers stay exact
   */
  readonly columns?: Columns;
}

const COLUMN_TYPES: readonly ColumnType[] = ["number", "boolean", "date", "month", "category"];

/** The columns asked for, with their declared types. @throws ColumnError `UNKNOWN_COLUMN`. OptionError for a wrong option or type. */
export function selectColumns(
  caller: string,
  options: AdapterOptions<ColumnTypes | readonly string[]>,
  names: readonly string[],
): readonly { readonly name: string; readonly type: ColumnType | undefined }[] {
  const { columns = names } = resolveOptions<AdapterOptions<ColumnTypes | readonly string[]>>(caller, options, {
    required: [],
    defaults: { columns: undefined },
  });
  const wanted = Array.isArray(columns)
    ? (columns as readonly string[]).map((name) => ({ name, type: undefined }))
    : Object.entries(columns as ColumnTypes).map(([name, type]) => ({
        name,
        type: checkChoice(caller, `columns.${name}`, type, COLUMN_TYPES),
      }));
  for (const { name } of wanted) if (!names.includes(name)) throw unknownColumn(name, names);
  return wanted;
}

function unknownColumn(name: string, names: readonly string[]): ColumnError {
  const near = nearestName(name, names);
  const hint = near === undefined ? `its columns are ${names.map((other) => `"${other}"`).join(", ")}` : `did you mean "${near}"?`;
  return new ColumnError("UNKNOWN_COLUMN", `Cannot read column "${name}" as the table has no such column: ${hint}`, {
    column: name,
    columns: names,
  });
}

/** A frame of finished columns. */
export function frameOf(columns: ReadonlyMap<string, ColumnData>, rows: number): Frame<UnknownRow> {
  return new Frame<UnknownRow>({ names: [...columns.keys()], get: (name) => columns.get(name)! }, rows);
}
