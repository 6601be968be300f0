import { cityOf, DRAW, drawPerson, emptyPerson, type Person } from "./numerics/person.ts";
import { fillUniforms, STREAM } from "./numerics/stream.ts";
import type { MunicipalSettings } from "./options.ts";
import { FIRST_CHILDLESS, FIRST_STRANGER, LINKED_SHARE } from "./scenario.ts";

/** How a municipal person's number stands to the register; the label's place is its code. */
export const LINK_STATUSES = ["linked", "missing", "false", "shared"] as const;
const [LINKED, MISSING, FALSE, SHARED] = [0, 1, 2, 3] as const;

/** A municipal person's number as delivered. */
export interface DeliveredNumber {
  readonly digits: string;
  /** Place in {@link LINK_STATUSES}. */
  readonly status: number;
}

const FALSE_LINK = 0.002;
const SHARED_NUMBER = 0.003;
const NUMBERS = 900_000_000;
const SMALLEST_NUMBER = 100_000_000;
const MAX_FACTOR = 9_999_999;
const MASTER_INDEX = 0xffffffff;
/** Places of childless adults and strangers among all numbers; persons with children start at 0. */
const CHILDLESS_PLACE = 300_000_000;
const STRANGER_PLACE = 400_000_000;

/** Synthetic 9-digit numbers and the errors of their delivery, by person. */
export interface CitizenNumbers {
  /** The person's true number, as in the register: no two persons share one. */
  readonly registered: (id: number) => string;
  /** The number in the municipal file. */
  readonly delivered: (id: number) => DeliveredNumber;
  /** The person whose number is delivered by a false link: known to the register only. */
  readonly stranger: (id: number) => number;
  /** City code of a person with or without children. */
  readonly city: (id: number) => number;
}

export function citizenNumbers(settings: MunicipalSettings): CitizenNumbers {
  const { seed } = settings;
  const u = new Float64Array(DRAW.total);
  const person = emptyPerson();
  fillUniforms(u, 2, seed, STREAM.key, MASTER_INDEX);
  const factor = coprimeFactor(Math.floor(u[0]! * MAX_FACTOR));
  const shift = Math.floor(u[1]! * NUMBERS);
  // A bijection on the places: factor and NUMBERS have no common divisor, and the product stays below 2^53.
  const registered = (id: number): string => String(SMALLEST_NUMBER + ((factor * placeOf(id) + shift) % NUMBERS));
  const stranger = (id: number): number => FIRST_STRANGER + placeOf(id);
  const read = (id: number): Person => {
    fillUniforms(u, DRAW.effect, seed, STREAM.person, id);
    drawPerson(person, id, u, settings.trendByEducation, -1);
    return person;
  };
  const city = (id: number): number => {
    fillUniforms(u, 1, seed, STREAM.person, id);
    return cityOf(u[0]!);
  };
  const status = (id: number): number => {
    const linked = LINKED_SHARE[read(id).otherLanguage === 1 ? "other" : "dutch"];
    fillUniforms(u, 2, seed, STREAM.key, id);
    if (u[0]! < 1 - linked) return MISSING;
    return u[0]! >= 1 - FALSE_LINK ? FALSE : u[0]! >= 1 - FALSE_LINK - SHARED_NUMBER ? SHARED : LINKED;
  };
  const partner = (id: number): number => {
    const [from, home] = [Math.floor(u[1]! * id), city(id)];
    for (let step = 0; step < id; step++) {
      const candidate = (from - step + id) % id;
      if (city(candidate) === home && status(candidate) === LINKED) return candidate;
    }
    return id;
  };
  const delivered = (id: number): DeliveredNumber => {
    const kind = status(id);
    if (kind === MISSING) return { digits: `${registered(id)}${Math.floor(u[1]! * 10)}`, status: kind }; // one digit too many
    if (kind === FALSE) return { digits: registered(stranger(id)), status: kind };
    if (kind !== SHARED || id >= FIRST_CHILDLESS) return { digits: registered(id), status: LINKED };
    const other = partner(id);
    return { digits: registered(other), status: other === id ? LINKED : SHARED };
  };
  return { registered, delivered, stranger, city };
}

function placeOf(id: number): number {
  if (id >= FIRST_STRANGER) return STRANGER_PLACE + (id - FIRST_STRANGER);
  return id >= FIRST_CHILDLESS ? CHILDLESS_PLACE + (id - FIRST_CHILDLESS) : id;
}

/** The nearest number from `start` on without the divisors 2, 3 and 5 of `NUMBERS`. */
function coprimeFactor(start: number): number {
  let factor = start;
  while (factor % 2 === 0 || factor % 3 === 0 || factor % 5 === 0) factor++;
  return factor;
}
