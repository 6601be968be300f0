import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, type Arguments, type CaseContext, Unsupported } from "../../harness/case.ts";
import { definedOnly, kernelOf, list } from "./shared.ts";

const STATISTICS = {
  diffmeans: "differenceInMeans",
  ttest: "differenceInMeans",
  ksmirnov: "kolmogorovSmirnov",
  ranksum: "rankSum",
  hotelling: "hotelling",
} as const;

function statisticOf(name: string): (typeof STATISTICS)[keyof typeof STATISTICS] {
  if (!(name in STATISTICS)) throw new Unsupported(`unsupported argument statistic = ${name}`);
  return STATISTICS[name as keyof typeof STATISTICS];
}

type Columns = Record<string, number | string>;

type Frame = ReturnType<CaseContext["table"]>;

/** The window of rdrandinf: given, or the one its covariates recommend. */
function windowOf(args: Arguments, data: Frame): readonly [number, number] {
  const cutoff = args.get("cutoff", 0);
  const covariates = list(args.optional("covariates"));
  const rules = windowRules(args);
  const selection = {
    statistic: args.get<string>("rdwstat", "diffmeans"),
    approx: args.get("approx", false),
    reps: args.get("rdwreps", 1000),
  };
  const level = args.get("level", 0.15);
  const [wl, wr] = [args.optional<number>("wl"), args.optional<number>("wr")];
  if (wl !== undefined && wr !== undefined) return [wl, wr];
  // with neither a window nor covariates the whole sample is the window
  if (covariates.length === 0) return extent(data.numbers(args.get<string>("R")));
  const found = lib.windowSelection(data, {
    ...rules,
    running: args.get<string>("R"),
    cutoff,
    covariates,
    statistic: statisticOf(selection.statistic),
    inference: selection.approx ? "largeSample" : "randomization",
    repetitions: selection.reps,
    balanceLevel: level,
  } as lib.RdWindowOptions<Columns>);
  if (found.recommended === undefined) throw new Unsupported("no window is recommended");
  return [cutoff - found.recommended[0], cutoff + found.recommended[1]];
}

function extent(values: Float64Array): readonly [number, number] {
  const present = values.filter((value) => !Number.isNaN(value));
  return [present.reduce((a, b) => Math.min(a, b)), present.reduce((a, b) => Math.max(a, b))];
}

/** How windows grow, in rdwinselect and rdrandinf. */
const windowRules = (args: Arguments): object =>
  definedOnly({
    firstRows: args.optional<number>("obsmin"),
    firstWidth: args.optional<number>("wmin"),
    rowStep: args.optional<number>("wobs"),
    widthStep: args.optional<number>("wstep"),
    byValue: args.optional<boolean>("wmasspoints"),
    asymmetric: args.optional<boolean>("wasymmetric"),
    windows: args.optional<number>("nwindows"),
    completeCovariates: args.optional<boolean>("dropmissing"),
  });

/** Options of one test that rdrandinf, rdsensitivity and rdrbounds share. */
function testOptions(args: Arguments): object {
  args.accept("quietly", "seed", "plot", "graph.options");
  const cutoff = args.get("cutoff", 0);
  const name = args.get<string>("statistic", "diffmeans");
  // the reference appends the statistic to the column: c(d, "tsls")
  const [fuzzy, how = args.get<string>("fuzzy_stat", "itt")] = list(args.optional("fuzzy")) as readonly [string?, string?];
  if (!["itt", "tsls"].includes(how)) throw new Unsupported(`unsupported argument fuzzy = ${how}`);
  const stage = how === "tsls" && fuzzy !== undefined;
  const [left, right] = [args.optional<number>("evall"), args.optional<number>("evalr")];
  const evaluateAt = left === undefined && right === undefined ? meansOf(args) : [left ?? cutoff, right ?? cutoff];
  const chance = args.optional<string>("bernoulli");
  const all = ["differenceInMeans", "kolmogorovSmirnov", "rankSum"] as const;
  return {
    outcome: args.get<string>("Y"),
    running: args.get<string>("R"),
    cutoff,
    statistic: stage ? "twoStageLeastSquares" : name === "all" ? all : statisticOf(name),
    kernel: kernelOf(args.get("kernel", "uniform")),
    repetitions: args.get("reps", 1000),
    ...definedOnly({ treatment: fuzzy, order: args.optional<number>("p"), nullEffect: args.optional<number>("nulltau"), evaluateAt }),
    ...(chance === undefined ? {} : { assignment: { type: "independent", probability: chance } }),
  };
}

