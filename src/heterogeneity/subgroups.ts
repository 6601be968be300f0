import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, WhatworksError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { ADJUSTMENTS, type AdjustmentMethod } from "../inference/adjust-p-values.ts";
import type { AnyRow } from "../regression/design.ts";
import type { OlsResult } from "../regression/index.ts";
import {
  type EqualityTest,
  equalityTest,
  type GroupContrast,
  type GroupEffects,
  MOST_PAIRED_GROUPS,
  pairwiseContrasts,
} from "./group-contrasts.ts";
import { type Partition, partitionsOf, partitionWarnings, unitsThatMove } from "./subgroup-cells.ts";
import { type Dependence, dependence } from "./subgroup-dependence.ts";
import { type GroupEffect, type GroupEstimator, groupEstimator, type NoEffect, type RunSettings } from "./subgroup-effects.ts";
import { fitInteracted } from "./subgroup-interacted.ts";
import { correct } from "./subgroup-multiplicity.ts";
import type { GroupSpecification, SubgroupDesign, SubgroupsOptions } from "./subgroup-options.ts";
import { groupedRows } from "./subgroup-rows.ts";

/** Resolved options of {@link subgroups}. */
export interface SubgroupsSettings {
  readonly design: SubgroupDesign<AnyRow>;
  readonly by: readonly GroupSpecification<AnyRow>[];
  readonly multiplicity: AdjustmentMethod | "maxT" | "romanoWolf";
  readonly draws: number;
  readonly minimumRows: number;
  readonly level: number;
  readonly seed: number;
}

/** The effect in one group. */
export interface Subgroup {
  /** The group's values by column. */
  readonly by: Readonly<Record<string, string>>;
  /** The partition it belongs to: its column, or the columns crossed. */
  readonly partition: string;
  /** The group's values as text. */
  readonly label: string;
  /** Rows used. */
  readonly rows: number;
  /** Units used, in a panel. */
  readonly units?: number;
  /** Share of the rows in its partition's groups, before missing values are left out. */
  readonly share: number;
  /** Rows with treatment 1, or at or above the cutoff. */
  readonly treatedRows?: number;
  /** Units treated at some time (did). */
  readonly treatedUnits?: number;
  readonly estimate: Estimate;
  /** p-value adjusted over all groups of the result. */
  readonly adjustedPValue: number;
  /**
   * Interval that covers together with those of all other groups of the result: by the joint distribution with `"maxT"` and `"romanoWolf"`,
   * else by Bonferroni's rule.
   */
  readonly simultaneousInterval: readonly [number, number];
  /** All coefficients of the group's own regression. */
  readonly coefficients?: readonly Estimate[];
}

/** A group without an effect. */
export interface GroupLeftOut {
  readonly partition: string;
  readonly label: string;
  readonly rows: number;
  readonly code: string;
  readonly reason: string;
}

/** Result of {@link subgroups}. */
export interface SubgroupsResult extends Result<"heterogeneity.subgroups", SubgroupsSettings> {
  readonly estimates: readonly Estimate[];
  readonly groups: readonly Subgroup[];
  /** The same design over all rows. */
  readonly overall: Estimate;
  /** Test of one common effect, one per partition with two groups or more. */
  readonly equality: readonly EqualityTest[];
  /** Differences between the groups of a partition, p-values adjusted over all of them. */
  readonly contrasts: readonly GroupContrast[];
  /** Hypotheses tested: groups over all partitions, the family behind the adjusted p-values. */
  readonly looks: number;
  /** Groups without an effect. */
  readonly leftOut: readonly GroupLeftOut[];
  /** The regressions of an interacted design, by partition. */
  readonly models?: Readonly<Record<string, OlsResult>>;
}

const CALLER = "heterogeneity.subgroups";
const LISTED = 5;

