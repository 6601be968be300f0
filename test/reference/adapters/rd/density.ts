import * as lib from "../../../../src/rd/index.ts";
import type { Adapter, Arguments } from "../../harness/case.ts";
import { definedOnly, kernelOf, pair, rowsOf } from "./shared.ts";

const DENSITY_SELECTORS = { comb: "combination", each: "each", diff: "difference", sum: "sum" } as const;

function densityOptions(args: Arguments): lib.RdDensityOptions<Record<string, number | string>> {
  return {
    running: args.get<string>("X"),
    cutoff: args.optional<number>("c") ?? 0,
    kernel: kernelOf(args.optional("kernel")),
    fit: args.get("fitselect", "unrestricted"),
    variance: args.get("vce", "jackknife"),
    bandwidthSelector: DENSITY_SELECTORS[args.get<keyof typeof DENSITY_SELECTORS>("bwselect", "comb")],
    regularize: args.get("regularize", true),
    massPoints: args.get("massPoints", true) ? "adjust" : "off",
    binomial: definedOnly({
      rows: args.optional<number>("binoN"),
      width: args.optional<number>("binoW"),
      rowStep: args.optional<number>("binoNStep"),
      widthStep: args.optional<number>("binoWStep"),
      windows: args.optional<number>("binoNW"),
      probability: args.optional<number>("binoP"),
    }),
    ...definedOnly({
      order: args.optional<number>("p"),
      testOrder: args.optional<number>("q"),
      bandwidth: args.optional<number>("h"),
      minimumRows: args.optional<number>("nLocalMin"),
      minimumUnique: args.optional<number>("nUniqueMin"),
    }),
  } as lib.RdDensityOptions<Record<string, number | string>>;
}

const bandwidthTable = (selected: NonNullable<lib.RdDensityResult["selected"]>): object =>
  Object.fromEntries(
    (
      [
        ["l", "left"],
        ["r", "right"],
        ["diff", "difference"],
        ["sum", "sum"],
      ] as const
    ).map(([theirs, ours]) => {
      const { bandwidth, variance, squaredBias } = selected[ours];
      return [theirs, { bw: bandwidth, variance, biassq: squaredBias }];
    }),
  );

export const rddensity: Adapter = ({ args, table }) => {
  args.accept("noPrint", "detail");
  const binomial = args.get("bino", true);
  const all = args.get("all", false);
  const fit = lib.densityTest(rowsOf(table(), args), densityOptions(args));
  const plugin = fit.options.variance === "plugin";
  const columns = (estimates: lib.DensityEstimates | undefined, field: "estimate" | "standardError", shown: boolean): object => ({
    left: shown ? estimates?.left[field] : undefined,
    right: shown ? estimates?.right[field] : undefined,
    diff: shown ? estimates?.difference[field] : undefined,
  });
  const tests = (estimates: lib.DensityEstimates | undefined, shown: boolean): object => ({
    t_asy: shown && plugin ? estimates?.difference.statistic : undefined,
    t_jk: shown && !plugin ? estimates?.difference.statistic : undefined,
    p_asy: shown && plugin ? estimates?.difference.pValue : undefined,
    p_jk: shown && !plugin ? estimates?.difference.pValue : undefined,
  });
  const sides = <T>(read: (side: lib.RdDensityResult["left"]) => T): object => ({ left: read(fit.left), right: read(fit.right) });
  return {
    hat: columns(fit.densities, "estimate", true),
    sd_jk: columns(fit.densities, "standardError", !plugin),
    sd_asy: columns(fit.densities, "standardError", plugin),
    test: tests(fit.densities, true),
    hat_p: columns(fit.conventional, "estimate", all),
    sd_jk_p: columns(fit.conventional, "standardError", all && !plugin),
    sd_asy_p: columns(fit.conventional, "standardError", all && plugin),
    test_p: tests(fit.conventional, all),
    N: {
      full: fit.sample.used,
      left: fit.left.rows,
      right: fit.right.rows,
      eff_left: fit.left.within,
      eff_right: fit.right.within,
    },
    h: pair(fit.bandwidths.h),
    X_min: sides((side) => side.minimum),
    X_max: sides((side) => side.maximum),
    p: fit.options.order,
    q: fit.options.testOrder,
    nLocalMin: fit.options.minimumRows,
    nUniqueMin: fit.options.minimumUnique,
    masspoints_flag: fit.options.massPoints === "adjust" && fit.left.unique + fit.right.unique < fit.sample.used,
    bino: binomial && {
      LeftN: fit.binomial.map(({ rows }) => rows[0]),
      RightN: fit.binomial.map(({ rows }) => rows[1]),
      LeftWindow: fit.binomial.map(({ width }) => width[0]),
      RightWindow: fit.binomial.map(({ width }) => width[1]),
      pval: fit.binomial.map(({ pValue }) => pValue),
    },
    ...(fit.selected === undefined ? {} : { rdbwdensity: bandwidthTable(fit.selected) }),
  };
};

export const rdbwdensity: Adapter = ({ args, table }) => {
  const fit = lib.densityTest(rowsOf(table(), args), densityOptions(args));
  return { h: bandwidthTable(fit.selected!), ...bandwidthTable(fit.selected!) };
};
