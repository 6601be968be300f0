import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { chunks, expandChunk, MUNICIPAL_COLUMNS, type MunicipalOptions, type MunicipalTable, table } from "../../src/example-data/index.ts";

/** Any column as numbers; categories by code. */
function values(data: Partial<MunicipalTable>, name: keyof MunicipalTable): Float64Array | Int32Array {
  const column = data[name]!;
  if (column instanceof Float64Array) return column;
  return column.type === "category" ? column.codes : column.values;
}

/** Rows per person in the first row of each, for shares over persons. */
function firstRows(person: Float64Array): number[] {
  const rows: number[] = [];
  for (let i = 0; i < person.length; i++) if (i === 0 || person[i] !== person[i - 1]) rows.push(i);
  return rows;
}

const share = (rows: readonly number[], test: (row: number) => boolean): number => rows.filter(test).length / rows.length;

const N = 12_000;
const big = table({ persons: N, districtShock: 0, seed: 3 });
const persons = firstRows(big.person);

describe("table()", () => {
  it("gives the same bits for the same seed, others for another", () => {
    const [a, b, c] = [table({ persons: 50 }), table({ persons: 50 }), table({ persons: 50, seed: 2 })];
    expect(a).toEqual(b);
    expect(a.careCost).not.toEqual(c.careCost.slice(0, a.careCost.length));
  });

  it("keeps to the values it has always given", () => {
    const first = table({ persons: 3, seed: 20140101, columns: ["month", "district", "employed", "careCost", "p"] });
    const total = (column: Float64Array): number => column.reduce((sum, value) => sum + value, 0);
    expect([first.month.length, total(first.district), total(first.employed)]).toEqual([31, 287, 17]);
    expect(total(first.careCost)).toBeCloseTo(4387.35, 9);
    expect(total(first.p)).toBeCloseTo(10.03600847948254, 12);
  });

  it("is a prefix of a larger table, row for row, whatever the options", () => {
    const anyOptions = fc.record<MunicipalOptions>(
      {
        seed: fc.integer({ min: 0, max: 2 ** 40 }),
        errors: fc.boolean(),
        childless: fc.boolean(),
        manipulation: fc.constantFrom(0, 0.3),
        attrition: fc.constantFrom(0, 0.2),
        anticipation: fc.constantFrom(0, 2),
        trendByEducation: fc.boolean(),
        kink: fc.boolean(),
        ageTrend: fc.boolean(),
        districtShock: fc.constantFrom(0, 0.05),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyOptions, fc.integer({ min: 1, max: 20 }), (options, persons) => {
        const [small, large] = [table({ ...options, persons }), table({ ...options, persons: persons + 15 })];
        for (const name of MUNICIPAL_COLUMNS) {
          const part = values(small, name);
          expect(values(large, name).slice(0, part.length)).toEqual(part);
        }
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it("can be made in parts, in any order", () => {
    const options = { seed: 5, childless: true, errors: true };
    const whole = table({ ...options, persons: 60 });
    const [last, first] = [table({ ...options, firstPerson: 37, persons: 23 }), table({ ...options, persons: 37 })];
    for (const name of MUNICIPAL_COLUMNS) {
      expect([...values(first, name), ...values(last, name)]).toEqual([...values(whole, name)]);
    }
  });

  it("makes only the columns asked for, and about the rows asked for", () => {
    const some = table({ rows: 20_000, columns: ["person", "employed"] });
    expect(Object.keys(some)).toEqual(["person", "employed"]);
    expect(Math.abs(some.person.length / 20_000 - 1)).toBeLessThan(0.05);
    const childless = table({ rows: 20_000, childless: true, columns: ["person"] });
    expect(Math.abs(childless.person.length / 20_000 - 1)).toBeLessThan(0.05);
  });

  it("is a panel that frame and panel take as it is", () => {
    const people = panel(frame(table({ persons: 200 })), { unit: "person", time: "month" });
    expect(people.unitCount).toBe(200);
    expect(people.columnNames).toEqual(MUNICIPAL_COLUMNS);
    expect(people.categories("city").levels).toEqual(["Amsterdam", "Rotterdam", "The Hague", "Utrecht"]);
  });

  it("names what is wrong with its options", () => {
    expect(() => table({ persons: 10, rows: 400 })).toThrow('"persons" and "rows" both set the size');
    expect(() => table({ persons: 0 })).toThrow('"persons" must be an integer from 1');
    expect(() => table({ districtShock: 0.5 })).toThrow('"districtShock" must be a number from 0 to 0.4');
    expect(() => table({ seed: 1.5 })).toThrow('"seed" must be an integer');
    expect(() => table({ kink: 1 as unknown as boolean })).toThrow('"kink" must be true or false');
    expect(() => table({ columns: ["employd" as "employed"] })).toThrow('did you mean "employed"?');
    expect(() => table({ person: 3 } as object)).toThrow('did you mean "persons"?');
  });
});

describe("chunks()", () => {
  it("gives the rows of the table, whatever the size", () => {
    const options = { persons: 90, errors: true, childless: true, seed: 11 };
    const whole = table(options);
    for (const size of [96, 500, 100_000]) {
      const parts = [...chunks(options, size)];
      expect(parts.every((part) => part.rows <= size && part.person.length === part.rows)).toBe(true);
      for (const name of MUNICIPAL_COLUMNS) {
        expect(parts.flatMap((part) => [...values(expandChunk(part, [name]), name)])).toEqual([...values(whole, name)]);
      }
    }
  });

  it("takes 21 bytes a row", () => {
    const [chunk] = [...chunks({ persons: 40 })];
    const arrays = Object.values(chunk!).filter((value) => ArrayBuffer.isView(value)) as Uint8Array[];
    expect(arrays.reduce((sum, array) => sum + array.BYTES_PER_ELEMENT, 0)).toBe(21);
    expect(() => chunks({}, 10)).toThrow('"size" must be an integer of at least 96');
  });
});

describe("the people of table()", () => {
  const near = (found: number, expected: number, n: number = N): void => {
    expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n));
  };
  const is = (name: keyof MunicipalTable, code: number): number => share(persons, (row) => values(big, name)[row] === code);

  it("have the stated shares", () => {
    [0.36, 0.33, 0.2, 0.11].forEach((expected, code) => {
      near(is("city", code), expected);
    });
    near(is("badHealth", 1), 0.3);
    near(is("debts", 1), 0.4);
    near(
      share(persons, (row) => big.badHealth[row] === 1 || big.debts[row] === 1),
      0.58,
    );
    [0.5, 0.38, 0.12].forEach((expected, code) => {
      near(is("education", code), expected);
    });
    [0.5, 0.35, 0.15].forEach((expected, k) => {
      near(is("children", k + 1), expected);
    });
    near(is("language", 1), 0.3836);
    near(is("longBenefit", 1), 0.55);
    near(is("sex", 1), 0.9);
    [0.55, 0.38, 0.07].forEach((expected, code) => {
      near(is("maritalStatus", code), expected);
    });
    near(is("complianceType", 2), 0.25);
    near(is("complianceType", 1), 0.64);
    [12, 20, 28, 36].forEach((hours, k) => {
      near(is("contractHours", hours), [0.2, 0.35, 0.3, 0.15][k]!);
    });
    [13, 19, 25, 31, Number.POSITIVE_INFINITY].forEach((start, k) => {
      near(is("firstProgramMonth", start), [0.117857, 0.184286, 0.235714, 0.173, 0.289143][k]!);
    });
    near(is("firstRemovalMonth", Number.POSITIVE_INFINITY), 1 - 0.58 * 0.5);
    for (const start of [10, 16, 22, 28, 34]) near(is("firstRemovalMonth", start), 0.058);
  });

  it("enter at birth, stay to the end and number 41.7 months each", () => {
    expect(big.person.length / N).toBeCloseTo(41.7, 0);
    const wrong = persons.filter((row, k) => {
      const end = (persons[k + 1] ?? big.person.length) - 1;
      return big.month[end] !== 48 || end - row !== 48 - big.month[row]! || (big.month[row]! > 1 && big.childAgeMonths[row] !== 0);
    });
    expect(wrong).toEqual([]);
  });

  it("are obliged, helped and freed of obstacles by the rules", () => {
    const d = table({ persons: 400 });
    const wrong = Array.from({ length: d.person.length }, (_, i) => i).filter((i) => {
      const type = d.complianceType.codes[i]!;
      return (
        d.obliged[i] !== Number(type === 2 || (type === 1 && d.childAgeMonths[i]! >= 60)) ||
        d.jobHelp[i] !== Number(d.month[i]! >= d.firstProgramMonth[i]!) ||
        d.obstacleRemoval[i] !== Number(d.month[i]! >= d.firstRemovalMonth[i]!) ||
        d.programCode.codes[i] !== d.jobHelp[i] ||
        d.hours[i] !== d.employed[i]! * d.contractHours[i]! ||
        d.independent[i] !== Number(d.employed[i] === 1 && d.contractHours[i]! >= 28) ||
        Math.abs(d.benefit[i]! - Math.max(0, 1100 - (650 / 12) * d.hours[i]!)) > 1e-10 ||
        d.childAge[i] !== d.childAgeMonths[i]! + d.daysSinceBirthday[i]! / 30.4375 ||
        d.calendarMonth.values[i] !== 2014 * 12 + d.month[i]! - 1
      );
    });
    expect(wrong).toEqual([]);
  });

  it("have birth dates that agree with their ages, none on 1 January", () => {
    const wrong = persons.filter((row) => {
      const birth = new Date(big.childBirthDate.values[row]! * 86_400_000);
      const months = 2014 * 12 + big.month[row]! - 1 - (birth.getUTCFullYear() * 12 + birth.getUTCMonth());
      return months !== big.childAgeMonths[row] || (birth.getUTCMonth() === 0 && birth.getUTCDate() === 1);
    });
    expect(wrong).toEqual([]);
  });

  it("without a child are 3 to 10, are never obliged, and leave the others as they are", () => {
    const mixed = table({ persons: 100, childless: true });
    const alone = table({ persons: 100 });
    const isChildless = (row: number): boolean => mixed.person[row]! >= 2e9;
    expect(firstRows(mixed.person).filter(isChildless)).toHaveLength(30);
    for (let i = 0; i < mixed.person.length; i++) {
      if (!isChildless(i)) continue;
      expect([mixed.obliged[i], mixed.children[i], mixed.childAgeMonths[i], mixed.childBirthDate.values[i]]).toEqual([0, 0, NaN, NaN]);
    }
    expect(mixed.careCost.filter((_, i) => !isChildless(i))).toEqual(alone.careCost);
  });
});
