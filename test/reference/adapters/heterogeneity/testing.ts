import { type AdjustmentMethod, adjustPValues } from "../../../../src/inference/adjust-p-values.ts";
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
