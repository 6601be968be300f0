import { once } from "node:events";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cellText } from "../../src/data/columns.ts";
import { encodeColumn } from "../../src/data/encode.ts";
import type { BenchTask } from "./task.ts";

/** A task's data as CSV with a header, and the call as JSON, so that another program can do the same work. */
export async function writeTask(folder: string, task: BenchTask, rows: number): Promise<void> {
  const { columns, run } = await task.prepare(rows, 1);
  const encoded = Object.entries(columns).map(([name, column]) => [name, encodeColumn(name, column)] as const);
  const stem = join(folder, `${task.name}-${rows}`);
  const file = createWriteStream(`${stem}.csv`);
  file.write(`${encoded.map(([name]) => name).join(",")}\n`);
  const count = encoded[0] === undefined ? 0 : encoded[0][1].type === "category" ? encoded[0][1].codes.length : encoded[0][1].values.length;
  for (let start = 0; start < count; start += 10_000) {
    let text = "";
    for (let i = start; i < Math.min(start + 10_000, count); i++)
      text += `${encoded.map(([, column]) => rText(cellText(column, i))).join(",")}\n`;
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  writeFileSync(
    `${stem}.json`,
    `${JSON.stringify({ task: task.name, rows, call: task.call, reference: task.reference, keyNumbers: await run() }, null, 2)}\n`,
  );
}

/** The words R reads. */
const rText = (text: string): string => (text === "missing" ? "NA" : text === "never" ? "Inf" : text);
