/** Compile-time checks, run by `tsc -p tsconfig.test.json`: an unused `@ts-expect-error` or a wrong type fails the build. */
import { expectTypeOf } from "vitest";
import {
  type AnyColumn,
  type CategoryColumn,
  type ColumnData,
  type Frame,
  firstTreated,
  frame,
  fromArquero,
  fromArrow,
  type NumericColumn,
  type Panel,
  panel,
  type RowOf,
  readCsv,
  type UnknownRow,
} from "../../src/data/index.ts";
import { readParquet, readParquetChunks } from "../../src/data/parquet/index.ts";

declare const arrow: Parameters<typeof fromArrow>[0];
declare const arquero: Parameters<typeof fromArquero>[0];

// Frames infer their rows from columns and from objects.
const months = frame({
  person: ["a", "b", null],
  month: Float64Array.of(1, 2, 3),
  hours: [10, null, 12],
  obliged: [true, false, null],
  born: [new Date(0), null, new Date(1)],
  id: BigInt64Array.of(1n, 2n, 3n),
  sex: { type: "category", codes: Int32Array.of(0, 1, 0), levels: ["f", "m"] },
  flag: { type: "boolean", values: Float64Array.of(0, 1, 0) },
  start: { type: "month", values: Float64Array.of(0, 1, 0) },
});
type Months = {
  person: string;
  month: number;
  hours: number;
  obliged: boolean;
  born: Date;
  id: string;
  sex: string;
  flag: boolean;
  start: number;
};
type RowType<Data> = Data extends Frame<infer Row> ? { [K in keyof Row]: Row[K] } : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
expectTypeOf<Same<RowType<typeof months>, Months>>().toEqualTypeOf<true>();
expectTypeOf<RowOf<{ a: (number | null)[]; b: Int8Array }>>().toEqualTypeOf<{ a: number; b: number }>();
expectTypeOf(frame.fromRows([{ a: 1, b: "x", c: 1n }])).toEqualTypeOf<Frame<{ a: number; b: string; c: string }>>();
declare const loose: readonly { a?: number | null; b: string | undefined }[];
expectTypeOf(frame.fromRows(loose)).toEqualTypeOf<Frame<{ a: number; b: string }>>();

// Column names by what they hold.
expectTypeOf<NumericColumn<Months>>().toEqualTypeOf<"month" | "hours" | "obliged" | "born" | "flag" | "start">();
expectTypeOf<CategoryColumn<Months>>().toEqualTypeOf<"person" | "id" | "sex">();
expectTypeOf<AnyColumn<Months>>().toEqualTypeOf<keyof Months>();
expectTypeOf<NumericColumn<{ a: number | null; b?: number; c: string | undefined }>>().toEqualTypeOf<"a" | "b">();
expectTypeOf(months.numbers("hours")).toEqualTypeOf<Float64Array>();
expectTypeOf(months.column("sex")).toEqualTypeOf<ColumnData>();
expectTypeOf(months.rows()[0]!.hours).toEqualTypeOf<number | null>();

// Where the schema is unknown any name passes, and is checked at run time.
declare const unknown: Frame<UnknownRow>;
expectTypeOf<NumericColumn<UnknownRow>>().toEqualTypeOf<string>();
expectTypeOf<CategoryColumn<Record<string, unknown>>>().toEqualTypeOf<string>();
unknown.numbers("anything");

// error TS2345: Argument of type '"hous"' is not assignable to parameter of type '"month" | "hours" | …'.
// @ts-expect-error a misspelt column
months.numbers("hous");
// @ts-expect-error labels are no numbers
months.numbers("person");
// @ts-expect-error numbers are no labels
months.categories("hours");
// @ts-expect-error no such column to select
months.select("person", "hous");
// @ts-expect-error a predicate sees the row's columns only
months.filter((row) => row.hous === 1);
// @ts-expect-error what may be missing is not a number yet
months.filter((row) => row.hours > 1);
// @ts-expect-error a column is an array, not a number
months.with({ one: 1 });

