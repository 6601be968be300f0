import type { CategoryData } from "../data/columns.ts";

/** A column of dates: days since 1970-01-01. */
export interface DateColumn {
  readonly type: "date";
  readonly values: Float64Array;
}

/** A column of calendar months: months since year 0. */
export interface MonthColumn {
  readonly type: "month";
  readonly values: Float64Array;
}

/**
 * Person-months as columns that `frame` takes as they are. Yes/no columns hold 1 and 0; missing is NaN, or code -1.
 * Without errors the recorded columns equal the true ones.
 */
export type MunicipalTable = {
  /** Number of the person. */
  readonly person: Float64Array;
  /** Month 1 (January 2014) to 48 (December 2017); states are those of the month's last day. */
  readonly month: Float64Array;
  /** The same month as months since year 0. */
  readonly calendarMonth: MonthColumn;
  /** Amsterdam, Rotterdam, The Hague or Utrecht. */
  readonly city: CategoryData;
  /** District 1 to 40: 1-8, 9-22, 23-30 and 31-40 by city. */
  readonly district: Float64Array;
  /** Month in which job help starts in the district; Infinity where it never does. */
  readonly firstProgramMonth: Float64Array;
  /** Month in which obstacle removal starts for the person; Infinity if never. */
  readonly firstRemovalMonth: Float64Array;
  /** Recorded age of the youngest child in completed months; missing for the childless. The cutoff is 60. */
  readonly childAgeMonths: Float64Array;
  /** Recorded days since the child's monthly birthday. */
  readonly daysSinceBirthday: Float64Array;
  /** Recorded age as a continuous number of months: completed months plus days / 30.4375. */
  readonly childAge: Float64Array;
  /** Recorded date of birth of the child. */
  readonly childBirthDate: DateColumn;
  /** Whether the person must look for work. */
  readonly obliged: Float64Array;
  /** Recorded job help. */
  readonly jobHelp: Float64Array;
  /** Recorded code of the programme: none, JOB, or JH2 after the change of codes. */
  readonly programCode: CategoryData;
  /** Whether obstacles to work (health, debts) are being removed. */
  readonly obstacleRemoval: Float64Array;
  /** Whether the person works. */
  readonly employed: Float64Array;
  /** Recorded weekly hours of work; 0 without work. */
  readonly hours: Float64Array;
  /** Recorded monthly benefit in euros. */
  readonly benefit: Float64Array;
  /** Whether the person works 28 hours a week or more. */
  readonly independent: Float64Array;
  /** Monthly care cost in euros: 40 % zeros and a heavy tail. */
  readonly careCost: Float64Array;
  /** Female or male. */
  readonly sex: CategoryData;
  /** Recorded education: low, middle or high. */
  readonly education: CategoryData;
  /** Number of children; 3 means three or more, 0 none. */
  readonly children: Float64Array;
  /** Whether the person is in bad health. */
  readonly badHealth: Float64Array;
  /** Recorded problem debts. */
  readonly debts: Float64Array;
  /** Language at home: Dutch or other. */
  readonly language: CategoryData;
  /** Whether the person had been on benefit for 24 months or more at the start. */
  readonly longBenefit: Float64Array;
  /** Recorded marital status: never married, divorced or widowed. */
  readonly maritalStatus: CategoryData;
  /** Truth: never obliged, complier (obliged from the fifth birthday) or always obliged. */
  readonly complianceType: CategoryData;
  /** Truth: hours in the contract when the person works. */
  readonly contractHours: Float64Array;
  /** Truth: employment probability. As an outcome it gives effects without sampling noise in employment. */
  readonly p: Float64Array;
  /** Truth: the child's age in completed months. */
  readonly trueChildAgeMonths: Float64Array;
  /** Truth: job help. */
  readonly trueJobHelp: Float64Array;
  /** Truth: errors in the row's record, a sum of the values in `ERROR_FLAGS`; 0 = none. */
  readonly errorFlags: Float64Array;
};

/** Name of a column of {@link MunicipalTable}. */
export type MunicipalColumn = keyof MunicipalTable;

/** Bits of `errorFlags`. */
export { FLAG as ERROR_FLAGS } from "./numerics/profile.ts";
