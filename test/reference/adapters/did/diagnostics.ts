import { panel } from "../../../../src/data/index.ts";
import { type BaconType, goodmanBacon, pretrendsPower, twfeWeights } from "../../../../src/did/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { splitFormula, termsOf } from "./formula.ts";

const BACON_TYPES: Readonly<Record<BaconType, string>> = {
  treatedVsUntreated: "Treated vs Untreated",
  earlierVsLater: "Earlier vs Later Treated",
  laterVsEarlier: "Later vs Earlier Treated",
  laterVsAlways: "Later vs Always Treated",
  bothTreated: "Both Treated",
};

/** `bacon`: pairs in the order in which timing groups appear in the data. */
export const baconAdapter: Adapter = ({ args, table }) => {
  args.accept("quietly");
  const { outcome, terms } = splitFormula(args.get<string>("formula"));
  const covariates = termsOf(terms.slice(1));
  const data = panel(table(), { unit: args.get<string>("id_var"), time: args.get<string>("time_var") });
  const result = goodmanBacon(data, { outcome, treated: terms[0]!, covariates });
  const starts = new Map<string, number>();
  const treated = data.numbers(terms[0]!);
  for (let u = 0; u < data.unitCount; u++) {
    let start = Number.POSITIVE_INFINITY;
    for (let i = data.unitOffsets[u + 1]! - 1; i >= data.unitOffsets[u]!; i--)
      if (treated[i] === 1) start = data.times[data.timeCodes[i]!]!;
    if (!starts.has(String(start))) starts.set(String(start), starts.size);
  }
  const rank = (start: number): number => starts.get(String(start))!;
  const byControl = covariates.length === 0 ? 1 : 0; // which of the two varies slowest
  const rows = [...result.comparisons].sort(
    (a, b) => byControl * (rank(a.control) - rank(b.control)) || rank(a.treated) - rank(b.treated) || rank(a.control) - rank(b.control),
  );
  const code = (start: number): number => (start === Number.POSITIVE_INFINITY ? 99999 : start);
  return {
    treated: rows.map((row) => code(row.treated)),
    untreated: rows.map((row) => code(row.control)),
    type: rows.map((row) => BACON_TYPES[row.type]),
    estimate: rows.map(({ estimate }) => estimate),
    weight: rows.map(({ weight }) => weight),
    ...(result.within === undefined ? {} : { Omega: result.within.weight, beta_hat_w: result.within.estimate }),
    twfe: result.estimates.twoWayFixedEffects.estimate,
  };
};

/** `twowayfeweights`. */
export const weightsAdapter: Adapter = ({ args, table }) => {
  args.accept("summary_measures", "test_random_weights", "path");
  const type = args.get<string>("type", "feTR");
  if (!["feTR", "feS", "fdTR", "fdS"].includes(type)) throw new Unsupported(`unsupported argument type = ${type}`);
  const level = args.optional<string>("D0");
  const listed = (name: string): readonly string[] => [args.get<string | readonly string[] | null>(name, []) ?? []].flat();
  // the main treatment's weights with other treatments in the regression: those are controls to it
  const controls = [...listed("controls"), ...listed("other_treatments")];
  const weights = args.optional<string>("weights");
  const result = twfeWeights(table(), {
    outcome: args.get<string>("Y"),
    group: args.get<string>("G"),
    time: args.get<string>("T"),
    treated: args.get<string>("D"),
    regression: type.startsWith("fe") ? "fixedEffects" : "firstDifferences",
    effects: type.endsWith("TR") ? "current" : "switchers",
    controls,
    ...(level === undefined || type === "fdS" ? {} : { treatmentLevel: level }), // weights of switching cells do not depend on levels
    ...(weights === undefined ? {} : { weights }),
  });
  return {
    beta: result.estimates.coefficient.estimate,
    nr_plus: result.positive.cells,
    nr_minus: result.negative.cells,
    sum_plus: result.positive.sum,
    sum_minus: result.negative.sum,
    sensibility: result.deviationForZero,
    sensibility2: result.deviationForReversal,
    G: result.cells.map(({ group }) => Number(group)),
    T: result.cells.map(({ time }) => time),
    weight: result.cells.map(({ weight }) => weight),
  };
};

/** `pretrends` and `slope_for_power`. */
export const pretrendsAdapter: Adapter = ({ args }) => {
  const beta = args.get<readonly number[]>("betahat");
  const times = args.get<readonly number[]>("tVec");
  const result = pretrendsPower(
    { estimates: beta.map((estimate, k) => ({ estimate, eventTime: times[k]! })), vcov: args.get<readonly (readonly number[])[]>("sigma") },
    {
      slope: args.get<number>("slope"),
      reference: args.get<number>("referencePeriod", -1),
      targetPower: args.get<number>("targetPower", 0.5),
    },
  );
  return {
    slope_for_power: result.slopeForPower,
    power: result.power,
    bayes_factor: result.bayesFactor,
    likelihood_ratio: result.likelihoodRatio,
    t: result.points.map(({ eventTime }) => eventTime),
    deltatrue: result.points.map(({ trend }) => trend),
    mean_after_pretesting: result.points.map(({ meanAfterPretesting }) => meanAfterPretesting),
  };
};
