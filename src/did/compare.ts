import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { checkArgument, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import type { EventTimeEstimate } from "./event-study-table.ts";

/** What {@link compare} reads of a result: any event study. */
export interface ComparedStudy {
  readonly kind: string;
  readonly estimates: readonly (Estimate & Partial<Pick<EventTimeEstimate, "eventTime" | "uniformBand">>)[];
  readonly overall?: Estimate;
  readonly warnings: readonly Warning[];
}

/** Options of {@link compare}. */
export interface CompareOptions {
  /** Confidence level of all intervals. @defaultValue 0.95 */
  readonly level?: number;
}

/** An effect by one estimator at one event time. */
export interface ComparedEstimate extends EventTimeEstimate {
  /** Name under which the result was given. */
  readonly estimator: string;
}

/** Event studies side by side. */
export interface CompareResult extends Result<"did.compare", Required<CompareOptions>> {
  /** Names in the order given. */
  readonly estimators: readonly string[];
  /** One row for each event time and estimator, by event time, then in the order given. */
  readonly estimates: readonly ComparedEstimate[];
  /** Each estimator's own average after the start of treatment, where it has one. */
  readonly overall: readonly (Estimate & { readonly estimator: string })[];
}

const CALLER = "did.compare";

/**
 * Several event studies of the same data in one long table, ready for a figure: one row for each event time and estimator, intervals at one
 * level. Estimates differ where effects differ between cohorts, in what they compare with before treatment, and in their weights.
 *
 * @param studies - results by name, from `aggregate` (dynamic), `sunAbraham`, `imputation`, `eventStudy`, `twoStage`, `stacked`, `localProjections`, `efficient` and `marginalEffects` (by event time).
 * @throws DataError `NO_RESULTS`, `NO_EVENT_TIMES`; OptionError `INVALID_OPTION`.
 * @see Roth, Sant'Anna, Bilinski & Poe (2023), doi:10.1016/j.jeconom.2023.03.008
 * @example
 * compare({ "two-way": eventStudy(people, options), imputation: imputation(people, options) }).estimates;
 */
export function compare(studies: Readonly<Record<string, ComparedStudy>>, options: CompareOptions = {}): CompareResult {
  checkArgument(CALLER, studies, "event studies by name", []);
  const settings = resolveOptions<Required<CompareOptions>>(CALLER, options, { required: [], defaults: { level: 0.95 } });
  checkLevel(CALLER, settings.level);
  const named = Object.entries(studies);
  if (named.length === 0) throw new DataError("NO_RESULTS", `Cannot run ${CALLER} as at least one event study is needed: none was given`);
  for (const [name, study] of named) {
    checkArgument(CALLER, study, `event studies by name ("${name}" is none)`, ["kind", "estimates"]);
    const { kind, estimates } = study;
    if (estimates.length > 0 && estimates.every(({ eventTime }) => eventTime !== undefined)) continue;
    throw new DataError(
      "NO_EVENT_TIMES",
      `Cannot run ${CALLER} as every estimate needs an event time: "${name}" (${kind}) is no event study`,
      {
        estimator: name,
        kind,
      },
    );
  }
  const atLevel = ({ term, estimate, standardError, degreesOfFreedom }: Estimate): Estimate =>
    estimateFromStandardError(term, estimate, standardError, degreesOfFreedom, settings.level);
  const rows = named.flatMap(([estimator, { estimates }], order) =>
    estimates.map((row) => ({
      order,
      row: {
        ...atLevel(row),
        eventTime: row.eventTime!,
        estimator,
        ...(row.uniformBand === undefined ? {} : { uniformBand: row.uniformBand }),
      },
    })),
  );
  rows.sort((a, b) => a.row.eventTime - b.row.eventTime || a.order - b.order);
  return finishResult({
    kind: CALLER,
    estimators: named.map(([name]) => name),
    estimates: rows.map(({ row }) => row),
    overall: named.flatMap(([estimator, { overall }]) => (overall === undefined ? [] : [{ ...atLevel(overall), estimator }])),
    sample: { rows: rows.length, used: rows.length, dropped: [] },
    warnings: named.flatMap(([estimator, { warnings }]) =>
      warnings.map((warning) => ({ ...warning, message: `${estimator}: ${warning.message}`, details: { ...warning.details, estimator } })),
    ),
    options: settings,
    reference:
      "Roth, Sant'Anna, Bilinski & Poe (2023), What's trending in difference-in-differences?, Journal of Econometrics 235(2), 2218-2244",
  });
}
