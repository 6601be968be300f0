import { describe, expect, it } from "vitest";
import { WhatworksError } from "../../src/core/errors.ts";
import * as power from "../../src/power/index.ts";
import * as rd from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const data = simulated({ n: 160, seed: 41 });
const base = { outcome: "y", running: "x" };
const local = { ...base, repetitions: 5 };
/** A call that runs, for functions that need more than an outcome and a running variable. */
const enough: Readonly<Record<string, object>> = {
  balance: { running: "x", columns: ["z"] },
  batch: { running: "x", outcomes: ["y"] },
  cells: { running: "x", columns: ["y"], minimumRows: 1 },
  densityTest: { running: "x" },
  differenceInDiscontinuities: { ...base, post: "d" },
  donut: { ...base, holes: [0.01] },
  heterogeneity: { ...base, along: ["z"] },
  hiddenBias: { ...local, windows: [[-0.3, 0.3]], odds: [1.5] },
  localRandomization: { ...local, window: [-0.3, 0.3] },
  localSensitivity: { ...local, windows: [[-0.3, 0.3]], effects: [0] },
  multiCutoff: { ...base, cutoffs: { type: "cumulative", values: [0] } },
  multiCutoffBins: { ...base, cutoffs: "none" },
  wildBootstrap: { ...base, cluster: "g", draws: 99 },
  windowSelection: { running: "x", covariates: ["z"], repetitions: 5 },
};
const frame = data.with({ none: new Float64Array(160) });
const withOptions = (name: string): object => enough[name] ?? base;

type Callable = (...list: readonly unknown[]) => unknown;
const functions = [...Object.entries(rd), ...Object.entries(power)].filter((entry) => typeof entry[1] === "function") as [
  string,
  Callable,
][];
/** Functions of a frame and options. */
const ofData = functions.filter(
  ([name]) => !/^(fromCells|honestCriticalValue|heterogeneityContrasts?|rd(MinimumEffect|SampleSize|ScaledError)?)$/.test(name),
);

const typed = (call: () => unknown, said: string): void => {
  try {
    call();
  } catch (error) {
    expect(error, said).toBeInstanceOf(WhatworksError);
    return;
  }
  throw new Error(`no error: ${said}`);
};

describe.each(functions)("%s", (_name, run) => {
  it.each([
    [[]],
    [[null]],
    [["text"]],
    [[{}]],
    [[[]]],
    [[frame]],
    [[frame, null]],
    [[frame, "text"]],
    [[frame, []]],
    [[frame, {}]],
  ] as const)("refuses the arguments of call %# with a typed error", (call) => {
    typed(() => run(...call), String(call.length));
  });
});

describe.each(ofData)("%s", (name, run) => {
  it("runs on a frame and refuses anything else", () => {
    if (name === "fromCells") return;
    expect(run(frame, withOptions(name))).toBeTypeOf("object");
    for (const other of [null, {}, [], 3]) typed(() => run(other, withOptions(name)), JSON.stringify(other));
  });

  it("refuses options of another kind with a typed error", () => {
    const wrong = [5, "text", null, {}, [[]], [null], true];
    const names = [
      "covariates",
      "cutoffs",
      "each",
      "windows",
      "along",
      "weights",
      "subgroups",
      "statistic",
      "smoothness",
      "assignment",
      "bandwidth",
      "vcov",
    ];
    for (const option of [...Object.keys(withOptions(name)), ...names]) {
      for (const value of wrong) {
        try {
          run(frame, { ...withOptions(name), [option]: value });
        } catch (error) {
          expect(error, `${option}: ${JSON.stringify(value)}`).toBeInstanceOf(WhatworksError);
        }
      }
    }
  });
});

it("tables of cells, contrasts and constants of power that are none are refused", () => {
  const fit = rd.heterogeneity(frame, { outcome: "y", running: "x", along: ["z"] });
  const inputs = power.rdInputs(frame, { outcome: "y", running: "x" });
  const calls: readonly (() => unknown)[] = [
    () => rd.fromCells({ running: "x", columns: "y", cells: [] } as never),
    () => rd.fromCells({ running: "x", columns: ["y"], cells: [{ value: 1, rows: 2 }] } as never),
    () => rd.heterogeneityContrasts(fit, { a: 3 } as never),
    () => rd.heterogeneityContrast(fit, { effect: "1" } as never),
    () => rd.heterogeneityContrast(fit, { effect: 1 }, 95),
    () => power.rd({ ...inputs, variance: 3 } as never),
    () => power.rd(inputs, { efect: 1 } as never),
    () => power.rdSampleSize(inputs, { shareRight: 2 }),
    () => power.rdMinimumEffect(inputs, null as never),
    () => power.rdInputs(frame, { outcome: "y", running: "x" }, 3 as never),
  ];
  calls.forEach((call, i) => {
    typed(call, `call ${i}`);
  });
});
