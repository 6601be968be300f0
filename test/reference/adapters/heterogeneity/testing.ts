import { subgroups } from "../../../../src/heterogeneity/index.ts";
import { type AdjustmentMethod, adjustPValues } from "../../../../src/inference/adjust-p-values.ts";
import { maxT } from "../../../../src/inference/max-t.ts";
import { stepdown } from "../../../../src/inference/stepdown.ts";
import type { Adapter } from "../../harness/case.ts";
import { sandwichCovariance } from "./interactions.ts";

const METHODS: Readonly<Record<string, AdjustmentMethod>> = {
  bonferroni: "bonferroni",
  holm: "holm",
  hochberg: "hochberg",
  hommel: "hommel",
  BH: "BH",
  BY: "BY",
  sharpened_q: "sharpenedQ",
  sidak: "sidak",
  holm_sidak: "holmSidak",
};

/** stats::p.adjust and its relatives. */
export const p_adjust: Adapter = ({ args, table }) => {
  const p = table().numbers(args.get<string>("p"));
  const tests = args.optional<number>("n");
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => [name, adjustPValues(p, tests === undefined ? { method } : { method, tests })]),
  );
};

/** Step-down tests from supplied draws. */
export const romano_wolf: Adapter = ({ args, table }) => {
  args.accept("observed", "draws");
  const data = table();
  const names = data.columnNames.filter((name) => name !== "row");
  const columns = names.map((name) => data.numbers(name));
  const rows = Array.from({ length: data.rowCount }, (_, i) => columns.map((column) => column[i]!));
  const { levels, codes } = data.categories("row");
  const at = codes.findIndex((code) => levels[code] === "observed");
  const draws = rows.filter((_, i) => i !== at);
  const run = (alternative: "twoSided" | "greater" | "less") => stepdown(rows[at]!, draws, { alternative });
  const both = run("twoSided");
  return {
    B: both.draws,
    unadjusted: both.unadjusted,
    single_step_maxt: both.singleStep,
    romano_wolf: both.romanoWolf,
    romano_wolf_greater: run("greater").romanoWolf,
    romano_wolf_less: run("less").romanoWolf,
    westfall_young_minp: both.westfallYoung,
  };
};

/** multcomp::glht over group effects. */
export const max_t: Adapter = ({ args, table }) => {
  const labels = args.get<(string | number)[]>("levels").map(String);
  const result = subgroups(table(), {
    design: {
      type: "regression",
      model: "interacted",
      outcome: args.get<string>("outcome"),
      treatment: args.get<string>("treatment"),
      covariates: args.get<string[]>("covariates"),
      ...sandwichCovariance(args.get<string>("se_type"), undefined),
    },
    by: [{ column: args.get<string>("by"), levels: labels }],
  });
  const model = Object.values(result.models!)[0]!;
  const terms = Object.keys(model.estimates);
  const at = result.groups.map(({ label }) => terms.findIndex((term) => term.endsWith(`::${label}:${args.get<string>("treatment")}`)));
  const joint = maxT(
    result.groups.map(({ estimate }) => estimate.estimate),
    at.map((a) => at.map((b) => model.vcov[a]![b]!)),
    { contrasts: args.get<"zero" | "pairs" | "first">("contrasts"), degreesOfFreedom: model.covariance.jointDegreesOfFreedom, labels },
  );
  const list = joint.estimates;
  return {
    estimate: list.map(({ estimate }) => estimate),
    std_error: list.map(({ standardError }) => standardError),
    statistic: list.map(({ statistic }) => statistic),
    correlation: joint.correlation,
    df: list[0]!.degreesOfFreedom,
    p_unadjusted: list.map(({ pValue }) => pValue),
    p_single_step: joint.singleStep,
    p_free_step_down: joint.stepDown,
    critical_value_95: joint.criticalValue,
    conf_low: list.map(({ confidenceInterval }) => confidenceInterval[0]),
    conf_high: list.map(({ confidenceInterval }) => confidenceInterval[1]),
  };
};
