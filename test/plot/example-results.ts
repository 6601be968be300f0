import { finishResult } from "../../src/core/display.ts";
import type { Result } from "../../src/core/result.ts";
import { estimateFromStandardError } from "../../src/inference/estimate.ts";

const common = {
  sample: { rows: 1000, used: 990, dropped: [{ reason: 'missing "employed"', rows: 10 }], units: 100 },
  warnings: [],
  options: { outcome: "employed", running: "childAgeMonths", level: 0.95 },
  reference: "A reference (2020)",
};
const normal = (term: string, estimate: number, standardError: number) =>
  estimateFromStandardError(term, estimate, standardError, Number.POSITIVE_INFINITY, 0.95);

/** An event study from -3 to 2 with period -1 left out as the reference. */
export const eventStudy: Result & { readonly overall: ReturnType<typeof normal> } = finishResult({
  ...common,
  kind: "did.aggregate",
  type: "dynamic",
  estimates: [-3, -2, 0, 1, 2].map((eventTime) => {
    const effect = eventTime < 0 ? 0.002 * eventTime : 0.02 + 0.01 * eventTime;
    return { ...normal(`${eventTime}`, effect, 0.008), eventTime, uniformBand: [effect - 0.022, effect + 0.022] as const };
  }),
  overall: normal("overall", 0.03, 0.006),
  referencePeriods: [-1],
});

/** Three subgroups with clearly unequal effects. */
export const subgroups: Result = finishResult({
  ...common,
  kind: "heterogeneity.subgroups",
  estimates: [normal("a", 0.02, 0.006), normal("b", 0.06, 0.008), normal("c", -0.01, 0.02)],
  groups: [
    { by: { sex: "woman" }, label: "women", rows: 600, units: 60, share: 0.6, estimate: normal("a", 0.02, 0.006), adjustedPValue: 0.001 },
    { by: { sex: "man" }, label: "men", rows: 300, units: 30, share: 0.3, estimate: normal("b", 0.06, 0.008), adjustedPValue: 0.001 },
    {
      by: { sex: "x" },
      label: "not <known> & other",
      rows: 90,
      units: 9,
      share: 0.1,
      estimate: normal("c", -0.01, 0.02),
      adjustedPValue: 0.6,
    },
  ],
  overall: normal("overall", 0.031, 0.005),
  equality: {
    statistic: 18,
    degreesOfFreedom: 2,
    denominatorDegreesOfFreedom: Number.POSITIVE_INFINITY,
    pValue: 0.0001,
    distribution: "chiSquared",
  },
});

const line = (running: number, jump: number): number => 0.3 + 0.001 * running + jump;
const binsOf = (side: "left" | "right", from: number, jump: number) =>
  Array.from({ length: 5 }, (_, index) => {
    const midpoint = from + 7.2 * (index + 0.5);
    const outcome = line(midpoint, jump);
    return { side, index, midpoint, rows: 20, outcome, confidenceInterval: [outcome - 0.02, outcome + 0.02] as const };
  });
const curve = (from: number, jump: number) => {
  const running = Array.from({ length: 500 }, (_, i) => from + (36 * i) / 499);
  return { curve: { running, outcome: running.map((x) => line(x, jump)) } };
};

/** Bins and curves with a jump of 0.05 at 60. */
export const discontinuity: Result = finishResult({
  ...common,
  kind: "rd.bins",
  estimates: {},
  bins: [...binsOf("left", 24, 0), ...binsOf("right", 60, 0.05)],
  left: curve(24, 0),
  right: curve(60, 0.05),
  options: { ...common.options, cutoff: 60 },
});

/** Two cohorts over four periods. */
export const groupTime: Result = finishResult({
  ...common,
  kind: "did.attGt",
  estimates: [2004, 2006].flatMap((group) =>
    [2003, 2004, 2005, 2006].map((time) => ({ ...normal(`ATT(${group},${time})`, time < group ? 0 : 0.02, 0.01), group, time })),
  ),
});

/** A regression with named estimates. */
export const regression: Result = finishResult({
  ...common,
  kind: "regression.ols",
  estimates: { treated: normal("treated", 1.2, 0.3), age: normal("age", -0.04, 0.01) },
  vcov: [
    [0.09, 0],
    [0, 0.0001],
  ],
  warnings: [{ code: "FEW_CLUSTERS", message: "Only 12 clusters" }],
});
