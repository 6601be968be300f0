import { type Estimate, WhatworksError } from "../../../../src/core/index.ts";
import { type Frame, Panel, panel } from "../../../../src/data/index.ts";
import {
  eventStudy,
  type PanelRegressionOptions,
  stacked,
  sunAbraham,
  tripleRegression,
  twoWayFixedEffects,
} from "../../../../src/did/index.ts";
import { type OlsOptions, ols } from "../../../../src/regression/index.ts";
import { type Adapter, type CaseContext, Unsupported } from "../../harness/case.ts";
import { smallSampleOf } from "../regression/ols-shape.ts";
import { binsOf, callArguments, effectOf, numbersOf, type Row, splitFormula, termsOf, vcovOption } from "./formula.ts";

/** A coefficient table. */
const tableOf = (estimates: readonly Estimate[], rename: (term: Estimate) => string = ({ term }) => term): Record<string, unknown> => ({
  term: estimates.map(rename),
  estimate: estimates.map(({ estimate }) => estimate),
  se: estimates.map(({ standardError }) => standardError),
  statistic: estimates.map(({ statistic }) => statistic),
  p_value: estimates.map(({ pValue }) => pValue),
  df_t: estimates[0]?.degreesOfFreedom,
});

/** The value that a bin gives a number. */
const binned = (value: number, bins: ReturnType<typeof binsOf>): number =>
  bins.find(({ from, to }) => value >= from && value <= to)?.as ?? value;

interface Summary {
  readonly vcov?: string;
  readonly ssc?: Readonly<Record<string, unknown>>;
}

/** `feols` on a panel: static, event study, Sun and Abraham, stacked, triple differences. */
export const feolsAdapter: Adapter = (context) => {
  const method = context.args.optional<string>("method");
  if (method === "stacked") return stackedCase(context);
  if (method === "triple difference") return tripleCase(context);
  if (method !== undefined) throw new Unsupported(`unsupported argument method = ${method}`);
  const { outcome, terms, effects } = splitFormula(context.args.get<string>("fml"));
  const weights = context.args.optional<string>("weights");
  const options = { outcome, ...(weights === undefined ? {} : { weights }) };
  const table = context.table();
  if (terms.some((term) => term.startsWith("sunab("))) {
    const [unit, time, ...others] = effects;
    if (time === undefined || others.length > 0)
      throw new Unsupported(`unsupported argument fml with fixed effects ${effects.join(" + ")}`);
    return sunabCase(context, panel(table, { unit: unit!, time }), terms, options);
  }
  return summariesCase(context, panelOf(table, effects), terms, effects, options);
};

/** The panel whose units and periods are the fixed effects; the table itself where they are others. */
function panelOf(table: Frame<Row>, [unit, time, ...others]: readonly string[]): Panel<Row> | Frame<Row> {
  if (unit === undefined || time === undefined || others.length > 0 || !table.has(unit) || !table.has(time)) return table;
  try {
    return panel(table, { unit, time });
  } catch (error) {
    if (error instanceof WhatworksError) return table;
    throw error;
  }
}

type Options = PanelRegressionOptions<Row>;

function summariesCase(
  { args }: CaseContext,
  data: Panel<Row> | Frame<Row>,
  terms: readonly string[],
  effects: readonly string[],
  options: Options,
): unknown {
  const summaries = Object.entries(args.get<Readonly<Record<string, Summary>>>("summaries", { default: {} }));
  const results = summaries.map(([label, { vcov = "iid", ssc }]) => {
    const own = { ...options, vcov: vcovOption(vcov), ...smallSampleOf(ssc) };
    if (!(data instanceof Panel)) return [label, regressionCase(data, terms, effects, own)] as const;
    const fitted = !terms.some((term) => term.startsWith("i("))
      ? staticCase(data, terms, own)
      : isEventStudy(terms)
        ? eventCase(data, terms, own)
        : regressionCase(data, terms, effects, own);
    return [label, fitted] as const;
  });
  return {
    nobs: results[0]![1].nobs,
    within_r2: results[0]![1].within,
    summaries: Object.fromEntries(results.map(([label, { table, vcov }]) => [label, { ...table, vcov }])),
  };
}

