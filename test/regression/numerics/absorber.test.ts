import { expect, it } from "vitest";
import type { GroupCodes } from "../../../src/moments/index.ts";
import { createAbsorber } from "../../../src/regression/numerics/absorber.ts";

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Codes made dense. */
function group(values: readonly number[]): GroupCodes {
  const rank = new Map([...new Set(values)].sort((a, b) => a - b).map((value, code) => [value, code]));
  return { codes: Int32Array.from(values, (value) => rank.get(value)!), count: rank.size };
}

/** Alternating projections: slow and plain. */
function alternating(x: Float64Array, effects: readonly GroupCodes[], weights: Float64Array | undefined, sweeps: number): Float64Array {
  const out = x.slice();
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const { codes, count } of effects) {
      const [sums, totals] = [new Float64Array(count), new Float64Array(count)];
      for (let i = 0; i < out.length; i++) {
        const w = weights?.[i] ?? 1;
        sums[codes[i]!]! += w * out[i]!;
        totals[codes[i]!]! += w;
      }
      for (let i = 0; i < out.length; i++) out[i]! -= sums[codes[i]!]! / totals[codes[i]!]!;
    }
  }
  return out;
}

const uniform = generator(7);
const whole = (n: number): number => Math.floor(uniform() * n);
const n = 4000;
const rows = <T>(make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

it.each([
  ["panel, dense elimination", [group(rows((i) => i >> 3)), group(rows((i) => i & 7))], false],
  ["few movers, sparse elimination", [group(rows((i) => i >> 3)), group(rows((i) => (i >> 4) + (whole(8) === 0 ? whole(3) : 0)))], false],
  ["few movers, weighted", [group(rows((i) => i >> 3)), group(rows((i) => (i >> 4) + (whole(8) === 0 ? whole(3) : 0)))], true],
  ["random, iterative", [group(rows(() => whole(2500))), group(rows(() => whole(2000)))], false],
  ["random, iterative, weighted, some rows of one cell", [group(rows(() => whole(400))), group(rows(() => whole(380)))], true],
  ["three effects", [group(rows(() => whole(600))), group(rows(() => whole(300))), group(rows((i) => i % 9))], true],
] as const)("removes effects as alternating projections do: %s", (_, effects, weighted) => {
  const x = Float64Array.from(rows(uniform));
  const weights = weighted ? Float64Array.from(rows(() => 0.2 + uniform())) : undefined;
  const absorber = createAbsorber(effects, weights);
  const { values, residual } = absorber.absorb([x])[0]!;
  expect(residual).toBeLessThan(1e-11);
  const plain = alternating(values, effects, weights, 3); // nothing of any effect is left
  for (let i = 0; i < n; i++) expect(Math.abs(plain[i]! - values[i]!)).toBeLessThan(1e-10);
  const fitted = new Float64Array(n); // and what was removed is a sum of effects
  const coefficients = absorber.effects(x);
  effects.forEach(({ codes }, e) => {
    for (let i = 0; i < n; i++) fitted[i]! += coefficients[e]![codes[i]!]!;
  });
  for (let i = 0; i < n; i++) expect(Math.abs(x[i]! - fitted[i]! - values[i]!)).toBeLessThan(1e-9);
});

it("a small third effect is eliminated last: the factor is exact, and several variables at once equal each alone", () => {
  const firm = rows((i) => (i >> 4) + (whole(8) === 0 ? 1 : 0));
  const effects = [group(rows((i) => i >> 2)), group(firm), group(rows((i) => (i % 10) + 10 * (firm[i]! % 7)))];
  const absorber = createAbsorber(effects, undefined);
  expect(absorber.rankIsExact).toBe(true);
  const columns = Array.from({ length: 6 }, () => Float64Array.from(rows(uniform)));
  const together = absorber.absorb(columns);
  columns.forEach((x, j) => {
    const alone = absorber.absorb([x])[0]!;
    expect(alone.iterations).toBe(0);
    const plain = alternating(alone.values, effects, undefined, 3);
    for (let i = 0; i < n; i++) {
      expect(Math.abs(plain[i]! - alone.values[i]!)).toBeLessThan(1e-11);
      expect(Math.abs(together[j]!.values[i]! - alone.values[i]!)).toBeLessThan(1e-11);
    }
  });
});

it("effects far larger than what they leave cost no digits", () => {
  const effects = [group(rows((i) => i >> 3)), group(rows((i) => i & 7))];
  const small = Float64Array.from(rows(uniform));
  const large = small.map((value, i) => value + 2 ** 20 * ((i >> 3) % 13) - 2 ** 18 * (i & 7));
  const absorber = createAbsorber(effects, undefined);
  const [a, b] = [absorber.absorb([small])[0]!.values, absorber.absorb([large])[0]!.values];
  for (let i = 0; i < n; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(4e-9); // a large value's last digit
});

it("leverage sums to the rank, which counts components", () => {
  const effects = [group(rows((i) => i >> 3).slice(0, 400)), group(rows((i) => (i >> 4) + (whole(8) === 0 ? whole(3) : 0)).slice(0, 400))];
  const absorber = createAbsorber(effects, undefined);
  const total = absorber.leverage().reduce((sum, h) => sum + h, 0);
  expect(total).toBeCloseTo(absorber.rank, 7);
  expect(absorber.rank).toBe(effects[0]!.count + effects[1]!.count - absorber.components);
});
