import type { CategoryData } from "../data/columns.ts";
import { starCsv } from "./data/star.ts";
import type { DataSource } from "./data-source.ts";
import { parseCsv } from "./parse-csv.ts";

/** Kindergarten pupils of the Tennessee class-size experiment: random assignment within schools. */
export type StarTable = {
  /** Row name of the pupil in AER's STAR. */
  readonly student: Float64Array;
  /** female or male. */
  readonly sex: CategoryData;
  /** cauc, afam, asian, hispanic, amindian or other. */
  readonly ethnicity: CategoryData;
  /** Birth as year + (quarter - 1) / 4. */
  readonly birth: Float64Array;
  /** Assigned class: small (13 to 17 pupils), regular (22 to 25), or regular+aide (the same with a full-time aide). */
  readonly classType: CategoryData;
  /** Total reading scaled score (Stanford Achievement Test). */
  readonly read: Float64Array;
  /** Total mathematics scaled score. */
  readonly math: Float64Array;
  /** 1 if the pupil qualifies for free lunch. */
  readonly freeLunch: Float64Array;
  /** inner-city, suburban, rural or urban. */
  readonly schoolType: CategoryData;
  /** Highest degree of the teacher: bachelor, master, master+ or specialist. */
  readonly degree: CategoryData;
  /** Years of the teacher's experience. */
  readonly experience: Float64Array;
  /** cauc or afam. */
  readonly teacherEthnicity: CategoryData;
  /** Number of the school: 79 of them. */
  readonly school: Float64Array;
};

/** Source and terms of {@link loadStar}. */
export const starSource: DataSource = {
  title: "Project STAR: class size in kindergarten, Tennessee, 1985-1986",
  source:
    "Project STAR public access data, obtained by Stock and Watson (2007) from the project's web site; copy: data set STAR of the R package AER 1.2-10",
  licence: "AER is distributed under GPL-2 or GPL-3; the original is a public access data set",
  changes:
    "The 6,325 of 11,598 pupils who took part in kindergarten, with 12 of the kindergarten and pupil columns and the row name; columns renamed, birth quarter as a number, free lunch as 1/0",
  references: [
    "Mosteller, F. (1995). The Tennessee study of class size in the early school grades. The Future of Children 5(2), 113-127",
    "Stock, J. H. and Watson, M. W. (2007). Introduction to Econometrics, 2nd ed. Addison Wesley",
    "Kleiber, C. and Zeileis, A. (2008). Applied Econometrics with R. Springer",
  ],
};

/**
 * The Tennessee class-size experiment in kindergarten, as columns for `frame`; one row a pupil, 6,325 of them, some scores missing.
 * The same as text is `starCsv`; where it comes from is in {@link starSource}.
 *
 * @example
 * const pupils = frame(loadStar());
 */
export function loadStar(): StarTable {
  return parseCsv(starCsv, {
    student: "number",
    sex: "category",
    ethnicity: "category",
    birth: "number",
    classType: "category",
    read: "number",
    math: "number",
    freeLunch: "number",
    schoolType: "category",
    degree: "category",
    experience: "number",
    teacherEthnicity: "category",
    school: "number",
  });
}
