import { IdentificationError } from "../core/errors.ts";
import { choleskyInverse, choleskySolve, dot, multiplyVector } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { type InstrumentalSums, wholeGram } from "./numerics/wild-instrumental-draws.ts";
import type { InstrumentalRows } from "./wild-source.ts";

/** Sums of the bootstrap under one hypothesis, and the data's own statistic. */
export interface InstrumentalProblem {
  readonly sums: InstrumentalSums;
  readonly estimate: number;
  readonly standardError: number;
}

/**
 * The sums of the wild restricted efficient bootstrap: structural residuals u of two-stage least squares with the tested coefficient at its value (or, without the null
 * imposed, free), and first stages of each endogenous regressor on the instruments and u, whose residuals count as those without u's part.
 *
 * @param tested - position of the coefficient: endogenous regressors first.
 * @throws IdentificationError `INSTRUMENTS_UNRELATED`.
 * @see Davidson & MacKinnon (2010), doi:10.1198/jbes.2009.07221
 */
export function instrumentalProblem(
  rows: InstrumentalRows,
  groups: GroupCodes,
  tested: number,
  value: number | undefined,
  factor: number,
): InstrumentalProblem {
  const { outcome, endogenous, weights: w } = rows;
  const centred = centring(rows, tested);
  const F = centred([...rows.exogenous, ...rows.instruments]);
  const Y = centred(endogenous);
  const X = [...Y, ...F.slice(0, rows.exogenous.length)];
  const y = centred([outcome])[0]!;
  const [L, k] = [F.length, X.length];
  const gram = grams(F, groups, w);
  const inverse = choleskyInverse(wholeGram({ gram, clusters: groups.count, instruments: L }), L);
  if (inverse === undefined) throw unrelated();

  const project = (column: Float64Array): Float64Array =>
    multiplyVector(
      inverse,
      Float64Array.from(F, (f) => inner(f, column, w)),
      L,
      L,
    );
  const FX = X.map((x) => Float64Array.from(F, (f) => inner(f, x, w)));
  const PFX = X.map((x) => project(x));
  const XPX = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) XPX[a * k + b] = dot(FX[a]!, PFX[b]!);
  const XPy = Float64Array.from(PFX, (one) => F.reduce((sum, f, a) => sum + one[a]! * inner(f, y, w), 0));
  const free = choleskySolve(XPX, XPy);
  if (free === undefined) throw unrelated();
  const row = choleskySolve(
    XPX,
    Float64Array.from({ length: k }, (_, a) => (a === tested ? 1 : 0)),
  )!;
  const h = Float64Array.from({ length: L }, (_, a) => PFX.reduce((sum, one, j) => sum + one[a]! * row[j]!, 0));
  const own = clusterProducts(F, residualsOf(y, X, free), groups, w);
  let squares = 0;
  for (let g = 0; g < groups.count; g++) squares += dot(h, own.subarray(g * L, (g + 1) * L)) ** 2;

  const u = residualsOf(y, X, value === undefined ? free : restrictedTo(XPX, XPy, tested, value));
  const uu = inner(u, u, w);
  const Fu = Float64Array.from(F, (f) => inner(f, u, w));
  const fitted = multiplyVector(inverse, Fu, L, L); // u on the instruments
  const left = uu - dot(Fu, fitted); // u'Mu
  const m = Y.length;
  const firstStage = new Float64Array(L * m);
  const reduced = new Float64Array(groups.count * L * m);
  Y.forEach((x, j) => {
    const plain = project(x);
    const delta = left > 0 ? (inner(u, x, w) - dot(Fu, plain)) / left : 0;
    const pi = plain.map((coefficient, a) => coefficient - delta * fitted[a]!);
    const products = clusterProducts(F, residualsOf(x, F, pi), groups, w);
    for (let a = 0; a < L; a++) firstStage[a * m + j] = pi[a]!;
    for (let q = 0; q < products.length; q++) reduced[q * m + j] = products[q]!;
  });
  return {
    sums: {
      clusters: groups.count,
      endogenous: m,
      exogenous: k - m,
      instruments: L,
      gram,
      inverse,
      firstStage,
      structural: clusterProducts(F, u, groups, w),
      reduced,
      tested,
      factor,
    },
    estimate: free[tested]!,
    standardError: Math.sqrt(factor * squares),
  };
}

