import { IdentificationError } from "../core/errors.ts";
import type { EffectRows } from "../regression/fixed-effects.ts";
import { type SemiDefiniteSolver, semiDefiniteSolver } from "./numerics/semi-definite.ts";
import type { ClusterCodes, UntreatedModel } from "./untreated-model.ts";

/** Rows and the fixed effects of the model of untreated outcomes. */
export interface UntreatedEffectsData {
  readonly caller: string;
  readonly outcome: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly covariates: readonly Float64Array[];
  readonly effects: readonly EffectRows[];
  readonly untreated: Uint8Array;
}

/** Largest system left when the effect with the most levels is eliminated. */
const MOST_COLUMNS = 4000;

/**
 * The model of `fitUntreated` with any fixed effects: the one with the most levels is eliminated level by level, the others' levels and the
 * covariates remain as a dense system.
 */
export function fitUntreatedEffects(data: UntreatedEffectsData): UntreatedModel {
  const n = data.outcome.length;
  const weights = data.weights ?? new Float64Array(n).fill(1);
  const fitted = (i: number): boolean => data.untreated[i] === 1 && weights[i]! > 0;
  const own = data.effects.reduce((most, effect) => (effect.count > most.count ? effect : most), data.effects[0] ?? constantEffect(n));
  // deviations from the level's means: the eliminated intercepts take up the difference, and no digits are lost
  const centred = (values: Float64Array): Float64Array => (own.specification.intercept ? deviations(values, own, weights, fitted) : values);
  const outcome = centred(data.outcome);
  const layout = layoutOf(data, own, data.covariates.map(centred));
  const { size, q, levels, rowsOf, columnsOf, valuesOf, ownOf } = layout;
  const S = new Float64Array(size * size);
  const sizes = new Float64Array(size);
  const blocks: (Block | undefined)[] = [];
  const right = new Float64Array(size);
  for (let g = 0; g < levels; g++) blocks.push(eliminate(layout, g, weights, fitted, outcome, S, sizes, right));
  const solver = semiDefiniteSolver(S, size, sizes);
  const solution = solver.solve(right);
  const effects = new Float64Array(n).fill(Number.NaN);
  let unpredicted = 0;
  for (let g = 0; g < levels; g++) {
    const block = blocks[g];
    const coefficients = block === undefined ? undefined : block.solver.solve(remainder(block, block.outcome, solution));
    for (const i of rowsOf(g)) {
      if (coefficients === undefined || isUnseen(layout, sizes, i)) {
        unpredicted++;
        continue;
      }
      let value = outcome[i]!;
      for (let a = 0; a < q; a++) value -= ownOf(i, a) * coefficients[a]!;
      for (let j = 0; j < layout.width; j++) value -= valuesOf(i, j) * solution[columnsOf(i, j)]!;
      effects[i] = value;
    }
  }

  const project = (loadings: Float64Array): Float64Array => {
    const r = new Float64Array(size);
    const owns: (Float64Array | undefined)[] = [];
    for (let g = 0; g < levels; g++) {
      const own = new Float64Array(q);
      let any = false;
      for (const i of rowsOf(g)) {
        const v = loadings[i]!;
        if (v === 0) continue;
        any = true;
        for (let a = 0; a < q; a++) own[a]! += v * ownOf(i, a);
        for (let j = 0; j < layout.width; j++) r[columnsOf(i, j)]! += v * valuesOf(i, j);
      }
      owns.push(any ? own : undefined);
      const block = blocks[g];
      if (!any || block === undefined) continue;
      const solved = block.solver.solve(own);
      block.columns.forEach((column, c) => {
        for (let a = 0; a < q; a++) r[column]! -= solved[a]! * block.cross[c * q + a]!;
      });
    }
    const x = solver.solve(r);
    const out = new Float64Array(n);
    for (let g = 0; g < levels; g++) {
      const block = blocks[g];
      if (block === undefined) continue;
      const own = block.solver.solve(remainder(block, owns[g] ?? new Float64Array(q), x));
      for (const i of rowsOf(g)) {
        if (!fitted(i)) continue;
        let value = 0;
        for (let a = 0; a < q; a++) value += ownOf(i, a) * own[a]!;
        for (let j = 0; j < layout.width; j++) value += valuesOf(i, j) * x[columnsOf(i, j)]!;
        out[i] = value;
      }
    }
    return out;
  };

  const scoreSums = (loadings: Float64Array, codes: Int32Array, count: number, clusters: ClusterCodes): Float64Array => {
    const out = new Float64Array(clusters.count * count);
    for (let a = 0; a < count; a++) {
      const projected = project(loadings.map((v, i) => (codes[i] === a ? v : 0)));
      for (let i = 0; i < n; i++) if (projected[i] !== 0) out[clusters.codes[i]! * count + a]! += weights[i]! * effects[i]! * projected[i]!;
    }
    return out;
  };
  const first = size - data.covariates.length;
  const dependentCovariates = data.covariates.flatMap((_, j) => (solver.dependent[first + j] === 1 ? [j] : []));
  return { effects, unpredicted, dependentCovariates, project, scoreSums };
}

