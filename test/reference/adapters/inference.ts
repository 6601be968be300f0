import { type WildClusterBootstrapResult, wildClusterBootstrap } from "../../../src/inference/wild-cluster-bootstrap.ts";
import type { OlsOptions } from "../../../src/regression/index.ts";
import { ols } from "../../../src/regression/ols.ts";
import { type Adapter, type Adapters, Unsupported } from "../harness/case.ts";
import { type AnyRow, type Data, olsOptions, type Shape } from "./regression/ols-shape.ts";

/** One test of a wild bootstrap case, named like `x1_equal_0.2_null_imposed_fe_dummies`. */
function wildTest(data: Data, name: string, options: OlsOptions<AnyRow>, cluster: string, wild: object): Shape {
  const parts = /^(.+?)(?:_equal_([-\d.]+))?_null_(not_)?imposed(?:_(fe)_dummies)?$/.exec(name);
  if (parts === null) throw new Unsupported(`unsupported test ${name}`);
  const [, term, value, not, effect] = parts;
  const fit = ols(data, { ...options, ...(effect === undefined ? {} : { fixedEffects: [effect] }) });
  return shapeOf(
    wildClusterBootstrap(fit, {
      ...wild,
      term: term!,
      value: Number(value ?? 0),
      imposeNull: not === undefined,
      cluster,
      keepDraws: true,
    }),
  );
}

function shapeOf({ statistic, pValues: { strict, tiesCounted }, drawnStatistics }: WildClusterBootstrapResult): Shape {
  return {
    t: statistic,
    p_two_tailed_strict: strict.twoSided,
    p_two_tailed_ties_counted: tiesCounted.twoSided,
    p_lower_strict: strict.less,
    p_upper_strict: strict.greater,
    p_equal_tailed: tiesCounted.equalTailed,
    t_sorted_first20: drawnStatistics!.slice().sort().slice(0, 20),
    sum_abs_t: drawnStatistics!.reduce((sum, t) => sum + Math.abs(t), 0),
  };
}

/** Wild cluster bootstrap over all sign vectors. */
const wild_bootstrap: Adapter = ({ args, table, case: { expected } }) => {
  const data = table();
  const { weights: _, ...options } = olsOptions(args);
  const cluster = args.get<string>("cluster");
  const wild = {
    multipliers: args.get<"rademacher" | "mammen" | "webb" | "normal">("weights", "rademacher"),
    draws: args.get<boolean>("enumerated", false) ? 2 ** 20 : args.get<number>("B", 9999),
  };
  const names = Object.keys(expected as Shape).filter((name) => name.includes("imposed"));
  const tests = Object.fromEntries(names.map((name) => [name, wildTest(data, name, options, cluster, wild)]));
  return { ...tests, boottest_full_enumeration_p: tests[names[0]!]?.["p_two_tailed_strict"] };
};

/** Calls of resampling inference as calls of the library. */
export const inference: Adapters = { wild_bootstrap };
