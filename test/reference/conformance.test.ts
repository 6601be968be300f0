import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runFolder } from "./harness/run.ts";

const passing = JSON.parse(readFileSync(new URL("./passing.json", import.meta.url), "utf8")) as string[];

describe("reference cases", async () => {
  const outcomes = await runFolder(fileURLToPath(new URL(".", import.meta.url)));
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));

  it("has every listed case", () => {
    expect(passing.filter((id) => !byId.has(id))).toEqual([]);
  });
  it.each(passing)("%s passes as before", (id) => {
    expect(byId.get(id)?.message).toBeUndefined();
  });
});
