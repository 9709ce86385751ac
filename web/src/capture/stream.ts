// The stream of a viewer: takes in what comes, keeps the newest, and shows a picture of it at most once per frame.
import { everything, testOf, type Filter } from './filter';
import { compare, placeOf, Rows, type Mark, type Order, type PlacedMark } from './rows';
import type { Entry } from './entry';

/** How many events a stream keeps unless told; the server has the others. */
export const capacity = 5_000;

/** Over how many seconds the rate is counted. */
const rateSeconds = 5;

/** Why a stream stands still: somebody paused it, or reads further up. */
export type Hold = 'paused' | 'reading';

/** What is on the screen. */
export interface View {
  rows: Rows;
  /** Why it stands still; null while it follows. */
  hold: Hold | null;
  /** How many events that pass the filter came since it stands still. */
  news: number;
  /** How many events came since the stream was opened. */
  received: number;
  /** How many the server could not deliver to this viewer. */
  dropped: number;
  /** How many events come per second. */
  rate: number;
  /** How many of the events are kept here, whether they pass the filter or not. */
  kept: number;
}

/** A step of the session. */
export interface Step {
  number: number;
  text: string;
  at: string;
}

/** What a stream needs of its surroundings. */
export interface Surroundings {
  /** Has something done before the next frame. */
  schedule: (run: () => void) => void;
  /** The present moment in milliseconds. */
  now: () => number;
}

/** Has something done before the next frame, or soon where the page is hidden and has no frames. */
function schedule(run: () => void): void {
  if (document.hidden) setTimeout(run, 250);
  else requestAnimationFrame(run);
}

