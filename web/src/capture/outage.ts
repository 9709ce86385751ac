// What a viewer missed while the connection was gone: how much of it the server brought after, and how much is lost.
import type { Entry } from './entry';

/** An outage that is over. Times are in milliseconds; `behind` is the `seq` of the last event before it. */
export interface Gap {
  from: number;
  to: number;
  behind: number;
  caughtUp: number;
  lost: number;
}

/** For how long after coming back, in milliseconds, older events are waited for. */
export const settling = 3_000;

/** Follows one connection. */
export class Outage {
  private gone: { from: number; behind: number } | null = null;
  private backAt: number | null = null;
  private caughtUp = 0;
  private lost = 0;
  /** By how much the clock here is ahead of the server's, with the quickest delivery so far; how one tells old events from new. */
  private ahead = Number.POSITIVE_INFINITY;

  /** The connection is gone. */
  begins(now: number, behind: number): void {
    this.gone ??= { from: now, behind };
    this.backAt = null;
  }

  /** It is back; false where it had not been gone. */
  ends(now: number): boolean {
    if (this.gone === null) return false;
    this.backAt = now;
    return true;
  }

  /** Notes a page that came, and how many events were lost before it. */
  page(entries: readonly Entry[], dropped: number, now: number): void {
    if (this.gone === null) {
      for (const entry of entries) this.ahead = Math.min(this.ahead, now - entry.receivedAt);
      return;
    }
    const ahead = Number.isFinite(this.ahead) ? this.ahead : 0;
    const back = this.backAt ?? now;
    this.lost += dropped;
    this.caughtUp += entries.filter((entry) => entry.receivedAt + ahead < back).length;
  }

  /** What is to be told once the older events are there; null while there is nothing to tell. */
  settle(): Gap | null {
    if (this.gone === null || this.backAt === null) return null;
    const gap = { ...this.gone, to: this.backAt, caughtUp: this.caughtUp, lost: this.lost };
    [this.gone, this.backAt, this.caughtUp, this.lost] = [null, null, 0, 0];
    return gap;
  }
}
