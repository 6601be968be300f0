import { OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Panel } from "../data/index.ts";
import { type AttGtOptions, aggregate, attGt } from "../did/index.ts";
import { type SubgroupsOptions, type SubgroupsResult, subgroups } from "../heterogeneity/index.ts";
import type { PlotOptions } from "../plot/index.ts";
import { bins, estimate, type RdEstimateOptions } from "../rd/index.ts";
import { explain, type MeanMeasure, type ShareMeasure } from "./explain.ts";

/** One question of a study: exactly one of `rd`, `did` and `subgroups`, with that estimator's options. */
export interface StudyQuestion<Row> {
  /** Short name, unique in the study. */
  readonly id: string;
  /** The question as a reader would ask it. */
  readonly question: string;
  /** How the outcome is told. */
  readonly measure: ShareMeasure | MeanMeasure;
  /** Words of the figure. */
  readonly figure?: PlotOptions;
  /** Effect at a cutoff: options of `rd.estimate`. */
  readonly rd?: RdEstimateOptions<Row>;
  /** Effect of a roll-out: options of `did.attGt`. */
  readonly did?: AttGtOptions<Row>;
  /** Effects by group: options of `heterogeneity.subgroups`. */
  readonly subgroups?: SubgroupsOptions<Row>;
}

/** Options of {@link study}. */
export interface StudyOptions<Row> {
  /** Title of the report. */
  readonly title: string;
  /** Who is studied, in the plural. */
  readonly population: string;
  readonly questions: readonly StudyQuestion<Row>[];
  /** Told before each question: how many are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The answer to one question. */
export interface StudyAnswer {
  readonly id: string;
  readonly question: string;
  /** The answer in plain language. */
  readonly sentence: string;
  /** The estimate that the sentence tells. */
  readonly headline: Estimate;
  /** The result behind it. */
  readonly result: Result;
  /** Further results: a roll-out's event study and group-time effects. */
  readonly details: readonly Result[];
  /** What the figure is drawn from, and its words. */
  readonly figure: { readonly result: Result; readonly options: PlotOptions };
}

/** All answers of a study. */
export interface Study {
  readonly title: string;
  readonly population: string;
  readonly answers: readonly StudyAnswer[];
}

/**
 * Answers the questions of a study, each by its own design: the robust effect at a cutoff with its figure, the average effect of a
 * roll-out with its event study, effects by group with a forest plot; each told in plain language.
 *
 * @throws OptionError `ONE_DESIGN` unless a question has exactly one of `rd`, `did` and `subgroups`; and all errors of the estimators.
 * @example
 * const answers = study(people, {
 *   title: "Does the obligation work?",
 *   population: "single parents",
 *   questions: [{ id: "atFive", question: "Does it work?", measure: { type: "share", state: "in work" },
 *     rd: { outcome: "employed", running: "childAgeMonths", cutoff: 60, cluster: "person" } }],
 * });
 */
export function study<Row>(people: Panel<Row>, options: StudyOptions<Row>): Study {
  const { title, population, questions, onProgress } = resolveOptions<StudyOptions<Row>>("study", options, {
    required: ["title", "population", "questions"],
    defaults: { onProgress: undefined },
  });
  const answers = questions.map((question, k) => {
    onProgress?.(k, questions.length);
    return answer(people, question, population);
  });
  onProgress?.(questions.length, questions.length);
  return { title, population, answers };
}

function answer<Row>(people: Panel<Row>, question: StudyQuestion<Row>, population: string): StudyAnswer {
  const designs = (["rd", "did", "subgroups"] as const).filter((design) => question[design] !== undefined);
  if (designs.length !== 1) {
    throw new OptionError(
      "ONE_DESIGN",
      `Cannot answer "${question.id}" as a question needs exactly one of "rd", "did" and "subgroups": it has ${designs.join(", ") || "none"}`,
      { question: question.id, designs },
    );
  }
  if (question.rd !== undefined) return atCutoff(people, question, question.rd, population);
  return question.did !== undefined
    ? ofRollOut(people, question, question.did, population)
    : byGroup(people, question, question.subgroups!, population);
}

function atCutoff<Row>(people: Panel<Row>, question: StudyQuestion<Row>, options: RdEstimateOptions<Row>, population: string): StudyAnswer {
  const result = estimate(people, options);
  const { outcome, running, cutoff = 0, level = 0.95 } = options;
  const binned = bins(people, { outcome, running, cutoff, level });
  const headline = result.estimates.robust;
  return {
    ...told(question, result, headline, population),
    details: [binned],
    figure: { result: binned, options: { ...question.figure, effect: headline } },
  };
}

function ofRollOut<Row>(people: Panel<Row>, question: StudyQuestion<Row>, options: AttGtOptions<Row>, population: string): StudyAnswer {
  const effects = attGt(people, options);
  const result = aggregate(effects, { type: "simple", missing: "drop" });
  const byEventTime = aggregate(effects, { type: "dynamic", missing: "drop" });
  return {
    ...told(question, result, result.overall, population),
    details: [byEventTime, effects],
    figure: { result: byEventTime, options: question.figure ?? {} },
  };
}

function byGroup<Row>(people: Panel<Row>, question: StudyQuestion<Row>, options: SubgroupsOptions<Row>, population: string): StudyAnswer {
  const result = subgroups(people, options);
  const answer = told(question, result, result.overall, population);
  return { ...answer, sentence: forWhom(result, question, population), details: [], figure: { result, options: question.figure ?? {} } };
}

/** The range of the groups' effects in each partition, and what may be said about the difference; the groups themselves are in the figure. */
function forWhom<Row>(result: SubgroupsResult, { measure }: StudyQuestion<Row>, population: string): string {
  const size = measure.type === "share" ? (measure.per ?? 1000) : 1;
  const shown = (value: number): string =>
    measure.type === "share" ? String(Math.round(value * size)) : `${value.toPrecision(2)} ${measure.unit}`;
  const unit = measure.type === "share" ? `how many more of every ${size} were ${measure.state}` : `how much more ${measure.name}`;
  const sentences = result.equality.map(({ by: partition, pValue }) => {
    const groups = result.groups.filter((group) => group.partition === partition).sort((a, b) => a.estimate.estimate - b.estimate.estimate);
    const [least, most] = [groups[0]!, groups[groups.length - 1]!];
    const clear = pValue < 1 - result.options.level;
    const verdict = clear ? "that is more than chance alone would explain" : "chance alone could make the groups differ this much";
    return `By ${partition}: from ${shown(least.estimate.estimate)} (${least.label}) to ${shown(most.estimate.estimate)} (${most.label}); ${verdict} (p = ${pValue.toPrecision(2)}).`;
  });
  return [`Among ${population}, ${unit}, by group.`, ...sentences, `${result.looks} groups were looked at.`].join(" ");
}

function told<Row>(
  question: StudyQuestion<Row>,
  result: Result,
  headline: Estimate,
  population: string,
): Pick<StudyAnswer, "id" | "question" | "sentence" | "headline" | "result"> {
  const sentence = explain(result, { people: population, measure: question.measure, estimate: headline });
  return { id: question.id, question: question.question, sentence, headline, result };
}