/** `evalat` of rdsensitivity and rdrbounds. */
function meansOf(args: Arguments): "means" | undefined {
  const at = args.get<string>("evalat", "cutoff");
  if (at !== "cutoff" && at !== "means") throw new Unsupported(`unsupported argument evalat = ${at}`);
  return at === "means" ? at : undefined;
}

export const rdrandinf: Adapter = ({ args, table }) => {
  const data = table();
  const options = { ...testOptions(args), window: windowOf(args, data) };
  const interference = args.optional<number>("interfci");
  const [alpha, ...effects] = [args.optional<number | readonly number[]>("ci") ?? []].flat() as number[];
  const run = (more: object): lib.RdLocalResult =>
    lib.localRandomization(data, { ...options, ...more } as unknown as lib.RdLocalOptions<Columns>);
  const fit = run({
    ...definedOnly({ powerEffect: args.optional<number>("d") }),
    ...(effects.length > 0 ? { effects, level: 1 - alpha! } : {}),
  });
  const scale = args.optional<number>("dscale");
  const power = (scale === undefined ? fit : run({ powerEffect: scale * fit.left.standardDeviation })).power;
  const both = (read: (side: lib.RdLocalResult["left"]) => number): number[] => [read(fit.left), read(fit.right)];
  const stage = fit.firstStage === undefined ? undefined : fit.estimates["effect"];
  return {
    sumstats: [
      both((side) => side.rows),
      both((side) => side.within),
      both((side) => side.mean),
      both((side) => side.standardDeviation),
      fit.window,
    ],
    obs_stat: fit.tests.map((test) => test.observed),
    p_value: fit.tests.map((test) => test.pValue),
    asy_pvalue: fit.tests.map((test) => test.asymptoticPValue),
    window: fit.window,
    // rdlocrand rounds the normal quantile of its two-stage interval to 1.96
    ci: stage ? [-1.96, 1.96].map((z) => stage.estimate + z * stage.standardError) : fit.accepted,
    interf_ci: interference === undefined ? undefined : run({ interference: true, level: 1 - interference }).interferenceInterval,
    power: power.power,
    ...(args.get("firststage", false) ? { first_stage: fit.firstStage } : {}),
  };
};

/** Half-widths as windows around the cutoff. */
function windowsOf(args: Arguments): (readonly [number, number])[] | undefined {
  const cutoff = args.get("cutoff", 0);
  const given = args.optional<number | readonly number[]>("wlist");
  if (given === undefined) return undefined;
  const right = [given].flat() as number[];
  const left = args.optional<number | readonly number[]>("wlist_left");
  const lefts = left === undefined ? right : ([left].flat() as number[]).map(Math.abs);
  return right.map((width, w) => [cutoff - lefts[w]!, cutoff + width] as const);
}

export const rdsensitivity: Adapter = ({ args, table }) => {
  args.accept("nodraw");
  const tlist = args.optional<number | readonly number[]>("tlist");
  const [shown, alpha] = [args.optional<readonly number[] | number>("ci"), args.get("ci_alpha", 0.05)];
  const grids = definedOnly({ windows: windowsOf(args), effects: tlist === undefined ? undefined : [tlist].flat() });
  const options = { ...testOptions(args), ...grids, level: 1 - alpha };
  const grid = lib.localSensitivity(table(), options as unknown as lib.RdLocalSensitivityOptions<Columns>);
  const { effects } = grid.options as { effects: readonly number[] };
  const at = shown === undefined ? 0 : grid.windows.findIndex(({ window }) => window[1] === ([shown].flat() as number[]).at(-1));
  return {
    tlist: effects,
    wlist: grid.windows.map(({ window }) => window[1]),
    results: effects.map((_, e) => grid.windows.map(({ pValues }) => pValues[e])),
    ci: grid.windows[at]?.accepted,
  };
};

