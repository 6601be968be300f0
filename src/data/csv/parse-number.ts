const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`)); // exact in doubles up to 10^22
/** Digits are gathered here while ten times the sum plus nine stays below 2^53. */
const ROOM = 900_719_925_474_098;
const ZERO = 48;
const NINE = 57;

/**
 * The double nearest to a decimal number in `bytes[start..end)`, equal to `Number(text)`; NaN when the text is no number.
 * Also NaN: whole numbers of 2^53 and more, which a double may change.
 * Takes a sign, digits, one decimal mark, an exponent, and `inf` or `infinity` in any case.
 *
 * With at most 15 to 16 digits and a power of ten up to 10^22 one division is exact to the last bit (Clinger 1990,
 * doi:10.1145/93542.93557); longer ones are divided in double-double arithmetic, and left to `Number` when that leaves the rounding open.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  let i = start;
  const sign = i < end ? bytes[i]! : 0;
  if (sign === 45 || sign === 43) i++;
  let [head, tail, tailDigits, digits, exponent] = [0, 0, 0, 0, 0];
  let fraction = false;
  let long = false;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte >= ZERO && byte <= NINE) {
      digits++;
      if (fraction) exponent--;
      if (tailDigits === 0 && head <= ROOM) head = 10 * head + byte - ZERO;
      else if (tailDigits < 15) {
        tail = 10 * tail + byte - ZERO;
        tailDigits++;
      } else {
        long = true;
        exponent++;
      }
    } else if (byte === decimal && !fraction) fraction = true;
    else break;
  }
  if (digits === 0) return fraction ? Number.NaN : infinity(bytes, i, end, sign === 45);
  const whole = !fraction && i === end;
  if (i < end) {
    const shift = exponentOf(bytes, i, end);
    if (Number.isNaN(shift)) return Number.NaN;
    exponent += shift;
  }
  if (whole && (long || head * POWERS[tailDigits]! + tail > Number.MAX_SAFE_INTEGER)) return Number.NaN;
  let size = Number.NaN;
  if (!long && exponent >= -22 && exponent <= 22) {
    if (tailDigits === 0) size = exponent < 0 ? head / POWERS[-exponent]! : head * POWERS[exponent]!;
    else if (exponent < 0) size = divideLong(head, POWERS[tailDigits]!, tail, POWERS[-exponent]!);
    else if (whole) size = head * POWERS[tailDigits]! + tail;
  }
  if (Number.isNaN(size)) return Number(asciiText(bytes, start, end, decimal));
  return sign === 45 ? -size : size;
}

/** The value of `e+10` in `bytes[start..end)`; NaN when that is no exponent. */
function exponentOf(bytes: Uint8Array, start: number, end: number): number {
  if ((bytes[start]! | 32) !== 101) return Number.NaN;
  let i = start + 1;
  const sign = i < end ? bytes[i]! : 0;
  if (sign === 45 || sign === 43) i++;
  if (i === end || end - i > 4) return Number.NaN;
  let value = 0;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return Number.NaN;
    value = 10 * value + byte - ZERO;
  }
  return sign === 45 ? -value : value;
}

/** `(head * scale + tail) / divisor` to the nearest double; NaN when double-double arithmetic cannot tell. */
function divideLong(head: number, scale: number, tail: number, divisor: number): number {
  const product = head * scale;
  const high = product + tail;
  const low = tail - (high - product) + productError(head, scale, product);
  const quotient = high / divisor;
  const back = quotient * divisor;
  const rest = (high - back - productError(quotient, divisor, back) + low) / divisor;
  const doubt = Math.abs(rest) * 2 ** -48 + quotient * 2 ** -100;
  const nearest = quotient + (rest - doubt);
  return nearest === quotient + (rest + doubt) ? nearest : Number.NaN;
}

/** `a * b - product` exactly, by Veltkamp's splitting (Dekker 1971, doi:10.1007/BF01397083). */
function productError(a: number, b: number, product: number): number {
  const [p, q] = [134_217_729 * a, 134_217_729 * b];
  const aHigh = p - (p - a);
  const bHigh = q - (q - b);
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function infinity(bytes: Uint8Array, start: number, end: number, negative: boolean): number {
  const word = end - start === 3 || end - start === 8 ? asciiText(bytes, start, end, 0).toLowerCase() : "";
  if (word !== "inf" && word !== "infinity") return Number.NaN;
  return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function asciiText(bytes: Uint8Array, start: number, end: number, decimal: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += bytes[i] === decimal ? "." : String.fromCharCode(bytes[i]!);
  return text;
}
