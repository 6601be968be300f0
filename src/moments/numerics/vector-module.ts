/**
 * WebAssembly modules with vector instructions, put together word by word: an expression is the list of bytes that leaves its value.
 * Kernels in them read and write one memory without bounds checks, two doubles at a time.
 */
export type Code = readonly number[];

/** A function of a module. Parameters come first among the locals. */
export interface VectorFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly locals: readonly number[];
  readonly body: Code;
}

/** A module in this process. */
export interface LoadedModule<Functions> {
  readonly functions: Functions;
  /** The memory, at least so many doubles long; views of earlier calls are void when it has grown. */
  readonly memory: (doubles: number) => Float64Array;
}

interface Host {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface Memory {
  readonly buffer: ArrayBuffer;
  readonly grow: (pages: number) => number;
}

const PAGE = 65_536;

/** The module, or `undefined` where WebAssembly or its vectors are missing or forbidden. */
export function loadVectorModule<Functions>(functions: readonly VectorFunction[]): LoadedModule<Functions> | undefined {
  const host = (globalThis as { readonly WebAssembly?: Host }).WebAssembly;
  if (host === undefined) return undefined;
  try {
    const exported = new host.Instance(new host.Module(moduleBytes(functions))).exports;
    const { memory } = exported as { readonly memory: Memory };
    let view = new Float64Array(memory.buffer);
    return {
      functions: exported as Functions,
      memory: (doubles) => {
        if (view.length < doubles) {
          memory.grow(Math.ceil(((doubles - view.length) * 8) / PAGE));
          view = new Float64Array(memory.buffer);
        }
        return view;
      },
    };
  } catch {
    return undefined; // no vectors, or compiling is not allowed
  }
}

/** Types of parameters and locals. */
export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Unsigned and signed LEB128. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

export const get = (local: number): number[] => [0x20, local];
export const set = (local: number, value: Code): number[] => [...value, 0x21, local];
export const integer = (value: number): number[] => [0x41, ...signedLeb(value)];
export const add = (a: Code, b: Code): number[] => [...a, ...b, 0x6a];
export const subtract = (a: Code, b: Code): number[] => [...a, ...b, 0x6b];
export const multiply = (a: Code, b: Code): number[] => [...a, ...b, 0x6c];
export const shiftLeft = (a: Code, bits: number): number[] => [...a, ...integer(bits), 0x74];
export const lessThan = (a: Code, b: Code): number[] => [...a, ...b, 0x49];
export const atMost = (a: Code, b: Code): number[] => [...a, ...b, 0x4d];
export const loadInteger = (address: Code, offset = 0): number[] => [...address, 0x28, 2, ...leb(offset)];
export const loadNumber = (address: Code, offset = 0): number[] => [...address, 0x2b, 3, ...leb(offset)];
export const storeNumber = (address: Code, value: Code): number[] => [...address, ...value, 0x39, 3, 0];
export const F64_ONE: Code = [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
export const addNumbers = (a: Code, b: Code): number[] => [...a, ...b, 0xa0];
export const divideNumbers = (a: Code, b: Code): number[] => [...a, ...b, 0xa3];

const vector = (opcode: number, ...rest: number[]): number[] => [0xfd, ...leb(opcode), ...rest];
export const zeros: Code = vector(0x0c, ...new Array<number>(16).fill(0));
/** A number, in both halves. */
export const constant = (value: number): number[] => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return vector(0x0c, ...bytes, ...bytes);
};
export const load = (address: Code, offset = 0): number[] => [...address, ...vector(0x00, 3, ...leb(offset))];
export const store = (address: Code, value: Code, offset = 0): number[] => [...address, ...value, ...vector(0x0b, 3, ...leb(offset))];
/** The same double in both halves. */
export const loadTwice = (address: Code, offset = 0): number[] => [...address, ...vector(0x0a, 3, ...leb(offset))];
export const twice = (value: Code): number[] => [...value, ...vector(0x14)];
/** Two doubles from two places. */
export const loadPair = (address: Code, first: number, second: number): number[] => [
  ...address,
  ...[...address, ...vector(0x5d, 3, ...leb(first))],
  ...vector(0x57, 3, ...leb(second), 1),
];
/** Half 0 or 1 of a vector to one place. */
export const storeHalf = (address: Code, value: Code, half: 0 | 1, offset: number): number[] => [
  ...address,
  ...value,
  ...vector(0x5b, 3, ...leb(offset), half),
];
export const half = (value: Code, which: 0 | 1): number[] => [...value, ...vector(0x21, which)];
export const plus = (a: Code, b: Code): number[] => [...a, ...b, ...vector(0xf0)];
export const minus = (a: Code, b: Code): number[] => [...a, ...b, ...vector(0xf1)];
export const times = (a: Code, b: Code): number[] => [...a, ...b, ...vector(0xf2)];
export const larger = (a: Code, b: Code): number[] => [...a, ...b, ...vector(0xf5)];
export const absolute = (a: Code): number[] => [...a, ...vector(0xec)];
/** The halves as 64-bit integers, moved to the left; and the sum of such. */
export const shiftHalves = (a: Code, bits: number): number[] => [...a, ...integer(bits), ...vector(0xcb)];
export const addHalves = (a: Code, b: Code): number[] => [...a, ...b, ...vector(0xce)];

/** `local += by`. */
export const advance = (local: number, by: Code): number[] => set(local, add(get(local), by));
/** Runs the body, and again while the condition holds. */
export const repeat = (body: Code, condition: Code): number[] => [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
/** Runs the body if the condition holds. */
export const when = (condition: Code, body: Code): number[] => [...condition, 0x04, 0x40, ...body, 0x0b];

function moduleBytes(functions: readonly VectorFunction[]): Uint8Array {
  const list = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
  const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
  const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
  const code = functions.map(({ locals, body }) => {
    const content = [...list(locals.map((type) => [1, type])), ...body, 0x0b];
    return [...leb(content.length), ...content];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(({ parameters }) => [0x60, ...list(parameters.map((type) => [type])), 0]))),
    ...section(3, list(functions.map((_, f) => [f]))),
    ...section(5, [1, 0, 1]),
    ...section(7, list([[...name("memory"), 2, 0], ...functions.map((f, index) => [...name(f.name), 0, index])])),
    ...section(10, list(code)),
  ]);
}
