/** Hand-made stand-ins with the layout of apache-arrow 21 (`Vector`, `Data`) and flechette 2 (`Column`, `Batch`). */

const bitmap = (valid: readonly boolean[], offset = 0): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil((valid.length + offset) / 8));
  valid.forEach((ok, i) => {
    if (ok) bytes[(i + offset) >> 3]! |= 1 << ((i + offset) & 7);
  });
  return bytes;
};

export interface BatchSpec {
  readonly values: ArrayLike<unknown>;
  readonly valid?: readonly boolean[];
  readonly dictionary?: readonly unknown[];
}

export type Layout = "apache" | "flechette";

/** `show` turns a stored value into what the library's `at()` gives back. */
export function arrowColumnDouble(
  layout: Layout,
  type: { typeId: number; unit?: number },
  specs: readonly BatchSpec[],
  show: (value: unknown) => unknown = (value) => value,
) {
  const offset = 3; // apache-arrow's bitmaps may start within a byte
  const data = specs.map(({ values, valid, dictionary }) => {
    const nullCount = valid === undefined ? 0 : valid.filter((ok) => !ok).length;
    const shared = { length: values.length, nullCount, values };
    return layout === "apache"
      ? {
          ...shared,
          offset: valid === undefined ? 0 : offset,
          nullBitmap: valid === undefined ? new Uint8Array(0) : bitmap(valid, offset),
          ...(dictionary && { dictionary: { toArray: () => [...dictionary] } }),
        }
      : { ...shared, ...(valid && { validity: bitmap(valid) }), ...(dictionary && { cache: dictionary }) };
  });
  const cells = specs.flatMap(({ values, valid, dictionary }) =>
    Array.from(values, (value, i) =>
      valid !== undefined && !valid[i] ? null : show(dictionary === undefined ? value : dictionary[Number(value)]),
    ),
  );
  return {
    type,
    length: cells.length,
    nullCount: data.reduce((sum, batch) => sum + batch.nullCount, 0),
    data,
    at: (index: number) => cells[index],
    toArray: () => cells,
  };
}

export function arrowTableDouble(columns: Readonly<Record<string, ReturnType<typeof arrowColumnDouble>>>) {
  const fields = Object.keys(columns).map((name) => ({ name, nullable: true }));
  const [first] = Object.values(columns);
  return { numRows: first?.length ?? 0, numCols: fields.length, schema: { fields }, getChild: (name: string) => columns[name] ?? null };
}
