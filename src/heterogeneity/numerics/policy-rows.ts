/** What a search for a policy tree reads: ranks of the covariates and one score per row and action. */
export interface PolicyTable {
  /** Rank of each row's value among the covariate's distinct values; one array (length rows) per covariate. */
  readonly codes: readonly Int32Array[];
  /** Score of each action, rows by actions, row-major. */
  readonly scores: Float64Array;
  /** Number of actions. */
  readonly actions: number;
  /** Rows that must pass between two tried splits; 1 tries all. */
  readonly step: number;
  /** Smallest number of rows on each side of a split. */
  readonly minimum: number;
  /** A candidate must beat the incumbent by more than this; 0 compares exactly. */
  readonly tolerance: number;
}

/** Rows of a node, sorted by each covariate; ties in the order of the parent. */
export type NodeRows = readonly Int32Array[];

/** Ranks of a node's rows among the values of a covariate that occur in it. */
export interface NodeRanks {
  /** By row number of the whole table. */
  readonly rank: Int32Array;
  readonly count: number;
  /** The table's code by rank. */
  readonly code: Int32Array;
  /** Rows up to and including each rank. */
  readonly upTo: Int32Array;
}

/** A split and the reward of the best tree below it. Rows with code at most `code` go left. */
export interface PolicySplit {
  readonly variable: number;
  readonly code: number;
  readonly reward: number;
}

/** The rows of a node on the left (`code` and below) and on the right, each still sorted by every covariate. */
export function splitRows(table: PolicyTable, rows: NodeRows, variable: number, code: number): readonly [NodeRows, NodeRows] {
  const codes = table.codes[variable]!;
  const first = rows[variable]!;
  let leftCount = 0;
  while (leftCount < first.length && codes[first[leftCount]!]! <= code) leftCount++;
  const left: Int32Array[] = [];
  const right: Int32Array[] = [];
  for (const order of rows) {
    const below = new Int32Array(leftCount);
    const above = new Int32Array(order.length - leftCount);
    let l = 0;
    let r = 0;
    for (let i = 0; i < order.length; i++) {
      const row = order[i]!;
      if (codes[row]! <= code) below[l++] = row;
      else above[r++] = row;
    }
    left.push(below);
    right.push(above);
  }
  return [left, right];
}

/** Sum of each action's scores over the rows. */
export function actionTotals(table: PolicyTable, rows: Int32Array): Float64Array {
  const { scores, actions } = table;
  const totals = new Float64Array(actions);
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]! * actions;
    for (let a = 0; a < actions; a++) totals[a]! += scores[at + a]!;
  }
  return totals;
}

/** Position of the largest value; the first among equals. */
export function largest(values: Float64Array): number {
  let best = 0;
  for (let a = 1; a < values.length; a++) if (values[a]! > values[best]!) best = a;
  return best;
}

/** Ranks of a node's rows, `order` sorted by `codes`. */
export function ranksWithin(codes: Int32Array, order: Int32Array): NodeRanks {
  const rank = new Int32Array(codes.length);
  const code = new Int32Array(order.length);
  const upTo = new Int32Array(order.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    if (i === 0 || codes[row] !== code[count - 1]) code[count++] = codes[row]!;
    rank[row] = count - 1;
    upTo[count - 1] = i + 1;
  }
  return { rank, count, code: code.subarray(0, count), upTo: upTo.subarray(0, count) };
}
