import { finishResult } from "../core/display.ts";
import { checkNumber, resolveOptions } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { checkCall } from "./check-call.ts";
import { attempt, checkRow, type RdCheckResult } from "./check-result.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions } from "./estimate-result.ts";

/** Options of {@link donut}: those of `rd.estimate`, and the holes. */
export interface RdDonutOptions<Row> extends RdEstimateOptions<Row> {
  /** Distances to the cutoff up to which rows are left out (a row exactly at the distance is out). */
  readonly holes: readonly number[];
}

/**
 * The estimate without the rows closest to the cutoff, where people may have sorted or dates were rounded. Bandwidths are chosen again
 * for each hole unless one is given. The first row is the estimate without a hole; holes that leave too few rows are left out with a warning.
 *
 * @throws The errors of `rd.estimate`; OptionError `INVALID_OPTION` for a negative hole.
 * @see Barreca, Guldi, Lindo & Waddell (2011), Quarterly Journal of Economics 126(4) 2117-2123
 * @example
 * rd.donut(people, { outcome: "hours", running: "age", cutoff: 60, holes: [1, 2, 3] }).rows;
 */
export function donut<Row>(data: Frame<Row>, options: RdDonutOptions<Row>): RdCheckResult<"rd.donut"> {
  const caller = "rd.donut";
  checkCall(caller, data, options, ["holes"]);
  const { holes, ...design } = options;
  resolveOptions(caller, { holes }, { required: ["holes"], defaults: {} });
  for (const hole of holes) checkNumber(caller, "holes", hole, { min: 0 });
  const cutoff = options.cutoff ?? 0;
  const whole = estimate(data, design);
  const running = data.numbers(options.running);
  const rows = [checkRow("no hole", 0, whole)];
  const warnings: Warning[] = [...whole.warnings];
  for (const hole of holes) {
    const keep = Uint8Array.from(running, (x) => (Math.abs(x - cutoff) <= hole ? 0 : 1));
    const skipped = { code: "HOLE_SKIPPED", message: `No estimate without rows within ${hole}`, details: { hole } };
    const fit = attempt(() => estimate(data.filter(keep), design), skipped, warnings);
    if (fit !== undefined) rows.push(checkRow(`hole ${hole}`, hole, fit));
  }
  return finishResult({
    kind: "rd.donut",
    estimates: rows.map(({ robust }) => robust),
    rows,
    sample: whole.sample,
    warnings,
    options: { ...whole.options, holes },
    reference: "Barreca, Guldi, Lindo & Waddell (2011), Quarterly Journal of Economics 126(4) 2117-2123",
  });
}
