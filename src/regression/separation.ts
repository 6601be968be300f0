import type { EffectRows } from "./fixed-effects.ts";
import { absorbEffects } from "./numerics/absorb-effects.ts";
import { leastSquares } from "./numerics/least-squares.ts";
import { separatingDirection } from "./numerics/separating-direction.ts";

/** What a search for separation looks at, over the rows used. */
export interface SeparationInput {
  /** For each row the sign that a separating combination may have there: 1, -1, or 0 where it must be zero. */
  readonly sides: Int8Array;
  readonly columns: readonly Float64Array[];
  readonly names: readonly string[];
  readonly intercept: boolean;
  readonly effects: readonly EffectRows[];
}

/** Rows told apart, and by what. */
export interface SeparatedRows {
  /**
   * `"simplex"`: regressors alone, by linear programming; `"iterativeRectifier"`: regressors and fixed effects together.
   */
  readonly check: "simplex" | "iterativeRectifier";
  /** Positions, ascending. */
  readonly rows: readonly number[];
  /** Regressors that take part. */
  readonly terms: readonly string[];
}

/** Sides of a Poisson likelihood: outcomes of 0 may be driven to 0, rows with positive outcomes must stay. */
export const countSides = (outcome: Float64Array): Int8Array => Int8Array.from(outcome, (y) => (y === 0 ? 1 : 0));

/** Sides of a binary likelihood: probabilities of outcomes 1 may rise, of outcomes 0 fall; shares must stay. */
export const binarySides = (outcome: Float64Array): Int8Array => Int8Array.from(outcome, (y) => (y === 1 ? 1 : y === 0 ? -1 : 0));

/**
 * Rows for which a likelihood has no maximum: some combination z of regressors and effects has everywhere the row's side or is 0, and is not 0 there.
 * Without fixed effects the simplex check is exact; with them the iterative rectifier looks at regressors and effects together.
 *
 * @see Correia, Guimarães & Zylkin (2021), arXiv:1903.01633; Albert & Anderson (1984), Biometrika 71, for binary outcomes
 */
export function findSeparation(input: SeparationInput): SeparatedRows | undefined {
  const search = input.effects.length === 0 ? bySimplex : byRectifier;
  let found = search(input);
  if (found === undefined || found.terms.length < 2 || found.terms.length > MOST_TRIED) return found;
  // Many combinations may tell the same rows apart: regressors that are not needed for it are not named.
  let left = input;
  for (const term of found.terms) {
    const without = left.names.map((_, j) => j).filter((j) => left.names[j] !== term);
    const fewer = { ...left, columns: without.map((j) => left.columns[j]!), names: without.map((j) => left.names[j]!) };
    const trial = search(fewer);
    if (trial === undefined || trial.rows.length < found.rows.length) continue;
    found = trial;
    left = fewer;
  }
  return found;
}

/** Regressors up to which each is tried to be left out. */
const MOST_TRIED = 20;

/** Fitted values this small beside the largest are zero. */
const ZERO = 1e-7;

function bySimplex({ sides, columns, names, intercept }: SeparationInput): SeparatedRows | undefined {
  const all = intercept ? [...columns, new Float64Array(sides.length).fill(1)] : columns;
  if (all.length === 0) return undefined;
  const found = new Set<number>();
  const terms = new Set<string>();
  for (;;) {
    // rows found are told apart whatever else happens: what is left must be told apart by a further direction
    const left = Int8Array.from(sides, (side, i) => (found.has(i) ? 2 : side));
    const basis = directionsThatKeep(all, left);
    const free: number[] = [];
    for (let i = 0; i < left.length; i++) if (left[i] === 1 || left[i] === -1) free.push(i);
    if (basis.length === 0 || free.length === 0) break;
    const values = basis.map((weights) => combination(all, weights));
    const rows = new Float64Array(free.length * basis.length);
    free.forEach((i, r) => {
      values.forEach((z, b) => {
        rows[r * basis.length + b] = left[i]! * z[i]!;
      });
    });
    const g = separatingDirection(rows, basis.length);
    if (g === undefined) break;
    const weights = all.map((_, j) => basis.reduce((sum, own, b) => sum + g[b]! * own[j]!, 0));
    const z = combination(all, Float64Array.from(weights));
    const largest = free.reduce((most, i) => Math.max(most, Math.abs(z[i]!)), 0);
    const before = found.size;
    for (const i of free) if (left[i]! * z[i]! > ZERO * largest) found.add(i);
    if (found.size === before) break;
    const sizes = all.map((x, j) => Math.abs(weights[j]!) * lengthOf(x));
    const most = Math.max(...sizes);
    names.forEach((name, j) => {
      if (sizes[j]! > ZERO * most) terms.add(name);
    });
  }
  return found.size === 0 ? undefined : { check: "simplex", rows: ascending(found), terms: [...terms] };
}

