export { display, type MimeBundle, mimeBundle, registerDisplay } from "./display.ts";
export { type ExplainOptions, explain, type MeanMeasure, type ShareMeasure } from "./explain.ts";
export { type GlanceRow, glance } from "./glance.ts";
export {
  type ReportFigure,
  type ReportOptions,
  type ReportParagraph,
  type ReportSection,
  type ReportTable,
  reportHtml,
} from "./report-html.ts";
export { type Study, type StudyAnswer, type StudyOptions, type StudyQuestion, study } from "./study.ts";
export { type SummarizeOptions, summarize } from "./summarize.ts";
export type { Table, TableOptions, Tabular } from "./table.ts";
export { type TidyRow, tidy, toBroom } from "./tidy.ts";
export { toCsv } from "./to-csv.ts";
export { toHtml } from "./to-html.ts";
export { toLatex } from "./to-latex.ts";
export { toMarkdown } from "./to-markdown.ts";
