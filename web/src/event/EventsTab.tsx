import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { oneOf } from '../app/address';
import { EventsDocument, type EventsQuery } from '../api/generated/event';
import type { EventKind, EventLevel } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Choice } from '../ui/Field';
import { Filters } from '../ui/Filters';
import { BatchLink, EventLink } from '../ui/links';
import { Pager } from '../ui/Pager';
import { pageArguments } from '../ui/paging';
import { Table, type Column } from '../ui/Table';

const route = getRouteApi('/apps/$app/events');
type Event = EventsQuery['events']['nodes'][number];
const levels = Object.keys(texts.words.eventLevel) as EventLevel[];
const kinds = Object.keys(texts.words.eventKind) as EventKind[];

/** An app's events, by key. */
export default function EventsTab() {
  const { t } = useSpeech();
  const { app } = route.useParams();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const level = oneOf(texts.words.eventLevel, place.level);
  const kind = oneOf(texts.words.eventKind, place.kind);
  const narrowing = { text: place.text, level, kind };
  const filter = { text: place.text, levels: level === undefined ? [] : [level], kinds: kind === undefined ? [] : [kind] };
  const answer = useQuery({ query: EventsDocument, variables: { app, ...pageArguments(place, 25), filter } });
  return (
    <>
      <Filters
        text={place.text}
        narrowed={Object.values(narrowing).some((value) => value !== undefined)}
        onText={(text) => void navigate({ search: { ...narrowing, text } })}
        onClear={() => void navigate({ search: {} })}
      >
        <Choice
          label={t(texts.plan.level)}
          all={t(texts.list.all)}
          value={level ?? ''}
          options={levels.map((option) => [option, t(texts.words.eventLevel[option])])}
          onChoose={(chosen) => void navigate({ search: { ...narrowing, level: chosen } })}
        />
        <Choice
          label={t(texts.plan.kind)}
          all={t(texts.list.all)}
          value={kind ?? ''}
          options={kinds.map((option) => [option, t(texts.words.eventKind[option])])}
          onChoose={(chosen) => void navigate({ search: { ...narrowing, kind: chosen } })}
        />
      </Filters>
      <Answer of={answer}>
        {({ events }) => (
          <>
            <Events app={app} rows={events.nodes} />
            <Pager
              page={events.pageInfo}
              total={events.totalCount}
              onTurn={(to) => void navigate({ search: { ...narrowing, ...to } })}
            />
          </>
        )}
      </Answer>
    </>
  );
}

function Events({ app, rows }: { app: string; rows: Event[] }) {
  const { t } = useSpeech();
  const columns: Column<Event>[] = [
    { title: t(texts.plan.event), cell: (event) => <EventLink app={app} event={event} /> },
    { title: t(texts.event.wireName), cell: ({ wireName }) => <code>{wireName}</code> },
    { title: t(texts.plan.kind), cell: ({ kind }) => t(texts.words.eventKind[kind]) },
    { title: t(texts.plan.level), cell: ({ level }) => <Badge tone={level === 'P0' ? 'busy' : 'plain'}>{level}</Badge> },
    { title: t(texts.plan.module), cell: ({ module }) => module },
    { title: t(texts.plan.terminals), cell: ({ terminals }) => terminals.map(({ name }) => name).join(' · ') },
    { title: t(texts.plan.batch), cell: ({ batch }) => <BatchLink app={app} number={batch.number} /> },
    { title: t(texts.event.arrival), cell: ({ statistics }) => <Arrival of={statistics} /> },
  ];
  return <Table caption={t(texts.plan.events)} columns={columns} rows={rows} keyOf={({ id }) => id} />;
}

/** In which environments an event reported lately. */
function Arrival({ of: statistics }: { of: Event['statistics'] }) {
  const { t } = useSpeech();
  const reporting = statistics.filter((one) => one.reporting);
  if (reporting.length === 0) return <span className="soft">{t(texts.event.silent)}</span>;
  return (
    <span className="badges">
      {reporting.map(({ environment, invalidCount }) => (
        <Badge key={environment.id} tone={invalidCount > 0 ? 'warn' : 'good'} icon={invalidCount > 0 ? 'warning' : 'check'}>
          {environment.name}
          {invalidCount > 0 ? ` · ${t(texts.event.invalid, { count: invalidCount })}` : null}
        </Badge>
      ))}
    </span>
  );
}
