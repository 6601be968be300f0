import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));
const read = (file: string): string => readFileSync(join(SOURCE, file), "utf8");

/** Exported constants of type `Task<...>`, and the names they are found by. */
function tasks(): { constant: string; name: string | undefined }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [...read(file).matchAll(/export const (\w+): Task<[\s\S]*?name: "([^"]+)"/g)])
    .map(([, constant, name]) => ({ constant: constant!, name }));
}

it("the workers' script lists every task of the library, under names of their own", () => {
  const list = /serveTasks\(\[([\s\S]*?)\]\)/
    .exec(read("worker.ts"))![1]!
    .split(/[\s,]+/)
    .filter(Boolean);
  expect([...list].sort()).toEqual(
    tasks()
      .map(({ constant }) => constant)
      .sort(),
  );
  const names = tasks().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
