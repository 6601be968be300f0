import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { type RandomizationTestOptions, randomizationTest, randomizationTestAsync } from "../../src/inference/index.ts";
import { createStream } from "../../src/random/index.ts";
import { withCovariance } from "../../src/regression/index.ts";
import { ols } from "../../src/regression/ols.ts";

interface Row {
  readonly y: number;
  readonly t: number;
  readonly x: number;
  readonly unit: number;
  readonly block: string;
}

/** Units of two rows in two blocks, some treated. */
function experiment(seed: number, units = 8, effect = 0.8): Row[] {
  const stream = createStream(seed);
  return Array.from({ length: 2 * units }, (_, i) => {
    const unit = Math.floor(i / 2);
    const t = unit % 2;
    const x = stream.normal();
    return { y: effect * t + 0.5 * x + (unit < units / 2 ? 0 : 2) + stream.normal(), t, x, unit, block: unit < units / 2 ? "a" : "b" };
  });
}

const rows = experiment(1);
const data = frame.fromRows(rows) as Frame<Row>;
const average = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;

/** All subsets of size k. */
function subsets(items: readonly number[], k: number): number[][] {
  if (k === 0) return [[]];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), k - 1).map((rest) => [item, ...rest]));
}

describe("randomizationTest()", () => {
  it("enumerates Fisher's exact test of means", () => {
    const small = rows.slice(0, 8);
    const result = randomizationTest(frame.fromRows(small) as Frame<Row>, { outcome: "y", treated: "t" });
    const difference = (treated: readonly number[]): number =>
      average(treated.map((i) => small[i]!.y)) - average(small.filter((_, i) => !treated.includes(i)).map(({ y }) => y));
    const actual = difference(small.flatMap(({ t }, i) => (t === 1 ? [i] : [])));
    const all = subsets([0, 1, 2, 3, 4, 5, 6, 7], 4).map(difference);
    expect(result.exact).toBe(true);
    expect(result.assignments).toBe(70);
    expect(result.estimates.effect.estimate).toBeCloseTo(actual, 12);
    expect(result.pValue).toBe(all.filter((value) => Math.abs(value) >= Math.abs(actual) - 1e-12).length / 70);
    expect(result.pValues.greater).toBe(all.filter((value) => value >= actual - 1e-12).length / 70);
  });

  it("assigns whole clusters within strata, and weights strata by rows", () => {
    const result = randomizationTest(data, { outcome: "y", treated: "t", cluster: "unit", strata: "block" });
    expect(result.assignments).toBe(36);
    const byBlock = ["a", "b"].map((block) => {
      const own = rows.filter((row) => row.block === block);
      return average(own.filter(({ t }) => t === 1).map(({ y }) => y)) - average(own.filter(({ t }) => t === 0).map(({ y }) => y));
    });
    expect(result.estimates.effect.estimate).toBeCloseTo(average(byBlock), 12);
    expect(result.sample.clusters).toBe(8);
    const own = randomizationTest(data, {
      outcome: "y",
      treated: "t",
      cluster: "unit",
      strata: "block",
      statistic: (t, y) => {
        for (let u = 0; u < 8; u++) expect(t[2 * u]).toBe(t[2 * u + 1]);
        expect(t.reduce((sum, value) => sum + value, 0)).toBe(8);
        return ["a", "b"].reduce((sum, block) => {
          const index = rows.map((_, i) => i).filter((i) => rows[i]!.block === block);
          const of = (arm: number): number[] => index.filter((i) => t[i] === arm).map((i) => y[i]!);
          return sum + (average(of(1)) - average(of(0))) / 2;
        }, 0);
      },
    });
    expect(own.pValues).toEqual(result.pValues);
    expect(own.warnings.map(({ code }) => code)).toContain("NO_INTERVAL");
  });

  it.each(["coefficient", "studentized"] as const)("%s equals regressions over all assignments", (statistic) => {
    for (const cluster of [undefined, "unit"] as const) {
      const some = cluster === undefined ? rows.filter((_, i) => i % 2 === 0) : rows;
      const statisticOf = (treated: readonly number[]): number => {
        const list = some.map((row, i) => ({ ...row, t: treated[i]!, row: i }));
        const fit = withCovariance(
          ols(frame.fromRows(list) as Frame<Row & { row: number }>, { outcome: "y", regressors: ["t", "x"], fixedEffects: "block" }),
          {
            cluster: cluster ?? "row",
            smallSample: { fixedEffectParameters: "full" },
          },
        );
        return statistic === "coefficient" ? fit.estimates["t"]!.estimate : fit.estimates["t"]!.statistic;
      };
      const units = [0, 1, 2, 3];
      const spread = (chosen: readonly number[]): number[] => some.map(({ unit }) => (chosen.includes(unit) ? 1 : 0));
      const all = subsets(units, 2).flatMap((a) =>
        subsets(
          units.map((u) => u + 4),
          2,
        ).map((b) => statisticOf(spread([...a, ...b]))),
      );
      const actual = statisticOf(some.map(({ t }) => t));
      const options: RandomizationTestOptions<Row> = { outcome: "y", treated: "t", strata: "block", covariates: ["x"], statistic };
      const result = randomizationTest(frame.fromRows(some) as Frame<Row>, cluster === undefined ? options : { ...options, cluster });
      expect(result.statistic).toBeCloseTo(actual, 9);
      expect(result.pValue).toBe(all.filter((value) => Math.abs(value) >= Math.abs(actual) - 1e-9).length / 36);
    }
  });

  it.each(["differenceInMeans", "coefficient", "studentized"] as const)(
    "%s: ends of the interval are where the test rejects",
    (statistic) => {
      const many = frame.fromRows(experiment(4, 40)) as Frame<Row>;
      const options = { outcome: "y", treated: "t", cluster: "unit", strata: "block", statistic, draws: 999 } as const;
      const [low, high] = randomizationTest(many, options).estimates.effect.confidenceInterval;
      expect(low).toBeLessThan(high);
      for (const [end, outwards] of [
        [low, -1],
        [high, 1],
      ] as const) {
        expect(randomizationTest(many, { ...options, value: end + 1e-5 * outwards }).pValue).toBeLessThanOrEqual(0.05);
        expect(randomizationTest(many, { ...options, value: end - 1e-5 * outwards }).pValue).toBeGreaterThan(0.05);
      }
      const [shiftedLow] = randomizationTest(
        many.with({ y: many.numbers("y").map((y, i) => y + 3 * many.numbers("t")[i]!) }) as unknown as Frame<Row>,
        options,
      ).estimates.effect.confidenceInterval;
      expect(shiftedLow).toBeCloseTo(low + 3, 6);
    },
  );

  it("draws assignments by number, whatever the workers; sampled p-values near the exact ones", async () => {
    const options = { outcome: "y", treated: "t", cluster: "unit", draws: 5000, seed: 6 } as const;
    const many = frame.fromRows(experiment(9, 30, 0.4)) as Frame<Row>;
    const alone = randomizationTest(many, options);
    expect(alone.exact).toBe(false);
    expect(await randomizationTestAsync(many, options, { workers: 2 })).toEqual(alone);
    const custom = {
      ...options,
      statistic: (t: Float64Array, y: Float64Array) => t.reduce((sum, v, i) => sum + v * y[i]!, 0),
      draws: 1500,
    } as const;
    expect(await randomizationTestAsync(many, custom)).toEqual(randomizationTest(many, custom));
    const exact = randomizationTest(data, { outcome: "y", treated: "t", cluster: "unit" });
    const sampled = randomizationTest(data, { outcome: "y", treated: "t", cluster: "unit", draws: 60 });
    expect(exact.assignments).toBe(70);
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.pValue - exact.pValue)).toBeLessThan(0.2);
  });

  it("rejects a true hypothesis at its level", () => {
    let rejected = 0;
    for (let s = 0; s < 300; s++) {
      const test = randomizationTest(frame.fromRows(experiment(200 + s, 10, 0)) as Frame<Row>, {
        outcome: "y",
        treated: "t",
        cluster: "unit",
        strata: "block",
        interval: false,
      });
      if (test.pValue <= 0.05) rejected++;
    }
    expect(rejected / 300).toBeLessThan(0.085);
    expect(rejected / 300).toBeGreaterThan(0.015);
  });

  it("names errors", () => {
    const code = (options: Partial<RandomizationTestOptions<Row>>, list: readonly Row[] = rows): string => {
      try {
        randomizationTest(frame.fromRows(list) as Frame<Row>, { outcome: "y", treated: "t", ...options });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return "none";
    };
    expect(code({ cluster: "block" })).toBe("TREATMENT_VARIES_IN_UNIT");
    expect(code({ strata: "unit" })).toBe("STRATUM_WITHOUT_CONTRAST");
    expect(code({ cluster: "unit", strata: "x" })).toBe("STRATUM_VARIES_IN_UNIT");
    expect(code({ treated: "x" })).toBe("NOT_BINARY");
    expect(code({ statistic: "differenceInMeans", covariates: ["x"] })).toBe("INVALID_OPTION");
    expect(
      code(
        {},
        rows.map((row) => ({ ...row, t: 1 })),
      ),
    ).toBe("STRATUM_WITHOUT_CONTRAST");
  });
});
