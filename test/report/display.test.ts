import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setResultRenderers } from "../../src/core/display.ts";
import { display, registerDisplay, summarize } from "../../src/report/index.ts";
import { eventStudy, regression } from "../plot/example-results.ts";

beforeEach(() => registerDisplay());
afterEach(() => setResultRenderers(undefined));

it("a result shows itself as its summary in a terminal, and stays plain data", () => {
  expect(inspect(regression)).toBe(summarize(regression));
  expect(JSON.parse(JSON.stringify(regression))).toMatchObject({ kind: "regression.ols" });
  expect(Object.keys(structuredClone(regression))).toEqual(Object.keys(regression));
});

it("a result gives a notebook its table, figure and text", async () => {
  const show = (eventStudy as unknown as Record<symbol, () => Promise<Record<string, unknown>>>)[Symbol.for("Jupyter.display")]!;
  const bundle = await show();
  expect(Object.keys(bundle)).toEqual(["text/plain", "text/markdown", "text/html", "application/vnd.vegalite.v5+json", "image/svg+xml"]);
  expect(bundle["text/html"]).toMatch(/<table.*<svg/s);
  expect(bundle["application/vnd.vegalite.v5+json"]).toMatchObject({ $schema: "https://vega.github.io/schema/vega-lite/v5.json" });
  expect(bundle["text/markdown"]).toContain("| overall | 0.0300 |");
});

it("display() says that it needs tslab", async () => {
  await expect(display(regression)).rejects.toThrow("works in a tslab notebook only");
});
