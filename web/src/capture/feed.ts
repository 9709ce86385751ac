// What fills a stream: what was captured so far, what comes live, and after an outage what came meanwhile.
import { CombinedError, stringifyDocument } from '@urql/core';
import type { GraphQLError } from 'graphql';
import { client } from '../api/client';
import { connection } from '../api/connection';
import {
  CaptureSessionDocument,
  EnvironmentHistoryDocument,
  SessionHistoryDocument,
  WatchEnvironmentDocument,
  WatchSessionDocument,
  type CaptureSessionQuery,
  type WatchEnvironmentSubscription,
  type WatchSessionSubscription,
} from '../api/generated/capture';
import { entryOf, judgedEntryOf, type Entry } from './entry';
import { captureFilterOf, type Filter } from './filter';
import { Outage, settling, type Gap } from './outage';
import { Stream } from './stream';

/** A session as its head shows it. */
export type Session = NonNullable<CaptureSessionQuery['captureSession']>;

/** How much of the work under test is covered, in figures. */
export type CoverageFigures = NonNullable<WatchSessionSubscription['captureSession']['session']>['coverage'];

/** Where a feed stands. */
export interface FeedState {
  /** `gone` where there is no such session, or none that the viewer may see. */
  status: 'loading' | 'running' | 'gone';
  session: Session | null;
  figures: CoverageFigures | null;
  /** The last outage, until somebody has read of it. */
  gap: Gap | null;
  /** What went wrong last. */
  error: CombinedError | null;
}

/** How many of the newest events are read at first. */
const atFirst = 500;

/** Whether a run still counts. */
type Alive = () => boolean;

/** Fills a stream until it is stopped. */
export abstract class Feed {
  readonly stream = new Stream();
  private state: FeedState = { status: 'loading', session: null, figures: null, gap: null, error: null };
  private readonly listeners = new Set<() => void>();
  private readonly outage = new Outage();
  private stops: (() => void)[] = [];
  private runs = 0;

  /** Tells whenever the state changes; returns how to end that. */
  readonly subscribe = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  /** The state: the same object until it changes. */
  readonly current = (): FeedState => this.state;

  /** Begins; returns how to stop. */
  start(): () => void {
    const run = ++this.runs;
    const alive = () => this.runs === run;
    const live = connection();
    this.stops = [
      live.on('closed', () => this.outage.begins(Date.now(), this.stream.newest)),
      live.on('connected', () => this.back(alive)),
    ];
    const ticking = setInterval(() => this.stream.tick(), 1000);
    this.stops.push(() => clearInterval(ticking));
    void this.run(alive);
    return () => {
      this.runs++;
      for (const stop of this.stops.splice(0)) stop();
    };
  }

  /** Somebody has read of the outage. */
  readonly gapRead = (): void => this.become({ gap: null });

  /** Reads what is there, and goes on with what comes, as long as it is alive: not stopped or begun anew. */
  protected abstract run(alive: Alive): Promise<void>;

  /** Reads what came while the connection was gone, where the subscription does not bring it by itself. */
  protected async catchUp(_alive: Alive): Promise<void> {}

  protected become(change: Partial<FeedState>): void {
    this.state = { ...this.state, ...change };
    for (const tell of this.listeners) tell();
  }

  /** Takes in a page. */
  protected take(entries: readonly Entry[], dropped: number): void {
    this.outage.page(entries, dropped, Date.now());
    this.stream.take(entries, dropped);
  }

  /** Subscribes; the variables are read again at each connection. */
  protected watch<Data>(query: string, variables: Record<string, unknown>, next: (data: Data) => void, over: () => void = () => undefined): void {
    const failed = (error: unknown) => this.become({ status: 'running', error: faultOf(error) });
    const stop = connection().subscribe<Data>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) failed(errors);
          if (data != null) next(data);
        },
        error: failed,
        complete: over,
      },
    );
    this.stops.push(stop);
  }

  private back(alive: Alive): void {
    if (!this.outage.ends(Date.now())) return;
    void this.catchUp(alive);
    setTimeout(() => {
      const gap = this.outage.settle();
      if (gap === null || !alive()) return;
      this.stream.interrupted(gap);
      this.become({ gap });
    }, settling);
  }
}

