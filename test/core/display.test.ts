import { inspect } from "node:util";
import { afterEach, expect, it } from "vitest";
import { finishResult, setResultRenderers } from "../../src/core/display.ts";
import { type Estimate, estimateList, type Result } from "../../src/core/result.ts";

const estimate: Estimate = {
  term: "effect",
  estimate: 1,
  standardError: 0.5,
  statistic: 2,
  pValue: 0.05,
  confidenceInterval: [0, 2],
  degreesOfFreedom: Number.POSITIVE_INFINITY,
};
const make = (): Result =>
  finishResult({
    kind: "test.kind",
    estimates: { effect: estimate },
    sample: { rows: 3, used: 2, dropped: [{ reason: 'missing "y"', rows: 1 }] },
    warnings: [{ code: "A_CODE", message: "a doubt" }],
    options: { weights: Float64Array.of(1, 2) },
    reference: "A paper",
  });
const JUPYTER = Symbol.for("Jupyter.display");
afterEach(() => setResultRenderers(undefined));

it("finishResult() freezes all the way down, typed arrays apart", () => {
  const result = make();
  const parts = [
    result,
    result.estimates,
    estimate,
    estimate.confidenceInterval,
    result.sample.dropped[0],
    result.warnings[0],
    result.options,
  ];
  expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  expect(() => Object.assign(result, { kind: "other" })).toThrow(TypeError);
});

it("finishResult() leaves plain data: cloned and written as JSON it is the same", () => {
  const result = make();
  expect(structuredClone(result)).toEqual(result);
  expect(Object.keys(result)).toEqual(["kind", "estimates", "sample", "warnings", "options", "reference"]);
  expect(JSON.parse(JSON.stringify(result))).toMatchObject({ kind: "test.kind", sample: { rows: 3, used: 2 } });
});

it("a result shows itself as data, and by the renderers once they are set", () => {
  const result = make() as Result & { [JUPYTER](): unknown };
  expect(inspect(result)).toContain("'test.kind'");
  expect(result[JUPYTER]()).toEqual({ "application/json": result });
  setResultRenderers({ text: ({ kind }) => `a ${kind}`, bundle: ({ kind }) => ({ "text/html": `<b>${kind}</b>` }) });
  expect(inspect(result)).toBe("a test.kind");
  expect(result[JUPYTER]()).toEqual({ "text/html": "<b>test.kind</b>" });
});

it("estimateList() lists named and listed estimates alike", () => {
  expect(estimateList({ estimates: { a: estimate } })).toEqual([estimate]);
  expect(estimateList({ estimates: [estimate, estimate] })).toEqual([estimate, estimate]);
});
