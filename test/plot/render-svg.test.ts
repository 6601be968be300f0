import { expect, it, vi } from "vitest";
import { plotSpec, renderFigure, renderSvg } from "../../src/plot/index.ts";
import { discontinuity, eventStudy, groupTime, regression, subgroups } from "./example-results.ts";

it.each(Object.entries({ eventStudy, subgroups, discontinuity, groupTime, regression }))("renderSvg() draws %s", async (_name, result) => {
  const spec = plotSpec(result, { scale: 100, unit: "%" });
  const svg = await renderSvg(spec);
  expect(svg.startsWith("<svg")).toBe(true);
  expect(svg).toContain('role="img"');
  expect(svg).toContain(`<desc>${spec.description.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</desc>`);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg).toMatch(/ width="720" /);
});

it("renderSvg() gives the same text for the same numbers, and ids of its own for others", async () => {
  const [first, again, other] = await Promise.all([
    renderSvg(plotSpec(discontinuity)),
    renderSvg(plotSpec(discontinuity)),
    renderSvg(plotSpec(discontinuity, { scale: 100 })),
  ]);
  expect(again).toBe(first);
  const ids = (svg: string) => [...svg.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
  expect(ids(first!).length).toBeGreaterThan(0);
  expect(ids(first!).filter((id) => ids(other!).includes(id))).toEqual([]);
});

it("renderFigure() gives both widths and the words", async () => {
  const figure = await renderFigure(subgroups);
  expect(figure.svg).toContain('width="720"');
  expect(figure.narrowSvg).toContain('width="360"');
  expect(figure.title).toContain("the effect differs between groups");
  expect(figure.description).toContain("3 groups");
});

it("renderSvg() says what to install when an optional package is missing", async () => {
  vi.doMock("vega-lite", () => {
    throw new Error("not installed");
  });
  await expect(renderSvg(plotSpec(regression))).rejects.toMatchObject({
    code: "PEER_MISSING",
    message: expect.stringContaining("npm install vega@6"),
  });
  vi.doUnmock("vega-lite");
});
