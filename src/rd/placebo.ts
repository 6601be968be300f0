import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import type { Estimate, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall } from "./check-call.ts";
import { attempt, checkRow, type RdCheckResult, type RdCheckRow } from "./check-result.ts";
import { readDesign } from "./design.ts";
import { estimate, resolveEstimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult } from "./estimate-result.ts";

/** Quantiles of each side's running variable where placebo cutoffs stand by default. */
const DEFAULT_QUANTILES = [0.25, 0.5, 0.75];

/** Options of {@link placebo}: those of `rd.estimate`, and where the placebo cutoffs are. */
export interface RdPlaceboOptions<Row> extends RdEstimateOptions<Row> {
  /** Cutoffs at which nothing changes. Default the quartiles of the running variable on each side. */
  readonly placeboCutoffs?: readonly number[];
  /** Outcomes that the rule cannot move, at the true cutoff. Default none. */
  readonly placeboOutcomes?: readonly NumericColumn<Row>[];
}

/** Result of {@link placebo}. */
export interface RdPlaceboResult extends RdCheckResult<"rd.placebo"> {
  /** Robust estimates at the placebo cutoffs (`rows`), then of the placebo outcomes (`outcomes`). */
  readonly estimates: readonly Estimate[];
  /** One row for each placebo outcome that could be estimated. */
  readonly outcomes: readonly RdCheckRow[];
}

/**
 * The estimate at cutoffs where nothing happens, and for outcomes that cannot be moved: each cutoff uses only the rows on its own side of the true cutoff, so that the true jump
 * cannot leak in. A fuzzy design is checked by its reduced form, as treatment does not jump elsewhere. Cutoffs that cannot be
 * estimated are left out with a warning.
 *
 * @throws IdentificationError `NO_PLACEBO` when none can be estimated, `CUTOFF_OUTSIDE`; OptionError, ColumnError, DataError of `rd.estimate`.
 * @see Imbens & Lemieux (2008), Journal of Econometrics 142(2) 615-635, section 7.2
 * @example
 * rd.placebo(people, { outcome: "hours", running: "age", cutoff: 60, placeboCutoffs: [54, 57, 63, 66] }).rows;
 */
export function placebo<Row>(data: Frame<Row>, options: RdPlaceboOptions<Row>): RdPlaceboResult {
  checkCall("rd.placebo", data, options, ["placeboCutoffs", "placeboOutcomes"]);
  const { treatment: _received, ...settings } = resolveEstimate("rd.placebo", withoutOwn(options));
  const { placeboCutoffs, placeboOutcomes = [], treatment: _treatment, sharpBandwidth: _sharp, ...design } = options;
  const cutoff = options.cutoff ?? 0;
  const running = data.numbers(options.running);
  const { sample } = readDesign("rd.placebo", data, settings); // what is wrong with the data as a whole is no matter of one placebo
  const cutoffs = placeboCutoffs ?? defaultCutoffs(running, cutoff);
  const warnings: Warning[] = [];
  const placeboRow = (label: string, value: number, where: string, run: () => RdEstimateResult): RdCheckRow[] => {
    const skipped = { code: "PLACEBO_SKIPPED", message: `No estimate ${where}`, details: { value: label } };
    const fit = attempt(run, skipped, warnings);
    return fit === undefined ? [] : [checkRow(label, value, fit)];
  };
  const rows = cutoffs.flatMap((value) => {
    const keep = Uint8Array.from(running, (x) => ((value < cutoff ? x < cutoff : x >= cutoff) ? 1 : 0));
    const own = { ...(design as RdEstimateOptions<Row>), cutoff: value };
    return placeboRow(`cutoff ${value}`, value, `at the placebo cutoff ${value}`, () => estimate(data.filter(keep), own));
  });
  const outcomes = placeboOutcomes.flatMap((outcome) =>
    placeboRow(`outcome ${outcome}`, cutoff, `for the placebo outcome "${outcome}"`, () =>
      estimate(data, { ...(design as RdEstimateOptions<Row>), outcome }),
    ),
  );
  if (rows.length + outcomes.length === 0) {
    throw new IdentificationError(
      "NO_PLACEBO",
      `Cannot run rd.placebo as one side of the true cutoff must hold enough rows around a placebo cutoff: of ${cutoffs.length} none could be estimated`,
      { cutoffs },
    );
  }
  return finishResult({
    kind: "rd.placebo",
    estimates: [...rows, ...outcomes].map(({ robust }) => robust),
    rows,
    outcomes,
    sample,
    warnings,
    options: { ...options, placeboCutoffs: cutoffs, placeboOutcomes },
    reference: "Imbens & Lemieux (2008), Journal of Econometrics 142(2) 615-635, section 7.2",
  });
}

/** The options of `rd.estimate` among those of {@link placebo}. */
function withoutOwn<Row>({ placeboCutoffs: _cutoffs, placeboOutcomes: _outcomes, ...design }: RdPlaceboOptions<Row>): object {
  return design;
}

function defaultCutoffs(running: Float64Array, cutoff: number): number[] {
  const sides = [running.filter((x) => x < cutoff).sort(), running.filter((x) => x >= cutoff).sort()];
  const values = sides.flatMap((side) => (side.length === 0 ? [] : DEFAULT_QUANTILES.map((p) => side[Math.floor(p * (side.length - 1))]!)));
  return [...new Set(values)];
}
