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
import { type FixedEffectsOption, type OlsOptions, ols } from "../../../../src/regression/index.ts";
import { type Adapter, type CaseContext, Unsupported } from "../../harness/case.ts";
import { smallSampleOf } from "../regression/ols-shape.ts";
import {
  binned,
  binsOf,
  callArguments,
  effectOf,
  numbersOf,
  plainIndicators,
  type Row,
  splitFormula,
  termsOf,
  vcovOption,
} from "./formula.ts";

/** A coefficient table. */
const tableOf = (estimates: readonly Estimate[], rename: (term: Estimate) => string = ({ term }) => term): Record<string, unknown> => ({
  term: estimates.map(rename),
  estimate: estimates.map(({ estimate }) => estimate),
  se: estimates.map(({ standardError }) => standardError),
  statistic: estimates.map(({ statistic }) => statistic),
  p_value: estimates.map(({ pValue }) => pValue),
  df_t: estimates[0]?.degreesOfFreedom,
});

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
    return sunabCase(context, terms, effects, options);
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
    const isStatic = terms.length > 0 && /^[\w.]+$/.test(terms[0]!) && !terms.some((term) => term.startsWith("i("));
    const fitted = isStatic
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
    ("ref" in main[0]!.named || "keep" in main[0]!.named)
  );
}

/** Any other formula: the regression itself. */
function regressionCase(data: Frame<Row>, terms: readonly string[], effects: readonly string[], options: Options): Fitted {
  const fixedEffects = effects.length === 0 ? {} : { fixedEffects: effects.map(effectOf) };
  const plain = plainIndicators(data, terms);
  const result = ols(plain.data, { ...options, regressors: termsOf(plain.texts), ...fixedEffects } as OlsOptions<Row>);
  return {
    nobs: result.fit.observations,
    within: result.fit.withinRSquared,
    table: tableOf(Object.values(result.estimates), ({ term }) => plain.rename(term)),
    vcov: result.vcov,
  };
}

function eventCase(data: Panel<Row>, terms: readonly string[], options: Options): Fitted {
  const calls = terms.filter((term) => term.startsWith("i(")).map(callArguments);
  const main = calls.find(({ unnamed }) => unnamed.length === 1);
  const moderated = calls.find(({ unnamed }) => unnamed.length === 2);
  if (main === undefined || calls.length > 2) throw new Unsupported("unsupported argument fml: i() without its main effect");
  for (const name of Object.keys(main.named))
    if (name !== "ref" && name !== "bin" && name !== "keep") throw new Unsupported(`unsupported argument i(${name})`);
  const column = main.unnamed[0]!;
  const result = eventStudy(data, {
    ...options,
    eventTime: column,
    reference: referencesOf(data, column, main.named),
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

/** fixest reads the second argument as time since treatment where it has negative, zero and positive values. */
const isRelative = (values: Float64Array): boolean => values.some((v) => v < 0) && values.includes(0) && values.some((v) => v > 0);

/** Event times left out: those named, and those that `keep` does not name. */
function referencesOf(data: Panel<Row>, column: string, named: Readonly<Record<string, string>>): readonly number[] {
  const listed = named["ref"] === undefined ? [] : numbersOf(named["ref"]);
  if (named["keep"] === undefined) return listed;
  const kept = numbersOf(named["keep"]);
  const bins = binsOf(named["bin"]);
  return [
    ...listed,
    ...new Set(Array.from(data.numbers(column), (e) => binned(e, bins)).filter((e) => !Number.isNaN(e) && !kept.includes(e))),
  ];
}

function sunabCase({ args, table }: CaseContext, terms: readonly string[], effects: readonly string[], options: Options): unknown {
  args.accept("aggregate");
  const { unnamed, named } = callArguments(terms.find((term) => term.startsWith("sunab("))!);
  const known = new Set(["ref.c", "ref.p", "bin", "bin.rel", "bin.c", "bin.p", "att", "no_agg"]); // the last two choose what is printed
  for (const name of Object.keys(named)) if (!known.has(name)) throw new Unsupported(`unsupported argument sunab(${name})`);
  const [cohort, time] = [unnamed[0]!, unnamed[1]!];
  const [cohortBins, periodBins] = [binsOf(named["bin.c"] ?? named["bin"]), binsOf(named["bin.p"] ?? named["bin"])];
  const given = table();
  const frame = withoutMisplacedRows(
    given,
    given.numbers(cohort).map((g) => binned(g, cohortBins)),
    given.numbers(time).map((t) => binned(t, periodBins)),
  );
  const keyed = panelOf(frame, effects);
  const data = keyed instanceof Panel ? keyed : panel(frame, { unit: "id", time: "time" });
  const raw = data.numbers(time);
  const starts = data.numbers(cohort).map((g) => binned(g, cohortBins));
  const periods = raw.map((t) => binned(t, periodBins));
  const relative = isRelative(raw);
  const treated = new Set(starts.filter((_, i) => (relative ? periods[i]! >= 0 : periods[i] === starts[i])));
  const [first, last] = [Math.min(...periods), Math.max(...periods)];
  // a start that no row has as its period, between others, counts as never treated there
  const between = relative ? [] : [...new Set(starts)].filter((g) => g > first && g < last && !periods.includes(g));
  const isOwnTime = !relative && time === data.time && periodBins.length === 0;
  const columns = {
    ...(cohortBins.length === 0 && !relative ? {} : { [cohort]: starts.map((g) => (treated.has(g) || !relative ? g : 0)) }),
    ...(isOwnTime ? {} : { eventTime__: relative ? periods : periods.map((t, i) => t - starts[i]!) }),
  };
  const own = effects.length === 2 && keyed instanceof Panel;
  const result = sunAbraham(data.with(columns) as unknown as Panel<Row>, {
    ...options,
    firstTreated: cohort,
    alwaysTreated: "reference",
    ...(isOwnTime ? {} : { eventTime: "eventTime__" }),
    ...(own ? {} : { fixedEffects: effects.map(effectOf) as FixedEffectsOption<Row> }),
    reference: numbersOf(named["ref.p"] ?? "-1"),
    referenceCohorts: [...(named["ref.c"] === undefined ? [] : numbersOf(named["ref.c"])), ...between],
    bins: binsOf(named["bin.rel"]),
    covariates: termsOf(terms.filter((term) => !term.startsWith("sunab("))),
    vcov: vcovOption(args.get<string>("vcov", "iid")),
  });
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

/**
 * Sample of `sunab` in fixest 0.14.2 with always-treated cohorts: it keeps them as comparison, and the rows it leaves out in their place are those
 * whose numbers are the cohorts' numbers in order of appearance (test/did/reference-differences.test.ts shows it for the case at hand).
 */
function withoutMisplacedRows(frame: Frame<Row>, cohorts: Float64Array, periods: Float64Array): Frame<Row> {
  if (isRelative(periods)) return frame;
  const seen = new Set(periods);
  const first = periods.reduce((least, t) => Math.min(least, t), Number.POSITIVE_INFINITY);
  const order = [...new Set(cohorts)];
  const misplaced = new Set(order.flatMap((g, k) => (seen.has(g) && g <= first ? [k] : [])));
  return misplaced.size === 0 ? frame : frame.filter((_, i) => !misplaced.has(i));
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
