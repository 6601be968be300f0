import {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  wildClusterBootstrap,
} from "../../../src/inference/wild-cluster-bootstrap.ts";
import type { OlsOptions } from "../../../src/regression/index.ts";
import { ols } from "../../../src/regression/ols.ts";
import { type Adapter, type Adapters, Unsupported } from "../harness/case.ts";
import { type AnyRow, type Data, listOf, olsOptions, type Shape } from "./regression/ols-shape.ts";

/**
 * One test of a wild bootstrap case, named like `x1_equal_0.2_null_imposed_fe_dummies`, `tr_null_imposed_type_31`; of several coefficients
 * `tr+x1_null_imposed`.
 */
function wildTest(data: Data, name: string, options: OlsOptions<AnyRow>, wild: WildClusterBootstrapOptions): Shape {
  const parts = /^(.+?)(?:_equal_([-\d.]+))?_null_(not_)?imposed(?:_type_(\d\d))?(?:_(\w+)_dummies)?(?:_type_(\d\d))?$/.exec(name);
  if (parts === null) throw new Unsupported(`unsupported test ${name}`);
  const [, term, value, not, before, effect, after] = parts;
  const fit = ols(data, { ...options, ...(effect === undefined ? {} : { fixedEffects: [effect] }) });
  const terms = term!.split("+");
  const variant = variantOf(before ?? after);
  return shapeOf(
    wildClusterBootstrap(fit, {
      ...wild,
      ...(terms.length > 1 ? { terms } : { term: term!, value: Number(value ?? 0) }),
      ...(variant === undefined ? {} : { variant }),
      imposeNull: not === undefined,
      keepDraws: true,
    }),
  );
}

function variantOf(type: string | undefined): WildClusterBootstrapOptions["variant"] {
  if (type === undefined || type === "fnw11") return type === undefined ? undefined : "11";
  if (type === "11" || type === "13" || type === "31" || type === "33") return type;
  throw new Unsupported(`unsupported argument type ${type}`);
}

function shapeOf({ statistic, pValues: { strict, tiesCounted }, drawnStatistics, estimates }: WildClusterBootstrapResult): Shape {
  return {
    t: statistic,
    p_two_tailed_strict: strict.twoSided,
    p_two_tailed_ties_counted: tiesCounted.twoSided,
    p_lower_strict: strict.less,
    p_upper_strict: strict.greater,
    p_equal_tailed: tiesCounted.equalTailed,
    t_sorted_first20: drawnStatistics!.slice().sort().slice(0, 20),
    sum_abs_t: drawnStatistics!.reduce((sum, t) => sum + Math.abs(t), 0),
    conf_int: Object.values(estimates)[0]?.confidenceInterval,
  };
}

const ALTERNATIVES = { "two-tailed": "twoSided", "equal-tailed": "equalTailed", ">": "greater", "<": "less" } as const;

/** Wild cluster bootstrap over all sign vectors; arguments as in `fwildclusterboot::boottest`. */
const wild_bootstrap: Adapter = ({ args, table, case: { expected } }) => {
  const data = table();
  const { weights: _, ...options } = olsOptions(args);
  const tails = args.get<string>("p_val_type", "two-tailed");
  const alternative = ALTERNATIVES[tails as keyof typeof ALTERNATIVES];
  if (alternative === undefined) throw new Unsupported(`unsupported argument p_val_type ${tails}`);
  const drawn = args.optional<string | readonly string[]>("bootcluster");
  const cluster = listOf(args.get("cluster"));
  const variant = variantOf(args.optional<string>("bootstrap_type") ?? args.optional<string>("type"));
  args.accept("engine", "nthreads", "seed");
  const wild: WildClusterBootstrapOptions = {
    cluster,
    alternative,
    multipliers: args.get<"rademacher" | "mammen" | "webb" | "normal">("weights", "rademacher"),
    draws: args.get<boolean>("enumerated", false) ? 2 ** 20 : args.get<number>("B", 9999),
    level: 1 - args.get<number>("sign_level", 0.05),
    ...(variant === undefined ? {} : { variant }),
    ...(drawn === undefined || drawn === "max" ? {} : { bootstrapCluster: drawn === "min" ? fewest(data, cluster) : listOf(drawn) }),
  };
  // boottest gives each term of a multiway variance its own G/(G-1)
  const fitted = {
    ...options,
    ...(cluster.length > 1 ? { smallSample: { ...options.smallSample, clusterFactor: "conventional" as const } } : {}),
  };
  const names = Object.keys(expected as Shape).filter((name) => name.includes("imposed"));
  const tests = Object.fromEntries(names.map((name) => [name, wildTest(data, name, fitted, wild)]));
  return { ...tests, boottest_full_enumeration_p: tests[names[0]!]?.["p_two_tailed_strict"] };
};

/** The cluster variable with the fewest clusters. */
function fewest(data: Data, cluster: readonly string[]): string {
  const count = (name: string): number => new Set(data.rows().map((row) => row[name])).size;
  return cluster.reduce((least, name) => (count(name) < count(least) ? name : least));
}

/** Calls of resampling inference as calls of the library. */
export const inference: Adapters = { wild_bootstrap };
