import { panel } from "../../../../src/data/index.ts";
import { type EfficientOptions, efficient } from "../../../../src/did/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import type { Row } from "./formula.ts";

const ESTIMANDS = { simple: "simple", cohort: "cohort", calendar: "calendar", eventstudy: "eventStudy" } as const;

/** `staggered` and its two special cases, whose coefficient and controls are fixed. */
export const staggeredAdapter =
  (fixed: Partial<EfficientOptions<Row>> = {}): Adapter =>
  ({ args, table }) => {
    args.accept("compute_fisher", "num_fisher_permutations", "return_full_vcv", "return_matrix_list", "skip_data_check");
    const name = args.get<string>("estimand", "simple");
    const estimand = ESTIMANDS[name as keyof typeof ESTIMANDS];
    if (estimand === undefined) throw new Unsupported(`unsupported argument estimand = ${name}`);
    const beta = args.get<number | null>("beta", null);
    const times = args.get<number | readonly number[] | null>("eventTime", null);
    const result = efficient(panel(table(), { unit: args.get<string>("i"), time: args.get<string>("t") }), {
      outcome: args.get<string>("y"),
      firstTreated: args.get<string>("g"),
      estimand,
      ...(times === null ? {} : { eventTimes: typeof times === "number" ? [times] : times }),
      ...(beta === null ? {} : { adjustment: beta }),
      ...(args.get("use_DiD_A0", true) ? {} : { differences: "all" as const }),
      controlGroup: args.get("use_last_treated_only", false) ? "lastTreated" : "notYetTreated",
      ...fixed,
    });
    return {
      estimate: result.estimates.map(({ estimate }) => estimate),
      se: result.estimates.map(({ standardError }) => standardError),
      se_neyman: result.estimates.map(({ neymanStandardError }) => neymanStandardError),
      eventTime: result.estimates.map(({ eventTime }) => eventTime),
    };
  };