/**
 * For whom: the effect of any design (experiment, regression, regression discontinuity, difference-in-differences) in each group of each
 * partition of the rows, p-values adjusted over all of them, a joint test that the groups of a partition share one effect, and all differences between them.
 *
 * `by: ["sex", "children"]` looks at each column alone; `{ cross: [...] }` at combinations; `{ column, cuts }` and `{ column, quantiles }` at intervals
 * (lower, upper]. A row counts in the group of its own values: columns that change within units move rows, not units, and a warning says so
 * (an error for did, which needs whole units). Groups are disjoint in rows, hence independent unless a cluster has rows in several of them: then their
 * covariance comes from the rows' scores summed by cluster over groups. Where rows cannot tell (errors dependent over time or space) the warning
 * `INDEPENDENCE_ASSUMED` says so.
 * Groups without effect (no treated, no control, too few rows, not identified) are named in `leftOut` and in warnings.
 *
 * @throws OptionError, ColumnError, DataError for bad options and columns; `GROUP_VARIES_WITHIN_UNIT` (did).
 * @throws IdentificationError `NO_GROUP_ESTIMATED`; `NO_JOINT_COVARIANCE` (max-t and Romano-Wolf over several groupings of an interacted design); and those of the design over all rows.
 * @see Imbens and Rubin (2015), Causal Inference, ch. 9; Holm (1979); Lin (2013), AOAS 7(1).
 * @example
 * subgroups(people, {
 *   design: { type: "rd", outcome: "employed", running: "childAgeMonths", cutoff: 60, cluster: "person" },
 *   by: ["sex", "education", { column: "age", cuts: [30, 40] }],
 * }).groups;
 */
export function subgroups<Row>(data: Frame<Row>, options: SubgroupsOptions<Row>): SubgroupsResult {
  const frame = data as unknown as Frame<AnyRow>;
  const settings = resolve(options);
  const run = { level: settings.level, seed: settings.seed };
  const estimator = groupEstimator(CALLER, frame, settings.design, run);
  const partitions = partitionsOf(CALLER, frame, settings.by);
  const movers = moverWarnings(frame, partitions, settings.design.type);
  const overall = estimator(frame);
  if (!("estimate" in overall)) {
    throw new IdentificationError(overall.code, `Cannot run ${CALLER} as the effect over all rows must exist: ${overall.reason}`);
  }
  const families = partitions.map((partition) => fitFamily(frame, partition, estimator, settings, run));
  return finish(settings, frame, partitions, overall, families, movers);
}

