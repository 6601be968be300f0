/**
 * A person's fixed characteristics in 15 bits, and what changes by month in 8: the packing of the compact rows.
 * Each field is [shift, mask]; read it as `(word >>> shift) & mask`.
 */
export const PROFILE = {
  badHealth: [0, 1],
  debts: [1, 1],
  education: [2, 3],
  children: [4, 3],
  otherLanguage: [6, 1],
  longBenefit: [7, 1],
  female: [8, 1],
  maritalStatus: [9, 3],
  complianceType: [11, 3],
  contractHours: [13, 3],
} as const;

export const STATE = {
  obliged: [0, 1],
  jobHelp: [1, 1],
  obstacleRemoval: [2, 1],
  employed: [3, 1],
  recordedJobHelp: [4, 1],
  removalStart: [5, 7],
} as const;

/** Bits of a row's error flags. */
export const FLAG = {
  birthdayHeaped: 1,
  ageManipulated: 2,
  jobHelpLate: 4,
  educationMissing: 8,
  debtsMissing: 16,
  programCodeChanged: 32,
  hoursPerMonth: 64,
  duplicateIdentical: 128,
  duplicateOtherHours: 256,
  hoursAbove168: 512,
  maritalStatusReversed: 1024,
  benefitInCents: 2048,
} as const;
