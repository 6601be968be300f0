import { finishResult } from "../core/display.ts";
import { checkArgument } from "../core/options.ts";
import type { Frame, Panel } from "../data/index.ts";
import { readAttGtData } from "./att-gt-data.ts";
import { type AttGtOptions, type AttGtSettings, attGtSettings } from "./att-gt-options.ts";
import { collectGroupTimeFit } from "./collect-group-time-fit.ts";
import { finishGroupTimeTable } from "./finish-group-time-table.ts";
import { groupTimeCells } from "./group-time-cells.ts";
import type { GroupTimeTable } from "./group-time-result.ts";

/** Group-time average effects with their joint covariance; {@link aggregate} summarizes them. */
export type AttGtResult = GroupTimeTable<"did.attGt", AttGtSettings<never>>;

const REFERENCE =
  "Callaway & Sant'Anna (2021), Difference-in-differences with multiple time periods, Journal of Econometrics 225(2), 200-230";

/**
 * Group-time average treatment effects ATT(g, t) under staggered adoption: for each cohort g and period t, the change of the outcome since the
 * base period among units first treated at g, less that among units never (or not yet) treated. Equals `att_gt` of R's did 2.5.1.
 *
 * A {@link Panel} gives unit and time; a plain frame with option `time` is read as repeated cross-sections. Without covariates and with
 * weights constant within units, one pass over the data suffices and nothing by unit is stored. Variances come from influence functions,
 * independent across units or, given `cluster`, across clusters; no small-sample factor; normal inference.
 *
 * Left out, with a warning and a count: units treated by the first period, units not seen in every period (unless kept) and, where nobody
 * is never treated, the periods in which the last cohort is treated; by comparison, controls with a propensity of 0.995 or more. A comparison
 * whose largest propensity reaches 0.999 has no estimate, and a warning says which.
 *
 * @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`, `MISSING_OPTION`, `TIME_OPTION`, `MULTIPLIER_LENGTH`.
 * @throws DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`, `CLUSTER_VARIES`.
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `CONTROL_GROUP_TOO_SMALL`, `ONE_PERIOD`, `NO_BALANCED_UNITS`, `ONE_CLUSTER`.
 * @see Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001
 * @example
 * const people = panel(months, { unit: "person", time: "month" });
 * const effects = attGt(people, { outcome: "employed", firstTreated: "firstProgramMonth", controlGroup: "notYetTreated" });
 * aggregate(effects, { type: "dynamic" }).estimates;
 */
export function attGt<Row>(data: Panel<Row> | Frame<Row>, options: AttGtOptions<Row>): AttGtResult {
  checkArgument("did.attGt", data, "a panel or a frame", ["columnNames"]);
  const settings = attGtSettings(options);
  const read = readAttGtData(data, settings);
  const cells = groupTimeCells(read.sample, settings);
  const fit = collectGroupTimeFit(read, cells, settings);
  return finishResult(finishGroupTimeTable("did.attGt", REFERENCE, fit, cells, read, settings as unknown as AttGtSettings<never>));
}
