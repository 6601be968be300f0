import { OptionError } from "../../core/errors.ts";

/** Delimiters looked for in a header line; on a tie the first wins. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** The most frequent delimiter of a header line outside quotes; a comma when there is none. */
export function detectDelimiter(header: string): string {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of header) {
    if (character === '"') quoted = !quoted;
    const count = counts.get(character);
    if (!quoted && count !== undefined) counts.set(character, count + 1);
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

/** Checks a delimiter: one ASCII character that can stand neither in a number nor for a quote or line end. @throws OptionError `INVALID_OPTION`. */
export function checkDelimiter(caller: string, delimiter: string, decimal: "." | "," | undefined): void {
  const fault =
    delimiter.length !== 1 || delimiter.charCodeAt(0) > 126 || /["\r\n0-9A-Za-z.+-]/.test(delimiter)
      ? "one ASCII character such as , ; | or a tab, and neither a letter, digit, quote nor line end"
      : delimiter === decimal && caller === "writeCsv"
        ? "another character than the decimal mark"
        : undefined;
  if (fault === undefined) return;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as option "delimiter" must be ${fault}: ${JSON.stringify(delimiter)} was given`,
    {
      caller,
      option: "delimiter",
      value: delimiter,
    },
  );
}
