import { expect, it } from "vitest";
import { createStream } from "../../../src/random/index.ts";
import { clusterParts } from "../../../src/rd/numerics/cluster-sums.ts";
import { KERNELS } from "../../../src/rd/numerics/kernel.ts";
import { clusteredLineCovariances } from "../../../src/rd/numerics/line-covariances.ts";
import { localFit } from "../../../src/rd/numerics/local-fit.ts";
import { coefficientCovariance, coefficientVariance } from "../../../src/rd/numerics/scores.ts";
import { buildSide, type Side } from "../../../src/rd/numerics/side.ts";

const rows = 3000;
const stream = createStream(17);
const codes = Int32Array.from({ length: rows }, () => Math.floor(50 * stream.uniform()));
const distance = Float64Array.from({ length: rows }, () => Math.round(4000 * stream.uniform()) / 4000).sort();
const outcome = distance.map((u) => 1 + u - u * u + stream.normal());
const residuals = outcome.map((value) => value - 1.2);
const kernel = KERNELS.triangular;

/** The same clusters, with codes `spread` apart. */
const sideOf = (spread: number): Side =>
  buildSide(
    {
      sign: 1,
      x: distance,
      distance,
      columns: [outcome],
      shifts: Float64Array.of(0),
      weights: undefined,
      clusters: codes.map((code) => spread * code),
      clusterCount: 50 * spread,
    },
    { kernel, maximumOrder: 4, outcomeColumns: 1, matches: 0 },
  );

it("sums of many clusters, dealt to parts, are those of few", () => {
  const rule = { clustered: true, factor: true };
  const [few, many] = [sideOf(1), sideOf(1501)];
  expect(clusterParts(few)).toBeUndefined();
  expect(clusterParts(many)?.starts.length).toBeGreaterThan(10);
  const numbers = (side: Side): number[] => {
    const main = localFit(side, kernel, 0.3, 1)!;
    const bias = { fit: localFit(side, kernel, 0.6, 2)!, ratio: 0.25 };
    const inside = residuals.subarray(0, bias.fit.rows);
    const both = [inside, inside.map((value) => value - 0.1)] as const;
    return [
      coefficientVariance(side, kernel, main, 0, residuals, rule),
      coefficientVariance(side, kernel, bias.fit, 2, residuals, { ...rule, factor: false }),
      ...clusteredLineCovariances(side, kernel, main, both, rule, [2, 3], bias).flatMap((values) => [...values]),
    ];
  };
  const [a, b] = [numbers(few), numbers(many)];
  a.forEach((value, i) => {
    expect(b[i]! / value).toBeCloseTo(1, 11);
  });
});

it.each([1, 1501])("the covariances of a line are those of any order, clusters %i apart", (spread) => {
  const side = sideOf(spread);
  const rule = { clustered: true, factor: true };
  const main = localFit(side, kernel, 0.3, 1)!;
  for (const [width, ratio] of [
    [0.6, 0.25],
    [0.2, 2.25],
  ] as const) {
    const bias = { fit: localFit(side, kernel, width, 2)!, ratio };
    const inside = residuals.subarray(0, Math.max(main.rows, bias.fit.rows));
    const found = clusteredLineCovariances(side, kernel, main, [inside, inside], rule, [2, 3], bias);
    const plain = [
      coefficientCovariance(side, kernel, main, inside, rule, 2),
      coefficientCovariance(side, kernel, main, inside, rule, 3, bias),
    ];
    found.forEach((values, kind) => {
      values.forEach((value, at) => {
        expect(value / plain[kind]![at]!).toBeCloseTo(1, 11);
      });
    });
  }
});
