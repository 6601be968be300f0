import { type AdjustmentMethod, adjustPValues } from "../../../../src/inference/adjust-p-values.ts";
import { stepdown } from "../../../../src/inference/stepdown.ts";
import type { Adapter } from "../../harness/case.ts";

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