interface Fitted {
  readonly nobs: number;
  readonly within: number | undefined;
  readonly table: Record<string, unknown>;
  readonly vcov: unknown;
}

function staticCase(data: Panel<Row>, terms: readonly string[], options: Options): Fitted {
  const [treated, ...covariates] = terms;
  const result = twoWayFixedEffects(data, { ...options, treated: treated!, covariates: termsOf(covariates) });
  return {
    nobs: result.fit.observations,
    within: result.fit.withinRSquared,
    table: tableOf(Object.values(result.estimates)),
    vcov: result.vcov,
  };
}

/** Event-time indicators, alone or beside their interaction with one variable; covariates after them. */
function isEventStudy(terms: readonly string[]): boolean {
  const calls = terms.filter((term) => term.startsWith("i(")).map(callArguments);
  const main = calls.filter(({ unnamed }) => unnamed.length === 1);
  const ordered = terms.every((term, k) => term.startsWith("i(") === k < calls.length);
  return (
    ordered &&
    main.length === 1 &&
    calls.length <= 2 &&
    (calls.length === 1 || calls[1] === main[0]) &&
    calls.every(({ unnamed }) => unnamed[0] === main[0]!.unnamed[0]) &&
    "ref" in main[0]!.named
  );
}

/** Any other formula: the regression itself. */
function regressionCase(data: Frame<Row>, terms: readonly string[], effects: readonly string[], options: Options): Fitted {
  const fixedEffects = effects.length === 0 ? {} : { fixedEffects: effects.map(effectOf) };
  const result = ols(data, { ...options, regressors: termsOf(terms), ...fixedEffects } as OlsOptions<Row>);
  return {
    nobs: result.fit.observations,
    within: result.fit.withinRSquared,
    table: tableOf(Object.values(result.estimates)),
    vcov: result.vcov,
  };
}

function eventCase(data: Panel<Row>, terms: readonly string[], options: Options): Fitted {
  const calls = terms.filter((term) => term.startsWith("i(")).map(callArguments);
  const main = calls.find(({ unnamed }) => unnamed.length === 1);
  const moderated = calls.find(({ unnamed }) => unnamed.length === 2);
  if (main === undefined || calls.length > 2) throw new Unsupported("unsupported argument fml: i() without its main effect");
  for (const name of Object.keys(main.named))
    if (name !== "ref" && name !== "bin") throw new Unsupported(`unsupported argument i(${name})`);
  const column = main.unnamed[0]!;
  const result = eventStudy(data, {
    ...options,
    eventTime: column,
    reference: numbersOf(main.named["ref"] ?? "-1"),
    bins: binsOf(main.named["bin"]),
    covariates: termsOf(terms.filter((term) => !term.startsWith("i("))),
    ...(moderated === undefined ? {} : { moderator: moderated.unnamed[1]! }),
  });
  const named = (suffix: string) => (estimate: Estimate) =>
    "eventTime" in estimate ? `${column}::${estimate.eventTime}${suffix}` : estimate.term;
  const moderator = moderated === undefined ? [] : (result.moderatorEstimates ?? []);
  const rows = [...moderator, ...result.estimates, ...result.covariateEstimates];
  const names = [
    ...moderator.map(named(`:${moderated?.unnamed[1]}`)),
    ...result.estimates.map(named("")),
    ...result.covariateEstimates.map(({ term }) => term),
  ];
  return {
    nobs: result.fit.observations,
    within: result.fit.withinRSquared,
    table: { ...tableOf(rows), term: names },
    vcov: result.vcov,
  };
}

