import { OptionError } from "../core/errors.ts";
import { checkArgument, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Sample } from "../core/result.ts";
import type { AnyColumn, Frame, NumericColumn, WeightOption } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { collectGram, type Gram, mergeGrams } from "../moments/index.ts";
import { type CellMoments, collectCellMoments, mergeCellMoments } from "./cell-moments.ts";
import type { AnyRow, AnyTerm, DesignColumn } from "./design.ts";
import { type EffectSpecification, effectSpecifications, type FixedEffectsOption } from "./fixed-effects.ts";
import { modelData } from "./model-data.ts";
import type { Term } from "./terms.ts";

/** Options of {@link collectOls}. */
export interface CollectOlsOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  /** Factors must show the same levels in every part of the data: give their `reference`. */
  readonly regressors: readonly Term<Row>[];
  readonly weights?: WeightOption<Row>;
  /** Column whose levels are the clusters; moments are kept for each. */
  readonly cluster?: AnyColumn<Row>;
  /** Fixed effects to absorb, without slopes. Moments are kept for each combination of their levels and the clusters, so that these must be bounded. */
  readonly fixedEffects?: FixedEffectsOption<Row>;
}

/** All that least squares with a constant needs of the data: mergeable, plain, small. */
export interface OlsMoments {
  readonly outcome: string;
  readonly design: readonly DesignColumn[];
  /** Of the design's columns and, last, the outcome. */
  readonly gram: Gram;
  /** Observations: rows, or the sum of frequency weights. */
  readonly observations: number;
  readonly weighted: "no" | "analytic" | "frequency";
  /** The same of each cluster, by its label; absent without clusters. */
  readonly clusters?: Readonly<Record<string, Gram>>;
  readonly cluster?: string;
  /** Absorbed effects, and the moments by combinations of their levels (and clusters); `clusters` is absent then. */
  readonly fixedEffects?: readonly EffectSpecification[];
  readonly cells?: CellMoments;
  /** Sum of log weights, for the likelihood. */
  readonly logWeights: number;
  readonly sample: Sample;
}

/** Fields by which moments are known. */
export const MOMENTS: readonly string[] = ["gram", "design", "sample", "observations"];

/**
 * One pass over the rows. Moments of parts, merged by {@link mergeOls}, equal those of the whole.
 * @throws what reading columns throws.
 * @example
 * finishOls(mergeOls(collectOls(first, options), collectOls(second, options)));
 */
