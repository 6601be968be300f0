import type { AnyTerm } from "./design.ts";
import { type FactorTerm, interaction, type LogarithmTerm, type PolynomialTerm, type PowerTerm } from "./terms.ts";

/** A piece of a formula. */
export type Atom = string | FactorTerm | PowerTerm | LogarithmTerm | PolynomialTerm;
/** The products that a part of a formula stands for: `poly(x, 2, raw = TRUE)` for two, `a*b` for three. */
export type Products = readonly (readonly Atom[])[];

/** What makes two pieces the same. */
const keyOf = (piece: Atom): string => JSON.stringify(piece);
const termKey = (product: readonly Atom[]): string => product.map(keyOf).sort().join(":");

/** Each product once, whatever the order of its pieces. */
export function distinct(products: Products): Products {
  const seen = new Set<string>();
  return products.filter((product) => !seen.has(termKey(product)) && seen.add(termKey(product)));
}

/** Every product of the left with every one of the right, a piece in both standing once; the left's vary fastest, as in R. */
export function crossed(left: Products, right: Products): Products {
  return right.flatMap((b) =>
    left.map((a) => {
      const own = new Set(a.map(keyOf));
      return [...a, ...b.filter((piece) => !own.has(keyOf(piece)))];
    }),
  );
}

/** `left * right`: both and their products, single columns first. */
export function joined(left: Products, right: Products): Products {
  return distinct([...left, ...right, ...crossed(left, right)].sort((a, b) => a.length - b.length));
}

/** `(...)^times`: all products of up to so many. */
export function raised(products: Products, times: number): Products {
  let all = products;
  for (let t = 1; t < times; t++) {
    const next = joined(all, products);
    if (next.length === all.length) break;
    all = next;
  }
  return all;
}

/**
 * Terms with each `factor()` coded as in R: it leaves its first level out where the rest of its term stands in an earlier term (nothing: the constant), lower orders
 * being earlier, and has all levels otherwise. Without a constant the first factor has all.
 * @see Chambers & Hastie (1992), Statistical Models in S, section 2.4.1; numbers count like factors in R, so that `x:z + factor(a):z` has no first level
 */
export function coded(products: Products, constant: boolean): readonly AnyTerm[] {
  const earlier: ReadonlySet<string>[] = [];
  let spare = !constant;
  const levels = (piece: Atom, product: readonly Atom[]): Atom => {
    if (typeof piece === "string" || piece.term !== "factor" || piece.reference !== undefined) return piece;
    const others = product.filter((other) => other !== piece).map(keyOf);
    const margin = others.length === 0 || earlier.some((term) => others.every((other) => term.has(other)));
    if (margin && !spare) return piece;
    spare = false;
    return { ...piece, reference: null };
  };
  const made = new Map<readonly Atom[], AnyTerm>();
  for (const product of [...products].sort((a, b) => a.length - b.length)) {
    const parts = product.map((piece) => levels(piece, product));
    made.set(product, parts.length === 1 ? parts[0]! : interaction(...parts));
    earlier.push(new Set(product.map(keyOf)));
  }
  return products.map((product) => made.get(product)!);
}
