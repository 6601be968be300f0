import { describe, expect, it } from "vitest";
import { benefitSpells, ERROR_FLAGS, errorLog, table, truth } from "../../src/example-data/index.ts";

const N = 12_000;
const options = { persons: N, seed: 8 };
const clean = table(options);
const dirty = table({ ...options, errors: true });
const rows = Array.from({ length: dirty.person.length }, (_, i) => i);
const has = (row: number, flag: keyof typeof ERROR_FLAGS): boolean => (dirty.errorFlags[row]! & ERROR_FLAGS[flag]) !== 0;
const HAGUE = 2;
const ROTTERDAM = 1;

/** Within four standard errors of a share. */
function near(count: number, n: number, expected: number): void {
  expect(Math.abs(count / n - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n));
}

const key = (person: number, month: number): number => person * 100 + month;
const cleanRow = new Map(Array.from(clean.person, (person, i) => [key(person, clean.month[i]!), i]));
const origin = rows.map((i) => cleanRow.get(key(dirty.person[i]!, dirty.month[i]!))!);
const firstOfPerson = rows.filter((i) => i === 0 || dirty.person[i] !== dirty.person[i - 1]);
const ofPersons = (test: (row: number) => boolean): number => firstOfPerson.filter(test).length;

describe("the error layer", () => {
  it("leaves people and their lives as they are", () => {
    for (const name of ["p", "employed", "careCost", "obliged", "trueJobHelp", "trueChildAgeMonths", "obstacleRemoval"] as const) {
      expect(rows.filter((i) => dirty[name][i] !== clean[name][origin[i]!])).toEqual([]);
    }
    expect(clean.errorFlags.every((flags) => flags === 0)).toBe(true);
  });

  it("changes recorded values only where a flag says so", () => {
    const changed = (flag: number, test: (row: number, from: number) => boolean): readonly number[] =>
      rows.filter((i) => (dirty.errorFlags[i]! & flag) === 0 && test(i, origin[i]!));
    const F = ERROR_FLAGS;
    const age = F.birthdayHeaped | F.ageManipulated;
    expect(changed(age, (i, from) => dirty.childAge[i] !== clean.childAge[from])).toEqual([]);
    expect(changed(age, (i, from) => dirty.childBirthDate.values[i] !== clean.childBirthDate.values[from])).toEqual([]);
    expect(changed(F.jobHelpLate, (i, from) => dirty.jobHelp[i] !== clean.jobHelp[from])).toEqual([]);
    expect(changed(F.educationMissing, (i, from) => dirty.education.codes[i] !== clean.education.codes[from])).toEqual([]);
    expect(changed(F.debtsMissing, (i, from) => dirty.debts[i] !== clean.debts[from])).toEqual([]);
    const hours = F.hoursPerMonth | F.hoursAbove168 | F.duplicateOtherHours;
    expect(changed(hours, (i, from) => dirty.hours[i] !== clean.hours[from])).toEqual([]);
    expect(changed(F.benefitInCents, (i, from) => dirty.benefit[i] !== clean.benefit[from])).toEqual([]);
    const marital = (i: number, from: number): boolean => dirty.maritalStatus.codes[i] !== clean.maritalStatus.codes[from];
    expect(changed(F.maritalStatusReversed, marital)).toEqual([]);
  });

  it("heaps birthdays on 1 January at the stated rates", () => {
    const onFirst = (row: number): boolean =>
      new Date(dirty.childBirthDate.values[row]! * 86_400_000).toISOString().slice(4, 10) === "-01-01";
    expect(firstOfPerson.filter((row) => onFirst(row) !== has(row, "birthdayHeaped"))).toEqual([]);
    near(ofPersons(onFirst), firstOfPerson.length, truth().quality.firstJanuary);
    const other = firstOfPerson.filter((row) => dirty.language.codes[row] === 1);
    near(other.filter(onFirst).length, other.length, 0.08);
    const older = rows.filter((i) => has(i, "birthdayHeaped")).map((i) => dirty.childAgeMonths[i]! - dirty.trueChildAgeMonths[i]!);
    expect([Math.min(...older), Math.max(...older)]).toEqual([0, 11]);
  });

  it("loses education, debts and months at the stated rates", () => {
    near(
      ofPersons((row) => dirty.education.codes[row] === -1),
      firstOfPerson.length,
      truth().quality.educationMissing,
    );
    const missingDebts = rows.filter((i) => Number.isNaN(dirty.debts[i]!) !== (dirty.city.codes[i] === HAGUE && dirty.month[i]! < 12));
    expect(missingDebts).toEqual([]);
  });

  it("changes the code of the programme in Rotterdam from month 25, nowhere else", () => {
    const expected = (i: number): number =>
      dirty.jobHelp[i] === 0 ? 0 : dirty.city.codes[i] === ROTTERDAM && dirty.month[i]! >= 25 ? 2 : 1;
    expect(rows.filter((i) => dirty.programCode.codes[i] !== expected(i))).toEqual([]);
    expect(rows.filter((i) => dirty.programCode.codes[i] === 2).length).toBeGreaterThan(1000);
  });

  it("records hours per month in The Hague up to month 18", () => {
    const meanHours = (test: (month: number) => boolean): number => {
      const workers = rows.filter(
        (i) => dirty.city.codes[i] === HAGUE && dirty.employed[i] === 1 && test(dirty.month[i]!) && !has(i, "hoursAbove168"),
      );
      return workers.reduce((sum, i) => sum + dirty.hours[i]!, 0) / workers.length;
    };
    const ratio = meanHours((month) => month <= 18) / meanHours((month) => month > 18);
    expect(ratio / truth().quality.hoursRatio).toBeCloseTo(1, 1);
    const exact = rows.filter((i) => has(i, "hoursPerMonth") && !has(i, "hoursAbove168") && !has(i, "duplicateOtherHours"));
    expect(exact.filter((i) => dirty.hours[i] !== 4.345 * dirty.contractHours[i]!)).toEqual([]);
  });

  it("makes impossible hours, cents and reversed marriages at the stated rates", () => {
    const workers = rows.filter((i) => dirty.employed[i] === 1);
    near(workers.filter((i) => dirty.hours[i]! > 168).length, workers.length, 0.0001);
    expect(workers.filter((i) => dirty.hours[i]! > 168 !== has(i, "hoursAbove168"))).toEqual([]);
    near(rows.filter((i) => has(i, "benefitInCents")).length, rows.length, 0.0002);
    expect(rows.filter((i) => dirty.benefit[i]! > 1100 && !has(i, "benefitInCents"))).toEqual([]);
    const reversed = new Set(rows.filter((i) => has(i, "maritalStatusReversed")).map((i) => dirty.person[i]));
    near(reversed.size, N, 0.0005);
    const back = rows.filter((i) => has(i, "maritalStatusReversed"));
    expect(back.every((i) => dirty.maritalStatus.codes[i] === 0 && clean.maritalStatus.codes[origin[i]!] === 1)).toBe(true);
  });

  it("enters job help late in a tenth of the starts, by one to three months", () => {
    const starters = new Set(rows.filter((i) => dirty.trueJobHelp[i] === 1).map((i) => dirty.person[i]!));
    const late = new Map<number, number>();
    for (const i of rows) if (has(i, "jobHelpLate")) late.set(dirty.person[i]!, (late.get(dirty.person[i]!) ?? 0) + 1);
    // A late start may fall into a gap of the records, hence the slack of a few persons.
    expect(Math.abs(late.size / starters.size - 0.1)).toBeLessThan(0.012);
    expect(rows.filter((i) => has(i, "jobHelpLate") && (dirty.jobHelp[i] !== 0 || dirty.trueJobHelp[i] !== 1))).toEqual([]);
    expect([...late.values()].every((months) => months <= 4)).toBe(true);
  });

  it("repeats and loses rows, and lets people move, at the stated rates", () => {
    const log = errorLog({ ...options });
    const count = (name: string): number => log.error.codes.filter((code) => log.error.levels[code] === name).length;
    const identical = rows.filter((i) => has(i, "duplicateIdentical"));
    near(identical.length, rows.length, 0.005);
    near(rows.filter((i) => has(i, "duplicateOtherHours")).length, rows.length, 0.001);
    expect(identical.filter((i) => dirty.person[i - 1] !== dirty.person[i] || dirty.month[i - 1] !== dirty.month[i])).toEqual([]);
    expect(identical.filter((i) => dirty.hours[i - 1] !== dirty.hours[i])).toEqual([]);
    expect(rows.filter((i) => has(i, "duplicateOtherHours") && dirty.hours[i - 1] === dirty.hours[i])).toEqual([]);
    near(count("missingMonth"), clean.person.length, 0.01);
    near(count("movedAway"), N, 0.02);
    const present = rows.length - identical.length - count("duplicateOtherHours");
    const afterMove = clean.person.length - present - count("missingMonth");
    expect(afterMove).toBeGreaterThan(10 * count("movedAway"));
  });

  it("logs each error once where it lasts, and in every row where it does not", () => {
    const log = errorLog({ ...options });
    const count = (name: string): number => log.error.codes.filter((code) => log.error.levels[code] === name).length;
    const flagged = (flag: keyof typeof ERROR_FLAGS): number => rows.filter((i) => has(i, flag)).length;
    for (const flag of ["hoursAbove168", "duplicateIdentical", "duplicateOtherHours"] as const) {
      // a duplicate repeats the flags of its row
      const repeats = rows.filter((i) => has(i, flag) && flag === "hoursAbove168" && (dirty.errorFlags[i]! & 384) !== 0).length;
      expect(count(flag)).toBe(flagged(flag) - repeats);
    }
    expect(count("educationMissing")).toBe(ofPersons((row) => has(row, "educationMissing")));
    expect(count("birthdayHeaped")).toBe(ofPersons((row) => has(row, "birthdayHeaped")));
    near(count("overlappingSpells"), N, 0.003);
  });
});

