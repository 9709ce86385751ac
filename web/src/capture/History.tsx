import { useState, useSyncExternalStore } from 'react';
import { useClient, type CombinedError } from 'urql';
import { explain } from '../api/fault';
import { SessionHistoryDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Empty, Failure } from '../ui/Notice';
import type { Column } from './columns';
import { Details } from './Details';
import { judgedEntryOf } from './entry';
import { sessionFilterOf, testOf, type Filter } from './filter';
import { RowList } from './RowList';
import { Stream } from './stream';

interface HistoryProps {
  code: string;
  app: string;
  writeKey: string;
  filter: Filter;
  columns: readonly Column[];
}

/** How many events are read at a time. */
const atATime = 200;

/** All that the session captured, also what the stream does not hold any more: the server looks for what passes the filter. */
export function History({ code, app, writeKey, filter, columns }: HistoryProps) {
  const { t } = useSpeech();
  const [open, setOpen] = useState(false);
  return (
    <details className="way" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t(texts.capture.history.title)}</summary>
      {open ? <Past key={JSON.stringify(filter)} code={code} app={app} writeKey={writeKey} filter={filter} columns={columns} /> : null}
    </details>
  );
}

function Past({ code, app, writeKey, filter, columns }: HistoryProps) {
  const speech = useSpeech();
  const { t } = speech;
  const past = usePast(code, filter);
  const view = useSyncExternalStore(past.stream.subscribe, past.stream.current);
  return (
    <>
      <div className="tools">
        <button type="button" disabled={past.busy || !past.more} onClick={() => void past.read()}>
          {t(past.more ? texts.capture.history.earlier : texts.capture.history.all)}
        </button>
        <span className="soft">{t(texts.capture.history.found, { count: view.rows.length })}</span>
      </div>
      {past.error === null ? null : <Failure lines={explain(past.error, speech)} />}
      <RowList
        stream={past.stream}
        view={view}
        columns={columns}
        text={filter.text}
        height={34}
        narrowBy={() => undefined}
        details={(entry) => <Details app={app} entry={entry} writeKey={writeKey} />}
        nothing={past.more ? null : <Empty title={t(texts.list.none)} />}
      />
    </>
  );
}

/** Reads the past of a session from its end, page by page. */
function usePast(code: string, filter: Filter) {
  const client = useClient();
  const [stream] = useState(() => new Stream(Number.POSITIVE_INFINITY));
  const [before, setBefore] = useState<string | null>(null);
  const [more, setMore] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError | null>(null);
  const read = async () => {
    setBusy(true);
    const variables = { code, filter: sessionFilterOf(filter), last: atATime, before };
    const answer = await client.query(SessionHistoryDocument, variables, { requestPolicy: 'network-only' }).toPromise();
    setBusy(false);
    setError(answer.error ?? null);
    const page = answer.data?.captureSession?.captured;
    if (page === undefined) return;
    stream.begin(page.nodes.map(judgedEntryOf).filter(testOf(filter)));
    setBefore(page.pageInfo.startCursor);
    setMore(page.pageInfo.hasPreviousPage);
  };
  return { stream, more, busy, error, read };
}