function resolve<Row>(options: SubgroupsOptions<Row>): SubgroupsSettings {
  const settings = resolveOptions<SubgroupsSettings>(CALLER, options, {
    required: ["design", "by"],
    defaults: { multiplicity: "holm", draws: 9999, minimumRows: 1, level: 0.95, seed: 1 },
  });
  checkChoice(CALLER, "multiplicity", settings.multiplicity, [...ADJUSTMENTS, "maxT", "romanoWolf"]);
  checkNumber(CALLER, "draws", settings.draws, { min: 99, integer: true });
  checkNumber(CALLER, "minimumRows", settings.minimumRows, { min: 1, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { min: 0, integer: true });
  checkLevel(CALLER, settings.level);
  return settings;
}

function moverWarnings(data: Frame<AnyRow>, partitions: readonly Partition[], design: string): Warning[] {
  return partitions.flatMap((partition) => {
    const units = unitsThatMove(data, partition);
    if (units === 0) return [];
    const details = { by: partition.by, units };
    if (design === "did") {
      throw new DataError(
        "GROUP_VARIES_WITHIN_UNIT",
        `Cannot run ${CALLER} with a did design as "${partition.by}" must be one value a unit: it changes within ${units} units; use its value before treatment`,
        details,
      );
    }
    const message = `"${partition.by}" changes within ${units} units: each row counts in the group of its own value`;
    return [{ code: "GROUP_VARIES_WITHIN_UNIT", message, details }];
  });
}

interface Family extends Dependence {
  readonly effects: readonly (GroupEffect | NoEffect)[];
  readonly model?: OlsResult;
}

function fitFamily(
  data: Frame<AnyRow>,
  partition: Partition,
  estimator: GroupEstimator,
  settings: SubgroupsSettings,
  run: RunSettings,
): Family {
  const { design, minimumRows } = settings;
  if (design.type === "regression" && design.model !== undefined)
    checkChoice(CALLER, "design.model", design.model, ["separate", "interacted"]);
  if (design.type === "regression" && design.model === "interacted") {
    const fit = fitInteracted(data, partition, design, run);
    if (fit === undefined) return { effects: [], covariance: undefined, degreesOfFreedom: Number.NaN, warnings: [] };
    const { effects, covariance, jointDegreesOfFreedom, warnings, model } = fit;
    return { effects, covariance, degreesOfFreedom: jointDegreesOfFreedom, warnings, model };
  }
  const grouped = groupedRows(data, partition);
  const effects = partition.groups.map((_, g) => {
    const size = partition.offsets[g + 1]! - partition.offsets[g]!;
    return groupEffect(size, () => grouped.frame(g), estimator, minimumRows);
  });
  return { effects, ...dependence(data, partition, grouped, effects, design) };
}

function groupEffect(size: number, data: () => Frame<AnyRow>, estimator: GroupEstimator, minimumRows: number): GroupEffect | NoEffect {
  if (size === 0) return { code: "NO_ROWS", reason: "no row" };
  if (size < minimumRows) return { code: "TOO_FEW_ROWS", reason: `fewer than ${minimumRows} rows` };
  try {
    return estimator(data());
  } catch (error) {
    // What the group's data cannot give is its own finding; wrong options and columns concern the whole call.
    const own = error instanceof WhatworksError && !["OptionError", "ColumnError"].includes(error.name);
    if (own) return { code: error.code, reason: error.message };
    throw error;
  }
}

function finish(
  settings: SubgroupsSettings,
  data: Frame<AnyRow>,
  partitions: readonly Partition[],
  overall: GroupEffect,
  families: readonly Family[],
  movers: readonly Warning[],
): SubgroupsResult {
  const groups: Omit<Subgroup, "adjustedPValue" | "simultaneousInterval">[] = [];
  const leftOut: GroupLeftOut[] = [];
  const equality: EqualityTest[] = [];
  const contrasts: Omit<GroupContrast, "adjustedPValue">[] = [];
  const warnings: Warning[] = [...movers, ...partitionWarnings(partitions)];
  const own = new Map<string, { readonly warning: Warning; readonly labels: string[] }>();
  partitions.forEach((partition, f) => {
    const { effects, covariance, degreesOfFreedom, warnings: familyWarnings } = families[f]!;
    const inGroups = data.rowCount - partition.without;
    const found: { readonly label: string; readonly estimate: Estimate }[] = [];
    partition.groups.forEach(({ label, by }, g) => {
      const effect = effects[g] ?? { code: "NO_EFFECT", reason: "no group of the partition has variation in the treatment" };
      const size = partition.offsets[g + 1]! - partition.offsets[g]!;
      if (!("estimate" in effect)) {
        leftOut.push({ partition: partition.by, label, rows: size, code: effect.code, reason: effect.reason });
        return;
      }
      const { estimate, influence: _, warnings: ofGroup, sample, ...counts } = effect;
      const term = `${partition.by}: ${label}`;
      found.push({ label, estimate: { ...estimate, term } });
      const units = sample.units === undefined ? {} : { units: sample.units };
      groups.push({
        by,
        partition: partition.by,
        label,
        rows: sample.used,
        ...units,
        share: size / inGroups,
        ...counts,
        estimate: { ...estimate, term },
      });
      for (const warning of ofGroup) {
        const seen = own.get(warning.code);
        if (seen === undefined) own.set(warning.code, { warning, labels: [term] });
        else seen.labels.push(term);
      }
    });
    const joint: GroupEffects = {
      labels: found.map(({ label }) => label),
      estimates: found.map(({ estimate }) => estimate),
      covariance,
      degreesOfFreedom,
    };
    const { test, warnings: testWarnings } = equalityTest(partition.by, joint);
    if (test !== undefined) equality.push(test);
    if (found.length <= MOST_PAIRED_GROUPS) contrasts.push(...pairwiseContrasts(partition.by, joint, settings.level));
    else warnings.push(noPairs(partition.by, found.length));
    warnings.push(...familyWarnings, ...testWarnings);
  });
  if (groups.length === 0) {
    const reasons = leftOut.slice(0, LISTED).map(({ partition, label, reason }) => `${partition}: ${label} (${reason})`);
    throw new IdentificationError(
      "NO_GROUP_ESTIMATED",
      `Cannot run ${CALLER} as some group needs an effect: none has, ${reasons.join("; ")}`,
      {
        leftOut,
      },
    );
  }
  const { multiplicity, design, level, draws, seed } = settings;
  const estimates = groups.map(({ estimate }) => estimate);
  const input = { caller: CALLER, data, design, partitions, families, estimates, contrasts, method: multiplicity, level, draws, seed };
  const corrected = correct(input);
  const models = families.flatMap(({ model }, f) => (model === undefined ? [] : [[partitions[f]!.by, model] as const]));
  return finishResult<SubgroupsResult>({
    kind: CALLER,
    estimates,
    groups: groups.map((group, g) => ({
      ...group,
      adjustedPValue: corrected.groups[g]!,
      simultaneousInterval: intervalOf(group.estimate, corrected.critical[g]!),
    })),
    overall: { ...overall.estimate, term: "overall" },
    equality,
    contrasts: contrasts.map((contrast, c) => ({ ...contrast, adjustedPValue: corrected.contrasts[c]! })),
    looks: groups.length,
    leftOut,
    ...(models.length === 0 ? {} : { models: Object.fromEntries(models) }),
    sample: overall.sample,
    warnings: [...warnings, ...overall.warnings, ...groupedWarnings(own), ...leftOutWarnings(leftOut)],
    options: settings,
    reference: "Imbens & Rubin (2015), Causal Inference for Statistics, Social, and Biomedical Sciences",
  });
}

const intervalOf = ({ estimate, standardError }: Estimate, critical: number): readonly [number, number] => [
  estimate - critical * standardError,
  estimate + critical * standardError,
];

const noPairs = (by: string, groups: number): Warning => ({
  code: "CONTRASTS_LEFT_OUT",
  message: `The differences between the ${groups} groups of "${by}" are left out: they are listed for at most ${MOST_PAIRED_GROUPS} groups`,
  details: { by, groups },
});

/** One warning a code, naming the groups it arose in. */
function groupedWarnings(own: ReadonlyMap<string, { readonly warning: Warning; readonly labels: readonly string[] }>): Warning[] {
  return [...own.values()].map(({ warning, labels }) => ({
    code: warning.code,
    message: `In ${listed(labels)}: ${warning.message}`,
    details: { ...warning.details, groups: labels },
  }));
}

function leftOutWarnings(leftOut: readonly GroupLeftOut[]): Warning[] {
  const codes = [...new Set(leftOut.map(({ code }) => code))];
  return codes.map((code) => {
    const some = leftOut.filter((group) => group.code === code);
    const names = some.map(({ partition, label }) => `${partition}: ${label}`);
    const rows = some.reduce((sum, group) => sum + group.rows, 0);
    return {
      code: "GROUPS_LEFT_OUT",
      message: `No effect for ${listed(names)} (${rows} rows): ${some[0]!.reason}`,
      details: { code, groups: names, count: some.length, rows },
    };
  });
}

const listed = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(", ") : `${names.slice(0, LISTED).join(", ")} and ${names.length - LISTED} more groups`;
