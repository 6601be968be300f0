import { describe, expect, it } from "vitest";
import { WhatworksError } from "../../src/core/index.ts";
import * as data from "../../src/data/index.ts";
import * as exampleData from "../../src/example-data/index.ts";
import * as heterogeneity from "../../src/heterogeneity/index.ts";
import * as linkage from "../../src/linkage/index.ts";
import * as plot from "../../src/plot/index.ts";
import * as report from "../../src/report/index.ts";

const areas: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  data,
  exampleData,
  heterogeneity,
  linkage,
  plot,
  report,
};
const frame = data.frame({ y: [1, 2, 3, 4], x: [1, 0, 1, 0], unit: [1, 1, 2, 2], time: [1, 2, 1, 2] });
/** Calls that do not compile but that plain JavaScript can make. */
const calls: readonly (readonly unknown[])[] = [[], [frame], [frame, null], [frame, {}], [3], ["x"], [null], [[], []]];

describe.each(Object.entries(areas))("%s: a call that does not compile gets a typed error or a result", (_, area) => {
  const functions = Object.entries(area).filter(([name, value]) => typeof value === "function" && !/^[A-Z]/.test(name));

  it.each(functions)("%s", async (_name, value) => {
    for (const call of calls) {
      try {
        await (value as (...list: readonly unknown[]) => unknown)(...call);
      } catch (error) {
        expect(error, JSON.stringify(call.map((one) => (one === frame ? "frame" : one)))).toBeInstanceOf(WhatworksError);
      }
    }
  });
});
