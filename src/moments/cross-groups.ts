/** Rows put into dense groups: codes 0 to `count - 1`, each with a row. */
export interface GroupCodes {
  readonly codes: Int32Array;
  readonly count: number;
  /** Rows of each group, where they were counted on the way. */
  readonly sizes?: Int32Array;
}

/** Largest table of code pairs; beyond it pairs are looked up in a map. */
const MAX_TABLE = 1 << 22;

/** Groups by the observed combinations of two groupings, numbered by first group, then second. */
export function crossGroups(a: GroupCodes, b: GroupCodes): GroupCodes {
  const n = a.codes.length;
  const codes = new Int32Array(n);
  if (a.count * b.count <= Math.max(MAX_TABLE, 4 * n)) {
    const rank = new Int32Array(a.count * b.count).fill(-1);
    for (let i = 0; i < n; i++) rank[a.codes[i]! * b.count + b.codes[i]!] = 0;
    let count = 0;
    for (let pair = 0; pair < rank.length; pair++) if (rank[pair] === 0) rank[pair] = count++;
    for (let i = 0; i < n; i++) codes[i] = rank[a.codes[i]! * b.count + b.codes[i]!]!;
    return { codes, count };
  }
  const pairs = new Float64Array(n);
  for (let i = 0; i < n; i++) pairs[i] = a.codes[i]! * b.count + b.codes[i]!;
  const distinct = new Map<number, number>();
  for (const pair of pairs.slice().sort()) if (!distinct.has(pair)) distinct.set(pair, distinct.size);
  for (let i = 0; i < n; i++) codes[i] = distinct.get(pairs[i]!)!;
  return { codes, count: distinct.size };
}

/** Rows of each group; runs of one group are counted at once. */
export function groupSizes({ codes, count, sizes }: GroupCodes): Int32Array {
  if (sizes !== undefined) return sizes;
  const out = new Int32Array(count);
  for (let i = 0; i < codes.length; ) {
    const start = i;
    const code = codes[i]!;
    do i++;
    while (i < codes.length && codes[i] === code);
    out[code]! += i - start;
  }
  return out;
}

/** Whether every group of `inner` lies inside one group of `outer`. */
export function isNested(inner: GroupCodes, outer: GroupCodes): boolean {
  const home = new Int32Array(inner.count).fill(-1);
  for (let i = 0; i < inner.codes.length; i++) {
    const group = inner.codes[i]!;
    if (home[group] === -1) home[group] = outer.codes[i]!;
    else if (home[group] !== outer.codes[i]) return false;
  }
  return true;
}

/** Groups over the rows at `index`, renumbered densely in the same order; the old code of each new group as well. */
export function subsetGroups(groups: GroupCodes, index: Int32Array): GroupCodes & { readonly kept: Int32Array } {
  const rank = new Int32Array(groups.count).fill(-1);
  for (let i = 0; i < index.length; i++) rank[groups.codes[index[i]!]!] = 0;
  const kept = new Int32Array(groups.count);
  let count = 0;
  for (let g = 0; g < rank.length; g++) {
    if (rank[g] !== 0) continue;
    kept[count] = g;
    rank[g] = count++;
  }
  const codes = new Int32Array(index.length);
  for (let i = 0; i < index.length; i++) codes[i] = rank[groups.codes[index[i]!]!]!;
  return { codes, count, kept: kept.slice(0, count) };
}
