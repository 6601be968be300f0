import { describe, expect, it } from "vitest";
import { WhatworksError } from "../../src/core/index.ts";
import { frame } from "../../src/data/index.ts";
import * as inference from "../../src/inference/index.ts";
import * as regression from "../../src/regression/index.ts";

const data = frame({ y: [1, 2, 3, 5, 4, 7], x: [1, 0, 1, 0, 2, 3], g: [1, 1, 2, 2, 3, 3] });
const fit = regression.ols(data, { outcome: "y", regressors: ["x"], cluster: "g" });
const arguments_ = { frame: data, fit, nothing: null, number: 3, text: "x", empty: {}, list: [], lists: [[], []] } as const;
/** Calls that do not compile but that plain JavaScript can make. */
const calls: readonly (readonly (keyof typeof arguments_)[])[] = [
  [],
  ...(["frame", "fit", "nothing", "number", "text", "empty", "list", "lists"] as const).flatMap(
    (first) =>
      [[first], [first, "nothing"], [first, "number"], [first, "empty"], [first, "text"], [first, "list"]] as (keyof typeof arguments_)[][],
  ),
];

describe.each(Object.entries({ regression, inference }))("%s: a call that does not compile gets a typed error or a result", (_, area) => {
  const functions = Object.entries(area).filter(([, value]) => typeof value === "function");

  it.each(functions)("%s", async (_name, value) => {
    const untyped: string[] = [];
    for (const call of calls) {
      try {
        const made = (value as (...list: readonly unknown[]) => unknown)(...call.map((name) => arguments_[name]));
        if (made instanceof Promise) await made;
      } catch (error) {
        if (!(error instanceof WhatworksError)) untyped.push(`(${call.join(", ")}): ${String(error)}`);
      }
    }
    expect(untyped).toEqual([]);
  });
});

it.each([undefined, null, 3, {}, [], fit])("something else in place of a frame (%#) is a typed error that says what is needed", (wrong) => {
  const options = { outcome: "y", regressors: ["x"] };
  const { ols, iv, poisson, logit, collectOls, demean } = regression as unknown as Record<string, (...list: readonly unknown[]) => unknown>;
  for (const run of [
    () => ols!(wrong, options),
    () => poisson!(wrong, options),
    () => logit!(wrong, options),
    () => collectOls!(wrong, options),
    () => iv!(wrong, { outcome: "y", endogenous: "x", instruments: "g" }),
    () => demean!(wrong, { columns: ["y"], fixedEffects: "g" }),
    () => inference.randomizationTest(wrong as never, { outcome: "y", treated: "x" } as never),
    () => inference.pairsBootstrap(wrong as never, () => ({ mean: 1 })),
  ]) {
    expect(run).toThrow(WhatworksError);
    expect(run).toThrow("needs a frame or a panel");
  }
});
