import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { augment, ols, predict } from "../../src/regression/index.ts";

const stream = createStream(5);
const rows = Array.from({ length: 80 }, (_, i) => {
  const [x, o] = [stream.normal(), stream.uniform()];
  const y = 1 + 0.5 * x + o + stream.normal();
  return { id: i % 8, x, o, y, less: y - o };
});
const data = frame.fromRows(rows);

it.each([{}, { fixedEffects: "id" }] as const)("ols() with an offset explains the outcome less the offset (%o)", (effects) => {
  const options = { regressors: ["x"], ...effects, cluster: "id" } as const;
  const [withOffset, less] = [ols(data, { outcome: "y", offset: "o", ...options }), ols(data, { outcome: "less", ...options })];
  expect(withOffset.estimates).toEqual(less.estimates);
  expect(withOffset.fit).toEqual(less.fit);
  const [a, b] = [augment(withOffset), augment(less)];
  expect(a.residuals).toEqual(b.residuals);
  for (const [i, { o, y }] of rows.entries()) {
    expect(a.fitted[i]! - b.fitted[i]!).toBeCloseTo(o, 12);
    expect(a.fitted[i]! + a.residuals[i]!).toBeCloseTo(y, 12);
  }
  const predicted = predict(withOffset, data).fitted;
  for (const [i, value] of predicted.entries()) expect(value).toBeCloseTo(a.fitted[i]!, 9);
});

it("rows without an offset are left out and counted", () => {
  const { sample } = ols(frame.fromRows([...rows, { ...rows[0]!, o: Number.NaN }]), { outcome: "y", offset: "o", regressors: ["x"] });
  expect(sample).toMatchObject({ rows: 81, used: 80 });
  expect(sample.dropped[0]?.reason).toContain("o");
});
