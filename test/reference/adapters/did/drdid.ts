import { type Panel, panel } from "../../../../src/data/index.ts";
import { type TwoByTwoOptions, type TwoByTwoResult, twoByTwo } from "../../../../src/did/index.ts";
import type { Adapters, CaseContext } from "../../harness/case.ts";
import { formulaTerms, type Row } from "./formula.ts";

/** Level at which the normal quantile is the 1.96 of DRDID's intervals. */
export const LEVEL_OF_196 = 1 - 2 * 0.024997895148220435;

interface TwoByTwoCall {
  readonly method: NonNullable<TwoByTwoOptions<Row>["method"]>;
  readonly locallyEfficient?: boolean;
}

const PANEL_METHODS: Readonly<Record<string, TwoByTwoCall>> = {
  drdid_panel: { method: "doublyRobust" },
  drdid_imp_panel: { method: "improvedDoublyRobust" },
  reg_did_panel: { method: "regression" },
  std_ipw_did_panel: { method: "ipw" },
  ipw_did_panel: { method: "horvitzThompson" },
  twfe_did_panel: { method: "twoWayRegression" },
};

const ROW_METHODS: Readonly<Record<string, TwoByTwoCall>> = {
  drdid_rc: { method: "doublyRobust", locallyEfficient: true },
  drdid_rc1: { method: "doublyRobust", locallyEfficient: false },
  drdid_imp_rc: { method: "improvedDoublyRobust", locallyEfficient: true },
  drdid_imp_rc1: { method: "improvedDoublyRobust", locallyEfficient: false },
  reg_did_rc: { method: "regression" },
  std_ipw_did_rc: { method: "ipw" },
  ipw_did_rc: { method: "horvitzThompson" },
  twfe_did_rc: { method: "twoWayRegression" },
};

function twoByTwoShape({ estimates: { att }, influence }: TwoByTwoResult): unknown {
  return {
    ATT: att.estimate,
    se: att.standardError,
    lci: att.confidenceInterval[0],
    uci: att.confidenceInterval[1],
    "att.inf.func": influence === undefined ? undefined : Array.from(influence.values),
  };
}

/** The options that all functions of DRDID share. */
function drdidOptions({ args }: CaseContext, covariates: string, weights: string): Omit<TwoByTwoOptions<Row>, "outcome" | "treated"> {
  args.accept("boot", "nboot", "boot.type", "inffunc", "inffunct");
  const weight = args.optional<string>(weights);
  return {
    covariates: formulaTerms(args.optional<string>(covariates)),
    trim: args.get("trim.level", 0.995),
    baseRegressionSign: "DRDID",
    keepInfluence: true,
    level: LEVEL_OF_196,
    ...(weight === undefined ? {} : { weights: weight }),
  };
}

/** Vector functions for panels: two outcome columns become two rows a unit. */
const drdidPanel =
  (call: TwoByTwoCall) =>
  (context: CaseContext): unknown => {
    const { args } = context;
    const wide = context.table();
    const n = wide.rowCount;
    const rows = Int32Array.from({ length: 2 * n }, (_, i) => i >> 1);
    const [y0, y1] = [wide.numbers(args.get<string>("y0")), wide.numbers(args.get<string>("y1"))];
    const long = wide.take(rows).with({
      unit__: Float64Array.from(rows),
      period__: Float64Array.from(rows, (_, i) => i % 2),
      outcome__: Float64Array.from(rows, (row, i) => (i % 2 === 0 ? y0[row]! : y1[row]!)),
    });
    const result = twoByTwo(panel(long, { unit: "unit__", time: "period__" }) as unknown as Panel<Row>, {
      ...drdidOptions(context, "covariates", "i.weights"),
      ...call,
      outcome: "outcome__",
      treated: args.get<string>("D"),
    });
    return twoByTwoShape(result);
  };

const drdidRows =
  (call: TwoByTwoCall) =>
  (context: CaseContext): unknown =>
    twoByTwoShape(
      twoByTwo(context.table(), {
        ...drdidOptions(context, "covariates", "i.weights"),
        ...call,
        outcome: context.args.get<string>("y"),
        treated: context.args.get<string>("D"),
        time: context.args.get<string>("post"),
      }),
    );

/** The functions for data frames. */
const drdidFrame =
  (methodOf: (context: CaseContext) => TwoByTwoCall) =>
  (context: CaseContext): unknown => {
    const { args } = context;
    const time = args.get<string>("tname");
    const id = args.optional<string>("idname");
    const options = {
      ...drdidOptions(context, "xformla", "weightsname"),
      ...methodOf(context),
      outcome: args.get<string>("yname"),
      treated: args.get<string>("dname"),
    };
    const data = context.table();
    return twoByTwoShape(
      args.get("panel", true) ? twoByTwo(panel(data, { unit: id!, time }), options) : twoByTwo(data, { ...options, time }),
    );
  };

export const drdidAdapters: Adapters = Object.fromEntries([
  ...Object.entries(PANEL_METHODS).map(([name, call]) => [`DRDID::${name}`, drdidPanel(call)] as const),
  ...Object.entries(ROW_METHODS).map(([name, call]) => [`DRDID::${name}`, drdidRows(call)] as const),
  ["DRDID::ordid", drdidFrame(() => ({ method: "regression" }))] as const,
  [
    "DRDID::drdid",
    drdidFrame(({ args }) => ({ method: args.get("estMethod", "imp") === "imp" ? "improvedDoublyRobust" : "doublyRobust" })),
  ] as const,
  ["DRDID::ipwdid", drdidFrame(({ args }) => ({ method: args.get("normalized", true) ? "ipw" : "horvitzThompson" }))] as const,
]);