const unrelated = (): IdentificationError =>
  new IdentificationError(
    "INSTRUMENTS_UNRELATED",
    "Cannot bootstrap two-stage least squares as the projected regressors must be independent: they are not",
  );

/** Coefficients of two-stage least squares with one of them given. */
function restrictedTo(XPX: Float64Array, XPy: Float64Array, tested: number, value: number): Float64Array {
  const k = XPy.length;
  const others = Array.from({ length: k }, (_, j) => j).filter((j) => j !== tested);
  const inner = Float64Array.from({ length: others.length ** 2 }, (_, q) => {
    const [a, b] = [Math.floor(q / others.length), q % others.length];
    return XPX[others[a]! * k + others[b]!]!;
  });
  const right = Float64Array.from(others, (a) => XPy[a]! - value * XPX[a * k + tested]!);
  const solved = others.length === 0 ? right : choleskySolve(inner, right);
  if (solved === undefined) throw unrelated();
  const out = new Float64Array(k);
  out[tested] = value;
  others.forEach((j, o) => {
    out[j] = solved[o]!;
  });
  return out;
}

/** Takes weighted means out of columns where there is a constant, which changes the constant's coefficient alone; not when that is tested. */
function centring(
  { endogenous, exogenous, weights: w }: InstrumentalRows,
  tested: number,
): (columns: readonly Float64Array[]) => readonly Float64Array[] {
  const ones = exogenous[0];
  if (ones === undefined || !ones.every((value) => value === 1) || tested === endogenous.length) return (columns) => columns;
  const total = inner(ones, ones, w);
  return (columns) =>
    columns.map((column) => {
      if (column === ones) return column;
      const mean = inner(ones, column, w) / total;
      return column.map((value) => value - mean);
    });
}

function residualsOf(y: Float64Array, X: readonly Float64Array[], b: Float64Array): Float64Array {
  const out = y.slice();
  X.forEach((x, j) => {
    for (let i = 0; i < out.length; i++) out[i]! -= b[j]! * x[i]!;
  });
  return out;
}

/** `F_g'W_gF_g`, clusters by L by L. */
function grams(F: readonly Float64Array[], { codes, count }: GroupCodes, w: Float64Array | undefined): Float64Array {
  const L = F.length;
  const out = new Float64Array(count * L * L);
  F.forEach((f, a) => {
    for (let b = 0; b <= a; b++) {
      const other = F[b]!;
      for (let i = 0; i < f.length; i++) out[(codes[i]! * L + a) * L + b]! += (w === undefined ? 1 : w[i]!) * f[i]! * other[i]!;
      for (let g = 0; g < count; g++) out[(g * L + b) * L + a] = out[(g * L + a) * L + b]!;
    }
  });
  return out;
}

/** `F_g'W_gx_g`, clusters by L. */
function clusterProducts(
  F: readonly Float64Array[],
  x: Float64Array,
  { codes, count }: GroupCodes,
  w: Float64Array | undefined,
): Float64Array {
  const L = F.length;
  const out = new Float64Array(count * L);
  F.forEach((f, a) => {
    for (let i = 0; i < x.length; i++) out[codes[i]! * L + a]! += (w === undefined ? 1 : w[i]!) * f[i]! * x[i]!;
  });
  return out;
}

function inner(a: Float64Array, b: Float64Array, w: Float64Array | undefined): number {
  let sum = 0;
  if (w === undefined) for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  else for (let i = 0; i < a.length; i++) sum += w[i]! * a[i]! * b[i]!;
  return sum;
}