export class Stream {
  private kept: Entry[] = [];
  private matching: Entry[] = [];
  private waiting: Entry[] = [];
  private gaps: PlacedMark[] = [];
  private steps: readonly Step[] = [];
  private readonly stepStarts = new Map<number, number>();
  private seconds: { at: number; count: number }[] = [];
  private passes = testOf(everything);
  private order: Order = 'arrival';
  private scheduled = false;
  private held: { why: Hold; rows: Rows; news: number } | null = null;
  private received = 0;
  private dropped = 0;
  private view: View;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly limit = capacity,
    private readonly around: Surroundings = { schedule, now: () => Date.now() },
  ) {
    this.view = this.picture();
  }

  /** Tells whenever the picture changes; returns how to end that. */
  readonly subscribe = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  /** The picture: the same object until it changes. */
  readonly current = (): View => this.view;

  /** The `seq` of the newest event that came; 0 for none. */
  get newest(): number {
    return Math.max(this.kept.at(-1)?.seq ?? 0, this.waiting.at(-1)?.seq ?? 0, this.clearedBehind);
  }
  private clearedBehind = 0;

  /** Takes in a page of events, and how many were lost before it. Events that are there already are left out. */
  take(page: readonly Entry[], dropped = 0): void {
    for (const entry of page) this.waiting.push(entry);
    // A page without frames must not grow: what could never be shown any more is let go of.
    if (this.waiting.length > 2 * this.limit) this.waiting = this.waiting.slice(-this.limit);
    this.received += page.length;
    this.dropped += dropped;
    this.count(page.length);
    this.soon();
  }

  /** Takes in what was there before the viewer came: it counts as nothing new. */
  begin(history: readonly Entry[]): void {
    for (const entry of history) this.keep(entry);
    this.trim();
    this.show();
  }

  /** Notes that the connection was gone for a while, and what became of the events meanwhile. */
  interrupted(gap: { from: number; to: number; behind: number; caughtUp: number; lost: number }): void {
    const { behind, ...rest } = gap;
    this.gaps = [...this.gaps.slice(-99), { before: behind + 1, mark: { kind: 'gap', ...rest } }];
    this.soon();
  }

  /** The session's steps, as they are now. */
  setSteps(steps: readonly Step[]): void {
    this.steps = steps;
    this.soon();
  }

  /** Shows only what passes a filter, in an order. What stands still is made anew of what is kept. */
  arrange(filter: Filter, order: Order): void {
    this.passes = testOf(filter);
    this.order = order;
    this.matching = this.kept.filter(this.passes);
    if (order === 'device') this.matching.sort((a, b) => compare(order, a, b));
    if (this.held !== null) this.held = { why: this.held.why, rows: this.rows(), news: 0 };
    this.show();
  }

  /** Stands still. Events go on coming in, and are counted. */
  hold(why: Hold): void {
    if (this.held?.why === why || (this.held !== null && why === 'reading')) return;
    this.flush();
    this.held = this.held === null ? { why, rows: this.rows(), news: 0 } : { ...this.held, why };
    this.show();
  }

  /** Goes on at the newest. */
  resume(): void {
    this.held = null;
    this.show();
  }

  /** Empties the view, and nothing else: the server has it all. */
  clear(): void {
    this.flush();
    this.clearedBehind = this.newest;
    [this.kept, this.matching, this.gaps] = [[], [], []];
    if (this.held !== null) this.held = { why: this.held.why, rows: new Rows([]), news: 0 };
    this.show();
  }

  /** What is kept, by arrival. */
  all(): readonly Entry[] {
    return this.kept;
  }

  /** Counts the rate anew; to be called now and then, as it falls by itself. */
  tick(): void {
    if (this.view.rate !== this.rate()) this.show();
  }

  private soon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.around.schedule(() => {
      this.scheduled = false;
      this.flush();
      this.show();
    });
  }

  private flush(): void {
    const page = this.waiting;
    if (page.length === 0) return;
    this.waiting = [];
    for (const entry of page) if (this.keep(entry) && this.held !== null && this.passes(entry)) this.held.news++;
    this.trim();
  }

  /** Puts an event in its places; false where it is there already, or was cleared away. */
  private keep(entry: Entry): boolean {
    if (entry.seq <= this.clearedBehind) return false;
    const place = placeOf(this.kept, entry, 'arrival');
    if (this.kept[place]?.seq === entry.seq) return false;
    insert(this.kept, place, entry);
    if (this.passes(entry)) insert(this.matching, placeOf(this.matching, entry, this.order), entry);
    const start = this.stepStarts.get(entry.step);
    if (entry.step > 0 && (start === undefined || entry.seq < start)) this.stepStarts.set(entry.step, entry.seq);
    return true;
  }

  /** Lets go of the oldest beyond the limit. */
  private trim(): void {
    const gone = this.kept.splice(0, Math.max(0, this.kept.length - this.limit));
    if (gone.length === 0) return;
    const last = gone[gone.length - 1]!.seq;
    if (this.order === 'arrival') this.matching.splice(0, gone.filter(this.passes).length);
    else this.matching = this.matching.filter((entry) => entry.seq > last);
    this.gaps = this.gaps.filter(({ before }) => before > last);
  }

  private show(): void {
    this.view = this.picture();
    for (const tell of this.listeners) tell();
  }

  private picture(): View {
    return {
      rows: this.held?.rows ?? this.rows(),
      hold: this.held?.why ?? null,
      news: this.held?.news ?? 0,
      received: this.received,
      dropped: this.dropped,
      rate: this.rate(),
      kept: this.kept.length,
    };
  }

  private rows(): Rows {
    return new Rows(this.matching.slice(), this.order === 'arrival' ? this.marks() : []);
  }

  /** The marks that still have a place: a step stands before its first event, the newest without one at the end. */
  private marks(): PlacedMark[] {
    const oldest = this.kept[0]?.seq ?? this.clearedBehind + 1;
    const marks: PlacedMark[] = [...this.gaps];
    let before = Number.POSITIVE_INFINITY;
    for (const step of [...this.steps].reverse()) {
      before = Math.min(before, this.stepStarts.get(step.number) ?? before);
      const mark: Mark = { kind: 'step', number: step.number, text: step.text, at: step.at };
      if (before >= oldest) marks.push({ before, mark });
    }
    return marks.sort((a, b) => (a.before === b.before ? stepOf(a.mark) - stepOf(b.mark) : a.before - b.before));
  }

  private count(events: number): void {
    const second = Math.floor(this.around.now() / 1000);
    const last = this.seconds.at(-1);
    if (last?.at === second) last.count += events;
    else this.seconds.push({ at: second, count: events });
  }

  private rate(): number {
    const now = Math.floor(this.around.now() / 1000);
    this.seconds = this.seconds.filter(({ at }) => at >= now - rateSeconds);
    const whole = this.seconds.filter(({ at }) => at < now);
    return Math.round(whole.reduce((sum, { count }) => sum + count, 0) / rateSeconds);
  }
}

function stepOf(mark: Mark): number {
  return mark.kind === 'step' ? mark.number : 0;
}

function insert(list: Entry[], place: number, entry: Entry): void {
  if (place === list.length) list.push(entry);
  else list.splice(place, 0, entry);
}
