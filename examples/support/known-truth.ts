import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Estimate, Result } from "../../src/index.ts";
import { type PlotOptions, plotSpec, renderSvg, type VegaLiteSpec } from "../../src/plot/index.ts";

/** What an example is asked for: `--persons 6000 --seed 1 --out output`. */
export interface ExampleOptions {
  readonly persons: number;
  readonly seed: number;
  readonly out: string;
}

/** Options of the command line. */
export function exampleOptions(persons: number): ExampleOptions {
  const { values } = parseArgs({
    options: {
      persons: { type: "string", default: String(persons) },
      seed: { type: "string", default: "1" },
      out: { type: "string", default: "output" },
    },
  });
  return { persons: Number(values.persons), seed: Number(values.seed), out: values.out };
}

/** An estimate beside what the generator put in. */
export interface Compared {
  readonly name: string;
  readonly estimate: Pick<Estimate, "estimate" | "standardError">;
  readonly truth: number;
}

/** A table of estimates beside the truth, with the distance between the two in standard errors. */
export function printCompared(title: string, rows: readonly Compared[]): void {
  const widest = Math.max(...rows.map(({ name }) => name.length));
  console.log(`\n${title}`);
  console.log(`  ${"".padEnd(widest)} | estimate | std. error |   truth | standard errors away`);
  for (const {
    name,
    estimate: { estimate, standardError },
    truth,
  } of rows) {
    const numbers = [estimate.toFixed(4).padStart(8), standardError.toFixed(4).padStart(10), truth.toFixed(4).padStart(7)];
    console.log(`  ${name.padEnd(widest)} | ${numbers.join(" | ")} | ${(Math.abs(estimate - truth) / standardError).toFixed(1)}`);
  }
}

/** Writes figures as SVG: of a result with its words, or of a specification. */
export async function writeFigures(
  out: string,
  figures: Readonly<Record<string, readonly [Result, PlotOptions] | VegaLiteSpec>>,
): Promise<void> {
  mkdirSync(out, { recursive: true });
  for (const [name, figure] of Object.entries(figures)) {
    const spec = Array.isArray(figure) ? plotSpec(figure[0] as Result, figure[1] as PlotOptions) : (figure as VegaLiteSpec);
    writeFileSync(join(out, `${name}.svg`), await renderSvg(spec));
  }
  console.log(
    `\nFigures in ${out}: ${Object.keys(figures)
      .map((name) => `${name}.svg`)
      .join(", ")}`,
  );
}