function sunabCase({ args }: CaseContext, data: Panel<Row>, terms: readonly string[], options: Options): unknown {
  args.accept("aggregate");
  const { unnamed, named } = callArguments(terms.find((term) => term.startsWith("sunab("))!);
  const known = new Set(["ref.c", "ref.p", "bin.rel", "bin.c"]);
  for (const name of Object.keys(named)) if (!known.has(name)) throw new Unsupported(`unsupported argument sunab(${name})`);
  const cohort = unnamed[0]!;
  const cohortBins = binsOf(named["bin.c"]);
  const merged = cohortBins.length === 0 ? data : data.with({ [cohort]: data.numbers(cohort).map((g) => binned(g, cohortBins)) });
  const result = sunAbraham(merged as unknown as Panel<Row>, {
    ...options,
    firstTreated: cohort,
    reference: numbersOf(named["ref.p"] ?? "-1"),
    referenceCohorts: named["ref.c"] === undefined ? [] : numbersOf(named["ref.c"]),
    bins: binsOf(named["bin.rel"]),
    covariates: termsOf(terms.filter((term) => !term.startsWith("sunab("))),
    vcov: vcovOption(args.get<string>("vcov", "iid")),
  });
  const time = unnamed[1]!;
  const covariates = result.covariateEstimates.map((row) => [row.term, row] as const);
  const cells = result.interacted.map((row) => [`${time}::${row.eventTime}:cohort::${row.group}`, row] as const);
  const interacted = terms[0]!.startsWith("sunab(") ? [...cells, ...covariates] : [...covariates, ...cells];
  return {
    nobs: result.fit.observations,
    interacted: {
      term: interacted.map(([name]) => name),
      estimate: interacted.map(([, { estimate }]) => estimate),
      se: interacted.map(([, { standardError }]) => standardError),
    },
    collinear_removed: result.collinear.map(({ group, eventTime }) => `${time}::${eventTime}:cohort::${group}`),
    period: tableOf(result.estimates, (row) => `${time}::${(row as (typeof result.estimates)[number]).eventTime}`),
    att: tableOf([result.overall], () => "ATT"),
    cohort: tableOf(result.cohortEstimates, (row) => `cohort::${(row as (typeof result.cohortEstimates)[number]).group}`),
  };
}

function stackedCase({ args, table }: CaseContext): unknown {
  const controls = args.get<string>("clean_controls", "never treated or g > h + window[2]");
  const result = stacked(panel(table(), { unit: args.get<string>("idname"), time: args.get<string>("tname") }), {
    outcome: args.get<string>("yname"),
    firstTreated: args.get<string>("gname"),
    window: args.get<readonly [number, number]>("window"),
    cohorts: args.get<readonly number[]>("cohorts"),
    controlGroup: controls === "never treated" ? "neverTreated" : "notYetTreated",
    reference: args.get<number>("reference", -1),
    vcov: vcovOption(args.get<string>("vcov")),
  });
  return {
    rows: result.stackedRows,
    static: tableOf([result.overall], () => "st"),
    event: tableOf(result.estimates, (row) => `ev::${(row as (typeof result.estimates)[number]).eventTime}`),
  };
}

function tripleCase({ args, table }: CaseContext): unknown {
  const [outcome, group, partition, post] = ["outcome", "group", "partition", "post"].map((name) => args.get<string>(name)) as [
    string,
    string,
    string,
    string,
  ];
  const data = panel(table(), { unit: args.get<string>("id"), time: args.get<string>("time") });
  const vcov = vcovOption(args.get<string>("vcov"));
  const saturated = ols(data, { outcome, regressors: termsOf([`${group}*${partition}*${post}`]), vcov });
  const rank = (term: string): number => (term === "(Intercept)" ? 0 : term.split(":").length);
  return {
    fixed_effects: tableOf(Object.values(tripleRegression(data, { outcome, group, partition, post, vcov }).estimates)),
    saturated: tableOf(Object.values(saturated.estimates).sort((a, b) => rank(a.term) - rank(b.term))),
  };
}
