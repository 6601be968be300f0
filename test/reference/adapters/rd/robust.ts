import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { definedOnly, designOptions, isVersion3, kernelOf, LABELS, pair, rowsOf, vceLabel } from "./shared.ts";

const three = (
  estimates: lib.RobustEstimates,
  field: "estimate" | "standardError" | "statistic" | "pValue" | "confidenceInterval",
): object => ({
  conventional: estimates.conventional[field],
  bias_corrected: estimates.biasCorrected[field],
  robust: estimates.robust[field],
});

export const rdrobust: Adapter = ({ case: reference, args, table }) => {
  const { version } = reference.source;
  const options = designOptions(args, version);
  const level = args.get("level", 95);
  args.accept("all", "detail");
  const fit = lib.estimate(rowsOf(table(), args), {
    ...options,
    ...definedOnly({
      bandwidth: args.optional<number>("h"),
      biasBandwidth: args.optional<number>("b"),
      rho: args.optional<number>("rho"),
      scale: args.optional<number>("scalepar"),
    }),
    level: level / 100,
  });
  const sides = <T>(read: (side: lib.RdSide) => T): object => ({ left: read(fit.left), right: read(fit.right) });
  const manual = fit.options.bandwidth !== undefined;
  const rowsAsUnique = fit.options.massPoints === "off" || (manual && isVersion3(version));
  return {
    N: sides((side) => side.rows),
    N_h: sides((side) => side.within),
    N_b: sides((side) => side.withinBias),
    M: sides((side) => (rowsAsUnique ? side.rows : side.unique)),
    bws: { h: pair(fit.bandwidths.h), b: pair(fit.bandwidths.b) },
    coef: three(fit.estimates, "estimate"),
    se: three(fit.estimates, "standardError"),
    z: three(fit.estimates, "statistic"),
    pv: three(fit.estimates, "pValue"),
    ci: three(fit.estimates, "confidenceInterval"),
    tau_cl: sides((side) => side.conventional),
    tau_bc: sides((side) => side.biasCorrected),
    bias: sides((side) => side.bias),
    beta_Y_p: sides((side) => side.coefficients),
    V_cl: sides((side) => side.covariance.conventional),
    V_rb: sides((side) => side.covariance.robust),
    p: fit.options.order,
    q: fit.options.biasOrder,
    c: fit.options.cutoff,
    bwselect: fit.bandwidthSelector === "manual" ? "Manual" : fit.bandwidthSelector,
    kernel: LABELS[fit.options.kernel],
    vce: vceLabel(args.get("vce", "nn"), args.optional("cluster"), version),
    level,
    ...(fit.covariates === undefined
      ? {}
      : { beta_covs: fit.covariates.map((row) => (row.treatment === undefined ? [row.outcome] : [row.outcome, row.treatment])) }),
    ...(fit.left.clusters === undefined ? {} : { n_clust: sides((side) => side.clusters) }),
    ...(fit.firstStage === undefined
      ? {}
      : {
          first_stage: {
            coef: three(fit.firstStage, "estimate"),
            se: three(fit.firstStage, "standardError"),
            z: three(fit.firstStage, "statistic"),
            pv: three(fit.firstStage, "pValue"),
            ci: three(fit.firstStage, "confidenceInterval"),
            beta_T_p: sides((side) => side.treatmentCoefficients),
          },
        }),
  };
};

export const rdbwselect: Adapter = ({ case: reference, args, table }) => {
  const options = designOptions(args, reference.source.version);
  const all = args.get("all", false);
  const result = lib.bandwidth(rowsOf(table(), args), { ...options, all });
  const { rows, unique, within } = result.counts;
  const { pilot } = result;
  const stage = (step: NonNullable<NonNullable<typeof pilot>["steps"]>[0], name: string): object => {
    const side = ({ variance, bias, regularization }: typeof step.left): object => ({
      V: variance,
      B: bias,
      R: regularization,
      rate: step.rate,
    });
    return { left: side(step.left), right: side(step.right), [name]: step.bandwidth[0] };
  };
  const steps = pilot?.steps;
  return {
    ...(pilot === undefined ? {} : { BWp: pilot.spread, c_bw: pilot.bandwidth, range: pair(pilot.range) }),
    ...(steps === undefined ? {} : { stage_d: stage(steps[0], "d"), stage_b: stage(steps[1], "b"), stage_h: stage(steps[2], "h") }),
    bws: Object.fromEntries(Object.entries(result.bandwidths).map(([name, { h, b }]) => [name, { h: pair(h), b: pair(b) }])),
    N: pair(rows),
    N_h: pair(within),
    M: pair(result.options.massPoints === "off" ? rows : unique),
  };
};

export const neighbourResiduals: Adapter = ({ args, table }) => {
  const matches = args.get<number | readonly number[]>("nnmatch", 3);
  const shared = { outcome: args.get<string>("y"), running: args.get<string>("x") };
  const residuals = (count: number): readonly number[] =>
    lib.nearestNeighbourResiduals(table(), { ...shared, matches: count } as lib.NeighbourResidualOptions<Record<string, number | string>>)
      .residuals;
  return Object.fromEntries((typeof matches === "number" ? [matches] : matches).map((count) => [`nn${count}`, residuals(count)]));
};

const LEGACY_RESIDUALS = { nn: "nearestNeighbour", resid: "fitted" } as const;

const LEGACY = { IK: "imbensKalyanaraman", CCT: "directPlugIn" } as const;

export const rdbwselect2014: Adapter = ({ args, table }) => {
  const names = args.get<string | readonly string[]>("bwselect", "CCT");
  const data = rowsOf(table(), args);
  // constants are exact here, whether the reference integrates them or not; the grid belongs to cross-validation
  args.accept("precalc", "cvplot", "delta", "cvgrid_min", "cvgrid_max", "cvgrid_length");
  if (args.get("all", false)) throw new Unsupported("unsupported argument all");
  const vce = args.get<string>("vce", "nn").toLowerCase();
  if (!(vce in LEGACY_RESIDUALS)) throw new Unsupported(`unsupported argument vce = ${vce}`);
  const matches = args.optional<number>("matches") ?? args.optional<number>("nnmatch") ?? 3;
  const derivative = args.get("deriv", 0);
  const run = (name: string): object => {
    if (!(name in LEGACY)) throw new Unsupported(`unsupported argument bwselect = ${name}`);
    const { h, b } = lib.legacyBandwidth(data, {
      outcome: args.get<string>("y"),
      running: args.get<string>("x"),
      cutoff: args.optional<number>("c") ?? 0,
      selector: LEGACY[name as keyof typeof LEGACY],
      kernel: kernelOf(args.optional<string>("kernel")),
      matches,
      derivative,
      residuals: LEGACY_RESIDUALS[vce as keyof typeof LEGACY_RESIDUALS],
      regularization: args.get("scaleregul", 1),
      ...definedOnly({ order: args.optional<number>("p"), biasOrder: args.optional<number>("q"), rho: args.optional<number>("rho") }),
    } as lib.RdLegacyBandwidthOptions<Record<string, number | string>>);
    return { h, b };
  };
  return typeof names === "string" ? run(names) : Object.fromEntries(names.map((name) => [name, run(name)]));
};