export function collectOls<Row>(data: Frame<Row>, options: CollectOlsOptions<Row>): OlsMoments {
  const caller = "regression.collectOls";
  const settings = resolveOptions<CollectOlsOptions<AnyRow>>(caller, options, {
    required: ["outcome", "regressors"],
    defaults: { weights: undefined, cluster: undefined, fixedEffects: undefined },
  });
  const weights = resolveWeights<AnyRow>(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const effects = effectSpecifications(caller, settings.fixedEffects);
  refuseSlopes(caller, effects);
  const grouping = [...new Set([...effects.flatMap((effect) => effect.columns), ...[settings.cluster ?? []].flat()])];
  const input = modelData(caller, data, {
    outcome: settings.outcome,
    terms: settings.regressors as readonly AnyTerm[],
    weights,
    effects: [],
    singletons: "keep",
    vcov: { groups: grouping, numbers: [] },
  });
  const columns = [...input.columns, input.outcome];
  const w = input.weights?.values;
  const gram = collectGram(columns, w);
  const kind = weights === undefined ? "no" : weights.kind === "frequency" ? "frequency" : "analytic";
  const cells = effects.length === 0 ? undefined : collectCellMoments(grouping, input.covariance.groups, columns, w);
  const clusters =
    settings.cluster === undefined || cells !== undefined
      ? {}
      : { cluster: settings.cluster, clusters: byCluster(columns, w, input.covariance.groups(settings.cluster)) };
  let logWeights = 0;
  if (w !== undefined && kind === "analytic") for (let i = 0; i < w.length; i++) logWeights += Math.log(w[i]!);
  const observations = kind === "frequency" ? gram.weight : gram.rows;
  return {
    outcome: settings.outcome,
    design: input.design,
    gram,
    observations,
    weighted: kind,
    ...clusters,
    ...(cells === undefined
      ? {}
      : { fixedEffects: effects, cells, ...(settings.cluster === undefined ? {} : { cluster: settings.cluster }) }),
    logWeights,
    sample: input.sample,
  };
}

function refuseSlopes(caller: string, effects: readonly EffectSpecification[]): void {
  const sloped = effects.filter(({ slopes }) => slopes.length > 0).map(({ name }) => name);
  if (sloped.length === 0) return;
  throw new OptionError(
    "FIXED_EFFECTS_UNSUPPORTED",
    `Cannot run ${caller} as effects absorbed from moments must be intercepts: ${sloped.map((name) => `"${name}"`).join(", ")} have slopes; use ols() on rows`,
    { effects: sloped },
  );
}

function byCluster(
  columns: readonly Float64Array[],
  w: Float64Array | undefined,
  { codes, count, label }: { readonly codes: Int32Array; readonly count: number; readonly label: (code: number) => string },
): Record<string, Gram> {
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < codes.length; i++) offsets[codes[i]! + 1]! += 1;
  for (let code = 0; code < count; code++) offsets[code + 1]! += offsets[code]!;
  const next = offsets.slice();
  const place = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) place[i] = next[codes[i]!]!++;
  const sorted = columns.map((x) => scatter(x, place));
  const weights = w === undefined ? undefined : scatter(w, place);
  return Object.fromEntries(
    Array.from({ length: count }, (_, code) => {
      const [from, to] = [offsets[code]!, offsets[code + 1]!];
      const own = sorted.map((x) => x.subarray(from, to));
      return [label(code), collectGram(own, weights?.subarray(from, to))];
    }),
  );
}

function scatter(x: Float64Array, place: Int32Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[place[i]!] = x[i]!;
  return out;
}

/** The moments of two parts of the data together. @throws OptionError `DIFFERENT_DESIGN`. */
export function mergeOls(a: OlsMoments, b: OlsMoments): OlsMoments {
  for (const part of [a, b]) checkArgument("regression.mergeOls", part, "two moments of regression.collectOls", MOMENTS);
  const shape = ({ outcome, design, weighted, cluster, fixedEffects }: OlsMoments): string =>
    JSON.stringify([outcome, design, weighted, cluster, fixedEffects]);
  if (shape(a) !== shape(b)) {
    throw new OptionError(
      "DIFFERENT_DESIGN",
      "Cannot merge moments as both parts need the same outcome, design, weights, cluster and fixed effects: they differ",
      {
        first: a.design.map(({ name }) => name),
        second: b.design.map(({ name }) => name),
      },
    );
  }
  const clusters: Record<string, Gram> = { ...a.clusters };
  for (const [label, gram] of Object.entries(b.clusters ?? {})) {
    const own = clusters[label];
    clusters[label] = own === undefined ? gram : mergeGrams(own, gram);
  }
  return {
    ...a,
    gram: mergeGrams(a.gram, b.gram),
    observations: a.observations + b.observations,
    logWeights: a.logWeights + b.logWeights,
    ...(a.clusters === undefined ? {} : { clusters }),
    ...(a.cells === undefined || b.cells === undefined ? {} : { cells: mergeCellMoments(a.cells, b.cells, a.gram.means.length) }),
    sample: {
      rows: a.sample.rows + b.sample.rows,
      used: a.sample.used + b.sample.used,
      dropped: droppedTogether(a.sample.dropped, b.sample.dropped),
    },
  };
}

/** Counts by reason, so that their number does not grow with the parts. */
function droppedTogether(a: readonly DroppedRows[], b: readonly DroppedRows[]): readonly DroppedRows[] {
  const rows = new Map(a.map((one) => [one.reason, one.rows]));
  for (const one of b) rows.set(one.reason, (rows.get(one.reason) ?? 0) + one.rows);
  return [...rows].map(([reason, count]) => ({ reason, rows: count }));
}
