import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BadCell, type ColumnTypes, type CsvSource, dayNumber, monthNumber, readCsv } from "../../../src/data/index.ts";

const read = (text: string, columns: ColumnTypes, options: object = {}) => readCsv({ text }, { columns, ...options });
const failure = async (promise: Promise<unknown>): Promise<Error & { code: string; details: Record<string, unknown> }> =>
  promise.then(
    () => expect.unreachable("should fail"),
    (error) => error,
  );

describe("types", () => {
  it("reads each type as declared, and only the declared columns", async () => {
    const data = await readCsv(
      { text: "person,month,born,obliged,hours,note\np1,2014-03,1990-05-17,1,12.5,x\np2,201404,17-05-1990,nee,,y\n" },
      { columns: { hours: "number", person: "category", month: "month", born: "date", obliged: "boolean" } },
    );
    expect(data.columnNames).toEqual(["hours", "person", "month", "born", "obliged"]);
    expect(data.numbers("hours")).toEqual(Float64Array.of(12.5, Number.NaN));
    expect(data.categories("person")).toEqual({ type: "category", codes: Int32Array.of(0, 1), levels: ["p1", "p2"] });
    expect(data.numbers("month")).toEqual(Float64Array.of(monthNumber("2014-03"), monthNumber("2014-04")));
    expect(data.numbers("born")).toEqual(Float64Array.of(dayNumber("1990-05-17"), dayNumber("1990-05-17")));
    expect(data.rows()[1]).toEqual({ person: "p2", month: 24171, born: new Date("1990-05-17"), obliged: false, hours: null });
  });

  it("reads yes and no in two languages", async () => {
    const data = await read("b\n1\n0\ntrue\nFALSE\nYes\nno\nJa\nnee\n", { b: "boolean" });
    expect([...data.numbers("b")]).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it("reads the missing texts of each type, and others when told", async () => {
    const text = "n,c,d\nNA,NA,NA\n,,\nNaN,NaN,2014-01-01\n -1 ,x,\n";
    const data = await read(text, { n: "number", c: "category", d: "date" });
    expect([...data.numbers("n")]).toEqual([Number.NaN, Number.NaN, Number.NaN, -1]);
    expect(data.rows().map(({ c }) => c)).toEqual([null, null, "NaN", "x"]);
    const other = await read("n,c\n-999,\n1,NA\n", { n: "number", c: "category" }, { missing: ["-999"] });
    expect(other.rows()).toEqual([
      { n: null, c: "" },
      { n: 1, c: "NA" },
    ]);
  });

  it("keeps labels exactly, big identifiers included", async () => {
    const data = await read("id\n 007\n90071992547409931\nGemeente ’s-Gravenhage\n", { id: "category" });
    expect(data.categories("id").levels).toEqual([" 007", "90071992547409931", "Gemeente ’s-Gravenhage"]);
  });

  it("finds each of many labels again", async () => {
    const labels = Array.from({ length: 30_000 }, (_, i) => `person ${(i * 7919) % 10_000}`);
    const { codes, levels } = (await read(`id\n${labels.join("\n")}\n`, { id: "category" })).categories("id");
    expect(levels.length).toBe(10_000);
    expect(labels.every((label, i) => levels[codes[i]!] === label)).toBe(true);
  });
});

describe("format", () => {
  const columns = { a: "number", b: "category" } as const;
  const expected = [
    { a: 1.5, b: "x" },
    { a: -2, b: "y" },
  ];

  it.each([
    ["a comma", "a,b\n1.5,x\n-2,y\n"],
    ["no final line end", "a,b\n1.5,x\n-2,y"],
    ["CRLF", "a,b\r\n1.5,x\r\n-2,y\r\n"],
    ["mixed line ends", "a,b\r\n1.5,x\n-2,y\r\n"],
    ["blank lines", "\n\r\na,b\n\n1.5,x\n\r\n-2,y\n\n\n"],
    ["a byte order mark", "\uFEFFa,b\n1.5,x\n-2,y\n"],
    ["a semicolon and decimal comma", "a;b\n1,5;x\n-2;y\n"],
    ["a tab", "a\tb\n1.5\tx\n-2\ty\n"],
    ["a pipe", "a|b\n1.5|x\n-2|y\n"],
    ["quotes", '"a","b"\n"1.5","x"\n-2,"y"\n'],
    ["quotes and CRLF", '"a","b"\r\n"1.5","x"\r\n"-2","y"\r\n'],
    ["quotes and mixed line ends", '"a","b"\r\n"1.5","x"\n-2,"y"\r\n'],
    ["a quoted header only", '"a","b"\n1.5,x\n-2,y\n'],
    ["spaces around names and numbers", " a ,b\n 1.5\t,x\n -2 ,y\n"],
    ["other columns", 'z,b,q,a\n,x,"a,""b""\n\nc",1.5\n,y,,-2\n'],
  ])("reads %s", async (_name, text) => expect((await read(text, columns)).rows()).toEqual(expected));

  it("reads quotes, delimiters and line breaks inside quotes", async () => {
    const data = await read('a,b\n1,"x, ""y""\nz"\n2,"\r\n"\n3,""\n', columns);
    expect(data.rows().map(({ b }) => b)).toEqual(['x, "y"\nz', "\r\n", null]);
  });

  it("keeps quotes that stand inside an unquoted field", async () => {
    expect((await read('a,b\n1,5" pipe\n2,6" pipe\n', columns)).rows().map(({ b }) => b)).toEqual(['5" pipe', '6" pipe']);
    expect((await read('a,b\n1,5" pipe\n2,x\n', columns)).rowCount).toBe(2);
  });

  it("takes the delimiter and the decimal mark it is told", async () => {
    expect((await read("a;b,c\n1.5;x\n", { a: "number" }, { delimiter: ";", decimal: "." })).numbers("a")[0]).toBe(1.5);
    expect((await read('a,b\n"1,5",x\n', { a: "number" }, { decimal: "," })).numbers("a")[0]).toBe(1.5);
    expect((await read("a:b\n1:x\n", columns, { delimiter: ":" })).rowCount).toBe(1);
  });

  it("reads files without a header line", async () => {
    expect((await read("1.5,x\n-2,y\n", columns, { header: false })).rows()).toEqual(expected);
    expect((await read("9,x,1.5\n9,y,-2\n", columns, { header: ["z", "b", "a"] })).rows()).toEqual(expected);
    expect((await read("", columns, { header: false })).rowCount).toBe(0);
  });

  it.each(["latin1", "windows-1252", "utf-16le", "utf-8"])("reads %s", async (encoding) => {
    const node: BufferEncoding = encoding === "utf-8" ? "utf-8" : encoding === "utf-16le" ? "utf16le" : "latin1";
    const data = await readCsv(new Uint8Array(Buffer.from("naam;x\nJosé;1,5\nZoë;2\n", node)), {
      columns: { naam: "category", x: "number" },
      encoding,
    });
    expect(data.categories("naam").levels).toEqual(["José", "Zoë"]);
    expect([...data.numbers("x")]).toEqual([1.5, 2]);
  });

  it("knows UTF-16 by its mark", async () => {
    const data = await readCsv(new Uint8Array(Buffer.from("\uFEFFa,b\n1,é\n", "utf16le")), { columns });
    expect(data.rows()).toEqual([{ a: 1, b: "é" }]);
  });
});

describe("sources", () => {
  const text = `a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},level ${i % 7}`).join("\n")}\n`;
  const bytes = new TextEncoder().encode(text);
  const columns = { a: "number", b: "category" } as const;
  let folder = "";
  let path = "";
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/data.csv" ? 200 : 404;
    response.end(request.url === "/data.csv" ? text : "");
  });
  let address = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "read-csv-"));
    path = join(folder, "data é.csv");
    await writeFile(path, text);
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    server.close();
  });

  const sources: readonly (readonly [string, () => CsvSource | Promise<CsvSource>])[] = [
    ["a path", () => path],
    ["a file URL", () => pathToFileURL(path)],
    ["the text of a file URL", () => pathToFileURL(path).href],
    ["an address", () => `${address}/data.csv`],
    ["a URL", () => new URL(`${address}/data.csv`)],
    ["a response", () => fetch(`${address}/data.csv`)],
    ["a Blob", () => new Blob([text])],
    ["a web stream", () => new Blob([text]).stream()],
    ["a Node stream", () => Readable.from([bytes.subarray(0, 100), bytes.subarray(100)])],
    ["bytes", () => bytes],
    ["text", () => ({ text })],
  ];
  it.each(sources)("reads %s", async (_name, source) => {
    const data = await readCsv(await source(), { columns });
    expect(data.rowCount).toBe(5000);
    expect(data.numbers("a")[4999]).toBe(4999);
    expect(data.categories("b").levels.length).toBe(7);
  });

  it.each([1, 2, 3, 7, 64])("reads chunks of %d bytes as it reads the whole", async (size) => {
    const odd = 'a,b\r\n1,"x, ""é""\r\nz"\r\n\r\n2,"\n"\r\n3,ü\r\n4,"€"\r\n5,';
    const all = new TextEncoder().encode(`\uFEFF${odd}`);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < all.length; i += size) yield all.subarray(i, i + size);
    };
    const rows = (await readCsv(chunks(), { columns })).rows();
    expect(rows.map(({ a, b }) => [a, b])).toEqual([
      [1, 'x, "é"\r\nz'],
      [2, "\n"],
      [3, "ü"],
      [4, "€"],
      [5, null],
    ]);
  });

  it("says that a file is not there, cannot be read, or is no source", async () => {
    expect(await failure(readCsv(join(folder, "absent.csv"), { columns }))).toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/absent\.csv" as there must be a file: none was found/),
    });
    expect((await failure(readCsv(folder, { columns }))).code).toBe("FILE_UNREADABLE");
    expect((await failure(readCsv(`${address}/absent.csv`, { columns }))).code).toBe("FILE_NOT_FOUND");
    expect((await failure(readCsv("http://127.0.0.1:1/x.csv", { columns }))).code).toBe("FETCH_FAILED");
    expect((await failure(readCsv(5 as unknown as string, { columns }))).code).toBe("INVALID_SOURCE");
    const text = await failure(readCsv("name,income\nde Vries,1200\n", { columns }));
    expect(text).toMatchObject({ code: "INVALID_SOURCE", details: {} });
    expect(text.message).not.toContain("de Vries");
  });

  it("stops when aborted and tells of its progress", async () => {
    const seen: (readonly [number, number | undefined])[] = [];
    await readCsv(path, { columns, onProgress: (done, total) => void seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([bytes.length, bytes.length]);
    const stopped = AbortSignal.abort(new Error("enough"));
    expect((await failure(readCsv(path, { columns, signal: stopped }))).message).toBe("enough");
    expect((await failure(readCsv(`${address}/data.csv`, { columns, signal: stopped }))).message).toBe("enough");
  });

  it("lets go of a stream it stops reading", async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("a,b\nx,y\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    expect((await failure(readCsv(stream, { columns }))).code).toBe("BAD_CELL");
    expect(cancelled).toBe(true);
  });
});

describe("errors", () => {
  it("names the nearest column of the header", async () => {
    const error = await failure(read("person,emplyed\n1,0\n", { employed: "boolean" }));
    expect(error).toMatchObject({ name: "ColumnError", code: "UNKNOWN_COLUMN", details: { column: "employed" } });
    expect(error.message).toContain('did you mean "emplyed"?');
    expect((await failure(read("a,b\n", { zzz: "number" }))).message).toContain('the file\'s columns are "a", "b"');
    expect((await failure(read("a,a\n1,2\n", { a: "number" }))).code).toBe("DUPLICATE_COLUMN");
  });

  it.each([
    ["number", "abc", '"abc"; correct it'],
    ["number", "1,5", 'set decimal: ","'],
    ["number", "1.234.567", "without thousands marks"],
    ["number", "90071992547409931", 'declare the column "category"'],
    ["boolean", "2", "0/1, true/false, yes/no or ja/nee"],
    ["boolean", "perhaps", 'missing: ["perhaps"]'],
    ["date", "2014-02-30", "dates such as 2014-03-31"],
    ["month", "2014-13", "months such as 2014-03"],
  ] as const)("points at the bad %s %s", async (type, cell, hint) => {
    for (const quote of ["", '"']) {
      const written = quote === "" ? cell : `"${cell}"`;
      const error = await failure(read(`k;v\n\n1;${quote}\n2;${written}\n3;\n`.replace(';"\n', ';""\n'), { v: type }, { decimal: "." }));
      expect(error).toMatchObject({ name: "DataError", code: "BAD_CELL", details: { line: 4, column: "v", text: cell, type } });
      expect(error.message).toContain(`column "v"`);
      expect(error.message).toContain(`line 4 has ${JSON.stringify(cell)}`);
      expect(error.message).toContain(hint);
    }
  });

  it("counts lines over line breaks inside quotes", async () => {
    const error = await failure(read('a,b\n"1\n1",2\n\n"3",x\n', { b: "number" }));
    expect(error.details).toMatchObject({ line: 5, text: "x" });
  });

  it("counts lines over blocks", async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i},${i % 3}`);
    rows[150_000] = "150000,x";
    const error = await failure(read(`a,b\n${rows.join("\n")}\n`, { a: "number", b: "number" }));
    expect(error.details).toMatchObject({ line: 150_002, column: "b" });
  });

  it("reads bad cells as missing when told, counts and reports them", async () => {
    const seen: BadCell[] = [];
    const text = 'a,b\n1,x\nx,2\n"y",3\n';
    const data = await read(text, { a: "number", b: "number" }, { onBadCell: (cell: BadCell) => seen.push(cell) });
    expect([...data.numbers("a")]).toEqual([1, Number.NaN, Number.NaN]);
    expect(seen).toEqual([
      { line: 2, column: "b", type: "number", text: "x" },
      { line: 3, column: "a", type: "number", text: "x" },
      { line: 4, column: "a", type: "number", text: "y" },
    ]);
    const quiet = await read(text, { a: "number", b: "number" }, { onBadCell: "missing" });
    expect(quiet.notes).toEqual(['1 cell of "b" read as missing: not a number', '2 cells of "a" read as missing: not a number']);
  });

  it.each([
    ["too few", "a,b\n1,2\n3\n", 3, 1],
    ["too many", "a,b\n1,2\n\n3,4,5\n", 4, 3],
    ["too few in quotes", 'a,b\n"1","2"\n"3"\n', 3, 1],
  ])("refuses rows with %s fields", async (_name, text, line, fields) => {
    const error = await failure(read(text, { a: "number" }));
    expect(error).toMatchObject({ code: "RAGGED_ROW", details: { line, fields, expected: 2 } });
    expect(error.message).toContain(`line ${line} has ${fields}`);
  });

  it("refuses quotes that never close, and text that is not UTF-8", async () => {
    expect(await failure(read('a,b\n1,x\n2,"y\n3,z\n', { b: "category" }))).toMatchObject({ code: "BAD_QUOTES", details: { line: 3 } });
    const latin = new Uint8Array(Buffer.from("a,b\n1,ok\n2,José\n", "latin1"));
    expect(await failure(readCsv(latin, { columns: { b: "category" } }))).toMatchObject({ code: "BAD_ENCODING", details: { line: 3 } });
    expect((await readCsv(latin, { columns: { a: "number" } })).rowCount).toBe(2);
  });

  it("tells an empty file from one without rows", async () => {
    expect((await failure(read("", { a: "number" }))).code).toBe("NO_HEADER");
    expect((await failure(read("\n\r\n", { a: "number" }))).code).toBe("NO_HEADER");
    const data = await read("a,b\n", { a: "number", b: "category" });
    expect([data.rowCount, data.columnNames, data.numbers("a").length]).toEqual([0, ["a", "b"], 0]);
  });

  it.each([
    [{ colums: {} }, "UNKNOWN_OPTION"],
    [{}, "MISSING_OPTION"],
    [{ columns: { a: "numeric" } }, "INVALID_OPTION"],
    [{ columns: { a: "number" }, delimiter: ",," }, "INVALID_OPTION"],
    [{ columns: { a: "number" }, decimal: "'" }, "INVALID_OPTION"],
    [{ columns: { a: "number" }, encoding: "klingon" }, "INVALID_OPTION"],
    [{ columns: { a: "number" }, onBadCell: "ignore" }, "INVALID_OPTION"],
  ])("refuses the options %j", async (options, code) => {
    expect((await failure(readCsv({ text: "a\n1\n" }, options as unknown as { columns: { a: "number" } }))).code).toBe(code);
  });
});
