import type { Result } from "./result.ts";

/** How a result shows itself; the `report` layer supplies these when the package root is loaded. */
export interface ResultRenderers {
  /** Text for a terminal. */
  readonly text: (result: Result) => string;
  /** MIME bundle for a notebook: html, plain text, and a figure where there is one. */
  readonly bundle: (result: Result) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
}

let renderers: ResultRenderers | undefined;

/** Installs the renderers; the last call wins. Without any, results show as the plain objects they are. */
export function setResultRenderers(next: ResultRenderers | undefined): void {
  renderers = next;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const JUPYTER = Symbol.for("Jupyter.display");

type Inspect = (depth: number, options: object, inspect?: (value: unknown, options: object) => string) => unknown;

/**
 * Freezes a result all the way down and lets it show itself in terminals and notebooks.
 * The two display functions are non-enumerable symbols, so that JSON, `structuredClone` and deep equality see data only.
 * Typed arrays cannot be frozen and are left as they are.
 */
export function finishResult<R extends Result>(result: R): R {
  const inspectCustom: Inspect = (_depth, options, inspect) =>
    renderers !== undefined ? renderers.text(result) : inspect === undefined ? { ...result } : inspect({ ...result }, options);
  const display = (): unknown => renderers?.bundle(result) ?? { "application/json": result };
  Object.defineProperty(result, INSPECT, { value: inspectCustom, enumerable: false });
  Object.defineProperty(result, JUPYTER, { value: display, enumerable: false });
  deepFreeze(result);
  return result;
}

function deepFreeze(value: object): void {
  if (ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < children.length; i++) {
    const child = children[i];
    if (typeof child === "object" && child !== null) deepFreeze(child);
  }
}
