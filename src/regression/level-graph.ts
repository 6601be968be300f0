import type { GroupCodes } from "../moments/index.ts";

/** A combination of rows of the effects' dummies: row numbers with their signs. */
export type SignedRows = ReadonlyMap<number, number>;

/**
 * Levels of two effects, linked by the rows they share, as a forest. The root of each component is the level of the second effect in
 * the component's first row, which is the level that {@link fixedEffectEstimates} sets to 0.
 */
export class LevelGraph {
  private readonly first: GroupCodes;
  private readonly second: GroupCodes;
  /** Row that links a level with its parent; -1 for roots. */
  private readonly link: Int32Array;
  private readonly component: Int32Array;

  constructor(first: GroupCodes, second: GroupCodes) {
    this.first = first;
    this.second = second;
    const nodes = first.count + second.count;
    this.link = new Int32Array(nodes).fill(-1);
    this.component = new Int32Array(nodes).fill(-1);
    this.grow();
  }

  /** `d_a - d_0` for the second effect's level and its component's root. */
  secondAgainstRoot(level: number): SignedRows {
    const out = new Map<number, number>();
    this.climb(this.first.count + level, out);
    return out;
  }

  /** `d_a + d_0` for the first effect's level and its component's root. */
  firstWithRoot(level: number): SignedRows {
    const out = new Map<number, number>();
    this.climb(level, out);
    return out;
  }

  /** `d_a + d_b`, or `undefined` when no chain of rows links the levels. */
  sum(a: number, b: number): SignedRows | undefined {
    if (this.component[a] !== this.component[this.first.count + b]) return undefined;
    const out = new Map<number, number>();
    this.climb(a, out);
    this.climb(this.first.count + b, out);
    return out;
  }

  /** Adds the rows to the root with alternating signs: what is between cancels. */
  private climb(from: number, out: Map<number, number>): void {
    let [node, sign] = [from, 1];
    for (let row = this.link[node]!; row >= 0; row = this.link[node]!) {
      const next = (out.get(row) ?? 0) + sign;
      if (next === 0) out.delete(row);
      else out.set(row, next);
      node = this.across(node, row);
      sign = -sign;
    }
  }

  private across(node: number, row: number): number {
    return node < this.first.count ? this.first.count + this.second.codes[row]! : this.first.codes[row]!;
  }

  /** Breadth first from each component's root, so that chains are short. */
  private grow(): void {
    const { first, second, link, component } = this;
    const { offsets, rows } = this.rowsByNode();
    const queue = new Int32Array(link.length);
    let components = 0;
    for (let i = 0; i < first.codes.length; i++) {
      const root = first.count + second.codes[i]!;
      if (component[root] !== -1) continue;
      component[root] = components;
      queue[0] = root;
      for (let head = 0, tail = 1; head < tail; head++) {
        const node = queue[head]!;
        for (let at = offsets[node]!; at < offsets[node + 1]!; at++) {
          const next = this.across(node, rows[at]!);
          if (component[next] !== -1) continue;
          component[next] = components;
          link[next] = rows[at]!;
          queue[tail++] = next;
        }
      }
      components++;
    }
  }

  private rowsByNode(): { readonly offsets: Int32Array; readonly rows: Int32Array } {
    const { first, second } = this;
    const n = first.codes.length;
    const offsets = new Int32Array(first.count + second.count + 1);
    for (let i = 0; i < n; i++) {
      offsets[first.codes[i]! + 1]! += 1;
      offsets[first.count + second.codes[i]! + 1]! += 1;
    }
    for (let node = 1; node < offsets.length; node++) offsets[node]! += offsets[node - 1]!;
    const next = offsets.slice();
    const rows = new Int32Array(2 * n);
    for (let i = 0; i < n; i++) {
      rows[next[first.codes[i]!]!++] = i;
      rows[next[first.count + second.codes[i]!]!++] = i;
    }
    return { offsets, rows };
  }
}
