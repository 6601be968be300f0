import { type RandomStream, substream } from "../../random/index.ts";
import { MULTIPLIER_VALUES, type SumTable } from "./wild-plan.ts";

/** Draws that share one substream of the seed: a draw's multipliers depend on its number alone. */
export const DRAWS_PER_STREAM = 1024;

/** Signs taken from the leading bits of one uniform, as in the streams' own `fillSigns`. */
const SIGNS_PER_UNIFORM = 24;
const MAMMEN_LOW = (Math.sqrt(5) + 1) / (2 * Math.sqrt(5));

/** Where the draws of {@link drawSums} come from: a seed, or all 2^G sign patterns in order, the first without a change of sign. */
export type DrawSource = { readonly seed: number } | "enumerate";

/** How a draw's terms become its output: called once a draw with the sums, to write at `at`. */
export type CombineSums = (sums: Float64Array, out: Float64Array, at: number) => void;

/**
 * Sums of draws `start` to `end` (excluded), combined into `width` numbers each. `start` is a multiple of
 * {@link DRAWS_PER_STREAM} unless patterns are enumerated.
 */
export function drawSums(
  plan: SumTable,
  source: DrawSource,
  start: number,
  end: number,
  width: number,
  combine: CombineSums,
): Float64Array {
  const out = new Float64Array((end - start) * width);
  const sums = new Float64Array(plan.terms);
  if (source === "enumerate") {
    for (let b = start; b < end; b++) {
      enumerated(plan, b, sums);
      combine(sums, out, (b - start) * width);
    }
    return out;
  }
  const { clusters, multipliers } = plan;
  const values = MULTIPLIER_VALUES[multipliers];
  const chosen = new Float64Array(clusters);
  const index = new Uint8Array(clusters);
  const uniforms = new Float64Array(multipliers === "rademacher" ? Math.ceil(clusters / SIGNS_PER_UNIFORM) : clusters);
  for (let from = start; from < end; from += DRAWS_PER_STREAM) {
    const stream = substream(source.seed, Math.floor(from / DRAWS_PER_STREAM));
    const to = Math.min(end, from + DRAWS_PER_STREAM);
    for (let b = from; b < to; b++) {
      if (multipliers === "normal") {
        stream.fillNormal(uniforms);
        continuousSums(plan, uniforms, sums);
      } else {
        drawIndices(stream, plan, uniforms, index);
        if (plan.perBlock > 0) tabulatedSums(plan, index, sums);
        else {
          for (let g = 0; g < clusters; g++) chosen[g] = values[index[g]!]!;
          continuousSums(plan, chosen, sums);
        }
      }
      combine(sums, out, (b - start) * width);
    }
  }
  return out;
}

/** Values of the multipliers of draws `start` to `end`, draws by clusters: what {@link drawSums} multiplies with. */
export function multiplierValues(
  multipliers: SumTable["multipliers"],
  clusters: number,
  source: DrawSource,
  start: number,
  end: number,
): Float64Array {
  const out = new Float64Array((end - start) * clusters);
  const values = MULTIPLIER_VALUES[multipliers];
  const index = new Uint8Array(clusters);
  const uniforms = new Float64Array(multipliers === "rademacher" ? Math.ceil(clusters / SIGNS_PER_UNIFORM) : clusters);
  let stream: RandomStream | undefined;
  for (let b = start; b < end; b++) {
    const row = (b - start) * clusters;
    if (source === "enumerate") {
      for (let g = 0; g < clusters; g++) out[row + g] = Math.floor(b / 2 ** g) % 2 === 1 ? -1 : 1;
      continue;
    }
    if (stream === undefined || b % DRAWS_PER_STREAM === 0) stream = substream(source.seed, Math.floor(b / DRAWS_PER_STREAM));
    if (multipliers === "normal") out.set(stream.fillNormal(uniforms), row);
    else {
      drawIndices(stream, { multipliers, clusters }, uniforms, index);
      for (let g = 0; g < clusters; g++) out[row + g] = values[index[g]!]!;
    }
  }
  return out;
}

/** One draw as indices into the values; the same draws as the stream's `fillSigns`, `fillMammen` and `fillWebb`. */
function drawIndices(
  stream: RandomStream,
  { multipliers, clusters }: Pick<SumTable, "multipliers" | "clusters">,
  uniforms: Float64Array,
  index: Uint8Array,
): void {
  stream.fillUniform(uniforms);
  if (multipliers === "rademacher") {
    for (let u = 0, g = 0; u < uniforms.length; u++) {
      let bits = Math.floor(uniforms[u]! * 2 ** SIGNS_PER_UNIFORM);
      const end = Math.min(clusters, g + SIGNS_PER_UNIFORM);
      for (; g < end; g++) {
        index[g] = 1 - (bits & 1);
        bits >>= 1;
      }
    }
  } else if (multipliers === "mammen") {
    for (let g = 0; g < clusters; g++) index[g] = uniforms[g]! < MAMMEN_LOW ? 0 : 1;
  } else {
    for (let g = 0; g < clusters; g++) index[g] = Math.floor(6 * uniforms[g]!);
  }
}

function tabulatedSums({ clusters, terms, perBlock, table, multipliers }: SumTable, index: Uint8Array, sums: Float64Array): void {
  const p = MULTIPLIER_VALUES[multipliers].length;
  const patterns = p ** perBlock;
  sums.fill(0);
  for (let g = 0, base = 0; g < clusters; g += perBlock, base += patterns) {
    let pattern = 0;
    for (let j = Math.min(clusters, g + perBlock) - 1; j >= g; j--) pattern = pattern * p + index[j]!;
    const at = (base + pattern) * terms;
    for (let t = 0; t < terms; t++) sums[t]! += table[at + t]!;
  }
}

/** Pattern number b has cluster g's sign changed where bit g is set. */
function enumerated({ clusters, terms, perBlock, table }: SumTable, b: number, sums: Float64Array): void {
  const patterns = 2 ** perBlock;
  sums.fill(0);
  for (let g = 0, base = 0, rest = b; g < clusters; g += perBlock, base += patterns) {
    const pattern = rest % patterns;
    rest = (rest - pattern) / patterns;
    const at = (base + pattern) * terms;
    for (let t = 0; t < terms; t++) sums[t]! += table[at + t]!;
  }
}

function continuousSums({ clusters, terms, table, linearTerms }: SumTable, v: Float64Array, sums: Float64Array): void {
  sums.fill(0);
  for (let g = 0; g < clusters; g++) {
    const value = v[g]!;
    const square = value * value;
    const at = g * terms;
    for (let t = 0; t < linearTerms; t++) sums[t]! += value * table[at + t]!;
    for (let t = linearTerms; t < terms; t++) sums[t]! += square * table[at + t]!;
  }
}
