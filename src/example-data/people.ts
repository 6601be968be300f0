import { districtShocks, emptyMonths, type Months, simulateMonths } from "./numerics/months.ts";
import { DRAW, drawPerson, emptyPerson, type Person } from "./numerics/person.ts";
import { drawErrors, emptyErrors, type RecordErrors } from "./numerics/record-errors.ts";
import { fillUniforms, STREAM } from "./numerics/stream.ts";
import { errorModel, type MunicipalSettings, probabilityModel } from "./options.ts";
import { CHILDLESS_PER_TEN, FIRST_CHILDLESS } from "./scenario.ts";

/** One simulated life with its record errors. The objects are filled anew for each person: read, do not keep. */
export interface Life {
  readonly person: Person;
  readonly months: Months;
  readonly errors: RecordErrors;
}

/** Simulates persons one by one, in any order. */
export function lifeSimulator(settings: MunicipalSettings): (id: number, city?: number) => Life {
  const life: Life = { person: emptyPerson(), months: emptyMonths(), errors: emptyErrors() };
  const draws = new Float64Array(DRAW.total);
  const shocks = districtShocks(settings.seed);
  const [model, errors] = [probabilityModel(settings), errorModel(settings)];
  return (id, city = -1) => {
    fillUniforms(draws, DRAW.total, settings.seed, STREAM.person, id);
    drawPerson(life.person, id, draws, settings.trendByEducation, city);
    simulateMonths(life.months, life.person, draws, model, shocks, settings.districtShock);
    drawErrors(life.errors, life.person, life.months, errors, settings.seed);
    return life;
  };
}

/** Numbers of the persons in their order: each person with children, and behind some of them an adult without. */
export function* personNumbers(settings: MunicipalSettings): Generator<number, void, undefined> {
  const end = settings.firstPerson + settings.persons;
  for (let i = settings.firstPerson; i < end; i++) {
    yield i;
    if (!settings.childless) continue;
    const before = Math.floor((CHILDLESS_PER_TEN * i) / 10);
    if (Math.floor((CHILDLESS_PER_TEN * (i + 1)) / 10) > before) yield FIRST_CHILDLESS + before;
  }
}
