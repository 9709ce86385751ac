// Where the rows of a long list stand, of which only those on the screen are built.

/** A row that is opened, and how many pixels that adds to it. */
export interface Opened {
  row: number;
  extra: number;
}

/** The rows to build. */
export interface Window {
  first: number;
  /** The row behind the last one. */
  end: number;
  /** How many pixels stand above the first row. */
  above: number;
  /** How many pixels all rows take together. */
  total: number;
}

/** How far a row's beginning is from the list's. `opened` is in the order of the rows. */
export function offsetOf(row: number, height: number, opened: readonly Opened[]): number {
  let offset = row * height;
  for (const open of opened) {
    if (open.row >= row) break;
    offset += open.extra;
  }
  return offset;
}

/** The row that a distance from the list's beginning falls into. */
export function rowAt(offset: number, count: number, height: number, opened: readonly Opened[]): number {
  let extra = 0;
  for (const open of opened) {
    const end = (open.row + 1) * height + extra + open.extra;
    if (offset < open.row * height + extra + height) break;
    if (offset < end) return open.row;
    extra += open.extra;
  }
  return Math.max(0, Math.min(count - 1, Math.floor((offset - extra) / height)));
}

/** Which rows to build for what is seen, with some beyond it so that a quick scroll shows no gap. */
export function windowOf(top: number, seen: number, count: number, height: number, opened: readonly Opened[], beyond = 8): Window {
  const total = offsetOf(count, height, opened);
  if (count === 0) return { first: 0, end: 0, above: 0, total };
  const first = Math.max(0, rowAt(Math.max(0, top), count, height, opened) - beyond);
  const end = Math.min(count, rowAt(Math.max(0, top) + seen, count, height, opened) + 1 + beyond);
  return { first, end, above: offsetOf(first, height, opened), total };
}
