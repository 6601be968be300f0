import type { ColumnBuilder } from "./column-builder.ts";

const LINE_FEED = 10;
const RETURN = 13;

/** What a scan tells; lines are counted from the block's first as 0. */
export interface ScanEvents {
  /** A line is blank: no row. */
  readonly onBlank: () => void;
  /** A cell is not of its column's type; it has been made missing. */
  readonly onBadCell: (line: number, field: number, start: number, end: number) => void;
  /** A record has another number of fields than the header; must throw. */
  readonly onRagged: (line: number, fields: number) => never;
}

/**
 * Reads the records of `bytes[0..end)`, which holds no quote and ends with a line feed: one pass, no text made.
 * `builders[j]` takes field j, or is undefined where the field is not wanted. Blank lines are passed over. Returns the lines read.
 */
export function scanBlock(
  bytes: Uint8Array,
  end: number,
  delimiter: number,
  builders: readonly (ColumnBuilder | undefined)[],
  events: ScanEvents,
): number {
  const width = builders.length;
  let position = 0;
  let line = 0;
  for (; position < end; line++) {
    if (bytes[position] === LINE_FEED || (bytes[position] === RETURN && bytes[position + 1] === LINE_FEED)) {
      position += bytes[position] === LINE_FEED ? 1 : 2;
      events.onBlank();
      continue;
    }
    for (let field = 0; ; field++) {
      let stop = position;
      let byte = bytes[stop]!;
      while (byte !== delimiter && byte !== LINE_FEED) byte = bytes[++stop]!;
      const ends = byte === LINE_FEED;
      const builder = field < width ? builders[field] : undefined;
      if (builder !== undefined) {
        const to = ends && stop > position && bytes[stop - 1] === RETURN ? stop - 1 : stop;
        if (!builder.append(bytes, position, to)) events.onBadCell(line, field, position, to);
      }
      position = stop + 1;
      if (!ends) continue;
      if (field + 1 !== width) events.onRagged(line, field + 1);
      break;
    }
  }
  return line;
}
