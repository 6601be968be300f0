import type { Estimate, JointTest, Result } from "../core/result.ts";
import { decimalsOf, estimateText, excludesZero, intervalText, isEstimate, scaledEnds } from "./estimate-words.ts";
import { intervalWords } from "./figure-spec.ts";
import { formatCount, formatPValue, formatSigned } from "./format-number.ts";
import { type IntervalRow, intervalRowsSpec } from "./interval-rows.ts";
import { finiteOrNull, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** The effect in one subgroup. */
export interface SubgroupLike {
  readonly by: Readonly<Record<string, string>>;
  readonly label: string;
  readonly rows: number;
  readonly units?: number;
  readonly share: number;
  readonly estimate: Estimate;
  readonly adjustedPValue?: number;
}

/** What a forest plot of subgroups needs of a result. */
export interface SubgroupsLike extends Result {
  readonly groups: readonly SubgroupLike[];
  readonly overall?: Estimate;
  /** Test that all groups have the same effect. */
  readonly equality?: JointTest;
}

/** Whether a result holds an effect for each of several subgroups. */
export function isSubgroups(result: Result): result is SubgroupsLike {
  const groups = (result as Partial<SubgroupsLike>).groups;
  return (
    Array.isArray(groups) && groups.length > 0 && groups.every((group) => typeof group?.label === "string" && isEstimate(group.estimate))
  );
}

/** Tidy rows of the figure: one per subgroup in the result's order, the overall effect last. */
export function subgroupRows(result: SubgroupsLike, settings: PlotSettings): (IntervalRow & PlotRow)[] {
  const decimals = decimalsOf([...result.groups.map(({ estimate }) => estimate), ...overallOf(result)], settings.scale);
  const largest = Math.max(...result.groups.map(({ share }) => share));
  const rows: (IntervalRow & PlotRow)[] = result.groups.map((group) => ({
    label: group.label,
    size: formatCount(group.units ?? group.rows, settings.language),
    text: estimateText(group.estimate, { ...settings, unit: "" }, decimals),
    ...interval(group.estimate, settings),
    weight: largest > 0 ? group.share / largest : 1,
    summary: false,
    rows: group.rows,
    adjustedPValue: finiteOrNull(group.adjustedPValue ?? Number.NaN),
  }));
  for (const overall of overallOf(result)) {
    rows.push({
      label: say(settings.language, "Everyone", "Iedereen"),
      size: "",
      text: estimateText(overall, { ...settings, unit: "" }, decimals),
      ...interval(overall, settings),
      weight: 1,
      summary: true,
      rows: result.sample.used,
      adjustedPValue: null,
    });
  }
  return rows;
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
  const differ = result.equality !== undefined && result.equality.pValue < 1 - settings.level;
  if (differ) {
    const known = result.groups.filter(({ estimate }) => Number.isFinite(estimate.estimate));
    const sorted = known.sort((a, b) => a.estimate.estimate * settings.scale - b.estimate.estimate * settings.scale);
    const decimals = decimalsOf(
      known.map(({ estimate }) => estimate),
      settings.scale,
    );
    const words = (group: SubgroupLike): string =>
      `${formatSigned(group.estimate.estimate * settings.scale, decimals, language)} (${group.label})`;
    const [least, most] = [words(sorted[0]!), words(sorted.at(-1)!)];
    const unit = settings.unit === "" ? "" : `, ${say(language, "in", "in")} ${settings.unit}`;
    return say(
      language,
      `${outcomeTitle(settings)}: the effect differs between groups, from ${least} to ${most}${unit}`,
      `${outcomeTitle(settings)}: het effect verschilt tussen groepen, van ${least} tot ${most}${unit}`,
    );
  }
  const overall = overallSentence(result, settings);
  return say(
    language,
    `${outcomeTitle(settings)}: no clear difference in effect between groups${overall}`,
    `${outcomeTitle(settings)}: geen duidelijk verschil in effect tussen groepen${overall}`,
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
  if (result.equality !== undefined) {
    const p = formatPValue(result.equality.pValue, language);
    const text = p.startsWith("<") || p.startsWith(">") ? p : `=\u00a0${p}`;
    parts.push(say(language, `Equal effects: p\u00a0${text}.`, `Gelijke effecten: p\u00a0${text}.`));
  }
  return parts.join(" ");
}

function forestDescription(result: SubgroupsLike, settings: PlotSettings): string {
  const { language } = settings;
  const decimals = decimalsOf(
    result.groups.map(({ estimate }) => estimate),
    settings.scale,
  );
  const list = result.groups
    .map(({ label, estimate }) => `${label} ${estimateText(estimate, { ...settings, unit: "" }, decimals)}`)
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
