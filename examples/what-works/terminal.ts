import type { SubgroupsResult } from "../../src/heterogeneity/index.ts";
import { type Estimate, explain, type Result, summarize } from "../../src/index.ts";
import type { StudyAnswer } from "../../src/report/index.ts";
import type { ExampleTruths } from "./municipal-example.ts";
import type { RealData } from "./real-data.ts";

/** An answer as a person reads it in a terminal. */
export function answerLines({ id, question, sentence, headline, result }: StudyAnswer, truths: ExampleTruths | undefined): string[] {
  const truth = truths?.effects[id];
  return [
    "",
    question,
    "",
    `  ${sentence}`,
    ...(truth === undefined ? [] : [`  ${truthLine(headline, truth)}`]),
    ...groupTruths(result, truths).map(({ name, line }) => `  ${name}: ${line}`),
    "",
    indented(summarize(result)),
    "",
  ];
}

/** Estimate beside the known truth. */
export function truthLine({ estimate, standardError }: Estimate, truth: number): string {
  const distance = Math.abs(estimate - truth) / standardError;
  return `Estimate ${estimate.toFixed(4)}, truth ${truth.toFixed(4)}: ${distance.toFixed(1)} standard errors apart.`;
}

/** Each group's estimate beside its known truth. */
export function groupTruths(
  result: Result,
  truths: ExampleTruths | undefined,
): { readonly name: string; readonly line: string; readonly distance: number }[] {
  if (truths === undefined || result.kind !== "heterogeneity.subgroups") return [];
  return (result as SubgroupsResult).groups.flatMap(({ partition, label, estimate }) => {
    const name = `${partition}: ${label}`;
    const truth = truths.groups[name];
    if (truth === undefined) return [];
    return [{ name, line: truthLine(estimate, truth), distance: Math.abs(estimate.estimate - truth) / estimate.standardError }];
  });
}

/** The two real data sets. */
export function realDataLines({ guns, star }: RealData): string[] {
  return [
    "",
    "The same estimators on real data",
    "",
    indented(`Right-to-carry laws and violent crime (effects in per cent)\n\n${summarize(guns.eventStudy)}`),
    "",
    indented(
      `Small classes and mathematics in kindergarten: ${explain(star.groups, {
        people: "pupils in small classes",
        measure: { type: "mean", name: "the mathematics score", unit: "points" },
        estimate: star.groups.overall,
      })}\n\n${summarize(star.groups as Result)}`,
    ),
    "",
  ];
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "  ");
