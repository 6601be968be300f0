import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import type { Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { checkRow, type RdCheckResult, type RdCheckRow } from "./check-result.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions } from "./estimate-result.ts";

/** Quantiles of each side's running variable where placebo cutoffs stand by default. */
const DEFAULT_QUANTILES = [0.25, 0.5, 0.75];

/** Options of {@link placebo}: those of `rd.estimate`, and where the placebo cutoffs are. */
export interface RdPlaceboOptions<Row> extends RdEstimateOptions<Row> {
  /** Cutoffs at which nothing changes. Default the quartiles of the running variable on each side. */
  readonly placeboCutoffs?: readonly number[];
}

/**
 * The estimate at cutoffs where nothing happens: each uses only the rows on its own side of the true cutoff, so that the true jump
 * cannot leak in. A fuzzy design is checked by its reduced form, as treatment does not jump elsewhere. Cutoffs that cannot be
 * estimated are left out with a warning.
 *
 * @throws IdentificationError `NO_PLACEBO` when none can be estimated; OptionError, ColumnError, DataError of `rd.estimate`.
 * @see Imbens & Lemieux (2008), Journal of Econometrics 142(2) 615-635, section 7.2
 * @example
 * rd.placebo(people, { outcome: "hours", running: "age", cutoff: 60, placeboCutoffs: [54, 57, 63, 66] }).rows;
 */
export function placebo<Row>(data: Frame<Row>, options: RdPlaceboOptions<Row>): RdCheckResult<"rd.placebo"> {
  const { placeboCutoffs, treatment: _treatment, sharpBandwidth: _sharp, ...design } = options;
  const cutoff = options.cutoff ?? 0;
  const running = data.numbers(options.running);
  const cutoffs = placeboCutoffs ?? defaultCutoffs(running, cutoff);
  const rows: RdCheckRow[] = [];
  const warnings: Warning[] = [];
  for (const value of cutoffs) {
    const keep = Uint8Array.from(running, (x) => ((value < cutoff ? x < cutoff : x >= cutoff) ? 1 : 0));
    try {
      rows.push(checkRow(`cutoff ${value}`, value, estimate(data.filter(keep), { ...(design as RdEstimateOptions<Row>), cutoff: value })));
    } catch (error) {
      if (!(error instanceof IdentificationError)) throw error;
      warnings.push({
        code: "PLACEBO_SKIPPED",
        message: `No estimate at the placebo cutoff ${value}: ${error.message}`,
        details: { cutoff: value },
      });
    }
  }
  if (rows.length === 0) {
    throw new IdentificationError(
      "NO_PLACEBO",
      `Cannot run rd.placebo as one side of the true cutoff must hold enough rows around a placebo cutoff: of ${cutoffs.length} none could be estimated`,
      { cutoffs },
    );
  }
  return finishResult({
    kind: "rd.placebo",
    estimates: rows.map(({ robust }) => robust),
    rows,
    sample: { rows: data.rowCount, used: data.rowCount, dropped: [] },
    warnings,
    options: { ...options, placeboCutoffs: cutoffs },
    reference: "Imbens & Lemieux (2008), Journal of Econometrics 142(2) 615-635, section 7.2",
  });
}

function defaultCutoffs(running: Float64Array, cutoff: number): number[] {
  const sides = [running.filter((x) => x < cutoff).sort(), running.filter((x) => x >= cutoff).sort()];
  const values = sides.flatMap((side) => (side.length === 0 ? [] : DEFAULT_QUANTILES.map((p) => side[Math.floor(p * (side.length - 1))]!)));
  return [...new Set(values)];
}
