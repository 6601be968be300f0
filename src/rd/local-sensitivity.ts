import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { checkCall, checkPairs } from "./check-call.ts";
import { nestedWindowEnds } from "./local-experiment.ts";
import type { RdLocalOptions } from "./local-options.ts";
import { localRandomization, type RdLocalResult } from "./local-randomization.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of {@link localSensitivity}: those of `rd.localRandomization`, with `windows` in place of `window`. */
export interface RdLocalSensitivityOptions<Row> extends Omit<RdLocalOptions<Row>, "window" | "effects"> {
  /** Windows, each by its ends as values of the running variable. Default those that `rd.windowSelection` tries. */
  readonly windows?: readonly Pair[];
  /** Effects to test in every window. Default ten, evenly spaced over the first window's large-sample interval. */
  readonly effects?: readonly number[];
}

/** Result of {@link localSensitivity}. */
export interface RdLocalSensitivityResult extends Result<"rd.localSensitivity", object> {
  /** Large-sample estimate of each window. */
  readonly estimates: readonly Estimate[];
  readonly windows: readonly {
    readonly window: Pair;
    readonly rows: Pair;
    /** Randomization p-value of every effect, in the order given. */
    readonly pValues: readonly number[];
    /** Smallest and largest effect that is not rejected; absent when all are. */
    readonly accepted?: Pair;
  }[];
}

/**
 * Randomization p-values over a grid of windows and effects: how far the answer of {@link localRandomization} hangs on the window, and the
 * interval that each window's test leaves.
 *
 * @throws The errors of `rd.localRandomization`, and OptionError `INVALID_OPTION` for an empty grid.
 * @see Cattaneo, Titiunik & Vazquez-Bare (2016), Stata Journal 16(2) 331-367
 * @example
 * rd.localSensitivity(people, {
 *   outcome: "hours", running: "age", cutoff: 60, windows: [[58, 62], [57, 63]], effects: [-2, -1, 0, 1, 2],
 * }).windows;
 */
export function localSensitivity<Row>(data: Frame<Row>, options: RdLocalSensitivityOptions<Row>): RdLocalSensitivityResult {
  checkCall("rd.localSensitivity", data, options, ["effects"]);
  const { windows: given, effects: tested, ...shared } = options;
  for (const [name, list] of [["windows", given] as const, ["effects", tested] as const]) {
    if (list === undefined || (Array.isArray(list) && list.length > 0)) continue;
    throw new OptionError("INVALID_OPTION", `Cannot run rd.localSensitivity as "${name}" must list at least one: it lists none`, {
      option: name,
    });
  }
  if (given !== undefined) checkPairs("rd.localSensitivity", "windows", given);
  const windows = given ?? nestedWindowEnds(data, options.running, options.cutoff ?? 0);
  const effects = tested ?? evenly(localRandomization(data, { ...shared, window: windows[0]!, repetitions: 1 } as RdLocalOptions<Row>));
  const fits = windows.map((window) => localRandomization(data, { ...shared, window, effects } as RdLocalOptions<Row>));
  return finishResult({
    kind: "rd.localSensitivity",
    estimates: fits.map(({ estimates, window }) => ({ ...estimates["effect"]!, term: `[${window[0]}, ${window[1]}]` })),
    windows: fits.map((fit) => ({
      window: fit.window,
      rows: [fit.left.within, fit.right.within] as const,
      pValues: fit.effects!.map(({ pValue }) => pValue),
      ...(fit.accepted === undefined ? {} : { accepted: fit.accepted }),
    })),
    sample: fits[fits.length - 1]!.sample,
    warnings: fits.flatMap(({ warnings }) => warnings),
    options: { ...options, windows, effects },
    reference: "Cattaneo, Titiunik & Vazquez-Bare (2016), Stata Journal 16(2) 331-367",
  });
}

const GRID_POINTS = 10;

function evenly({ estimates }: RdLocalResult): number[] {
  const [low, high] = estimates["effect"]!.confidenceInterval;
  return Array.from({ length: GRID_POINTS }, (_, i) => low + ((high - low) * i) / (GRID_POINTS - 1));
}
