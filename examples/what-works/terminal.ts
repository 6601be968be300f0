import { type Estimate, explain, type Result, summarize } from "../../src/index.ts";
import type { StudyAnswer } from "../../src/report/index.ts";
import type { RealData } from "./real-data.ts";

/** An answer as a person reads it in a terminal. */
export function answerLines({ question, sentence, headline, result }: StudyAnswer, truth: number | undefined): string[] {
  return [
    "",
    question,
    "",
    `  ${sentence}`,
    ...(truth === undefined ? [] : [`  ${truthLine(headline, truth)}`]),
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