/** How rows enter the system: their level of the eliminated effect, and the columns of what remains. */
interface Layout {
  readonly size: number;
  /** Coefficients of each level of the eliminated effect. */
  readonly q: number;
  readonly levels: number;
  /** Columns other than of covariates that a row enters, and all. */
  readonly effectWidth: number;
  readonly width: number;
  readonly rowsOf: (level: number) => Int32Array;
  readonly ownOf: (row: number, coefficient: number) => number;
  readonly columnsOf: (row: number, entry: number) => number;
  readonly valuesOf: (row: number, entry: number) => number;
}

/** One level for all rows. */
function constantEffect(n: number): EffectRows {
  const specification = { name: "all", columns: [], slopes: [], intercept: true };
  return { codes: new Int32Array(n), count: 1, slopes: [], label: () => "all", specification };
}

function deviations(
  values: Float64Array,
  { codes, count }: EffectRows,
  weights: Float64Array,
  fitted: (row: number) => boolean,
): Float64Array {
  const sums = new Float64Array(count);
  const totals = new Float64Array(count);
  for (let i = 0; i < values.length; i++) {
    if (!fitted(i)) continue;
    sums[codes[i]!]! += weights[i]! * values[i]!;
    totals[codes[i]!]! += weights[i]!;
  }
  return values.map((value, i) => (totals[codes[i]!]! > 0 ? value - sums[codes[i]!]! / totals[codes[i]!]! : value));
}

function layoutOf({ caller, effects, outcome }: UntreatedEffectsData, own: EffectRows, covariates: readonly Float64Array[]): Layout {
  const n = outcome.length;
  const entries: { readonly codes: Int32Array | undefined; readonly from: number; readonly values: Float64Array | undefined }[] = [];
  let size = 0;
  for (const effect of effects) {
    if (effect === own) continue;
    for (const values of [...(effect.specification.intercept ? [undefined] : []), ...effect.slopes]) {
      entries.push({ codes: effect.codes, from: size, values });
      size += effect.count;
    }
  }
  const effectWidth = entries.length;
  for (const values of covariates) entries.push({ codes: undefined, from: size++, values });
  if (size > MOST_COLUMNS) {
    throw new IdentificationError(
      "TOO_MANY_EFFECTS",
      `Cannot run ${caller} as fixed effects beside "${own.specification.name}" may have ${MOST_COLUMNS} levels together: they have ${size}`,
      { levels: size, most: MOST_COLUMNS },
    );
  }
  const parts = [...(own.specification.intercept ? [undefined] : []), ...own.slopes];
  const offsets = new Int32Array(own.count + 1);
  for (let i = 0; i < n; i++) offsets[own.codes[i]! + 1]!++;
  for (let g = 0; g < own.count; g++) offsets[g + 1]! += offsets[g]!;
  const next = offsets.slice();
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[next[own.codes[i]!]!++] = i;
  return {
    size,
    q: parts.length,
    levels: own.count,
    effectWidth,
    width: entries.length,
    rowsOf: (level) => order.subarray(offsets[level]!, offsets[level + 1]!),
    ownOf: (row, a) => parts[a]?.[row] ?? 1,
    columnsOf: (row, j) => entries[j]!.from + (entries[j]!.codes?.[row] ?? 0),
    valuesOf: (row, j) => entries[j]!.values?.[row] ?? 1,
  };
}

