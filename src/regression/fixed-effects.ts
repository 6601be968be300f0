import { OptionError } from "../core/errors.ts";
import type { AnyColumn, NumericColumn } from "../data/index.ts";
import type { Groups } from "../data/roles.ts";
import { crossGroups, type GroupCodes, groupSizes, subsetGroups } from "../moments/index.ts";

/** Fixed effects with slopes: each level has its own coefficient on each slope column. */
export interface VaryingSlopes<Row> {
  /** Column whose levels have slopes; several columns are combined. */
  readonly fixedEffect: AnyColumn<Row> | readonly AnyColumn<Row>[];
  readonly slopes: readonly NumericColumn<Row>[];
  /** Whether each level has an intercept as well. Default true. */
  readonly intercept?: boolean;
}

/** A fixed effect: a column, several columns combined, or one with varying slopes. */
export type FixedEffect<Row> = AnyColumn<Row> | readonly AnyColumn<Row>[] | VaryingSlopes<Row>;

/** One column, or a list of effects (a nested list is a combination of columns). */
export type FixedEffectsOption<Row> = AnyColumn<Row> | readonly FixedEffect<Row>[];

/** A fixed effect with every choice made. */
export interface EffectSpecification {
  /** `id`, `firm^t`, `id[x]`, `id[[x]]` (slopes alone). */
  readonly name: string;
  readonly columns: readonly string[];
  readonly slopes: readonly string[];
  readonly intercept: boolean;
}

/** The effects of an option, named. @throws OptionError `INVALID_OPTION`, `REPEATED_TERM`. */
export function effectSpecifications<Row>(caller: string, option: FixedEffectsOption<Row> | undefined): readonly EffectSpecification[] {
  if (option === undefined) return [];
  const list: readonly FixedEffect<Row>[] = typeof option === "string" ? [option] : (option as readonly FixedEffect<Row>[]);
  const effects = list.map((effect) => specification(caller, effect));
  const names = effects.map(({ name }) => name);
  const repeated = names.find((name, e) => names.indexOf(name) !== e);
  if (repeated !== undefined) {
    throw new OptionError("REPEATED_TERM", `Cannot run ${caller} as each fixed effect may stand once: "${repeated}" is given twice`, {
      term: repeated,
    });
  }
  return effects;
}