describe("options that break designs", () => {
  it("manipulation moves ages from just above to just below the cutoff", () => {
    const moved = table({ persons: 6000, manipulation: 0.25 });
    const at = (column: Float64Array, age: number): number => column.filter((value) => value === age).length;
    for (const age of [60, 61]) {
      const truly = at(moved.trueChildAgeMonths, age);
      near(truly - at(moved.childAgeMonths, age), truly, 0.25);
      expect(at(moved.childAgeMonths, age - 2) - at(moved.trueChildAgeMonths, age - 2)).toBe(truly - at(moved.childAgeMonths, age));
    }
    expect(at(moved.childAgeMonths, 62)).toBe(at(moved.trueChildAgeMonths, 62));
  });

  it("attrition makes people leave once job help has started, and nobody else", () => {
    const [with0, with30] = [table({ persons: 3000 }), table({ persons: 3000, attrition: 0.3 })];
    const lastMonths = (data: typeof clean, treated: boolean): number[] =>
      Array.from(data.person, (_, i) => i)
        .filter((i) => data.person[i] !== data.person[i + 1] && data.firstProgramMonth[i]! < 48 === treated)
        .map((i) => data.month[i]!);
    expect(lastMonths(with30, false)).toEqual(lastMonths(with0, false));
    const treated = lastMonths(with30, true);
    near(treated.filter((month) => month < 48).length, treated.length, 0.3);
    expect(lastMonths(with0, true).every((month) => month === 48)).toBe(true);
  });
});