export const rdrbounds: Adapter = ({ args, table }) => {
  args.accept("quietly", "seed", "fmpval", "expgamma");
  const [gamma, expgamma] = (["gamma", "expgamma"] as const).map((name) => args.optional<number | readonly number[]>(name));
  const given = gamma === undefined ? expgamma && [expgamma].flat() : ([gamma].flat() as number[]).map(Math.exp);
  const bound = args.get<string>("bound", "both");
  const fit = lib.hiddenBias(table(), {
    outcome: args.get<string>("Y"),
    running: args.get<string>("R"),
    cutoff: args.get("cutoff", 0),
    statistic: statisticOf(args.get("statistic", "ranksum")),
    kernel: kernelOf(args.get("kernel", "uniform")),
    repetitions: args.get("reps", 500),
    ...definedOnly({
      windows: windowsOf(args),
      odds: given,
      order: args.optional<number>("p"),
      evaluateAt: meansOf(args),
      treatment: args.optional<string>("fuzzy"),
      nullEffect: args.optional<number>("nulltau"),
      probability: args.optional<number>("prob"),
    }),
  } as unknown as lib.RdHiddenBiasOptions<Columns>);
  const table2 = (side: "lower" | "upper"): number[][] =>
    fit.windows[0]!.bounds.map((_, g) => fit.windows.map(({ bounds }) => bounds[g]![side]));
  return {
    gamma: fit.windows[0]!.bounds.map((row) => Math.log(row.odds)),
    expgamma: fit.windows[0]!.bounds.map((row) => row.odds),
    wlist: fit.windows.map(({ window }) => window[1]),
    p_values: fit.windows.map(({ pValue }) => pValue),
    lower_bound: bound === "upper" ? undefined : table2("lower"),
    upper_bound: bound === "lower" ? undefined : table2("upper"),
  };
};

export const locrandExact: Adapter = ({ args, table }) => {
  const names = list(args.get("statistic"));
  args.accept("statistic");
  const shared = {
    outcome: args.get<string>("Y"),
    running: args.get<string>("R"),
    cutoff: args.get("cutoff", 0),
    window: [args.get<number>("wl"), args.get<number>("wr")] as const,
    repetitions: 5_000_000,
  };
  const data = table();
  const run = (statistic: lib.LocalStatistic, nullEffect: number): lib.RdLocalResult =>
    lib.localRandomization(data, { ...shared, statistic, nullEffect } as lib.RdLocalOptions<Columns>);
  const first = run("differenceInMeans", 0);
  const nulltau = args.optional<readonly number[]>("nulltau") ?? Array.from({ length: 13 }, (_, i) => -1 + 0.25 * i);
  return {
    n: first.left.within + first.right.within,
    n1: first.right.within,
    assignments: first.assignments.count,
    ...Object.fromEntries(
      names.map((name) => {
        const fit = run(statisticOf(name) as lib.LocalStatistic, 0);
        return [name, { obs: name === "ranksum" ? fit.treatedRankSum : fit.tests[0]!.observed, pv: fit.tests[0]!.pValue }];
      }),
    ),
    nulltau,
    pv_by_nulltau: lib
      .localRandomization(data, { ...shared, effects: nulltau } as lib.RdLocalOptions<Columns>)
      .effects!.map(({ pValue }) => pValue),
  };
};

export const rdwinselect: Adapter = ({ args, table }) => {
  args.accept("seed", "quietly", "plot");
  const covariates = list(args.get("X"));
  const cutoff = args.get("cutoff", 0);
  const options = {
    running: args.get<string>("R"),
    cutoff,
    covariates,
    statistic: statisticOf(args.get("statistic", "diffmeans")),
    kernel: kernelOf(args.get("kernel", "uniform")),
    evaluateAt: args.get("evalat", "cutoff"),
    inference: args.get("approx", false) ? "largeSample" : "randomization",
    repetitions: args.get("reps", 1000),
    ...windowRules(args),
    ...definedOnly({ balanceLevel: args.optional<number>("level"), order: args.optional<number>("p") }),
  } as lib.RdWindowOptions<Columns>;
  const fit = lib.windowSelection(table(), options);
  return {
    w_left: fit.recommended && cutoff - fit.recommended[0],
    w_right: fit.recommended && cutoff + fit.recommended[1],
    results: fit.windows.map(({ width, rows, pValue, covariate, binomialPValue }) => [
      pValue,
      covariate === undefined ? undefined : covariates.indexOf(covariate) + 1,
      binomialPValue,
      ...rows,
      cutoff - width[0],
      cutoff + width[1],
    ]),
    summary: fit.nearest,
  };
};