// Panels keep the row through select and with.
const people = panel(months, { unit: "person", time: "month" });
expectTypeOf(people).toExtend<Panel<RowType<typeof months>>>();
// Unit and time stay in a selection, whatever it was made from.
const selected = people.select("hours", "sex");
type Selected = { person: string; month: number; hours: number; sex: string };
expectTypeOf<Same<RowType<typeof selected>, Selected>>().toEqualTypeOf<true>();
expectTypeOf(selected.filter((row) => row.month === 1).numbers("month")).toEqualTypeOf<Float64Array>();
expectTypeOf(people.take(Int32Array.of(0)).select("hours").categories("person").levels).toEqualTypeOf<readonly string[]>();
expectTypeOf(
  people
    .with({ cohort: Float64Array.of(1) })
    .select("cohort")
    .numbers("month"),
).toEqualTypeOf<Float64Array>();
// Where the keys are unknown only what is selected is known to be there.
declare const plain: Panel<Months>;
// @ts-expect-error perhaps not the time
plain.select("hours").numbers("month");
expectTypeOf<Same<RowType<ReturnType<typeof people.filter>>, Months>>().toEqualTypeOf<true>();
const dated = people.with({ cohort: firstTreated(people, "obliged"), hours: ["few", "many", null] });
expectTypeOf(dated.numbers("cohort")).toEqualTypeOf<Float64Array>();
expectTypeOf<NumericColumn<RowType<typeof dated>>>().toEqualTypeOf<"month" | "obliged" | "born" | "flag" | "start" | "cohort">();
expectTypeOf<CategoryColumn<RowType<typeof dated>>>().toEqualTypeOf<"person" | "id" | "sex" | "hours">();
// error TS2322: Type '"sex"' is not assignable to type '"month" | "hours" | …'.
// @ts-expect-error time must be numeric
panel(months, { unit: "person", time: "sex" });
// error TS2820: Type '"persn"' is not assignable to type '"month" | "person" | …'. Did you mean '"person"'?
// @ts-expect-error no such unit
panel(months, { unit: "persn", time: "month" });
// @ts-expect-error a treatment is numeric
firstTreated(people, "sex");
// @ts-expect-error selected away
people.select("hours").numbers("start");
// @ts-expect-error replaced by labels
dated.numbers("hours");

// Readers type their rows by the declaration.
const declared = { person: "category", month: "month", hours: "number", obliged: "boolean", born: "date" } as const;
type Declared = { person: string; month: number; hours: number; obliged: boolean; born: Date };
expectTypeOf(readCsv("x.csv", { columns: declared })).toEqualTypeOf<Promise<Frame<Declared>>>();
expectTypeOf(readCsv("x.csv", { columns: { person: "category", hours: "number" } })).toEqualTypeOf<
  Promise<Frame<{ person: string; hours: number }>>
>();
expectTypeOf(readParquet("x.parquet", { columns: declared })).toEqualTypeOf<Promise<Frame<Declared>>>();
expectTypeOf(readParquetChunks("x.parquet", { columns: declared })).toEqualTypeOf<AsyncGenerator<Frame<Declared>, void, undefined>>();
// @ts-expect-error types are required
readParquetChunks("x.parquet", { columns: ["person"] });
expectTypeOf(readParquet("x.parquet")).toEqualTypeOf<Promise<Frame<UnknownRow>>>();
expectTypeOf(readParquet("x.parquet", { columns: ["a"] })).toEqualTypeOf<Promise<Frame<UnknownRow>>>();
expectTypeOf(fromArrow(arrow, { columns: declared })).toEqualTypeOf<Frame<Declared>>();
expectTypeOf(fromArquero(arquero)).toEqualTypeOf<Frame<UnknownRow>>();
readCsv(new URL("file:///x.csv"), { columns: declared });
readCsv(new Blob(["a\n1\n"]), { columns: declared });
readCsv(new Response("a\n1\n"), { columns: declared });
readCsv(new Blob([]).stream(), { columns: declared, signal: new AbortController().signal });
readCsv(process.stdin, { columns: declared });
// error TS2322: Type '"numeric"' is not assignable to type 'ColumnType'.
// @ts-expect-error no such column type
readCsv("x.csv", { columns: { hours: "numeric" } });
// @ts-expect-error columns are required
readCsv("x.csv", {});
// @ts-expect-error no such option
readCsv("x.csv", { columns: declared, delimeter: ";" });

// A function over any row takes names by type, as the estimators do.
declare function meanOf<Row>(data: Frame<Row>, options: { readonly outcome: NumericColumn<Row> }): number;
meanOf(months, { outcome: "hours" });
meanOf(people, { outcome: "hours" });
meanOf(unknown, { outcome: "anything" });
// @ts-expect-error labels have no mean
meanOf(months, { outcome: "person" });
