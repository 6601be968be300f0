import * as lib from "../../../../src/rd/index.ts";
import { type Adapter, type CaseContext, Unsupported } from "../../harness/case.ts";
import { type Data, definedOnly, kernelOf, LABELS, list, rowsOf } from "./shared.ts";

/** Whether a column was passed as a factor: labels, 0/1, or few whole numbers. */
function isFactor(data: Data, name: string): boolean {
  const column = data.column(name);
  if (column.type === "category") return true;
  const values = new Set(column.values.filter((value) => !Number.isNaN(value)));
  return values.size <= 10 && [...values].every(Number.isInteger);
}

/** `"v + z2"` and `"a*b"`: the columns of a design without intercept. */
function alongOf(text: string): (string | string[])[] {
  const out: (string | string[])[] = [];
  for (const term of text.split("+").map((part) => part.trim())) {
    if (/^[\w.]+:[\w.]+$/.test(term)) {
      out.push(term.split(":"));
      continue;
    }
    const factors = term.split("*").map((part) => part.trim());
    out.push(...factors);
    if (factors.length === 2) out.push(factors);
    if (factors.length > 2 || factors.some((name) => !/^[\w.]+$/.test(name)))
      throw new Unsupported(`unsupported argument covs.hte = ${text}`);
  }
  return out;
}

function hteFit(context: CaseContext): { fit: lib.RdHeterogeneityResult; vce: string } {
  const { args, table } = context;
  const data = rowsOf(table(), args);
  const cluster = args.optional<string>("cluster");
  const vce = args.get("vce", "hc3").toLowerCase();
  const name = `HC${vce.slice(-1)}`;
  const covariate = args.optional<string | readonly string[]>("covs.hte");
  const named = typeof covariate === "string" ? /^(?:as\.)?factor\((\w+)\)$/.exec(covariate.trim())?.[1] : undefined;
  const columns =
    covariate === undefined ? [] : typeof covariate === "string" ? (named === undefined ? alongOf(covariate) : [named]) : [...covariate];
  const factor = named !== undefined || (columns.length === 1 && typeof columns[0] === "string" && isFactor(data, columns[0]));
  const [left, right] = [args.optional<number>("h.l"), args.optional<number>("h.r")];
  const h = args.optional<number | readonly number[]>("h") ?? (left === undefined || right === undefined ? (left ?? right) : [left, right]);
  const levels = factor ? new Set(data.rows().map((row) => row[columns[0] as string])).size : 1;
  const perGroup = Array.isArray(h) && factor && h.length === levels;
  const options = {
    outcome: args.get<string>("y"),
    running: args.get<string>("x"),
    cutoff: args.optional<number>("c") ?? 0,
    covariates: list(args.optional("covs.eff")),
    kernel: kernelOf(args.optional("kernel")),
    vcov: cluster === undefined ? { type: "hetero", variant: name } : { type: "clusteredResiduals", by: cluster, residuals: name },
    jointBandwidth: args.get("bw.joint", false),
    ...(factor ? { by: columns[0] } : { along: columns }),
    ...definedOnly({
      weights: args.optional<string>("weights"),
      order: args.optional<number>("p"),
      biasOrder: args.optional<number>("q"),
      bandwidthSelector: args.optional<string>("bwselect"),
      bandwidth: perGroup ? (h as readonly number[]).map((value) => [value, value]) : h,
    }),
    level: args.get("level", 95) / 100,
  };
  return { fit: lib.heterogeneity(data, options as unknown as lib.RdHeterogeneityOptions<Record<string, number | string>>), vce };
}

export const rdhte: Adapter = (context) => {
  const { fit, vce } = hteFit(context);
  const whole = fit.options.by === undefined && fit.options.along.length === 0;
  return {
    levels: whole ? ["Overall"] : undefined,
    estimate: fit.conventional,
    estimate_bc: fit.estimates.map((row) => row.estimate),
    se_rb: fit.estimates.map((row) => row.standardError),
    t_rb: fit.estimates.map((row) => row.statistic),
    pv_rb: fit.estimates.map((row) => row.pValue),
    ci_rb: fit.estimates.map((row) => row.confidenceInterval),
    h: fit.groups.map((group) => group.h),
    N: fit.options.by === undefined ? fit.groups[0]!.rows : fit.groups.map((group) => group.rows[0] + group.rows[1]),
    Nh: fit.groups.map((group) => group.within),
    bwselect: fit.options.bandwidth === undefined ? fit.options.bandwidthSelector : "Manual",
    kernel: LABELS[fit.options.kernel],
    vce: vce.toUpperCase(),
    coef_full: fullCoefficients(fit),
    vcov: fit.vcov,
  };
};

export const rdbwhte: Adapter = (context) => {
  const { fit, vce } = hteFit(context);
  const whole = fit.options.by === undefined && fit.options.along.length === 0;
  return {
    levels: whole ? ["Overall"] : undefined,
    h: fit.groups.map((group) => group.h),
    N: fit.options.by === undefined ? fit.groups[0]!.rows : fit.groups.map((group) => group.rows[0] + group.rows[1]),
    Nh: fit.groups.map((group) => group.within),
    bwselect: fit.options.bandwidthSelector,
    kernel: LABELS[fit.options.kernel],
    vce: vce.toUpperCase(),
    c: fit.options.cutoff,
    p: fit.options.order,
    q: fit.options.biasOrder,
  };
};

