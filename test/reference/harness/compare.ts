/** One number of a case, theirs and ours. */
export interface Difference {
  readonly path: string;
  readonly ours: unknown;
  readonly theirs: unknown;
  /** |ours - theirs| / |theirs|; Infinity when ours is missing. */
  readonly relativeError: number;
}

/** Relative and absolute tolerance: a number passes within either; a path's last name may have its own (`rel_for`, `abs_for`). */
export interface Tolerance {
  readonly relative: (path: string) => number;
  readonly absolute: (path: string) => number;
}

const ABSOLUTE = 1e-12;
const RELATIVE = 1e-8;

/** The tolerance a case states; 1e-8 relative and 1e-12 absolute where it is silent. */
export function toleranceOf(stated: Readonly<Record<string, unknown>> | undefined): Tolerance {
  const lookUp =
    (general: unknown, own: unknown, fallback: number) =>
    (path: string): number => {
      if (typeof own === "object" && own !== null) {
        const names = path.split(/[.[\]]+/);
        // "conf" speaks for conf_low and conf_high
        for (const [name, value] of Object.entries(own)) {
          if (typeof value === "number" && names.some((part) => part === name || part.startsWith(`${name}_`))) return value;
        }
      }
      return typeof general === "number" ? general : fallback;
    };
  return {
    relative: lookUp(stated?.["rel"], stated?.["rel_for"], RELATIVE),
    absolute: lookUp(stated?.["abs"], stated?.["abs_for"], ABSOLUTE),
  };
}

/**
 * All differences beyond tolerance between `expected` and `ours`, walked in the shape of `expected`.
 * Numbers must agree and be there; null means missing there, so ours must be missing too. Labels and truth values are compared
 * where ours gives them. Paths for which `skip` holds are left out.
 */
export function differences(
  expected: unknown,
  ours: unknown,
  tolerance: Tolerance,
  skip: (path: string) => boolean,
  path = "",
): Difference[] {
  if (skip(path)) return [];
  if (typeof expected === "number") return compareNumber(expected, ours, tolerance, path);
  if (expected === null) return isMissing(ours) ? [] : [{ path, ours, theirs: null, relativeError: Number.POSITIVE_INFINITY }];
  if (typeof expected === "string" || typeof expected === "boolean") return compareLabel(expected, ours, tolerance, path);
  if (Array.isArray(expected)) {
    if (!isList(ours)) return missingNumbers(expected, path);
    const lengths =
      ours.length === expected.length
        ? []
        : [{ path: `${path}.length`, ours: ours.length, theirs: expected.length, relativeError: Number.POSITIVE_INFINITY }];
    return [...lengths, ...expected.flatMap((item, i) => differences(item, ours[i], tolerance, skip, `${path}[${i}]`))];
  }
  const record = expected as Readonly<Record<string, unknown>>;
  if (typeof ours !== "object" || ours === null) return missingNumbers(record, path);
  return Object.keys(record).flatMap((name) =>
    differences(record[name], (ours as Record<string, unknown>)[name], tolerance, skip, path === "" ? name : `${path}.${name}`),
  );
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const isMissing = (value: unknown): boolean => value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));

const NUMBER_WORDS: Readonly<Record<string, number>> = { Inf: Number.POSITIVE_INFINITY, "-Inf": Number.NEGATIVE_INFINITY };

function compareNumber(theirs: number, ours: unknown, tolerance: Tolerance, path: string): Difference[] {
  const value = typeof ours === "boolean" ? Number(ours) : ours;
  if (typeof value !== "number" || Number.isNaN(value)) return [{ path, ours, theirs, relativeError: Number.POSITIVE_INFINITY }];
  const error = Math.abs(value - theirs);
  if (value === theirs || error <= Math.max(tolerance.absolute(path), tolerance.relative(path) * Math.abs(theirs))) return [];
  return [{ path, ours: value, theirs, relativeError: error / Math.abs(theirs) }];
}

function compareLabel(theirs: string | boolean, ours: unknown, tolerance: Tolerance, path: string): Difference[] {
  if (typeof theirs === "string" && theirs in NUMBER_WORDS) return compareNumber(NUMBER_WORDS[theirs]!, ours, tolerance, path);
  return isMissing(ours) || ours === theirs ? [] : [{ path, ours, theirs, relativeError: Number.POSITIVE_INFINITY }];
}

/** Every number below a branch that ours lacks. */
function missingNumbers(expected: unknown, path: string): Difference[] {
  if (typeof expected === "number") return [{ path, ours: undefined, theirs: expected, relativeError: Number.POSITIVE_INFINITY }];
  if (typeof expected !== "object" || expected === null) return [];
  return Object.entries(expected).flatMap(([name, value]) => missingNumbers(value, path === "" ? name : `${path}.${name}`));
}
