import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { serverURL } from '../api/address';
import { explain } from '../api/fault';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { Empty, Failure, Loading } from '../ui/Notice';
import { Moment } from '../ui/Moment';
import { CellView } from './CellView';
import { Progress } from './Bar';
import { cellKey, groups, tally, type Group, type Standing } from './progress';
import { SideBySide } from './SideBySide';
import { SignOffForm } from './SignOffForm';
import { useCoverage, type Coverage, type CoverageCell, type PlannedEvent } from './useCoverage';
import { StandingBadge } from './words';
import type { FeedState, Session } from './feed';

interface PlanPanelProps {
  session: Session;
  figures: FeedState['figures'];
  seen: number;
  /** Narrows the stream to an event. */
  onlyEvent: (key: string) => void;
}

/** The plan under test: what is awaited, what was seen, what is wrong; marks and the sign-off. */
export function PlanPanel({ session, figures, seen, onlyEvent }: PlanPanelProps) {
  const speech = useSpeech();
  const { coverage, lit, error } = useCoverage(session.code, figures, seen);
  if (coverage === null) return error === undefined ? <Loading /> : <Failure lines={explain(error, speech)} />;
  return (
    <div className="panel plan">
      {coverage.coverage.cells.length === 0 ? (
        <Empty title={speech.t(texts.capture.plan.nothing)} />
      ) : (
        <Planned session={session} coverage={coverage} lit={lit} onlyEvent={onlyEvent} />
      )}
      <Unplanned coverage={coverage} onlyEvent={onlyEvent} />
    </div>
  );
}

const standings: readonly Standing[] = ['wrong', 'awaited', 'seen', 'settled'];

function Planned({ session, coverage, lit, onlyEvent }: { session: Session; coverage: Coverage; lit: ReadonlySet<string>; onlyEvent: PlanPanelProps['onlyEvent'] }) {
  const { t } = useSpeech();
  const [only, setOnly] = useState<Standing | null>(null);
  const list = useMemo(() => groups(coverage.coverage.cells), [coverage]);
  const counts = tally(list);
  const events = new Map(coverage.events.map((event) => [event.key, event]));
  const { covered, required } = coverage.coverage;
  return (
    <>
      <Progress label={t(texts.capture.plan.covered, { covered, required })} covered={covered} required={required} />
      <div className="tools" role="group" aria-label={t(texts.list.filter)}>
        {standings.map((standing) => (
          <button key={standing} type="button" aria-pressed={only === standing} onClick={() => setOnly(only === standing ? null : standing)}>
            <StandingBadge standing={standing} count={counts[standing]} />
          </button>
        ))}
      </div>
      <ul className="planned">
        {list
          .filter(({ standing }) => only === null || standing === only)
          .map((group) => (
            <li key={group.key}>
              <PlannedRow session={session} coverage={coverage} group={group} event={events.get(group.key)} lit={lit} onlyEvent={onlyEvent} />
            </li>
          ))}
      </ul>
      <SignOffForm session={session} coverage={coverage} />
      <SignOffs session={session} coverage={coverage} />
    </>
  );
}

interface PlannedRowProps {
  session: Session;
  coverage: Coverage;
  group: Group<CoverageCell>;
  event: PlannedEvent | undefined;
  lit: ReadonlySet<string>;
  onlyEvent: PlanPanelProps['onlyEvent'];
}

/** One planned event; opened, it shows when it is sent, and each terminal. */
function PlannedRow({ session, coverage, group, event, lit, onlyEvent }: PlannedRowProps) {
  const { t } = useSpeech();
  const [open, setOpen] = useState(false);
  const moved = group.cells.some((cell) => lit.has(cellKey(cell)));
  return (
    <details className={moved ? 'planned-event lit' : 'planned-event'} open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <StandingBadge standing={group.standing} />
        <strong>{event?.name ?? group.key}</strong> <code>{event?.wireName ?? group.key}</code>
        {event?.trigger ? <span className="soft trigger">{event.trigger}</span> : null}
      </summary>
      {open ? (
        <div className="planned-body">
          {event === undefined ? null : <When event={event} />}
          <div className="actions">
            <button type="button" onClick={() => onlyEvent(group.key)}>
              {t(texts.capture.plan.only)}
            </button>
            <Link to="/apps/$app/events/$key" params={{ app: session.app.key, key: group.key }}>
              {t(texts.capture.details.plan)}
            </Link>
          </div>
          {group.cells.map((cell) => (
            <CellView key={cell.terminal} session={session} cell={cell} marks={coverage.marks} lit={lit.has(cellKey(cell))} />
          ))}
          {group.cells.length < 2 ? null : <SideBySide session={session} event={group.key} terminals={group.cells.map(({ terminal }) => terminal)} />}
        </div>
      ) : null}
    </details>
  );
}

/** When and where an event is sent: in words, and in pictures. */
function When({ event }: { event: PlannedEvent }) {
  const { t } = useSpeech();
  return (
    <>
      {event.trigger === '' ? null : <p>{event.trigger}</p>}
      <ul className="screenshots">
        {event.screenshots.map(({ caption, file }) => (
          <li key={file.id}>
            <a href={serverURL(file.url)} target="_blank" rel="noreferrer">
              <img src={serverURL(file.url)} alt={caption || t(texts.capture.plan.screenshot, { name: event.name })} loading="lazy" />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What came that is not under test. */
function Unplanned({ coverage, onlyEvent }: { coverage: Coverage; onlyEvent: PlanPanelProps['onlyEvent'] }) {
  const { t, number } = useSpeech();
  const { unplanned } = coverage.coverage;
  if (unplanned.length === 0) return null;
  return (
    <details className="way">
      <summary>{t(texts.capture.plan.unplanned, { count: unplanned.length })}</summary>
      <ul className="chips">
        {unplanned.map(({ name, count }) => (
          <li key={name}>
            <button type="button" onClick={() => onlyEvent(name)}>
              {name} <Badge tone="warn">{number(count)}</Badge>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function SignOffs({ session, coverage }: { session: Session; coverage: Coverage }) {
  const { t } = useSpeech();
  const signOffs = [...coverage.signOffs, ...coverage.batches.flatMap((batch) => batch.signOffs)];
  if (signOffs.length === 0) return null;
  return (
    <ul className="recent" aria-label={t(texts.capture.signOff.list)}>
      {signOffs.map((signOff) => (
        <li key={signOff.id}>
          <Link to="/apps/$app/sign-offs/$id" params={{ app: session.app.key, id: signOff.id }}>
            {t(texts.capture.signOff.by, { name: signOff.by?.name ?? '' })}
          </Link>
          <Moment at={signOff.at} />
        </li>
      ))}
    </ul>
  );
}
