import type { Estimate, JointTest, Result } from "../core/result.ts";
import { decimalsOf, estimateText, excludesZero, intervalText, isEstimate, scaledEnds } from "./estimate-words.ts";
import { intervalWords } from "./figure-spec.ts";
import { formatCount, formatSigned, probabilityText } from "./format-number.ts";
import { type IntervalRow, intervalRowsSpec } from "./interval-rows.ts";
import { finiteOrNull, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** The effect in one subgroup. */
export interface SubgroupLike {
  readonly by?: Readonly<Record<string, string>>;
  /** The column, or columns crossed, whose values form the group. */
  readonly partition?: string;
  readonly label: string;
  readonly rows: number;
  readonly units?: number;
  readonly share?: number;
  readonly estimate: Estimate;
  readonly adjustedPValue?: number;
}

/** What a forest plot of subgroups needs of a result. */
export interface SubgroupsLike extends Result {
  readonly groups: readonly SubgroupLike[];
  readonly overall?: Estimate;
  /** Test that all groups have the same effect: one, or one per partition, named by `by`. */
  readonly equality?: JointTest | readonly (JointTest & { readonly by: string })[];
}

/** Whether a result holds an effect for each of several subgroups. */
export function isSubgroups(result: Result): result is SubgroupsLike {
  const groups = (result as Partial<SubgroupsLike>).groups;
  return (
    Array.isArray(groups) && groups.length > 0 && groups.every((group) => typeof group?.label === "string" && isEstimate(group.estimate))
  );
}

/** Tidy rows of the figure: one per subgroup in the result's order, a heading above each of several partitions, the overall effect last. */
export function subgroupRows(result: SubgroupsLike, settings: PlotSettings): (IntervalRow & PlotRow)[] {
  const decimals = decimalsOf([...result.groups.map(({ estimate }) => estimate), ...overallOf(result)], settings.scale);
  const largest = Math.max(...result.groups.map(({ share = 0 }) => share));
  const several = partitionsOf(result).length > 1;
  const rows: (IntervalRow & PlotRow)[] = [];
  let partition: string | undefined;
  for (const group of result.groups) {
    if (several && group.partition !== partition) rows.push(headingRow(settings.labels[group.partition ?? ""] ?? group.partition ?? ""));
    partition = group.partition;
    rows.push({
      label: labelOf(group, settings),
      size: formatCount(group.units ?? group.rows, settings.language),
      text: estimateText(group.estimate, { ...settings, unit: "" }, decimals),
      ...interval(group.estimate, settings),
      weight: largest > 0 ? (group.share ?? 0) / largest : 1,
      summary: false,
      heading: false,
      partition: group.partition ?? null,
      rows: group.rows,
      adjustedPValue: finiteOrNull(group.adjustedPValue ?? Number.NaN),
    });
  }
  for (const overall of overallOf(result)) {
    rows.push({
      ...headingRow(say(settings.language, "Everyone", "Iedereen")),
      text: estimateText(overall, { ...settings, unit: "" }, decimals),
      ...interval(overall, settings),
      summary: true,
      heading: false,
      rows: result.sample.used,
    });
  }
  return rows;
}

function headingRow(label: string): IntervalRow & PlotRow {
  const none = { estimate: null, low: null, high: null, weight: 1, partition: null, rows: null, adjustedPValue: null };
  return { label, size: "", text: "", ...none, summary: false, heading: true };
}

function labelOf(group: SubgroupLike, settings: PlotSettings): string {
  return settings.labels[group.label] ?? group.label;
}

/** A partition's name in the middle of a sentence. */
function partitionName(by: string, settings: PlotSettings): string {
  const name = settings.labels[by] ?? by;
  return /^[A-Z][a-z ]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

/** The partitions, in order. */
function partitionsOf(result: SubgroupsLike): readonly (string | undefined)[] {
  return [...new Set(result.groups.map(({ partition }) => partition))];
}

/** The equality tests, the clearest first, each with the partition it is about where there are several. */
function equalityTests(result: SubgroupsLike): readonly (JointTest & { readonly by?: string })[] {
  const { equality } = result;
  if (equality === undefined) return [];
  const list: readonly (JointTest & { readonly by?: string })[] = Array.isArray(equality) ? equality : [equality as JointTest];
  return [...list].sort((a, b) => a.pValue - b.pValue);
}

/** Forest plot: effect and interval of each subgroup, the overall effect as a diamond and a dashed line. */
export function subgroupForestSpec(result: SubgroupsLike, settings: PlotSettings): VegaLiteSpec {
  const { language } = settings;
  const units = result.groups.every((group) => group.units !== undefined);
  return intervalRowsSpec(
    {
      title: forestTitle(result, settings),
      subtitle: forestSubtitle(result, settings),
      description: forestDescription(result, settings),
      rows: subgroupRows(result, settings),
      axis: "Effect",
      heads: [
        say(language, "Group", "Groep"),
        units ? say(language, "Units", "Eenheden") : say(language, "Rows", "Rijen"),
        say(language, "Effect (interval)", "Effect (interval)"),
      ],
      ...(isEstimate(result.overall) ? { marked: result.overall.estimate * settings.scale } : {}),
    },
    settings,
  );
}

function interval(estimate: Estimate, settings: PlotSettings): { estimate: number | null; low: number | null; high: number | null } {
  const { value, low, high } = scaledEnds(estimate, settings.scale);
  return { estimate: finiteOrNull(value), low: finiteOrNull(low), high: finiteOrNull(high) };
}

function overallOf(result: SubgroupsLike): readonly Estimate[] {
  return isEstimate(result.overall) ? [result.overall] : [];
}

function forestTitle(result: SubgroupsLike, settings: PlotSettings): string {
  const { language } = settings;
  const [clearest, ...others] = equalityTests(result);
  // With several partitions each is a chance to find a difference: Bonferroni.
  const differ = clearest !== undefined && clearest.pValue * (1 + others.length) < 1 - settings.level;
  const several = partitionsOf(result).length > 1;
  if (differ) {
    const groups = several ? result.groups.filter(({ partition }) => partition === clearest.by) : result.groups;
    const range = groupRange(groups, settings);
    const by = several ? ` ${say(language, "by", "naar")} ${partitionName(clearest.by ?? "", settings)}` : "";
    return say(
      language,
      `${outcomeTitle(settings)}: the effect differs ${several ? by.trim() : "between groups"}, ${range}`,
      `${outcomeTitle(settings)}: het effect verschilt ${several ? by.trim() : "tussen groepen"}, ${range}`,
    );
  }
  const overall = overallSentence(result, settings);
  return say(
    language,
    `${outcomeTitle(settings)}: no clear difference in effect between groups${overall}`,
    `${outcomeTitle(settings)}: geen duidelijk verschil in effect tussen groepen${overall}`,
  );
}

/** "from −1.0 (women) to +6.0 (men), in percentage points". */
function groupRange(groups: readonly SubgroupLike[], settings: PlotSettings): string {
  const { language, scale } = settings;
  const known = groups.filter(({ estimate }) => Number.isFinite(estimate.estimate));
  const sorted = [...known].sort((a, b) => (a.estimate.estimate - b.estimate.estimate) * scale);
  const decimals = decimalsOf(
    known.map(({ estimate }) => estimate),
    scale,
  );
  const words = (group: SubgroupLike): string =>
    `${formatSigned(group.estimate.estimate * scale, decimals, language)} (${labelOf(group, settings)})`;
  const unit = settings.unit === "" ? "" : `, in ${settings.unit}`;
  return (
    say(language, `from ${words(sorted[0]!)} to ${words(sorted.at(-1)!)}`, `van ${words(sorted[0]!)} tot ${words(sorted.at(-1)!)}`) + unit
  );
}

function overallSentence(result: SubgroupsLike, settings: PlotSettings): string {
  if (!isEstimate(result.overall)) return "";
  const decimals = decimalsOf([result.overall], settings.scale);
  return `; ${say(settings.language, "for everyone", "voor iedereen")} ${estimateText(result.overall, settings, decimals)}`;
}

function forestSubtitle(result: SubgroupsLike, settings: PlotSettings): string {
  const { language } = settings;
  const parts = [
    say(
      language,
      `Lines: ${intervalWords(settings)}. Larger squares: larger groups.`,
      `Lijnen: ${intervalWords(settings)}. Grotere vierkanten: grotere groepen.`,
    ),
  ];
  if (isEstimate(result.overall)) parts.push(say(language, "Diamond and dashed line: everyone.", "Ruit en stippellijn: iedereen."));
  const tests = equalityTests(result).map(({ by, pValue }) => {
    const about = by !== undefined && partitionsOf(result).length > 1 ? `${partitionName(by, settings)} ` : "";
    return `${about}${probabilityText(pValue, language)}`;
  });
  if (tests.length > 0) parts.push(`${say(language, "Equal effects", "Gelijke effecten")}: ${tests.join(", ")}.`);
  return parts.join(" ");
}

function forestDescription(result: SubgroupsLike, settings: PlotSettings): string {
  const { language } = settings;
  const several = partitionsOf(result).length > 1;
  const decimals = decimalsOf(
    result.groups.map(({ estimate }) => estimate),
    settings.scale,
  );
  const list = result.groups
    .map(
      (group) =>
        `${several && group.partition !== undefined ? `${partitionName(group.partition, settings)}: ` : ""}${labelOf(group, settings)} ${estimateText(group.estimate, { ...settings, unit: "" }, decimals)}`,
    )
    .join("; ");
  const unit = settings.unit === "" ? "" : say(language, `, in ${settings.unit}`, `, in ${settings.unit}`);
  const clear = result.groups.filter(({ estimate }) => excludesZero(estimate)).length;
  const overall = isEstimate(result.overall)
    ? say(
        language,
        ` For everyone ${formatSigned(result.overall.estimate * settings.scale, decimals, language)} (${intervalText(result.overall, settings, decimals)}).`,
        ` Voor iedereen ${formatSigned(result.overall.estimate * settings.scale, decimals, language)} (${intervalText(result.overall, settings, decimals)}).`,
      )
    : "";
  return say(
    language,
    `Forest plot of the effect on ${settings.outcome} in ${result.groups.length} groups${unit}: ${list}. ${clear} of ${result.groups.length} intervals exclude zero.${overall}`,
    `Effect op ${settings.outcome} in ${result.groups.length} groepen${unit}: ${list}. ${clear} van de ${result.groups.length} intervallen sluiten nul uit.${overall}`,
  );
}
