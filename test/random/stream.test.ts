import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/core/index.ts";
import { chiSquaredCdf, normalCdf } from "../../src/distributions/index.ts";
import { createStream, nextSubstream, type RandomStream, seedFromInteger, substream } from "../../src/random/index.ts";

const seed = fc.integer({ min: -2147483648, max: 4294967295 });
const moment = (values: Float64Array, power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;

describe("determinism", () => {
  it("the same seed gives the same bits, and a saved state goes on where it was", () => {
    fc.assert(
      fc.property(seed, fc.nat(50), (s, used) => {
        const [a, b] = [createStream(s), createStream(s)];
        for (let i = 0; i < used; i++) expect(a.uniform()).toBe(b.uniform());
        const resumed = createStream(a.state());
        expect([resumed.normal(), resumed.integer(77)]).toEqual([b.normal(), b.integer(77)]);
      }),
    );
  });

  it("fills equal single draws", () => {
    fc.assert(
      fc.property(seed, fc.nat(40), (s, n) => {
        const singles = (draw: (stream: RandomStream) => number): number[] => {
          const stream = createStream(s);
          return Array.from({ length: n }, () => draw(stream));
        };
        expect([...createStream(s).fillUniform(new Float64Array(n))]).toEqual(singles((r) => r.uniform()));
        expect([...createStream(s).fillNormal(new Float64Array(n))]).toEqual(singles((r) => r.normal()));
        expect([...createStream(s).fillIntegers(new Int32Array(n), 9)]).toEqual(singles((r) => r.integer(9)));
      }),
    );
  });

  it("substream r is r leaps of one, whatever r", () => {
    fc.assert(
      fc.property(seed, fc.nat(40), (s, r) => {
        let state = seedFromInteger(s);
        for (let k = 0; k < r; k++) state = nextSubstream(state);
        expect(substream(s, r).state()).toEqual(state);
      }),
    );
    expect(substream(5, 0).uniform()).toBe(createStream(5).uniform());
    // Leaps add: 2^40 + 3 in one go, or one after the other.
    expect(substream(substream(5, 2 ** 40).state(), 3).state()).toEqual(substream(5, 2 ** 40 + 3).state());
    expect(substream(5, Number.MAX_SAFE_INTEGER).uniform()).not.toBe(substream(5, 1).uniform());
  });
});

describe("what is drawn", () => {
  const n = 200000;
  it("uniforms fill (0, 1) evenly", () => {
    const counts = new Float64Array(64);
    const draws = createStream(1).fillUniform(new Float64Array(n));
    for (const u of draws) counts[Math.floor(64 * u)]! += 1;
    const statistic = counts.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0);
    expect(chiSquaredCdf(statistic, 63, "upper")).toBeGreaterThan(0.001);
    expect(Math.min(...draws.subarray(0, 1000))).toBeGreaterThan(0);
  });

  it("normals follow the normal distribution (Kolmogorov-Smirnov)", () => {
    const draws = createStream(2).fillNormal(new Float64Array(n)).sort();
    const distance = draws.reduce((worst, x, i) => Math.max(worst, Math.abs(normalCdf(x) - (i + 0.5) / n)), 0);
    expect(distance * Math.sqrt(n)).toBeLessThan(1.95);
    const stream = createStream(3);
    const exponentials = Float64Array.from({ length: n }, () => stream.exponential());
    expect(moment(exponentials, 1)).toBeCloseTo(1, 1);
    expect(moment(exponentials, 2)).toBeCloseTo(2, 1);
  });

  it("bootstrap weights have their moments and only their points", () => {
    const signs = createStream(4).fillSigns(new Float64Array(n + 7));
    expect(new Set(signs)).toEqual(new Set([-1, 1]));
    expect(Math.abs(moment(signs, 1)) * Math.sqrt(n)).toBeLessThan(4);
    // Neighbouring signs come from the bits of one uniform: they must not be correlated at any lag within it.
    for (const lag of [1, 2, 11, 23, 24]) {
      let product = 0;
      for (let i = 0; i < n; i++) product += signs[i]! * signs[i + lag > n + 6 ? i : i + lag]!;
      expect(Math.abs(product) / Math.sqrt(n), `lag ${lag}`).toBeLessThan(4.5);
    }
    const mammen = createStream(5).fillMammen(new Float64Array(n));
    expect(new Set(mammen).size).toBe(2);
    expect([moment(mammen, 1), moment(mammen, 2), moment(mammen, 3)].map((m) => Math.round(m * 50) / 50)).toEqual([0, 1, 1]);
    const webb = createStream(6).fillWebb(new Float64Array(n));
    expect(new Set(webb).size).toBe(6);
    expect(Math.abs(moment(webb, 1))).toBeLessThan(0.01);
    expect(moment(webb, 2)).toBeCloseTo(1, 2);
  });

  it("integers are even, also where n is no power of two", () => {
    const counts = new Float64Array(6);
    for (const k of createStream(7).fillIntegers(new Int32Array(60000), 6)) counts[k]! += 1;
    const statistic = counts.reduce((sum, count) => sum + (count - 10000) ** 2 / 10000, 0);
    expect(chiSquaredCdf(statistic, 5, "upper")).toBeGreaterThan(0.001);
    expect(createStream(8).integer(2 ** 47)).toBeLessThan(2 ** 47);
  });

  it("samples without replacement are different, shuffles are permutations", () => {
    fc.assert(
      fc.property(seed, fc.nat(60), fc.nat(60), (s, a, b) => {
        const [n, count] = [Math.max(a, b), Math.min(a, b)];
        const sample = createStream(s).sampleWithoutReplacement(n, count);
        expect(new Set(sample).size).toBe(count);
        expect(sample.every((k) => k >= 0 && k < n)).toBe(true);
        const values = Float64Array.from({ length: n }, (_, i) => i * 0.5);
        const shuffled = createStream(s).shuffle(values.slice());
        expect([...shuffled].sort((x, y) => x - y)).toEqual([...values]);
        if (count === n) expect([...shuffled]).toEqual([...sample].map((k) => k * 0.5));
      }),
    );
  });
});

describe("errors", () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(OptionError);
      return (error as OptionError).code;
    }
    return "none";
  };
  it.each<[unknown]>([
    [1.5],
    [Number.NaN],
    [2 ** 32],
    [-(2 ** 31) - 1],
    [[1, 2, 3]],
    [[0, 0, 0, 1, 1, 1]],
    [[1, 1, 1, 4294944443, 1, 1]],
    [[1, 1, 1, 1, 1, 0.5]],
  ])("seed %j is refused", (bad) => expect(code(() => createStream(bad as number))).toBe("INVALID_SEED"));
  it("bad counts are refused", () => {
    const stream = createStream(1);
    expect(code(() => substream(1, -1))).toBe("INVALID_REPLICATE");
    expect(code(() => substream(1, 0.5))).toBe("INVALID_REPLICATE");
    expect(code(() => stream.integer(0))).toBe("INVALID_RANGE");
    expect(code(() => stream.integer(2 ** 48))).toBe("INVALID_RANGE");
    expect(code(() => stream.fillIntegers(new Int32Array(1), 1.5))).toBe("INVALID_RANGE");
    expect(code(() => stream.sampleWithoutReplacement(3, 4))).toBe("INVALID_SAMPLE_SIZE");
    expect(code(() => stream.sampleWithoutReplacement(-1, 0))).toBe("INVALID_SAMPLE_SIZE");
  });
});
