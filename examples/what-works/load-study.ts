import { join } from "node:path";
import { dayText, type Frame, linkage, type Panel, panel, readCsv } from "../../src/index.ts";
import type { LeaveOut, StudyFile, StudyTable } from "./study-file.ts";

type Rows = Frame<Record<string, number | string>>;

/** The panel of a study, and what became of the rows on the way. */
export interface LoadedStudy {
  readonly people: Panel<Record<string, number | string>>;
  /** One line for each thing that was left out, linked or read as missing. */
  readonly audit: readonly string[];
}

/** Reads the files from disk, leaves out repeats, links them, applies the study's exclusions and builds the panel. */
export async function loadStudy(folder: string, study: StudyFile, onProgress: (text: string) => void): Promise<LoadedStudy> {
  const audit: string[] = [];
  const [first, ...others] = study.files;
  let rows = await readTable(folder, first!, audit, onProgress);
  for (const table of others) rows = linkTable(rows, await readTable(folder, table, audit, onProgress), table, audit);
  for (const rule of study.leaveOut ?? []) rows = leaveOut(rows, rule, study.unit, audit);
  return { people: panel(rows, { unit: study.unit, time: study.time }), audit };
}

async function readTable(folder: string, table: StudyTable, audit: string[], onProgress: (text: string) => void): Promise<Rows> {
  onProgress(`reading ${table.file}`);
  const read = relabelled(
    (await readCsv(join(folder, table.file), { columns: table.columns, onBadCell: table.badCells ?? "error" })) as unknown as Rows,
    table,
  );
  audit.push(`${table.file}: ${count(read.rowCount)} rows read${read.notes.map((note) => `; ${note}`).join("")}`);
  const { data, identical, conflicting } = linkage.deduplicate(read, { key: table.key, onConflict: table.contradictions ?? "error" });
  if (identical > 0) audit.push(`${table.file}: ${count(identical)} rows left out that repeat an earlier one`);
  if (conflicting > 0)
    audit.push(`${table.file}: ${count(conflicting)} rows left out that contradict another row of the same ${table.key.join(" and ")}`);
  return data;
}

/** Words in place of codes. */
function relabelled(rows: Rows, { labels = {} }: StudyTable): Rows {
  return Object.entries(labels).reduce((data, [name, words]) => {
    const { codes, levels } = data.categories(name);
    return data.with({ [name]: { type: "category", codes, levels: levels.map((level) => words[level] ?? level) } }) as unknown as Rows;
  }, rows);
}

function linkTable(left: Rows, right: Rows, table: StudyTable, audit: string[]): Rows {
  const { data, report } = linkage.link(left, right, { key: table.key, onAmbiguous: "leaveOut" });
  const share = ((100 * report.linkedRows) / Math.max(1, report.leftRows)).toFixed(1);
  audit.push(
    `${table.file}: linked to ${count(report.linkedRows)} of ${count(report.leftRows)} rows (${share} %); ${count(report.unusedRightRows)} of its rows have no partner`,
  );
  return data;
}

function leaveOut(rows: Rows, rule: LeaveOut, unit: string, audit: string[]): Rows {
  const isOut = rule.changesWithinUnit === true ? unitsThatChange(rows, rule.column, unit) : rowsThatMatch(rows, rule);
  const keep = Uint8Array.from({ length: rows.rowCount }, (_, row) => (isOut(row) ? 0 : 1));
  const kept = rows.filter(keep);
  audit.push(`${count(rows.rowCount - kept.rowCount)} rows left out: ${rule.because}`);
  return kept;
}

function rowsThatMatch(rows: Rows, { column: name, equals, dayOfYear }: LeaveOut): (row: number) => boolean {
  const column = rows.column(name);
  if (column.type === "category") return (row) => column.codes[row]! >= 0 && column.levels[column.codes[row]!] === equals;
  if (dayOfYear === undefined) return (row) => column.values[row] === equals;
  return (row) => !Number.isNaN(column.values[row]!) && dayText(column.values[row]!).slice(5) === dayOfYear;
}

function unitsThatChange(rows: Rows, name: string, unitName: string): (row: number) => boolean {
  const [column, unit] = [rows.column(name), rows.categories(unitName)];
  const values = column.type === "category" ? column.codes : column.values;
  const first = new Map<number, number>();
  const changing = new Set<number>();
  for (let row = 0; row < rows.rowCount; row++) {
    const [code, value] = [unit.codes[row]!, values[row]!];
    if (first.has(code) && !Object.is(first.get(code), value)) changing.add(code);
    else first.set(code, value);
  }
  return (row) => changing.has(unit.codes[row]!);
}

const count = (rows: number): string => rows.toLocaleString("en-GB");