function specification<Row>(caller: string, effect: FixedEffect<Row>): EffectSpecification {
  const varying = typeof effect === "object" && !Array.isArray(effect) ? (effect as VaryingSlopes<Row>) : undefined;
  const columns = (varying === undefined ? [effect].flat() : [varying.fixedEffect].flat()) as readonly string[];
  const slopes = (varying?.slopes ?? []) as readonly string[];
  const intercept = varying?.intercept ?? true;
  if (columns.length === 0 || (varying !== undefined && slopes.length === 0)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as a fixed effect needs columns, and varying slopes at least one slope: none given`,
      {
        option: "fixedEffects",
      },
    );
  }
  const base = columns.join("^");
  const name = slopes.length === 0 ? base : intercept ? `${base}[${slopes.join(", ")}]` : `${base}[[${slopes.join(", ")}]]`;
  return { name, columns, slopes, intercept };
}

/** An effect over the rows used. */
export interface EffectRows extends GroupCodes {
  readonly specification: EffectSpecification;
  readonly slopes: readonly Float64Array[];
  /** Text of a level. */
  readonly label: (level: number) => string;
}

/** Groups of the combination of several columns, with labels joined by an underscore. */
export function combineGroups(groups: readonly Groups[]): GroupCodes & { readonly label: (code: number) => string } {
  let joined: GroupCodes = groups[0]!;
  for (const next of groups.slice(1)) joined = crossGroups(joined, next);
  if (groups.length === 1) return groups[0]!;
  const example = new Int32Array(joined.count);
  for (let i = 0; i < joined.codes.length; i++) example[joined.codes[i]!] = i;
  const label = (code: number): string => groups.map((group) => group.label(group.codes[example[code]!]!)).join("_");
  return { codes: joined.codes, count: joined.count, label };
}

/** The effect over the rows at `index`, levels renumbered. */
export function subsetEffect(effect: EffectRows, index: Int32Array): EffectRows {
  const { codes, count, kept } = subsetGroups(effect, index);
  const slopes = effect.slopes.map((values) => Float64Array.from(index, (row) => values[row]!));
  return { specification: effect.specification, codes, count, slopes, label: (level) => effect.label(kept[level]!) };
}

/** What makes {@link pruneLevels} remove a level. */
export interface PruneRules {
  /** Remove levels with one observation. */
  readonly singletons: boolean;
  /** Observations a row stands for (frequency weights). */
  readonly repeats: Float64Array | undefined;
  /** Remove levels whose outcomes are all 0 ... */
  readonly outcome: Float64Array | undefined;
  /** ... or all 1. */
  readonly ones: boolean;
}

/** Rows left by {@link pruneLevels}; `rows` is `undefined` when all stay. */
export interface PrunedRows {
  readonly rows: Int32Array | undefined;
  readonly singletons: number;
  readonly infinite: number;
}

/** Sums below this are what subtraction leaves of zero. */
const ZERO_SUM = 1e-10;

/** Removes levels by the rules, again and again until none is left: a removal can leave another level with one row. */
export function pruneLevels(effects: readonly GroupCodes[], { singletons, repeats, outcome, ones }: PruneRules): PrunedRows {
  const rows = effects[0]!.codes.length;
  let counts: readonly (Int32Array | Float64Array)[] = effects.map((effect) =>
    repeats === undefined ? groupSizes(effect) : levelTotals(effect, repeats),
  );
  const sums = outcome === undefined ? undefined : effects.map((effect) => levelTotals(effect, outcome));
  const single = (e: number, level: number): boolean => singletons && counts[e]![level] === 1;
  const extreme = (e: number, level: number): boolean =>
    sums !== undefined && (Math.abs(sums[e]![level]!) < ZERO_SUM || (ones && Math.abs(sums[e]![level]! - counts[e]![level]!) < ZERO_SUM));
  if (!anyLevel(effects, (e, level) => single(e, level) || extreme(e, level))) return { rows: undefined, singletons: 0, infinite: 0 };
  counts = counts.map((count) => Float64Array.from(count)); // they are counted down
  const keep = new Uint8Array(rows).fill(1);
  const removed = { single: 0, extreme: 0 };
  for (let changed = true; changed; ) {
    changed = false;
    for (let e = 0; e < effects.length; e++) {
      const { codes } = effects[e]!;
      const out = Uint8Array.from(counts[e]!, (_, level) => (single(e, level) ? 1 : extreme(e, level) ? 2 : 0));
      for (let i = 0; i < rows; i++) {
        const why = out[codes[i]!]!;
        if (keep[i] === 0 || why === 0) continue;
        keep[i] = 0;
        changed = true;
        if (why === 1) removed.single++;
        else removed.extreme++;
        for (let o = 0; o < effects.length; o++) {
          counts[o]![effects[o]!.codes[i]!]! -= repeats === undefined ? 1 : repeats[i]!;
          if (sums !== undefined) sums[o]![effects[o]!.codes[i]!]! -= outcome![i]!;
        }
      }
    }
  }
  const left = rows - removed.single - removed.extreme;
  return { rows: rowsKept(keep, left), singletons: removed.single, infinite: removed.extreme };
}

function anyLevel(effects: readonly GroupCodes[], holds: (effect: number, level: number) => boolean): boolean {
  for (let e = 0; e < effects.length; e++) for (let level = 0; level < effects[e]!.count; level++) if (holds(e, level)) return true;
  return false;
}

/** Sum of `values` over each level's rows. */
function levelTotals({ codes, count }: GroupCodes, values: Float64Array): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < codes.length; i++) out[codes[i]!]! += values[i]!;
  return out;
}

/** Row numbers where `keep` is 1. */
export function rowsKept(keep: Uint8Array, count: number): Int32Array {
  const index = new Int32Array(count);
  let next = 0;
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) index[next++] = i;
  return index;
}
