import type { JointTest, Result } from "../core/result.ts";
import { formatCount, formatNumber, formatPlain, formatPValue } from "../plot/format-number.ts";
import { capitalised } from "../plot/language.ts";
import { optionText } from "../plot/plot-options.ts";
import { spaced } from "./result-words.ts";

/** Parts of a result that have their own place in a summary, or are none of a reader's business. */
const ELSEWHERE = new Set(["kind", "reference", "options", "estimates", "sample", "warnings", "vcov", "overall", "bands"]);

/** Joint tests of a result, a line each: "Test, equality by sex: chi-squared(1) = 23.70, p <0.001". */
export function testLines(result: Result): string[] {
  return Object.entries(result).flatMap(([name, value]) => {
    const tests = Array.isArray(value) ? value.filter(isJointTest) : isJointTest(value) ? [value] : [];
    return tests.map((test) => {
      const { by } = test as { readonly by?: unknown };
      return `Test, ${spaced(name)}${typeof by === "string" ? ` by ${by}` : ""}: ${testText(test)}`;
    });
  });
}

function isJointTest(value: unknown): value is JointTest {
  if (typeof value !== "object" || value === null) return false;
  const test = value as Partial<JointTest>;
  return typeof test.statistic === "number" && typeof test.pValue === "number" && test.distribution !== undefined;
}

/** "chi-squared(3) = 4.20, p = 0.241". */
function testText({ statistic, degreesOfFreedom, denominatorDegreesOfFreedom, pValue, distribution }: JointTest): string {
  const p = formatPValue(pValue);
  const probability = /^[<>]/.test(p) ? `p ${p}` : `p = ${p}`;
  const first = formatCount(degreesOfFreedom);
  const freedom = distribution === "F" ? `F(${first}, ${formatCount(denominatorDegreesOfFreedom)})` : `chi-squared(${first})`;
  return `${freedom} = ${formatNumber(statistic, 2)}, ${probability}`;
}

/**
 * The plain values of a result beside its estimates: those of its own on one line, those of each part (`fit`, `left`) on a line of
 * that part. A pair of numbers is written with a bar: bandwidths on the left and right.
 */
export function figureLines(result: Result): string[] {
  const own: string[] = [];
  const parts: string[] = [];
  for (const [name, value] of Object.entries(result)) {
    if (ELSEWHERE.has(name) || isJointTest(value) || optionText(result, name) !== undefined) continue;
    const text = valueText(value);
    if (text !== undefined) own.push(`${spaced(name)} ${text}`);
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      const words = Object.entries(value).flatMap(([inner, field]) => {
        const written = inner === "coefficients" ? undefined : valueText(field);
        return written === undefined ? [] : [`${spaced(inner)} ${written}`];
      });
      if (words.length > 0) parts.push(...wrappedLines(`${capitalised(spaced(name))}: ${words.join(", ")}`));
    }
  }
  return [...(own.length === 0 ? [] : wrappedLines(`Figures: ${own.join(", ")}`)), ...parts];
}

function valueText(value: unknown): string | undefined {
  if (typeof value === "number") return formatPlain(Number(value.toPrecision(5)));
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  const pair = Array.isArray(value) && value.length === 2 && value.every((side) => typeof side === "number");
  return pair ? value.map(valueText).join(" | ") : undefined;
}

/** Lines of at most 100 characters, the later ones indented. */
export function wrappedLines(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= 100) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
