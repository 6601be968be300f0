import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type Frame, panel } from "../../src/data/index.ts";
import { extendedTwfe, marginalEffects, sunAbraham } from "../../src/did/index.ts";
import { ols } from "../../src/regression/index.ts";
import { contextOf, type ReferenceCase } from "../reference/harness/case.ts";

// What lies behind two cases in which the reference's numbers are not what its formulas give.

type Row = Record<string, number | string>;

const folder = fileURLToPath(new URL("../reference/did", import.meta.url));

function load<Expected>(name: string): { readonly table: Frame<Row>; readonly expected: Expected } {
  const found = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as ReferenceCase;
  return { table: contextOf(folder, found).table(), expected: found.expected as Expected };
}

interface Effects {
  readonly estimate: number[];
  readonly se: number[];
}

const { table, expected } = load<{ readonly emfx: Readonly<Record<"simple" | "simple_pooled" | "event", Effects>> }>(
  "pub-etwfe-heterogeneous-xvar",
);
const clustered = { vcov: { type: "cluster", by: ["id"] } } as const;

/** The model by indicators alone, with the average effect of rows as one combination of its coefficients. */
function byHand(): {
  readonly error: (picked: (row: number) => boolean) => number;
  readonly numerical: (picked: (row: number) => boolean, step: number) => number;
} {
  const [g, t, x, y] = ["g", "time", "x2", "y"].map((name) => table.numbers(name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const n = g.length;
  const levels = (values: Float64Array): number[] => [...new Set(values)].sort((a, b) => a - b);
  const column = (value: (row: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => value(i));
  const means = new Map<string, { sum: number; rows: number }>();
  for (let i = 0; i < n; i++) {
    const own = means.get(`${g[i]}:${t[i]}`) ?? { sum: 0, rows: 0 };
    means.set(`${g[i]}:${t[i]}`, { sum: own.sum + x[i]!, rows: own.rows + 1 });
  }
  const within = column((i) => x[i]! - means.get(`${g[i]}:${t[i]}`)!.sum / means.get(`${g[i]}:${t[i]}`)!.rows);
  const cells = levels(g).flatMap((cohort) => levels(t).flatMap((time) => (cohort > 0 && time >= cohort ? [[cohort, time]] : [])));
  const effects = [
    ...cells.map(([cohort, time]) => column((i) => Number(g[i] === cohort && t[i] === time))),
    ...cells.map(([cohort, time]) => column((i) => (g[i] === cohort && t[i] === time ? within[i]! : 0))),
  ];
  const others = [
    ...levels(t)
      .slice(1)
      .map((time) => column((i) => (t[i] === time ? within[i]! : 0))),
    ...levels(g)
      .slice(1)
      .map((cohort) => column((i) => Number(g[i] === cohort))),
    ...levels(t)
      .slice(1)
      .map((time) => column((i) => Number(t[i] === time))),
  ];
  const all = [...effects, ...others];
  const names = all.map((_, k) => `column${k}`);
  const data = table.with(Object.fromEntries(all.map((values, k) => [names[k]!, values])));
  const fit = ols(data as Frame<Row>, { outcome: "y", regressors: names, ...clustered });
  expect(fit.fit.observations).toBe(y.length);
  const terms = Object.keys(fit.estimates);
  const V = names.map((a) => names.map((b) => fit.vcov[terms.indexOf(a)]![terms.indexOf(b)]!));
  const b = names.map((name) => fit.estimates[name]!.estimate);
  const quadratic = (J: readonly number[]): number =>
    Math.sqrt(J.reduce((sum, a, i) => sum + a * J.reduce((part, c, j) => part + c * V[i]![j]!, 0), 0));
  const rowsOf = (picked: (row: number) => boolean): number[] =>
    Array.from({ length: n }, (_, i) => i).filter((i) => g[i]! > 0 && t[i]! >= g[i]! && picked(i));
  /** Mean over rows of the prediction with the switch on less that with it off. */
  const contrast = (rows: readonly number[], coefficients: readonly number[]): number =>
    rows.reduce((sum, i) => {
      let off = 0;
      for (let k = effects.length; k < all.length; k++) off += all[k]![i]! * coefficients[k]!;
      let on = off;
      for (let k = 0; k < effects.length; k++) on += all[k]![i]! * coefficients[k]!;
      return sum + (on - off);
    }, 0) / rows.length;
  return {
    error: (picked) => {
      const rows = rowsOf(picked);
      return quadratic(all.map((values, k) => (k < effects.length ? rows.reduce((sum, i) => sum + values[i]!, 0) / rows.length : 0)));
    },
    numerical: (picked, step) => {
      const rows = rowsOf(picked);
      const base = contrast(rows, b);
      return quadratic(
        all.map(
          (_, k) =>
            (contrast(
              rows,
              b.map((value, j) => (j === k ? value + step : value)),
            ) -
              base) /
            step,
        ),
      );
    },
  };
}

const g = table.numbers("g");
const t = table.numbers("time");
const x = table.numbers("x2");
const model = extendedTwfe(panel(table, { unit: "id", time: "time" }), { outcome: "y", firstTreated: "g", moderator: "x2", ...clustered });
const simple = marginalEffects(model).estimates;
const event = marginalEffects(model, { type: "event" }).estimates;
const hand = byHand();

it("marginalEffects() with a moderator has the standard errors of the regression written out, to 1e-12", () => {
  for (const { moderator, standardError } of simple)
    expect(Math.abs(hand.error((i) => x[i] === moderator) / standardError - 1)).toBeLessThan(1e-12);
  for (const { moderator, eventTime, standardError } of event)
    expect(Math.abs(hand.error((i) => x[i] === moderator && t[i]! - g[i]! === eventTime) / standardError - 1)).toBeLessThan(1e-12);
});

it("etwfe's standard errors scatter around these on both sides while its estimates agree: numerical derivatives", () => {
  const ours = [...simple, ...event];
  const theirs = {
    estimate: [...expected.emfx.simple.estimate, ...expected.emfx.event.estimate],
    se: [...expected.emfx.simple.se, ...expected.emfx.event.se],
  };
  const off = theirs.se.map((se, k) => se / ours[k]!.standardError - 1);
  theirs.estimate.forEach((value, k) => {
    expect(Math.abs(value / ours[k]!.estimate - 1)).toBeLessThan(1e-12);
  });
  for (const value of off) expect(Math.abs(value)).toBeLessThan(2e-6);
  expect(off.filter((value) => value > 1e-8).length).toBeGreaterThan(3);
  expect(off.filter((value) => value < -1e-8).length).toBeGreaterThan(3);
  // differences of predictions carry rounding errors that grow as the step shrinks; the effect itself is linear in the coefficients
  const picked = simple.map(
    ({ moderator }) =>
      (i: number) =>
        x[i] === moderator,
  );
  const errorAt = (step: number): number => Math.max(...picked.map((rows) => Math.abs(hand.numerical(rows, step) / hand.error(rows) - 1)));
  const [wide, narrow] = [errorAt(1e-4), errorAt(1e-8)];
  expect(wide).toBeLessThan(1e-9);
  expect(narrow).toBeGreaterThan(1e-9);
});

it("sunab keeps always-treated units as comparison and loses one row of another cohort in their place", () => {
  const always = load<{ readonly nobs: number; readonly interacted: Effects }>("pub-sunab-no-never-always-treated");
  const cohorts = always.table.numbers("g");
  const rowsOf = (lost: number | undefined) => (lost === undefined ? always.table : always.table.filter((_, i) => i !== lost));
  const estimatesWithout = (lost: number | undefined) =>
    sunAbraham(panel(rowsOf(lost), { unit: "id", time: "time" }), {
      outcome: "y",
      firstTreated: "g",
      alwaysTreated: "reference",
      ...clustered,
    }).interacted;
  const furthest = (lost: number | undefined): number =>
    Math.max(...estimatesWithout(lost).map(({ estimate }, k) => Math.abs(estimate - always.expected.interacted.estimate[k]!)));
  expect(always.expected.nobs).toBe(always.table.rowCount - 1);
  const position = [...new Set(cohorts)].indexOf(1); // the always-treated cohort's number in order of appearance
  expect(cohorts[position]).not.toBe(1);
  expect(furthest(position)).toBeLessThan(1e-10);
  const whole = furthest(undefined);
  expect(whole).toBeGreaterThan(1e-3);
  expect(whole).toBeLessThan(3e-3);
  for (const other of [position - 1, position + 1, position + 6]) expect(furthest(other)).toBeGreaterThan(1e-5);
  const dropped = sunAbraham(panel(always.table, { unit: "id", time: "time" }), { outcome: "y", firstTreated: "g" });
  expect(dropped.interacted).toHaveLength(10); // by default without them: only contrasts, said in warnings
  expect(dropped.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["ALWAYS_TREATED_DROPPED", "NO_NEVER_TREATED"]));
});