/** A basis of the weights whose combination of the columns is zero in all rows that must stay: every column is one where none must. */
function directionsThatKeep(columns: readonly Float64Array[], sides: Int8Array): readonly Float64Array[] {
  const stay: number[] = [];
  for (let i = 0; i < sides.length; i++) if (sides[i] === 0) stay.push(i);
  const unit = (j: number): Float64Array => Float64Array.from(columns, (_, l) => (l === j ? 1 : 0));
  if (stay.length === 0) return columns.map((_, j) => unit(j));
  const there = columns.map((x) => Float64Array.from(stay, (i) => x[i]!));
  const kept: number[] = [];
  const basis: Float64Array[] = [];
  there.forEach((x, j) => {
    const square = x.reduce((sum, value) => sum + value * value, 0);
    const before = kept.map((l) => there[l]!);
    const fit = square > 0 ? leastSquares(x, before, undefined, false, new Float64Array(before.length)) : undefined;
    if (fit !== undefined && fit.sumOfSquares > 1e-16 * square) kept.push(j);
    else {
      const weights = unit(j);
      fit?.kept.forEach((l, c) => {
        weights[kept[l]!] = -fit.coefficients[c]!;
      });
      basis.push(weights);
    }
  });
  return basis;
}

/** Rounds of the rectifier between guesses, and guesses: alternating projections, which come near the rows told apart long before they end. */
const ROUNDS = 60;
const GUESSES = 5;
/** Rows with more than this share of the largest value are guessed to be told apart. */
const GUESSED = 0.05;

/**
 * Rounds of the rectifier; where they do not end, the rows far from 0 are guessed to be those told apart and the others held at 0, which ends soon where the
 * guess is right: what is found is checked in any case.
 */
function byRectifier(input: SeparationInput): SeparatedRows | undefined {
  const { sides } = input;
  if (!sides.some((side) => side !== 0)) return undefined;
  const rectifier = openRectifier(input, sides);
  const target = Float64Array.from(sides);
  for (let guess = 0; guess < GUESSES; guess++) {
    const found = rectifier(target, ROUNDS);
    if (found !== "unfinished") return found;
    const largest = target.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const guessed = Int8Array.from(sides, (side, i) => (Math.abs(target[i]!) > GUESSED * largest ? side : 0));
    const checked = openRectifier(input, guessed)(Float64Array.from(guessed), ROUNDS);
    if (checked !== "unfinished" && checked !== undefined) return checked;
  }
  return undefined;
}

/**
 * Regress a variable that has each row's side on the design, with rows that must stay held at 0 by a large weight; cut fitted values on the wrong side to
 * 0 and repeat until none is there.
 */
function openRectifier(
  { columns, names, effects }: SeparationInput,
  sides: Int8Array,
): (target: Float64Array, rounds: number) => SeparatedRows | undefined | "unfinished" {
  const n = sides.length;
  const free = sides.reduce((count, side) => count + (side === 0 ? 0 : 1), 0);
  const near = 1e-5;
  const weights = Float64Array.from(sides, (side) => (side === 0 ? free / (near * near) : 1));
  const absorber = absorbEffects(effects, weights);
  const without = absorber.absorbAll(columns);
  const design = without.map(({ values }) => values);
  const floors = Float64Array.from(without, ({ spread }) => 1e-9 * Math.sqrt(spread));
  return (target, rounds) => {
    for (let round = 0; round < rounds; round++) {
      const { residuals, kept, coefficients } = leastSquares(absorber.absorb(target).values, design, weights, false, floors);
      let wrong = false;
      const rows: number[] = [];
      for (let i = 0; i < n; i++) {
        const fitted = target[i]! - residuals[i]!;
        const along = Math.abs(fitted) < 10 * near ? 0 : sides[i]! * fitted;
        if (along < 0) wrong = true;
        if (along > 0) rows.push(i);
        target[i] = along > 0 ? fitted : 0;
      }
      if (rows.length === 0) return undefined;
      if (wrong) continue;
      const sizes = kept.map((j, c) => Math.abs(coefficients[c]!) * lengthOf(design[j]!));
      const most = Math.sqrt(rows.length) * 1e-4;
      return { check: "iterativeRectifier", rows, terms: kept.filter((_, c) => sizes[c]! > most).map((j) => names[j]!) };
    }
    return "unfinished";
  };
}

function combination(columns: readonly Float64Array[], weights: Float64Array): Float64Array {
  const out = new Float64Array(columns[0]!.length);
  columns.forEach((x, j) => {
    const weight = weights[j]!;
    if (weight !== 0) for (let i = 0; i < out.length; i++) out[i]! += weight * x[i]!;
  });
  return out;
}

function lengthOf(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum);
}

const ascending = (set: ReadonlySet<number>): readonly number[] => [...set].sort((a, b) => a - b);
