import type { Estimate, Result } from "../core/result.ts";
import type { PolicyNode, PolicyTreeResult } from "../heterogeneity/index.ts";
import { decimalsOf, excludesZero } from "./estimate-words.ts";
import { figureSpec, layer, shortened } from "./figure-spec.ts";
import { formatCount, formatNumber, formatPlain, formatSigned } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";
import { placeNodes, type TreeLayout } from "./policy-tree-layout.ts";

/** Whether a result is a policy tree. */
export function isPolicyTree(result: Result): result is PolicyTreeResult {
  return result.kind === "heterogeneity.policyTree";
}

/** Tidy rows of the figure, one per node, in reading order: who it is about, how many, and for a leaf what they get. */
export function policyTreeRows(result: PolicyTreeResult, settings: PlotSettings): PlotRow[] {
  const all = result.nodes[0]!.rows;
  const conditions = conditionsOf(result.nodes, settings);
  return placeNodes(result.nodes, settings).places.map(({ node: position, depth }) => {
    const node = result.nodes[position]!;
    return {
      node: position,
      depth,
      leaf: node.leaf,
      condition: conditions[position]!,
      share: node.rows / all,
      rows: node.rows,
      action: node.leaf ? (settings.labels[node.action] ?? node.action) : null,
      gain: node.leaf && node.gain !== undefined ? finiteOrNull(node.gain * settings.scale) : null,
      variable: node.leaf ? null : (settings.labels[node.variable] ?? node.variable),
      threshold: node.leaf ? null : node.threshold,
    };
  });
}

/**
 * What leads to each node from the one above, in words: `debts ≤ 0`, unless `labels` has better ones for that text.
 * The root is everyone.
 */
function conditionsOf(nodes: readonly PolicyNode[], { labels, language }: PlotSettings): string[] {
  const words = nodes.map(() => say(language, "Everyone", "Iedereen"));
  for (const node of nodes) {
    if (node.leaf) continue;
    const threshold = formatPlain(node.threshold, language);
    for (const [child, sign, side] of [
      [node.left, "≤", "left"],
      [node.right, ">", "right"],
    ] as const) {
      const plain = `${node.variable} ${sign} ${threshold}`;
      const unknown = node.missing === side ? say(language, " or missing", " of onbekend") : "";
      words[child] = `${labels[plain] ?? `${labels[node.variable] ?? node.variable} ${sign} ${threshold}`}${unknown}`;
    }
  }
  return words;
}

/** Drawing of a policy tree: a box for each group of people, and in the boxes at the ends what they get. */
export function policyTreeSpec(result: PolicyTreeResult, settings: PlotSettings): VegaLiteSpec {
  const tree = placeNodes(result.nodes, settings);
  const rows = policyTreeRows(result, settings);
  return figureSpec(settings, {
    title: policyTitle(result, settings),
    subtitle: policySubtitle(result, rows, settings),
    description: policyDescription(result, rows, settings),
    margins: { top: 18, right: 8, bottom: 12, left: 8 },
    height: tree.height,
    body: { data: { values: boxes(result, rows, tree, settings) }, layer: treeLayers(tree) },
  });
}

/** Rows with the places of their boxes and the words inside, cut to fit. */
function boxes(result: PolicyTreeResult, rows: readonly PlotRow[], { places, boxHeight }: TreeLayout, settings: PlotSettings): PlotRow[] {
  return rows.map((row, i) => {
    const { left, right, top } = places[i]!;
    const room = right - left - 20;
    const share = `${formatNumber(100 * (row["share"] as number), 0, settings.language)}%`;
    return {
      ...row,
      left,
      right,
      top,
      bottom: top + boxHeight,
      textLeft: left + 10,
      first: shortened(capitalised(row["condition"] as string), room, 13.5),
      second: shortened(row["leaf"] === true ? `→ ${row["action"]}` : countText(share, row["rows"] as number, settings), room, 13),
      third: row["leaf"] === true ? shortened(leafText(share, row, result, settings), room, 12) : "",
    };
  });
}

const countText = (share: string, rows: number, { language }: PlotSettings): string =>
  say(language, `${share} (${formatCount(rows, language)})`, `${share} (${formatCount(rows, language)})`);

/** Gains in a leaf have no interval of their own: the decimals are those of the gain of the whole rule. */
function leafText(share: string, row: PlotRow, result: PolicyTreeResult, settings: PlotSettings): string {
  const gain = row["gain"] as number | null;
  if (gain === null) return share;
  const text = formatSigned(gain, decimalsOf([result.estimates.gainOverFirst], settings.scale), settings.language);
  return say(settings.language, `${share}, gain ${text}`, `${share}, winst ${text}`);
}

