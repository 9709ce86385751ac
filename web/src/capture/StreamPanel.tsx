import { useCallback, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/Notice';
import { narrow as narrowColumns, type Column } from './columns';
import { Details } from './Details';
import { keyOf, type Entry } from './entry';
import { narrows, wanting, type Filter } from './filter';
import type { Feed } from './feed';
import { GapWords } from './Row';
import { RowList } from './RowList';
import { Toolbar } from './Toolbar';
import { useNarrow, type Looking } from './useView';
import { valueAt } from './values';
import type { Stream } from './stream';

interface StreamPanelProps {
  app: string;
  writeKey: string;
  feed: Feed;
  looking: Looking;
  deviceName: (number: number) => string;
  /** What helps where nothing comes. */
  nothing: ReactNode;
}

/** The stream: its tools, its rows, its figures. */
export function StreamPanel({ app, writeKey, feed, looking, deviceName, nothing }: StreamPanelProps) {
  const { stream } = feed;
  const { view, filter, narrow, columns } = looking;
  const isNarrow = useNarrow();
  const narrowBy = useCallback((column: Column, entry: Entry) => narrow(narrowedBy(filter, column, entry)), [filter, narrow]);
  const want = (property: string, value: unknown) => narrow(wanting(filter, property, value));
  return (
    <div className="stream">
      <Interruption feed={feed} />
      <Toolbar stream={stream} looking={looking} deviceName={deviceName} />
      <RowList
        stream={stream}
        view={view}
        columns={isNarrow ? narrowColumns : columns}
        text={filter.text}
        height={isNarrow ? 44 : 34}
        narrowBy={narrowBy}
        details={(entry) => <Details app={app} entry={entry} writeKey={writeKey} want={want} />}
        nothing={narrows(filter) && view.kept > 0 ? <NothingMatches /> : nothing}
      />
      <News stream={stream} looking={looking} />
      <Figures looking={looking} />
    </div>
  );
}

/** The filter that also wants what an event has in a column. */
export function narrowedBy(filter: Filter, column: Column, entry: Entry): Filter {
  if (column.startsWith(':')) return wanting(filter, column.slice(1), valueAt(entry.properties, column.slice(1)));
  switch (column) {
    case 'device':
      return { ...filter, devices: [entry.device] };
    case 'verdict':
      return { ...filter, verdicts: [entry.verdict] };
    case 'event':
      return { ...filter, events: [keyOf(entry)] };
    case 'terminal':
      return entry.terminal === null ? filter : { ...filter, terminals: [entry.terminal] };
    case 'step':
      return { ...filter, step: entry.step };
    default:
      return filter;
  }
}

/** Says what an outage cost, until somebody has read it. */
function Interruption({ feed }: { feed: Feed }) {
  const { t } = useSpeech();
  const { gap } = useSyncExternalStore(feed.subscribe, feed.current);
  return (
    <div role="status">
      {gap === null ? null : (
        <p className="interruption">
          <Icon name="warning" />
          <GapWords gap={gap} />
          <button type="button" className="plain" aria-label={t(texts.capture.stream.gapRead)} onClick={feed.gapRead}>
            <Icon name="cross" />
          </button>
        </p>
      )}
    </div>
  );
}

function NothingMatches() {
  const { t } = useSpeech();
  return <Empty title={t(texts.list.none)} />;
}

/** How much came since the stream stands still, and the way to it. */
function News({ stream, looking: { view } }: { stream: Stream; looking: Looking }) {
  const { t } = useSpeech();
  if (view.hold === null) return null;
  return (
    <button type="button" className="news primary" onClick={() => stream.resume()}>
      {view.news === 0 ? t(texts.capture.stream.toNewest) : t(texts.capture.stream.news, { count: view.news })}
      <Icon name="down" />
    </button>
  );
}

/** The figures below the stream. Who reads by ear hears them now and then, not with every event. */
function Figures({ looking: { view } }: { looking: Looking }) {
  const { t, number } = useSpeech();
  const shown = view.rows.entries.length;
  return (
    <div className="figures">
      <span>{t(texts.capture.stream.shown, { shown, kept: view.kept })}</span>
      <span>{t(texts.capture.stream.received, { count: view.received })}</span>
      <span>{t(texts.capture.stream.rate, { count: view.rate })}</span>
      <span className={view.dropped === 0 ? undefined : 'bad'}>{t(texts.capture.stream.dropped, { count: number(view.dropped) })}</span>
      <Spoken received={view.received} dropped={view.dropped} />
    </div>
  );
}

/** Every how many milliseconds the figures are said. */
const sayEvery = 5_000;

function Spoken(figures: { received: number; dropped: number }) {
  const { t, number } = useSpeech();
  const [said, setSaid] = useState(figures);
  const same = said.received === figures.received && said.dropped === figures.dropped;
  useEffect(() => {
    if (same) return;
    const timer = setTimeout(() => setSaid(figures), sayEvery);
    return () => clearTimeout(timer);
    // The timer of the first change counts: with each event a new one, nothing would ever be said.
  }, [same]);
  return (
    <span className="unseen" role="status">
      {t(texts.capture.stream.received, { count: said.received })} {t(texts.capture.stream.dropped, { count: number(said.dropped) })}
    </span>
  );
}
