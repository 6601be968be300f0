import { type Panel, panel } from "../../../../src/data/index.ts";
import { type ImputationOptions, imputation, twoStage } from "../../../../src/did/index.ts";
import { factor } from "../../../../src/regression/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { LEVEL_OF_196 } from "./drdid.ts";
import { callArguments, clusterColumns, numbersOf, type Row, splitOutside, termsOf } from "./formula.ts";

/** `~ covariates | unit + time`. */
function firstStage(formula: string): { readonly terms: ReturnType<typeof termsOf>; readonly effects: readonly string[] } {
  const [terms = "", effects = ""] = splitOutside(formula.replace(/\s/g, "").replace(/^~/, ""), "|");
  return { terms: termsOf(splitOutside(terms, "+")), effects: splitOutside(effects, "+") };
}

function unitAndTime(effects: readonly string[]): { readonly unit: string; readonly time: string } {
  if (effects.length !== 2) throw new Unsupported(`unsupported argument first_stage with effects ${effects.join(" + ")}`);
  return { unit: effects[0]!, time: effects[1]! };
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
  const keys = unitAndTime(stage.effects);
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
    level: LEVEL_OF_196,
    ...(before === undefined ? {} : { preTrends: before }),
    ...(weights === undefined ? {} : { weights }),
  };
  const data = missingIsNever(panel(table(), keys), gname);
  const result = imputation(withoutRowsOfCase(data, gname), options);
  const main =
    targets.length > 0
      ? result.targetEstimates.map((row) => [row.term, row] as const)
      : after === undefined
        ? [["treat", result.overall] as const]
        : result.estimates.map((row) => [String(row.eventTime), row] as const);
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

export const twoStageAdapter: Adapter = ({ args, table }) => {
  args.accept("verbose");
  const stage = firstStage(args.get<string>("first_stage"));
  const treated = args.get<string>("treatment");
  const weights = args.optional<string>("weights");
  const second = splitOutside(args.get<string>("second_stage").replace(/\s/g, "").replace(/^~/, ""), "+");
  const terms = second.flatMap((text) => {
    if (!text.startsWith("i(")) return termsOf([text]);
    const { unnamed, named } = callArguments(text);
    if (unnamed.length !== 1 || Object.keys(named).some((name) => name !== "ref")) throw new Unsupported(`unsupported argument ${text}`);
    return [factor(unnamed[0]!, { reference: named["ref"] === undefined ? null : numbersOf(named["ref"]) })];
  });
  const result = twoStage(panel(table(), unitAndTime(stage.effects)), {
    outcome: args.get<string>("yname"),
    treated,
    terms,
    covariates: stage.terms,
    cluster: clusterColumns(args.get<string>("cluster_var"))[0]!,
    ...(weights === undefined ? {} : { weights }),
  });
  return {
    term: result.estimates.map(({ term }) => term),
    estimate: result.estimates.map(({ estimate }) => estimate),
    se: result.estimates.map(({ standardError }) => standardError),
    vcov: result.vcov,
    nobs: result.sample.used,
  };
};
