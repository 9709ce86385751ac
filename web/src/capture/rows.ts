// The rows of a stream: events in their order, and between them the marks of steps and interruptions.
import type { Entry } from './entry';

/** By what a stream is ordered: as the server took events in, or by the clocks of the devices. */
export type Order = 'arrival' | 'device';

/** A line between events. */
export type Mark =
  | { kind: 'step'; number: number; text: string; at: string }
  | { kind: 'gap'; from: number; to: number; caughtUp: number; lost: number };

/** A mark, and the `seq` of the event that it stands before; Infinity at the end. */
export interface PlacedMark {
  before: number;
  mark: Mark;
}

/** One line of a stream. */
export type Row = { kind: 'entry'; entry: Entry } | { kind: 'mark'; mark: Mark };

/** Which of two events comes first. Without a time of its own, an event is placed by when it was received. */
export function compare(order: Order, a: Entry, b: Entry): number {
  if (order === 'device') {
    const difference = (a.eventTime ?? a.receivedAt) - (b.eventTime ?? b.receivedAt);
    if (difference !== 0) return difference;
  }
  return a.seq - b.seq;
}

/** Where in a sorted list an entry is or belongs. */
export function placeOf(list: readonly Entry[], entry: Entry, order: Order): number {
  const last = list[list.length - 1];
  if (last === undefined || compare(order, last, entry) < 0) return list.length; // As nearly always.
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(order, list[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A view of a stream at one moment; it does not change. */
export class Rows {
  /** For each mark, the row that it is. */
  private readonly rows: number[];
  private readonly marks: readonly Mark[];

  /** The marks are in the order of what they stand before, and the entries by arrival wherever there are marks. */
  constructor(
    readonly entries: readonly Entry[],
    marks: readonly PlacedMark[] = [],
  ) {
    this.rows = marks.map(({ before }, i) => i + countBefore(entries, before));
    this.marks = marks.map(({ mark }) => mark);
  }

  get length(): number {
    return this.entries.length + this.marks.length;
  }

  /** The row at a place from 0; undefined beyond the end. */
  at(row: number): Row | undefined {
    const marks = this.marksUpTo(row);
    if (marks > 0 && this.rows[marks - 1] === row) return { kind: 'mark', mark: this.marks[marks - 1]! };
    const entry = this.entries[row - marks];
    return entry === undefined ? undefined : { kind: 'entry', entry };
  }

  /** The row of an event; -1 where it is not among them. */
  rowOf(seq: number): number {
    const place = this.entries.findIndex((entry) => entry.seq === seq);
    if (place < 0) return -1;
    let row = place;
    for (const mark of this.rows) if (mark <= row) row++;
    return row;
  }

  /** How many marks are at a row or above it. */
  private marksUpTo(row: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** How many entries, in the order of arrival, come before a `seq`. */
function countBefore(entries: readonly Entry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