function treeLayers({ edges }: TreeLayout): JsonObject[] {
  const pixel = (field: string): JsonObject => ({ field, type: "quantitative", scale: null, axis: null });
  const leaf = { test: "datum.leaf", value: palette.first };
  const text = (field: string, dy: number, mark: JsonObject): JsonObject =>
    layer(
      { type: "text", align: "left", baseline: "middle", dy, ...mark },
      { x: pixel("textLeft"), y: pixel("top"), text: { field, type: "nominal" } },
    );
  const ink = { expr: `datum.leaf ? '${palette.paper}' : '${palette.ink}'` };
  return [
    layer(
      { type: "rule", color: palette.rule, strokeWidth: 1.4 },
      { x: pixel("x"), x2: { field: "x2" }, y: pixel("y"), y2: { field: "y2" } },
      { data: { values: edges.map(([x, y, x2, y2]) => ({ x, y, x2, y2 })) } },
    ),
    layer(
      { type: "rect", stroke: palette.first, strokeWidth: 1.4, cornerRadius: 4 },
      {
        x: pixel("left"),
        x2: { field: "right" },
        y: pixel("top"),
        y2: { field: "bottom" },
        fill: { condition: leaf, value: palette.paper },
      },
    ),
    text("first", 15, { fontSize: 13, fontWeight: 600, color: ink }),
    text("second", 33, { fontSize: 13, color: ink, fontWeight: { expr: "datum.leaf ? 600 : 400" } }),
    text("third", 51, { fontSize: 12, color: ink }),
  ];
}

/** On rows the rule was not learnt from, where the result has that. */
function gainEstimate({ estimates, crossFitted }: PolicyTreeResult): Estimate {
  return crossFitted?.gainOverBestConstant ?? estimates.gainOverBestConstant;
}

function policyTitle(result: PolicyTreeResult, settings: PlotSettings): string {
  const { language, labels } = settings;
  const best = labels[result.bestConstantAction] ?? result.bestConstantAction;
  const leaves = result.nodes.filter((node) => node.leaf);
  if (leaves.length === 1) {
    return say(
      language,
      `${outcomeTitle(settings)}: no rule found that beats ${best} for everyone`,
      `${outcomeTitle(settings)}: geen regel gevonden die beter is dan ${best} voor iedereen`,
    );
  }
  const gain = gainEstimate(result);
  const decimals = decimalsOf([gain], settings.scale);
  const value = formatSigned(gain.estimate * settings.scale, decimals, language) + (settings.unit === "" ? "" : ` ${settings.unit}`);
  return say(
    language,
    `${outcomeTitle(settings)}: a rule with ${leaves.length} groups gains ${value} over ${best} for everyone`,
    `${outcomeTitle(settings)}: een regel met ${leaves.length} groepen wint ${value} vergeleken met ${best} voor iedereen`,
  );
}

function policySubtitle(result: PolicyTreeResult, rows: readonly PlotRow[], settings: PlotSettings): string {
  const { language } = settings;
  const first = settings.labels[result.actions[0]!] ?? result.actions[0]!;
  const gains = rows.some((row) => row["gain"] !== null)
    ? say(
        language,
        ` Gain: over ${first}, ${settings.unit === "" ? "a person" : settings.unit}${result.options.costs === undefined ? "" : ", costs taken off"}.`,
        ` Winst: vergeleken met ${first}, ${settings.unit === "" ? "per persoon" : settings.unit}${result.options.costs === undefined ? "" : ", na aftrek van kosten"}.`,
      )
    : "";
  const caution = cautionOf(result, language);
  return say(language, `Dark boxes: what each group gets.${gains} ${caution}`, `Donkere vakken: wat elke groep krijgt.${gains} ${caution}`);
}

function cautionOf(result: PolicyTreeResult, language: PlotSettings["language"]): string {
  const clear = excludesZero(gainEstimate(result));
  if (result.crossFitted !== undefined) {
    return clear
      ? say(
          language,
          "The gain in the title is measured on rows that such rules were not learnt from; those in the boxes on the rule's own.",
          "De winst in de titel is gemeten op rijen waarvan zulke regels niet geleerd zijn; die in de vakken op de eigen rijen.",
        )
      : say(
          language,
          "Measured on rows that such rules were not learnt from, the gain is not clear.",
          "Gemeten op rijen waarvan zulke regels niet geleerd zijn, is de winst niet duidelijk.",
        );
  }
  return clear
    ? say(
        language,
        "Measured on the rows the rule was learnt from, so too kindly.",
        "Gemeten op de rijen waarvan de regel geleerd is, dus te gunstig.",
      )
    : say(
        language,
        "The gain is not clear even on the rows the rule was learnt from.",
        "De winst is zelfs op de rijen waarvan de regel geleerd is niet duidelijk.",
      );
}

/** Every path from the root to a leaf in words. */
function policyDescription(result: PolicyTreeResult, rows: readonly PlotRow[], settings: PlotSettings): string {
  const { language } = settings;
  const path: string[] = [];
  const leaves: string[] = [];
  for (const row of rows) {
    path.length = row["depth"] as number;
    path.push(row["condition"] as string);
    if (row["leaf"] !== true) continue;
    const who = path.slice(1).join(say(language, " and ", " en ")) || path[0]!;
    const share = `${formatNumber(100 * (row["share"] as number), 0, language)}%`;
    leaves.push(`${who}: ${row["action"]} (${leafText(share, row, result, settings)})`);
  }
  return say(
    language,
    `Decision tree for ${settings.outcome} with ${leaves.length} groups. ${leaves.join("; ")}. ${formatCount(result.nodes[0]!.rows, language)} rows.`,
    `Beslisboom voor ${settings.outcome} met ${leaves.length} groepen. ${leaves.join("; ")}. ${formatCount(result.nodes[0]!.rows, language)} rijen.`,
  );
}
