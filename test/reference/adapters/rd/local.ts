import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, type Arguments, Unsupported } from "../../harness/case.ts";
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

function randomizationOptions(args: Arguments): lib.RdLocalOptions<Columns> {
  args.accept("reps", "quietly", "seed");
  const name = args.get<string>("statistic", "diffmeans");
  const fuzzy = args.optional<string>("fuzzy");
  const stage = fuzzy !== undefined && args.get<string>("fuzzy_stat", "itt") === "tsls";
  args.accept("fuzzy_stat");
  args.accept("d", "dscale");
  const [left, right] = [args.optional<number>("evall"), args.optional<number>("evalr")];
  const cutoff = args.get("cutoff", 0);
  const evaluateAt = left === undefined && right === undefined ? undefined : [left ?? cutoff, right ?? cutoff];
  const all = ["differenceInMeans", "kolmogorovSmirnov", "rankSum"] as const;
  return {
    outcome: args.get<string>("Y"),
    running: args.get<string>("R"),
    cutoff,
    window: [args.get<number>("wl"), args.get<number>("wr")],
    statistic: stage ? "twoStageLeastSquares" : name === "all" ? all : (statisticOf(name) as lib.LocalStatistic),
    kernel: kernelOf(args.get("kernel", "uniform")),
    ...definedOnly({ treatment: fuzzy, order: args.optional<number>("p"), nullEffect: args.optional<number>("nulltau"), evaluateAt }),
    repetitions: 20,
  } as unknown as lib.RdLocalOptions<Columns>;
}

export const rdrandinf: Adapter = ({ args, table }) => {
  const options = randomizationOptions(args);
  args.accept("ci");
  const fit = lib.localRandomization(table(), options);
  const both = (read: (side: lib.RdLocalResult["left"]) => number): number[] => [read(fit.left), read(fit.right)];
  return {
    sumstats: [
      both((side) => side.rows),
      both((side) => side.within),
      both((side) => side.mean),
      both((side) => side.standardDeviation),
      fit.window,
    ],
    obs_stat: fit.tests.map((test) => test.observed),
    asy_pvalue: fit.tests.map((test) => test.asymptoticPValue),
    window: fit.window,
    // rdlocrand rounds the normal quantile of this interval to 1.96
    ci: fit.estimates["effect"] && [-1.96, 1.96].map((z) => fit.estimates["effect"]!.estimate + z * fit.estimates["effect"]!.standardError),
  };
};

export const locrandExact: Adapter = ({ args, table }) => {
  const names = list(args.get("statistic"));
  args.accept("statistic");
  const shared = {
    outcome: args.get<string>("Y"),
    running: args.get<string>("R"),
    window: [args.get<number>("wl"), args.get<number>("wr")] as const,
    repetitions: 1_000_000,
  };
  const data = table();
  const run = (statistic: lib.LocalStatistic, nullEffect: number): lib.RdLocalResult =>
    lib.localRandomization(data, { ...shared, statistic, nullEffect } as lib.RdLocalOptions<Columns>);
  const first = run("differenceInMeans", 0);
  const nulltau = Array.from({ length: 13 }, (_, i) => -1 + 0.25 * i);
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
    pv_by_nulltau: nulltau.map((tau) => run("differenceInMeans", tau).tests[0]!.pValue),
  };
};

export const rdwinselect: Adapter = ({ args, table }) => {
  args.accept("reps", "seed", "quietly", "plot", "approx");
  const covariates = list(args.get("X"));
  const options = {
    running: args.get<string>("R"),
    cutoff: args.get("cutoff", 0),
    covariates,
    statistic: statisticOf(args.get("statistic", "diffmeans")),
    ...definedOnly({
      balanceLevel: args.optional<number>("level"),
      firstRows: args.optional<number>("obsmin"),
      firstWidth: args.optional<number>("wmin"),
      rowStep: args.optional<number>("wobs"),
      widthStep: args.optional<number>("wstep"),
      byValue: args.optional<boolean>("wmasspoints"),
      asymmetric: args.optional<boolean>("wasymmetric"),
      windows: args.optional<number>("nwindows"),
      completeCovariates: args.optional<boolean>("dropmissing"),
    }),
  } as lib.RdWindowOptions<Columns>;
  const fit = lib.windowSelection(table(), options);
  const cutoff = args.get("cutoff", 0);
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