/** What graphql-ws reports, as the other operations do. */
function faultOf(error: unknown): CombinedError {
  if (Array.isArray(error)) return new CombinedError({ graphQLErrors: error as GraphQLError[] });
  return new CombinedError({ networkError: error instanceof Error ? error : new Error('the connection ended') });
}

/** Follows a session. */
export class SessionFeed extends Feed {
  constructor(private readonly code: string) {
    super();
  }

  protected override async run(alive: Alive): Promise<void> {
    const session = await this.head(alive);
    if (session === null) return;
    const past = await client.query(SessionHistoryDocument, { code: this.code, last: atFirst }, { requestPolicy: 'network-only' }).toPromise();
    if (!alive()) return;
    this.stream.begin((past.data?.captureSession?.captured.nodes ?? []).map(judgedEntryOf));
    this.stream.setSteps(session.steps);
    this.become({ status: 'running', session, error: past.error ?? null });
    if (session.open) this.follow(alive);
  }

  /** Reads the session; null where it is not there, or could not be read. */
  private async head(alive: Alive): Promise<Session | null> {
    const { data, error } = await client.query(CaptureSessionDocument, { code: this.code }, { requestPolicy: 'network-only' }).toPromise();
    if (!alive()) return null;
    if (error !== undefined) this.become({ error });
    else if (data?.captureSession == null) this.become({ status: 'gone' });
    return data?.captureSession ?? null;
  }

  /** The subscription ended, as the session did: its record stays. */
  private async over(alive: Alive): Promise<void> {
    const session = await this.head(alive);
    if (session !== null) this.become({ session });
  }

  private follow(alive: Alive): void {
    const { stream, code } = this;
    const variables = {
      code,
      // Read at each connection, so that a new one goes on where the last one ended.
      get afterSeq() {
        return stream.newest;
      },
    };
    const next = ({ captureSession: page }: WatchSessionSubscription) => {
      this.take(page.events.map(judgedEntryOf), page.dropped);
      if (page.session === null) return;
      const { coverage, ...session } = page.session;
      this.stream.setSteps(session.steps);
      this.become({ session, figures: coverage, error: null });
    };
    this.watch(stringifyDocument(WatchSessionDocument), variables, next, () => void this.over(alive));
  }
}

/** Follows all that an environment captures, as far as a filter lets it through. */
export class EnvironmentFeed extends Feed {
  constructor(
    private readonly app: string,
    private readonly environment: string,
    private readonly filter: Filter,
  ) {
    super();
  }

  protected override async run(alive: Alive): Promise<void> {
    const past = await this.read(alive);
    if (!alive()) return;
    this.stream.begin(past ?? []);
    this.become({ status: 'running' });
    const variables = { app: this.app, environment: this.environment, filter: captureFilterOf(this.filter) };
    this.watch<WatchEnvironmentSubscription>(stringifyDocument(WatchEnvironmentDocument), variables, ({ liveCapture: page }) =>
      this.take(page.events.map(entryOf), page.dropped),
    );
    // Between the reading and the subscription something may have come.
    await this.catchUp(alive);
  }

  protected override async catchUp(alive: Alive): Promise<void> {
    const newest = this.stream.newest;
    const missed = (await this.read(alive))?.filter(({ seq }) => seq > newest) ?? [];
    if (alive() && missed.length > 0) this.take(missed, 0);
  }

  /** The newest events, oldest first. */
  private async read(alive: Alive): Promise<Entry[] | null> {
    const variables = { app: this.app, environment: this.environment, filter: captureFilterOf(this.filter), first: 200 };
    const { data, error } = await client.query(EnvironmentHistoryDocument, variables, { requestPolicy: 'network-only' }).toPromise();
    if (!alive()) return null;
    if (error !== undefined) this.become({ error });
    return (data?.app?.environment?.capturedEvents.nodes ?? []).map(entryOf).reverse();
  }
}