describe("benefitSpells()", () => {
  it("follow the months on benefit, moved to the 1st or 15th in 70 % of spells", async () => {
    const spells = await benefitSpells({ persons: 2000, seed: 8 });
    const dayOf = (date: number): number => new Date(date * 86_400_000).getUTCDate();
    const all = Array.from(spells.person, (_, i) => i);
    const real = all.filter((i) => spells.overlapping[i] === 0);
    near(real.filter((i) => spells.moved[i] === 1).length, real.length, 0.7);
    const moved = all.filter((i) => spells.moved[i] === 1);
    expect(moved.filter((i) => ![1, 15].includes(dayOf(spells.start.values[i]!)))).toEqual([]);
    expect(moved.filter((i) => !Number.isNaN(spells.end.values[i]!) && ![1, 15].includes(dayOf(spells.end.values[i]!)))).toEqual([]);
    const kept = all.filter((i) => spells.moved[i] === 0);
    expect(kept.filter((i) => spells.start.values[i] !== spells.trueStart.values[i])).toEqual([]);
    expect(all.filter((i) => spells.end.values[i]! < spells.start.values[i]!)).toEqual([]);
    const next = real.filter((i) => spells.person[i + 1] === spells.person[i] && spells.overlapping[i + 1] === 0);
    expect(next.filter((i) => !(spells.trueEnd.values[i]! <= spells.trueStart.values[i + 1]!))).toEqual([]);
    const overlapping = all.filter((i) => spells.overlapping[i] === 1);
    near(overlapping.length, 2000, 0.003);
    expect(overlapping.filter((i) => spells.trueStart.values[i]! >= spells.trueEnd.values[i - 1]!)).toEqual([]);
  });

  it("have no errors when switched off", async () => {
    const spells = await benefitSpells({ persons: 300, errors: false });
    expect(spells.start).toEqual(spells.trueStart);
    expect(spells.end).toEqual(spells.trueEnd);
    expect(spells.overlapping.every((value) => value === 0)).toBe(true);
  });
});
