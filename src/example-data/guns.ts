import type { CategoryData } from "../data/columns.ts";
import { gunsCsv } from "./data/guns.ts";
import type { DataSource } from "./data-source.ts";
import { parseCsv } from "./parse-csv.ts";

/** Crime and shall-carry laws in 51 US states, 1977 to 1999: a balanced panel with staggered adoption. */
export type GunsTable = {
  /** State, or the District of Columbia. */
  readonly state: CategoryData;
  /** 1977 to 1999. */
  readonly year: Float64Array;
  /** 1 if a shall-carry law was in effect; four states have one from the start, 22 never get one. */
  readonly law: Float64Array;
  /** Violent crimes per 100,000 inhabitants. */
  readonly violent: Float64Array;
  /** Murders per 100,000 inhabitants. */
  readonly murder: Float64Array;
  /** Robberies per 100,000 inhabitants. */
  readonly robbery: Float64Array;
  /** Sentenced prisoners per 100,000 inhabitants in the year before. */
  readonly prisoners: Float64Array;
  /** Population in millions. */
  readonly population: Float64Array;
  /** Thousands of inhabitants per square mile. */
  readonly density: Float64Array;
  /** Real income per head in US dollars. */
  readonly income: Float64Array;
  /** Percentage of the population that is African-American and aged 10 to 64. */
  readonly afam: Float64Array;
  /** Percentage of the population that is Caucasian and aged 10 to 64. */
  readonly cauc: Float64Array;
  /** Percentage of the population that is male and aged 10 to 29. */
  readonly male: Float64Array;
};

/** Source and terms of {@link loadGuns}. */
export const gunsSource: DataSource = {
  title: "More guns, less crime? Right-to-carry laws in 51 US states, 1977-1999",
  source: "Online complements to Stock and Watson (2007); copy: data set Guns of the R package AER 1.2-10",
  licence: "AER is distributed under GPL-2 or GPL-3; the values are published statistics of US states",
  changes: "All 1,173 rows; columns reordered, year as a number, law as 1/0, numbers to 15 digits",
  references: [
    "Ayres, I. and Donohue, J. J. (2003). Shooting down the 'more guns, less crime' hypothesis. Stanford Law Review 55, 1193-1312",
    "Stock, J. H. and Watson, M. W. (2007). Introduction to Econometrics, 2nd ed. Addison Wesley",
    "Kleiber, C. and Zeileis, A. (2008). Applied Econometrics with R. Springer",
  ],
};

/**
 * Right-to-carry laws and crime in the states of the US, as columns for `frame`; 1,173 rows sorted by state and year.
 * The same as text is `gunsCsv`; where it comes from is in {@link gunsSource}.
 *
 * @example
 * const states = panel(frame(loadGuns()), { unit: "state", time: "year" });
 */
export function loadGuns(): GunsTable {
  return parseCsv(gunsCsv, {
    state: "category",
    year: "number",
    law: "number",
    violent: "number",
    murder: "number",
    robbery: "number",
    prisoners: "number",
    population: "number",
    density: "number",
    income: "number",
    afam: "number",
    cauc: "number",
    male: "number",
  });
}
