import { normalCdf, normalDensity } from "../distributions/index.ts";
import type { ExtendedDesign } from "./extended-design.ts";
import type { ExtendedFit } from "./extended-fit.ts";
import type { ExtendedFamily } from "./extended-options.ts";

/** Sums over the rows of a cohort in a period: effects on the outcome and on the index, and their derivatives by coefficient. */
export interface EffectCell {
  readonly group: number;
  readonly time: number;
  readonly moderator?: number | string;
  readonly rows: number;
  readonly response: number;
  readonly responseGradient: readonly number[];
  readonly link: number;
  readonly linkGradient: readonly number[];
  /** The effect on the outcome at the cell's mean covariates, times its rows. */
  readonly responseAtMeans: number;
  readonly responseAtMeansGradient: readonly number[];
}

interface Sums {
  rows: number;
  response: number;
  link: number;
  readonly responseGradient: Float64Array;
  readonly linkGradient: Float64Array;
  readonly design: Float64Array;
}

/** Effects of treatment by row, summed by cohort and period; each row counts once, weights or not. */
export function effectCells(design: ExtendedDesign, fit: ExtendedFit, family: ExtendedFamily): EffectCell[] {
  const { columns, group, time, isTreated, moderator } = design;
  const K = fit.parameters.length;
  const isEffect = fit.parameters.map((name) => name.startsWith("effect"));
  const value = fit.parameters.map((name) => fit.estimates[name]!.estimate);
  const reading = fit.parameters.map((name) => readerOf(name, columns));
  const found = new Map<
    string,
    { readonly group: number; readonly time: number; readonly moderator?: number | string; readonly sums: Sums }
  >();
  const x = new Float64Array(K);
  for (let i = 0; i < group.length; i++) {
    if (isTreated[i] === 0) continue;
    const key = `${group[i]}:${time[i]}:${moderator?.valueOf(i) ?? ""}`;
    const entry = found.get(key) ?? {
      group: group[i]!,
      time: time[i]!,
      ...(moderator === undefined ? {} : { moderator: moderator.valueOf(i) }),
      sums: emptySums(K),
    };
    found.set(key, entry);
    let [index, effect] = [0, 0];
    for (let j = 0; j < K; j++) {
      x[j] = reading[j]!(i);
      index += x[j]! * value[j]!;
      if (isEffect[j]) effect += x[j]! * value[j]!;
    }
    const { sums } = entry;
    sums.rows++;
    for (let j = 0; j < K; j++) sums.design[j]! += x[j]!;
    sums.link += effect;
    const [on, off] = [meanAt(index, family), meanAt(index - effect, family)];
    sums.response += family === "linear" ? effect : on.mean - off.mean;
    for (let j = 0; j < K; j++) {
      if (isEffect[j]) sums.linkGradient[j]! += x[j]!;
      sums.responseGradient[j]! += isEffect[j] ? on.slope * x[j]! : (on.slope - off.slope) * x[j]!;
    }
  }
  return [...found.values()].map(({ sums, ...place }) => ({
    ...place,
    rows: sums.rows,
    response: sums.response,
    link: sums.link,
    responseGradient: Array.from(sums.responseGradient),
    linkGradient: Array.from(sums.linkGradient),
    ...atMeans(sums, value, isEffect, family),
  }));
}

const emptySums = (K: number): Sums => ({
  rows: 0,
  response: 0,
  link: 0,
  responseGradient: new Float64Array(K),
  linkGradient: new Float64Array(K),
  design: new Float64Array(K),
});

/** The index is linear in the covariates, so that the mean row of a cell is a row of the model. */
function atMeans(
  { rows, response, design, link, responseGradient }: Sums,
  value: readonly number[],
  isEffect: readonly boolean[],
  family: ExtendedFamily,
): Pick<EffectCell, "responseAtMeans" | "responseAtMeansGradient"> {
  if (family === "linear") return { responseAtMeans: response, responseAtMeansGradient: Array.from(responseGradient) };
  const index = design.reduce((sum, x, j) => sum + (x / rows) * value[j]!, 0);
  const [on, off] = [meanAt(index, family), meanAt(index - link / rows, family)];
  return {
    responseAtMeans: rows * (on.mean - off.mean),
    responseAtMeansGradient: Array.from(design, (x, j) => (isEffect[j] ? on.slope * x : (on.slope - off.slope) * x)),
  };
}

/** Inverse link and its derivative. */
function meanAt(index: number, family: ExtendedFamily): { readonly mean: number; readonly slope: number } {
  if (family === "linear") return { mean: index, slope: 1 };
  if (family === "poisson") {
    const mean = Math.exp(index);
    return { mean, slope: mean };
  }
  if (family === "probit") return { mean: normalCdf(index), slope: normalDensity(index) };
  const mean = 1 / (1 + Math.exp(-index));
  return { mean, slope: mean * (1 - mean) };
}

/** The value of a coefficient's column in a row: a column of the design, an indicator `name::level`, or the constant. */
function readerOf(name: string, columns: ExtendedDesign["columns"]): (row: number) => number {
  const own = columns[name];
  if (own !== undefined) return (row) => own[row]!;
  const [column, level] = name.split("::");
  const coded = columns[column!];
  if (level !== undefined && coded !== undefined) {
    const wanted = Number(level);
    return (row) => (coded[row] === wanted ? 1 : 0);
  }
  return () => 1;
}
