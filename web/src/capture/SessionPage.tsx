import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { NotFound } from '../app/states';
import { explain } from '../api/fault';
import { EndCaptureSessionDocument, JoinCaptureSessionDocument, MarkStepDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { useSession } from '../session/viewer';
import { Badge } from '../ui/Badge';
import { Icon } from '../ui/Icon';
import { Failure, Loading } from '../ui/Notice';
import { Page } from '../ui/Page';
import './stream.css';
import './capture.css';
import { Copy } from './Details';
import { Devices } from './Devices';
import { everything } from './filter';
import { SessionFeed, type FeedState, type Session } from './feed';
import { History } from './History';
import { PlanPanel } from './PlanPanel';
import { Refused, useRun } from './Run';
import { StreamPanel } from './StreamPanel';
import { useWriteKey } from './useWriteKey';
import { useLooking, useNarrow } from './useView';
import { WhyNothing } from './WhyNothing';

const route = getRouteApi('/apps/$app/capture/$code');

/** The parts of the page: beside each other, and on a phone one at a time. */
const parts = ['stream', 'plan', 'devices'] as const;
type Part = (typeof parts)[number];

/** A session: the stream, beside it the plan under test and the devices. */
export default function SessionPage() {
  const { app, code } = route.useParams();
  const feed = useMemo(() => new SessionFeed(code), [code]);
  useEffect(() => feed.start(), [feed]);
  const state = useSyncExternalStore(feed.subscribe, feed.current);
  const speech = useSpeech();
  if (state.status === 'gone') return <NotFound />;
  if (state.session === null) return state.error === null ? <Loading /> : <Failure lines={explain(state.error, speech)} />;
  return (
    <Page
      title={state.session.title}
      path={[
        <Link to="/">{speech.t(texts.app.apps)}</Link>,
        <Link to="/apps/$app" params={{ app }}>
          {state.session.app.name}
        </Link>,
        <Link to="/apps/$app/capture" params={{ app }}>
          {speech.t(texts.capture.title)}
        </Link>,
      ]}
      aside={<Head session={state.session} />}
    >
      {state.error === null ? null : <Failure lines={explain(state.error, speech)} />}
      <Workplace feed={feed} state={state} session={state.session} />
    </Page>
  );
}

/** The code, who takes part, and how to leave or end it. */
function Head({ session }: { session: Session }) {
  const { t } = useSpeech();
  const words = texts.capture.session;
  const { viewer } = useSession();
  const end = useRun(EndCaptureSessionDocument);
  const join = useRun(JoinCaptureSessionDocument);
  const takesPart = session.testers.some(({ id }) => id === viewer.user.id);
  return (
    <>
      <Badge tone={session.open ? 'busy' : 'plain'}>{t(session.open ? words.open : words.ended)}</Badge>
      <code className="code" aria-label={t(words.code)}>
        {session.code}
      </code>
      <Copy label={t(words.copyLink)} text={() => session.joinUrl} />
      <span className="soft">
        {session.environment.name} · {session.batches.map(({ number }) => number).join(', ') || t(words.target[session.target])} ·{' '}
        {session.testers.map(({ name }) => name).join(', ')}
      </span>
      {session.open && !takesPart ? (
        <button type="button" disabled={join.busy} onClick={() => void join.run({ input: { code: session.code } })}>
          {t(texts.capture.start.joinNow)}
        </button>
      ) : null}
      {session.open ? <End onEnd={() => void end.run({ input: { id: session.id } })} busy={end.busy} /> : null}
      <Refused of={end} />
      <Refused of={join} />
    </>
  );
}

/** Ends the session, when asked twice. */
function End({ onEnd, busy }: { onEnd: () => void; busy: boolean }) {
  const { t } = useSpeech();
  const [sure, setSure] = useState(false);
  return (
    <button type="button" disabled={busy} onClick={() => (sure ? onEnd() : setSure(true))} onBlur={() => setSure(false)}>
      {t(sure ? texts.capture.session.endSure : texts.capture.session.end)}
    </button>
  );
}

function Workplace({ feed, state, session }: { feed: SessionFeed; state: FeedState; session: Session }) {
  const { t } = useSpeech();
  const words = texts.capture.parts;
  const { filter: query = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const write = useCallback((filter: string) => void navigate({ search: filter === '' ? {} : { filter }, replace: true }), [navigate]);
  const looking = useLooking(feed.stream, query, write);
  const [part, setPart] = useState<Part>('stream');
  const isNarrow = useNarrow();
  const writeKey = useWriteKey(session.app.key, session.environment.key);
  const deviceName = (number: number) => {
    const device = session.devices.find((one) => one.number === number);
    return `${t(texts.capture.columns.device)} ${number} ${device?.model ?? ''}`.trim();
  };
  const only = (change: Partial<typeof everything>) => {
    looking.narrow({ ...looking.filter, ...change });
    setPart('stream');
  };
  const shows = (one: Part) => !isNarrow || part === one;
  const aside = part === 'stream' ? 'plan' : part;
  return (
    <div className="workplace">
      {shows('stream') ? (
        <section className="main-part" aria-label={t(words.stream)}>
          {session.open ? <StepForm session={session} /> : null}
          <StreamPanel
            app={session.app.key}
            writeKey={writeKey}
            feed={feed}
            looking={looking}
            deviceName={deviceName}
            nothing={<Waiting session={session} onDevices={() => setPart('devices')} />}
          />
          <History code={session.code} app={session.app.key} writeKey={writeKey} filter={looking.filter} columns={looking.columns} />
        </section>
      ) : null}
      {isNarrow && part === 'stream' ? null : (
        <section className="side-part" aria-label={t(words[isNarrow ? part : aside])}>
          {isNarrow ? null : <Tabs of={['plan', 'devices']} now={aside} choose={setPart} />}
          {(isNarrow ? part : aside) === 'plan' ? (
            <PlanPanel
              session={session}
              figures={state.figures}
              seen={session.devices.reduce((sum, d) => sum + d.validCount + d.invalidCount, 0)}
              onlyEvent={(key) => only({ events: [key] })}
            />
          ) : (
            <Devices session={session} onlyDevice={(number) => only({ devices: [number] })} />
          )}
        </section>
      )}
      {isNarrow ? <Tabs of={parts} now={part} choose={setPart} bottom /> : null}
    </div>
  );
}

/** The parts as buttons: beside the stream, or on a phone at the bottom, where the thumb is. */
function Tabs({ of, now, choose, bottom = false }: { of: readonly Part[]; now: Part; choose: (part: Part) => void; bottom?: boolean }) {
  const { t } = useSpeech();
  const icons = { stream: 'list', plan: 'check', devices: 'phone' } as const;
  return (
    <div className={bottom ? 'part-tabs bottom' : 'part-tabs'} role="group" aria-label={t(texts.capture.parts.title)}>
      {of.map((part) => (
        <button key={part} type="button" aria-pressed={now === part} onClick={() => choose(part)}>
          <Icon name={icons[part]} />
          {t(texts.capture.parts[part])}
        </button>
      ))}
    </div>
  );
}

/** Says what the tester is about to do: what comes behind it belongs to this step. */
function StepForm({ session }: { session: Session }) {
  const { t } = useSpeech();
  const mark = useRun(MarkStepDocument, { text: t(texts.capture.step.text) });
  const [text, setText] = useState('');
  const send = async () => {
    if ((await mark.run({ input: { sessionId: session.id, text: text.trim() } })) !== null) setText('');
  };
  return (
    <form action={() => void send()} className="step-form">
      <label>
        <span className="unseen">{t(texts.capture.step.text)}</span>
        <input value={text} onChange={(event) => setText(event.target.value)} placeholder={t(texts.capture.step.hint, { number: session.steps.length + 1 })} maxLength={200} />
      </label>
      <button type="submit" disabled={mark.busy}>
        <Icon name="flag" />
        {t(texts.capture.step.mark)}
      </button>
      <Refused of={mark} />
    </form>
  );
}

/** What to do as long as nothing came. */
function Waiting({ session, onDevices }: { session: Session; onDevices: () => void }) {
  const { t } = useSpeech();
  return (
    <div className="waiting">
      <p>{t(session.open ? texts.capture.stream.waiting : texts.capture.stream.empty)}</p>
      {session.open ? (
        <>
          <button type="button" className="primary" onClick={onDevices}>
            {t(texts.capture.devices.add)}
          </button>
          <WhyNothing app={session.app.key} environment={session.environment.key} />
        </>
      ) : null}
    </div>
  );
}
