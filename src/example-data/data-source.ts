/** Where a data set comes from, under which terms, and what was done to it. */
export interface DataSource {
  readonly title: string;
  /** Who published the data, and the copy used. */
  readonly source: string;
  /** Terms of the copy used. */
  readonly licence: string;
  /** What differs from the copy used. */
  readonly changes: string;
  /** Publications that describe and analyse the data. */
  readonly references: readonly string[];
}