/** The pooled regression's coefficients by R's names: those of the first group, and differences to it. */
function fullCoefficients(fit: lib.RdHeterogeneityResult): Record<string, number> {
  const out: Record<string, number> = {};
  const { by, along, order, covariates } = fit.options;
  const power = (j: number): string => (order === 1 ? "Xp" : `Xp${j + 1}`);
  type Block = lib.RdGroup["coefficients"]["along"][0];
  const put = (block: Block, base: Block | undefined, w: string): void => {
    const name = (...parts: string[]): string => [...parts, ...(w === "" ? [] : [w])].join(":") || "(Intercept)";
    out[name()] = block.intercept - (base?.intercept ?? 0);
    out[name("T")] = block.treated - (base?.treated ?? 0);
    block.powers.forEach((value, j) => {
      out[name(power(j))] = value - (base?.powers[j] ?? 0);
      out[name("T", power(j))] = block.treatedPowers[j]! - (base?.treatedPowers[j] ?? 0);
    });
  };
  const covariate = (z: number): string => (covariates.length === 1 ? "covs" : `covs${covariates[z]}`);
  const [first, ...others] = fit.groups.map((group) => group.coefficients) as [
    lib.RdGroup["coefficients"],
    ...lib.RdGroup["coefficients"][],
  ];
  put(first, undefined, "");
  first.covariates.forEach((value, z) => {
    out[covariate(z)] = value;
  });
  if (by !== undefined) {
    others.forEach((group, g) => {
      const w = `W.covs${fit.groups[g + 1]!.group}`;
      put(group, first, w);
      group.covariates.forEach((value, z) => {
        out[`${w}:${covariate(z)}`] = value - first.covariates[z]!;
      });
    });
  }
  first.along.forEach((block, m) => {
    const w = along.length === 1 ? "W.covs" : `W.covs${[along[m]!].flat().join(":")}`;
    put(block, undefined, w);
    first.covariatesAlong[m]!.forEach((value, z) => {
      out[`${w}:${covariate(z)}`] = value;
    });
  });
  return out;
}

/** An R hypothesis in the names of the estimates, `"2 * \`factor(g)2\` - \`factor(g)1\` = 0"`: levels stand at the names' ends. */
function hypothesisOf(text: string, levels: readonly string[]): Record<string, number> {
  const [left = ""] = text.split("=");
  const out: Record<string, number> = {};
  for (const [, sign, factor, quoted, plain] of left.matchAll(/([+-]?)\s*(?:([\d.]+)\s*\*\s*)?(?:`([^`]+)`|([\w.]+))\s*/g)) {
    const name = quoted ?? plain!;
    const level = levels.filter((one) => name.endsWith(one)).sort((a, b) => b.length - a.length)[0];
    if (level === undefined) throw new Unsupported(`unsupported argument linfct = ${text}`);
    out[level] = (out[level] ?? 0) + (sign === "-" ? -1 : 1) * Number(factor ?? 1);
  }
  return out;
}

/** The right-hand sides that are not zero. */
function nullsOf(hypotheses: readonly string[]): Record<string, number> {
  const sides = hypotheses.map((text) => [text, Number(text.split("=")[1] ?? "0")] as const);
  const odd = sides.find(([, value]) => Number.isNaN(value));
  if (odd !== undefined) throw new Unsupported(`unsupported argument linfct = ${odd[0]}`);
  return Object.fromEntries(sides.filter(([, value]) => value !== 0));
}

/** `"level b minus level a"`, or a level alone. */
function combinationOf(contrast: string): Record<string, number> {
  const parts = /^level (\S+)(?: minus level (\S+))?$/.exec(contrast);
  if (parts === null) throw new Unsupported(`unsupported argument contrast = ${contrast}`);
  return { [parts[1]!]: 1, ...(parts[2] === undefined ? {} : { [parts[2]]: -1 }) };
}

export const rdhteLincom: Adapter = (context) => {
  context.args.accept("digits");
  const hypotheses = context.args.optional<string | readonly string[]>("linfct");
  const contrasts = hypotheses ?? context.args.get<string | readonly string[]>("contrast");
  const level = context.args.has("level") ? context.args.get<number>("level") / 100 : 0.95;
  const { fit } = hteFit(context);
  const levels = fit.groups.map(({ group }) => String(group));
  const combinations = Object.fromEntries(
    ([contrasts].flat() as string[]).map((text) => [text, hypotheses === undefined ? combinationOf(text) : hypothesisOf(text, levels)]),
  );
  const { estimates, conventional, test } = lib.heterogeneityContrasts(
    fit,
    combinations,
    level,
    hypotheses === undefined ? {} : nullsOf([hypotheses].flat() as string[]),
  );
  const each = <T>(values: readonly T[]): T | readonly T[] => (typeof contrasts === "string" ? values[0]! : values);
  return {
    estimate: each(conventional),
    z: each(estimates.map((row) => row.statistic)),
    pv: each(estimates.map((row) => row.pValue)),
    ci: each(estimates.map((row) => row.confidenceInterval)),
    joint: { chi2: test.statistic, df: test.degreesOfFreedom, pv: test.pValue },
  };
};
