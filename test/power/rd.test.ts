import { expect, it } from "vitest";
import { rd, rdInputs, rdMinimumEffect, rdSampleSize } from "../../src/power/index.ts";
import { simulated } from "../rd/simulated.ts";

const inputs = rdInputs(simulated({ n: 800, seed: 9 }), { outcome: "y", running: "x" });

it("power grows with the effect and equals the size at none", () => {
  expect(rd(inputs, { effect: 0, alpha: 0.1 }).power).toBeCloseTo(0.1, 10);
  expect(rd(inputs, { effect: 0.3 }).power).toBeGreaterThan(rd(inputs, { effect: 0.2 }).power);
});

it("the minimum effect is detected with the power asked for", () => {
  const effect = rdMinimumEffect(inputs, { power: 0.9 });
  expect(rd(inputs, { effect }).power).toBeCloseTo(0.9, 9);
});

it("the sample size reaches the power, one row fewer does not", () => {
  const { total } = rdSampleSize(inputs, { effect: 0.25 });
  const k = inputs.samplingBandwidth;
  const power = (m: number): number =>
    rd({ ...inputs, rows: [m, 0.0001], within: [1, 0.0001], samplingBandwidth: k }, { effect: 0.25, sampleSize: [1, 0] }).power;
  expect(power(total)).toBeGreaterThanOrEqual(0.8);
  expect(power(total - 1)).toBeLessThan(0.8);
});

it("refuses impossible settings", () => {
  expect(() => rd(inputs, { alpha: 2 })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  const { defaultEffect: _effect, ...without } = inputs;
  expect(() => rd(without, {})).toThrow(expect.objectContaining({ code: "MISSING_OPTION" }));
});

it("rdSampleSize() refuses an effect of zero, which no sample detects", () => {
  expect(() => rdSampleSize(inputs, { effect: 0 })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
