import { panel } from "../../../../src/data/index.ts";
import { aggregate, triple } from "../../../../src/did/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { BASES, CONTROLS, chosen, METHODS } from "./att-gt.ts";
import { formulaTerms } from "./formula.ts";

const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === "string" ? [names] : names);
const TYPES = { simple: "simple", eventstudy: "dynamic", group: "group", calendar: "calendar" } as const;

/** `ddd` and `agg_ddd`. */
export const tripleAdapter: Adapter = ({ args, table }) => {
  args.accept("boot", "nboot", "cores", "inffunc", "skip_data_checks", "use_parallel", "cband");
  const time = args.get<string>("tname");
  const isPanel = args.get("panel", true);
  const cluster = args.optional<string>("cluster");
  const weights = args.optional<string>("weightsname");
  const id = args.optional<string>("idname");
  const options = {
    outcome: args.get<string>("yname"),
    firstTreated: args.get<string>("gname"),
    partition: args.get<string>("pname"),
    covariates: formulaTerms(args.optional<string>("xformla")),
    method: chosen(args.get("est_method", "dr"), METHODS, "est_method"),
    controlGroup: chosen(args.get<string | null>("control_group", null) ?? "nevertreated", CONTROLS, "control_group"),
    basePeriod: chosen(args.get<string | null>("base_period", null) ?? "universal", BASES, "base_period"),
    unbalanced: args.get("allow_unbalanced_panel", false) ? "keep" : "drop",
    baseRegressionSign: "DRDID",
    level: 1 - args.get("alpha", 0.05),
    uniformBand: false,
    ...(cluster === undefined || cluster === id ? {} : { cluster }),
    ...(weights === undefined ? {} : { weights }),
  } as const;
  const data = table();
  // rows of a cross-section are summed by id, which changes nothing where ids are unique
  const result = isPanel ? triple(panel(data, { unit: id!, time }), options) : triple(data, { ...options, time, cluster: cluster ?? id! });
  if (result.periods.length === 2) {
    const att = result.estimates.find(({ isPost }) => isPost)!;
    return { ATT: att.estimate, se: att.standardError, lci: att.confidenceInterval[0], uci: att.confidenceInterval[1] };
  }
  const summary = (name: string): unknown => {
    const type = TYPES[name as keyof typeof TYPES];
    if (type === undefined) throw new Unsupported(`unsupported argument agg_ddd = ${name}`);
    const { overall, estimates } = aggregate(result, { type, shareAttribution: "triplediff" });
    return {
      "overall.att": overall.estimate,
      "overall.se": overall.standardError,
      egt: estimates.map((row) => ("eventTime" in row ? row.eventTime : "group" in row ? row.group : "time" in row ? row.time : undefined)),
      "att.egt": estimates.map(({ estimate }) => estimate),
      "se.egt": estimates.map(({ standardError }) => standardError),
    };
  };
  return {
    group: result.estimates.map(({ group }) => group),
    t: result.estimates.map((row) => row.time),
    ATT: result.estimates.map(({ estimate }) => estimate),
    se: result.estimates.map(({ standardError }) => standardError),
    agg_ddd: Object.fromEntries(listOf(args.get<string | readonly string[]>("agg_ddd", [])).map((name) => [name, summary(name)])),
  };
};