/** One level of the eliminated effect: its own system and its products with the columns that its rows enter. */
interface Block {
  readonly solver: SemiDefiniteSolver;
  readonly columns: readonly number[];
  /** Columns by own coefficients. */
  readonly cross: Float64Array;
  readonly outcome: Float64Array;
}

/** Adds a level's part of the system; `undefined` when its rows do not identify its own coefficients. */
function eliminate(
  layout: Layout,
  level: number,
  weights: Float64Array,
  fitted: (row: number) => boolean,
  outcome: Float64Array,
  S: Float64Array,
  sizes: Float64Array,
  right: Float64Array,
): Block | undefined {
  const { q, size, width, rowsOf, columnsOf, valuesOf, ownOf } = layout;
  const rows = rowsOf(level).filter(fitted);
  if (rows.length === 0) return undefined;
  const gram = new Float64Array(q * q);
  const y = new Float64Array(q);
  const position = new Map<number, number>();
  for (const i of rows) for (let j = 0; j < width; j++) if (!position.has(columnsOf(i, j))) position.set(columnsOf(i, j), position.size);
  const cross = new Float64Array(position.size * q);
  for (const i of rows) {
    const w = weights[i]!;
    for (let a = 0; a < q; a++) {
      y[a]! += w * ownOf(i, a) * outcome[i]!;
      for (let b = 0; b < q; b++) gram[a * q + b]! += w * ownOf(i, a) * ownOf(i, b);
    }
    for (let j = 0; j < width; j++) {
      const [column, x] = [columnsOf(i, j), w * valuesOf(i, j)];
      const c = position.get(column)!;
      for (let a = 0; a < q; a++) cross[c * q + a]! += x * ownOf(i, a);
      right[column]! += x * outcome[i]!;
      sizes[column]! += x * valuesOf(i, j);
      for (let l = 0; l < width; l++) S[column * size + columnsOf(i, l)]! += x * valuesOf(i, l);
    }
  }
  const solver = semiDefiniteSolver(
    gram,
    q,
    Float64Array.from({ length: q }, (_, a) => gram[a * q + a]!),
  );
  const columns = [...position.keys()];
  const solved = columns.map((_, c) => solver.solve(cross.slice(c * q, (c + 1) * q)));
  columns.forEach((column, c) => {
    for (let a = 0; a < q; a++) right[column]! -= solved[c]![a]! * y[a]!;
    columns.forEach((other, d) => {
      for (let a = 0; a < q; a++) S[column * size + other]! -= solved[c]![a]! * cross[d * q + a]!;
    });
  });
  return solver.dependent.includes(1) ? undefined : { solver, columns, cross, outcome: y };
}

/** What is left of a level's right-hand side when the other columns have these coefficients. */
function remainder({ columns, cross }: Block, own: Float64Array, coefficients: Float64Array): Float64Array {
  const out = own.slice();
  columns.forEach((column, c) => {
    for (let a = 0; a < out.length; a++) out[a]! -= cross[c * out.length + a]! * coefficients[column]!;
  });
  return out;
}

/** Whether a row has a level that no fitted row has. */
function isUnseen({ effectWidth, columnsOf, valuesOf }: Layout, sizes: Float64Array, row: number): boolean {
  for (let j = 0; j < effectWidth; j++) if (valuesOf(row, j) !== 0 && !(sizes[columnsOf(row, j)]! > 0)) return true;
  return false;
}
