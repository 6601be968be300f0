import { describe, expect, it } from "vitest";
import { WhatworksError } from "../../src/core/index.ts";
import { frame, panel } from "../../src/data/index.ts";
import * as did from "../../src/did/index.ts";

const rows = Array.from({ length: 24 }, (_, i) => ({ unit: i >> 2, time: i % 4, y: Math.sin(i), start: (i >> 2) % 2 === 0 ? 0 : 2 }));
const people = panel(frame.fromRows(rows), { unit: "unit", time: "time" });
const options = { outcome: "y", firstTreated: "start", treated: "start", type: "simple", cluster: "unit", combinations: {} };

/** Calls that only plain JavaScript can make. */
const CALLS: readonly (readonly [string, readonly unknown[]])[] = [
  ["nothing", []],
  ["options without data", [undefined, options]],
  ["data without options", [people]],
  ["null for options", [people, null]],
  ["a string for options", [people, "y"]],
  ["a list for options", [people, []]],
  ["a number for data", [3, options]],
  ["rows for data", [rows, options]],
  ["empty objects", [{}, {}]],
  ["a column that is not there", [people, { ...options, outcome: "z" }]],
];

/** What the file exports beside types. */
const functions = Object.entries(did).filter(([, value]) => typeof value === "function") as [
  string,
  (...given: readonly unknown[]) => unknown,
][];

describe.each(functions)("did.%s()", (name, call) => {
  it.each(CALLS)(`says what is wrong with ${"%s"}`, (what, given) => {
    let thrown: unknown;
    try {
      call(...given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `${name} with ${what}`).toBeInstanceOf(WhatworksError);
    expect((thrown as WhatworksError).message).toMatch(/^Cannot /);
  });
});
