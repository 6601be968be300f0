import { WhatworksError } from "../../../../src/core/index.ts";
import { panel } from "../../../../src/data/index.ts";
import {
  type AggregateOptions,
  type AggregateType,
  type AttGtOptions,
  type AttGtResult,
  aggregate,
  attGt,
} from "../../../../src/did/index.ts";
import { type CaseContext, Unsupported } from "../../harness/case.ts";
import { formulaTerms, type Row } from "./formula.ts";

export const chosen = <T extends string>(value: string | undefined, choices: Readonly<Record<string, T>>, name: string): T => {
  const found = choices[value ?? ""];
  if (found === undefined) throw new Unsupported(`unsupported argument ${name} = ${value}`);
  return found;
};

export const METHODS = { dr: "doublyRobust", ipw: "ipw", reg: "regression" } as const;
export const CONTROLS = { nevertreated: "neverTreated", notyettreated: "notYetTreated" } as const;
export const BASES = { varying: "varying", universal: "universal" } as const;
const FIXED = { earlier: "earlierPeriod", base_period: "basePeriod", first_period: "firstPeriod", varying: "varying" } as const;

function attGtOf({ args, table }: CaseContext, clustered?: string | readonly string[]): AttGtResult {
  args.accept("print_details", "pl", "cores", "faster_mode", "cband", "bstrap", "biters");
  const isPanel = args.get("panel", true);
  const weights = args.optional<string>("weightsname");
  const multipliers = args.optional<string>("multipliers");
  const cluster = clustered ?? args.optional<string | readonly string[]>("clustervars");
  const id = args.optional<string>("idname");
  const clusters = (typeof cluster === "string" ? [cluster] : (cluster ?? [])).filter((name) => name !== id);
  const time = args.get<string>("tname");
  const options: AttGtOptions<Row> = {
    outcome: args.get<string>("yname"),
    firstTreated: args.get<string>("gname"),
    ...(isPanel ? {} : { time }),
    covariates: formulaTerms(args.optional<string>("xformla")),
    baseRegressionSign: "DRDID",
    controlGroup: chosen(args.get("control_group", "nevertreated"), CONTROLS, "control_group"),
    method: chosen(args.get("est_method", "dr"), METHODS, "est_method"),
    basePeriod: chosen(args.get("base_period", "varying"), BASES, "base_period"),
    anticipation: args.get("anticipation", 0),
    fixedWeights: chosen(args.get<string | null>("fix_weights", null) ?? "earlier", FIXED, "fix_weights"),
    unbalanced: args.get("allow_unbalanced_panel", false) ? "keep" : "drop",
    level: 1 - args.get("alp", 0.05),
    keepInfluence: true,
    ...(weights === undefined ? {} : { weights }),
    ...(clusters.length === 1 ? { cluster: clusters[0]! } : {}),
    ...(multipliers === undefined ? {} : { inference: { type: "multiplierBootstrap", multipliers: drawsOf(table(multipliers)) } as const }),
  };
  if (clusters.length > 1) throw new Unsupported("unsupported argument clustervars of two columns");
  const data = table();
  return isPanel ? attGt(panel(data, { unit: id!, time }), options) : attGt(data, options);
}

/** Columns after the first, one a draw. */
const drawsOf = (table: ReturnType<CaseContext["table"]>): Float64Array[] => table.columnNames.slice(1).map((name) => table.numbers(name));

interface AggteCall {
  readonly type: string;
  readonly [name: string]: string | number | boolean | null | readonly string[];
}

function aggteOf(effects: AttGtResult, call: AggteCall): AggregateOptions {
  const known = new Set(["type", "min_e", "max_e", "balance_e", "na.rm", "bstrap", "cband", "alp", "biters", "clustervars"]);
  for (const name of Object.keys(call)) if (!known.has(name)) throw new Unsupported(`unsupported argument ${name}`);
  const number = (name: string): number | undefined => (typeof call[name] === "number" ? call[name] : undefined);
  const [minimum, maximum, balance] = [number("min_e"), number("max_e"), number("balance_e")];
  return {
    type: call.type as AggregateType,
    missing: call["na.rm"] === true ? "drop" : "error",
    level: 1 - (number("alp") ?? 1 - effects.bands.level),
    ...(minimum === undefined ? {} : { minEventTime: minimum }),
    ...(maximum === undefined ? {} : { maxEventTime: maximum }),
    ...(balance === undefined ? {} : { balanceEventTime: balance }),
  };
}

function aggte(effects: AttGtResult, call: AggteCall): unknown {
  try {
    const summary = aggregate(effects, aggteOf(effects, call));
    return {
      "overall.att": summary.overall.estimate,
      "overall.se": summary.overall.standardError,
      egt: summary.estimates.map((row) =>
        "eventTime" in row ? row.eventTime : "group" in row ? row.group : "time" in row ? row.time : undefined,
      ),
      "att.egt": summary.estimates.map(({ estimate }) => estimate),
      "se.egt": summary.estimates.map(({ standardError }) => standardError),
      "crit.val.egt": summary.criticalValue,
    };
  } catch (error) {
    if (error instanceof WhatworksError) return { error: true };
    throw error;
  }
}

/** `att_gt` and the `aggte` calls on its result. */
export const attGtAdapter = (context: CaseContext): unknown => {
  const effects = attGtOf(context);
  const calls = context.args.get<Readonly<Record<string, AggteCall>>>("aggte", {});
  const n = effects.units;
  return {
    att_gt: {
      group: effects.estimates.map(({ group }) => group),
      t: effects.estimates.map(({ time }) => time),
      att: effects.estimates.map(({ estimate }) => estimate),
      se: effects.estimates.map(({ standardError }) => standardError),
      n,
      W: effects.preTest?.statistic,
      W_df: effects.preTest?.degreesOfFreedom,
      Wpval: effects.preTest === undefined ? undefined : Number(effects.preTest.pValue.toFixed(5)),
      V_analytical: effects.vcov.map((row) => row.map((value) => value * n)),
      c: effects.criticalValue,
    },
    aggte: Object.fromEntries(
      Object.entries(calls).map(([label, call]) => {
        const clusters = call["clustervars"] as string | readonly string[] | undefined;
        return [label, aggte(clusters === undefined || clusters === null ? effects : attGtOf(context, clusters), call)];
      }),
    ),
    inf_func_simple_by_increasing_id: influenceOfSimple(effects),
    first_draw: effects.draws && Array.from(effects.draws.values.subarray(0, effects.estimates.length), (value) => value * Math.sqrt(n)),
  };
};

function influenceOfSimple(effects: AttGtResult): readonly number[] {
  const { influence } = aggregate(effects, { type: "simple", missing: "drop" });
  return Array.from(influence!.values).filter((_, i) => i % 2 === 0);
}
