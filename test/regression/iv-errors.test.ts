import { expect, it } from "vitest";
import { WhatworksError } from "../../src/core/errors.ts";
import { frame } from "../../src/data/index.ts";
import { andersonRubin, type IvOptions, iv, withCovariance } from "../../src/regression/index.ts";
import { type IvRow, ivRows } from "./iv-rows.ts";

const base = { outcome: "y", endogenous: "e", instruments: ["z1", "z2"], regressors: ["x"] } as const;
const data = frame.fromRows(ivRows(4));

/** Code and message of the error, or a failure. */
function failure(run: () => unknown): { readonly code: string; readonly message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof WhatworksError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

const failing = (options: Partial<IvOptions<IvRow>>, rows = data) => failure(() => iv(rows, { ...base, ...options } as IvOptions<IvRow>));

it.each<[string, string, Partial<IvOptions<IvRow>>]>([
  ["TOO_FEW_INSTRUMENTS", 'for "e", "f": 1 for 2', { endogenous: ["e", "f"], instruments: ["z1"] }],
  ["INVALID_OPTION", '"instruments" must name at least one column', { instruments: [] }],
  ["INVALID_OPTION", '"endogenous" must name at least one column', { endogenous: [] }],
  ["INVALID_OPTION", '"estimator" must be', { estimator: "2sls" as never }],
  ["INVALID_OPTION", '"estimator.type" must be', { estimator: { type: "gmm" } as never }],
  ["UNKNOWN_OPTION", 'did you mean "instruments"?', { instrument: "z1" } as never],
  ["UNKNOWN_COLUMN", "zz1", { instruments: ["zz1" as never] }],
  ["REPEATED_TERM", '"z1" is given twice', { instruments: ["z1", "z1"] }],
  ["ENDOGENOUS_COLLINEAR", '"e" is left out as it is a combination of "e"', { regressors: ["e"] }],
  ["VCOV_UNSUPPORTED", "HC3", { vcov: { type: "hetero", variant: "HC3" } }],
  ["VCOV_UNSUPPORTED", "two-stage least squares only", { estimator: "liml", vcov: { type: "cluster", by: "g", variant: "CR2" } }],
  ["KAPPA_TOO_LARGE", "use a smaller kappa", { estimator: { type: "kClass", kappa: 40 } }],
])("%s: %s", (code, message, options) => {
  const found = failing(options);
  expect(found.code).toBe(code);
  expect(found.message).toContain(message);
});

it("instruments that others or the exogenous regressors determine are left out by name", () => {
  const rows = frame.fromRows(ivRows(4).map((row) => ({ ...row, z2: 3 * row.z1 - row.x })));
  const fit = iv(rows, { ...base, instruments: ["z1", "z2"] });
  expect(fit.instruments).toEqual(["z1"]);
  expect(fit.droppedInstruments).toEqual([{ term: "z2", reason: "combination", on: ["x", "z1"] }]);
  expect(fit.warnings.find(({ code }) => code === "INSTRUMENT_DROPPED")?.message).toBe(
    'Instrument "z2" was left out as it is a combination of "x", "z1"',
  );
  expect(failing({ endogenous: ["e", "f"] }, rows).message).toContain('1 for 2 ("z2" is left out as it is a combination of "x", "z1")');
  const absorbed = iv(frame.fromRows(ivRows(4).map((row) => ({ ...row, z2: row.g ** 2 }))), { ...base, fixedEffects: "g" });
  expect(absorbed.droppedInstruments[0]).toEqual({ term: "z2", reason: "absorbed", on: [] });
});

it("exogenous regressors that are redundant are left out as in ols()", () => {
  const rows = frame.fromRows(ivRows(4).map((row) => ({ ...row, f: 2 * row.x })));
  const fit = iv(rows, { ...base, regressors: ["x", "f"] });
  expect(fit.droppedTerms).toEqual([{ term: "f", reason: "combination", on: ["x"] }]);
  expect(Object.keys(fit.estimates)).toEqual(["(Intercept)", "e", "x"]);
});

it("instruments without any relation to a regressor are an error, weak ones a warning with their F", () => {
  const square = Array.from({ length: 40 }, (_, i) => ({ e: i % 2, z: Math.floor(i / 2) % 2, y: (7 * i) % 11 }));
  const found = failure(() => iv(frame.fromRows(square), { outcome: "y", endogenous: "e", instruments: "z" }));
  expect(found.code).toBe("INSTRUMENTS_UNRELATED");
  const fit = iv(frame.fromRows(ivRows(4, 90, 0.05)), { ...base, cluster: "g" });
  const warning = fit.warnings.find(({ code }) => code === "WEAK_INSTRUMENTS");
  expect(warning?.message).toContain(`effective F ${fit.weakInstruments.effectiveF!.statistic.toPrecision(3)}`);
  const several = iv(frame.fromRows(ivRows(4, 90, 0.05)), { ...base, endogenous: ["e", "f"] });
  expect(several.warnings.filter(({ code }) => code === "WEAK_INSTRUMENTS")).toHaveLength(2);
  expect(iv(frame.fromRows(ivRows(4, 400, 1)), base).warnings).toEqual([]);
});

it("too few rows or clusters", () => {
  expect(failing({}, frame.fromRows(ivRows(4, 4))).code).toBe("TOO_FEW_ROWS");
  const single = frame.fromRows(ivRows(4).map((row) => ({ ...row, g: 1 })));
  expect(failing({ cluster: "g" }, single).code).toBe("ONE_CLUSTER");
  const few = iv(frame.fromRows(ivRows(4).map((row) => ({ ...row, g: row.g % 2 }))), { ...base, cluster: "g" });
  expect(few.warnings.find(({ code }) => code === "TEST_UNAVAILABLE")?.message).toContain("Anderson-Rubin");
  expect(few.andersonRubin.robustTest).toBeUndefined();
  expect(few.estimates["e"]!.standardError).toBeGreaterThan(0);
});

it("a robust set needs a covariance whose bandwidth does not depend on the residuals", () => {
  const rows = frame.fromRows(ivRows(4).map((row, t) => ({ ...row, t })));
  const automatic = iv(rows, { ...base, vcov: { type: "hac", time: "t" } });
  expect(automatic.warnings.map(({ code }) => code)).toContain("ROBUST_SET_UNAVAILABLE");
  expect(automatic.andersonRubin.robustSet).toBeUndefined();
  const fixed = withCovariance(automatic, { vcov: { type: "hac", time: "t", kernel: "bartlett", bandwidth: 3 } });
  expect(fixed.andersonRubin.robustSet?.type).toBe("interval");
  expect(fixed.warnings.map(({ code }) => code)).not.toContain("ROBUST_SET_UNAVAILABLE");
});

it("tests of hypotheses need known names and a kept model", () => {
  const fit = iv(data, base);
  expect(failure(() => andersonRubin(fit, { values: { ee: 1 } })).message).toContain('did you mean "e"?');
  const light = iv(data, { ...base, keepModel: false });
  expect(failure(() => andersonRubin(light)).code).toBe("MODEL_NOT_KEPT");
  expect(failure(() => withCovariance(light, { cluster: "g" })).code).toBe("MODEL_NOT_KEPT");
  expect(andersonRubin(fit, { values: { e: 0.5 } }).values).toEqual({ e: 0.5 });
});

it("results are frozen plain data", () => {
  const fit = iv(data, { ...base, cluster: "g" });
  expect(Object.isFrozen(fit.firstStages)).toBe(true);
  expect(structuredClone(fit)).toEqual(fit);
});
