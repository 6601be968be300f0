import { WhatworksError } from "../../../../src/core/index.ts";
import { type Frame, type Panel, panel } from "../../../../src/data/index.ts";
import { type ImputationOptions, imputation, twoStage } from "../../../../src/did/index.ts";
import type { FixedEffectsOption } from "../../../../src/regression/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { LEVEL_OF_196 } from "./drdid.ts";
import { clusterColumns, effectOf, plainIndicators, type Row, splitOutside, termsOf } from "./formula.ts";

/** `~ covariates | unit + time`. */
function firstStage(formula: string): { readonly terms: ReturnType<typeof termsOf>; readonly effects: readonly string[] } {
  const [terms = "", effects = ""] = splitOutside(formula.replace(/\s/g, "").replace(/^~/, ""), "|");
  return { terms: termsOf(splitOutside(terms, "+")), effects: splitOutside(effects, "+") };
}

/** The panel, and the effects where they are not its unit and time. */
function keyed(
  table: Frame<Row>,
  keys: readonly [string, string],
  effects: readonly string[],
): { readonly data: Panel<Row>; readonly option: { readonly fixedEffects?: FixedEffectsOption<Row> } } {
  const data = panel(table, { unit: keys[0], time: keys[1] });
  const isOwn = effects.length === 2 && keys.every((key) => effects.includes(key));
  return { data, option: isOwn ? {} : { fixedEffects: effects.map(effectOf) as FixedEffectsOption<Row> } };
}

/** Missing first treatment times mean never in didimputation. */
function missingIsNever(data: Panel<Row>, column: string): Panel<Row> {
  const values = data.numbers(column);
  return values.some(Number.isNaN)
    ? (data.with({ [column]: values.map((g) => (Number.isNaN(g) ? 0 : g)) }) as unknown as Panel<Row>)
    : data;
}

export const imputationAdapter: Adapter = ({ args, table }) => {
  const [idname, tname, gname] = [args.get<string>("idname"), args.get<string>("tname"), args.get<string>("gname")];
  const stage = firstStage(args.get<string | null>("first_stage", null) ?? `~ 0 | ${idname} + ${tname}`);
  const { data: whole, option } = keyed(table(), [idname, tname], stage.effects);
  const horizon = args.get<boolean | readonly number[] | null>("horizon", null);
  const pretrends = args.get<boolean | readonly number[] | null>("pretrends", null);
  const targets = args.get<readonly string[]>("wtr", []);
  const weights = args.optional<string>("wname");
  const cluster = args.get<string>("cluster_var", idname);
  const listed = (value: boolean | readonly number[] | null): "all" | readonly number[] | undefined =>
    value === null || value === false ? undefined : value === true ? "all" : value;
  const before = listed(pretrends);
  const after = listed(horizon);
  const options: ImputationOptions<Row> = {
    outcome: args.get<string>("yname"),
    firstTreated: gname,
    covariates: stage.terms,
    cluster,
    targets,
    horizons: after ?? [],
    ...option,
    level: LEVEL_OF_196,
    ...(before === undefined ? {} : { preTrends: before }),
    ...(weights === undefined ? {} : { weights }),
  };
  const data = missingIsNever(whole, gname);
  const result = imputation(withoutRowsOfCase(data, gname), options);
  const main =
    targets.length > 0
      ? result.targetEstimates.map((row) => [row.term, row] as const)
      : after === undefined
        ? [["treat", result.overall] as const]
        : result.estimates.filter(({ eventTime }) => eventTime >= 0).map((row) => [String(row.eventTime), row] as const);
  const rows = [...(result.preTrends?.estimates ?? []).map((row) => [String(row.eventTime), row] as const), ...main];
  return {
    term: rows.map(([term]) => term),
    estimate: rows.map(([, row]) => row.estimate),
    se: rows.map(([, row]) => row.standardError),
    lci: rows.map(([, row]) => row.confidenceInterval[0]),
    uci: rows.map(([, row]) => row.confidenceInterval[1]),
    textbook: { estimate: main[0]![1].estimate, se: main[0]![1].standardError },
  };
};

/** Always-treated rows leave before the call where a case says so in its notes: they have no prediction anyway. */
const withoutRowsOfCase = (data: Panel<Row>, gname: string): Panel<Row> => {
  const g = data.numbers(gname);
  const first = data.times[0]!;
  return g.some((value) => value > 0 && value <= first) ? data.filter((_, i) => !(g[i]! > 0 && g[i]! <= first)) : data;
};

/** Whether unit and time of these names make a panel. */
function isKey(table: Frame<Row>, [unit, time]: readonly string[]): boolean {
  try {
    panel(table, { unit: unit!, time: time! });
    return true;
  } catch (error) {
    if (error instanceof WhatworksError) return false;
    throw error;
  }
}

export const twoStageAdapter: Adapter = ({ args, table }) => {
  args.accept("verbose", "n_bootstraps", "return_bootstrap");
  if (args.get("bootstrap", false)) throw new Unsupported("unsupported argument bootstrap = TRUE"); // random draws
  const stage = firstStage(args.get<string>("first_stage"));
  const treated = args.get<string>("treatment");
  const weights = args.optional<string>("weights");
  const second = splitOutside(args.get<string>("second_stage").replace(/\s/g, "").replace(/^~/, ""), "+");
  const plainTerms = plainIndicators(table(), second);
  const { data: frame, rename } = plainTerms;
  const terms = termsOf(plainTerms.texts);
  // the call names no unit: two plain effects may be unit and time, else the file's columns are
  const plain = stage.effects.length === 2 && stage.effects.every((name) => frame.has(name));
  const isPanel = plain && isKey(frame, stage.effects);
  const { data, option } = keyed(frame, isPanel ? [stage.effects[0]!, stage.effects[1]!] : ["id", "time"], stage.effects);
  const result = twoStage(data, {
    ...option,
    outcome: args.get<string>("yname"),
    treated,
    terms,
    covariates: stage.terms,
    cluster: clusterColumns(args.get<string>("cluster_var"))[0]!,
    ...(weights === undefined ? {} : { weights }),
  });
  return {
    term: result.estimates.map(({ term }) => rename(term)),
    estimate: result.estimates.map(({ estimate }) => estimate),
    se: result.estimates.map(({ standardError }) => standardError),
    vcov: result.vcov,
    nobs: result.sample.used,
  };
};
