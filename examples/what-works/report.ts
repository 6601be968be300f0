import { explain, type Result, summarize } from "../../src/index.ts";
import { type PlotOptions, renderFigure } from "../../src/plot/index.ts";
import { type ReportFigure, type ReportSection, reportHtml, type Study, type StudyAnswer } from "../../src/report/index.ts";
import type { ExampleTruths } from "./municipal-example.ts";
import type { RealData } from "./real-data.ts";
import { groupTruths, truthLine } from "./terminal.ts";

/** What the report tells. */
export interface StudyReport {
  readonly study: Study;
  /** What was read, linked and left out. */
  readonly audit: readonly string[];
  /** Known true effects, of the made-up example. */
  readonly truths?: ExampleTruths;
  readonly real?: RealData;
}

/** The report of a study as one self-contained page. */
export async function studyReport({ study, audit, truths, real }: StudyReport): Promise<string> {
  const answers = await Promise.all(study.answers.map((answer) => answerSection(answer, truths)));
  return reportHtml({
    title: study.title,
    intro:
      "Each question is answered by the design that fits it, with what is uncertain said beside it. Numbers of people are out of every 1,000.",
    findings: study.answers.map(({ sentence }) => sentence),
    sections: [
      ...answers,
      ...(real === undefined ? [] : await realSections(real)),
      { heading: "What was read, linked and left out", paragraphs: [{ list: audit }] },
    ],
    appendix: study.answers.map(({ question, result, details }) => ({
      heading: question,
      tables: [result, ...details.filter(({ kind }) => kind !== "rd.bins")]
        .filter(hasEstimates)
        .map((content) => ({ content, maxRows: 60 })),
      notes: [lastLines(result)],
    })),
    footer: "Made with whatworks. Every number can be traced to the options and the publication named in the appendix.",
  });
}

async function answerSection(
  { id, question, sentence, headline, result, figure }: StudyAnswer,
  truths: ExampleTruths | undefined,
): Promise<ReportSection> {
  const truth = truths?.effects[id];
  const groups = groupTruths(result, truths);
  const known = "These are made-up data, so the true effect is known.";
  return {
    heading: question,
    paragraphs: [sentence],
    figures: [await draw(figure.result, figure.options)],
    ...(groups.length === 0
      ? {}
      : { tables: [{ caption: known, header: ["Group", "Estimate and truth"], rows: groups.map(({ name, line }) => [name, line]) }] }),
    notes: [...(truth === undefined ? [] : [`${known} ${truthLine(headline, truth)}`]), ...result.warnings.map(({ message }) => message)],
  };
}

async function realSections({ guns, star }: RealData): Promise<ReportSection[]> {
  return [
    {
      heading: "Real data: right-to-carry laws and violent crime in US states",
      paragraphs: [
        "States introduced the laws in different years. Effects are differences in per cent of the rate of violent crime, compared with states that had no law yet.",
      ],
      figures: [await draw(guns.eventStudy, { outcome: "violent crime", unit: "per cent", timeUnit: "years", treatment: "the law" })],
      notes: [guns.source],
    },
    {
      heading: "Real data: small classes in kindergarten, for whom?",
      paragraphs: [
        explain(star.groups, {
          people: "pupils in small classes",
          measure: { type: "mean", name: "the mathematics score", unit: "points" },
          estimate: star.groups.overall,
        }),
      ],
      figures: [await draw(star.groups, { outcome: "mathematics score", unit: "points", treatment: "small classes" })],
      notes: [star.source],
    },
  ];
}

async function draw(result: Result, options: PlotOptions): Promise<ReportFigure> {
  const { svg, narrowSvg, description } = await renderFigure(result, options);
  return { svg, narrowSvg, description };
}

const hasEstimates = ({ estimates }: Result): boolean => Object.values(estimates).length > 0;

/** Sample, options and reference, as the text summary ends. */
function lastLines(result: Result): string {
  return summarize(result).split("\n\n").at(-1)!;
}
