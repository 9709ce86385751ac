import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { serverURL } from '../api/address';
import { EventDocument, EventSeenDocument, type EventQuery } from '../api/generated/event';
import { NotFound } from '../app/states';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Choice } from '../ui/Field';
import { AppLink } from '../ui/links';
import { Page } from '../ui/Page';
import { Section } from '../ui/Section';
import { About } from './About';
import { Arrival } from './Arrival';
import { Properties } from './Properties';
import { Releases } from './Releases';
import { Revisions } from './Revisions';
import { Samples } from './Samples';

const route = getRouteApi('/apps/$app/events/$key');

/** An event as the page has read it. */
export type Event = NonNullable<EventQuery['event']>;

/** An event: its definition, where it holds, and what arrives of it in an environment that the address names. */
export default function EventPage() {
  const { app, key } = route.useParams();
  const answer = useQuery({ query: EventDocument, variables: { app, key } });
  return <Answer of={answer}>{({ event }) => (event === null ? <NotFound /> : <Found event={event} />)}</Answer>;
}

function Found({ event }: { event: Event }) {
  const { t } = useSpeech();
  const { app } = event;
  const chosen = route.useSearch().environment;
  const environment = app.environments.find(({ key }) => key === chosen) ?? app.environments[0];
  const path = [
    <Link to="/">{t(texts.app.apps)}</Link>,
    <AppLink app={app} />,
    <Link to="/apps/$app/events" params={{ app: app.key }}>
      {t(texts.plan.events)}
    </Link>,
    event.key,
  ];
  return (
    <Page title={event.name} path={path} aside={<Marks event={event} />}>
      <div className="card">
        <About event={event} />
      </div>
      <Screenshots of={event.screenshots} />
      {environment === undefined ? null : <InEnvironment key={environment.key} event={event} environment={environment.key} />}
      <Section title={t(texts.event.releases)}>
        <Releases of={event} />
      </Section>
      <Section title={t(texts.event.revisions)}>
        <Revisions app={app.key} event={event.key} />
      </Section>
    </Page>
  );
}

function Marks({ event }: { event: Event }) {
  const { t } = useSpeech();
  return (
    <span className="badges">
      <Badge>{t(texts.words.eventKind[event.kind])}</Badge>
      <Badge tone={event.level === 'P0' ? 'busy' : 'plain'}>{t(texts.words.eventLevel[event.level])}</Badge>
    </span>
  );
}

function Screenshots({ of: screenshots }: { of: Event['screenshots'] }) {
  const { t } = useSpeech();
  if (screenshots.length === 0) return null;
  return (
    <Section title={t(texts.event.screenshots)}>
      <div className="screenshots">
        {screenshots.map(({ caption, file }) => (
          <figure key={file.id}>
            <a href={serverURL(file.url)}>
              <img src={serverURL(file.url)} alt={caption === '' ? file.name : caption} loading="lazy" />
            </a>
            <figcaption>{caption}</figcaption>
          </figure>
        ))}
      </div>
    </Section>
  );
}

/** What depends on the environment: the properties with what was seen of them, what arrives, and samples. */
function InEnvironment({ event, environment }: { event: Event; environment: string }) {
  const { t } = useSpeech();
  const navigate = route.useNavigate();
  const variables = { app: event.app.key, key: event.key, environment };
  const answer = useQuery({ query: EventSeenDocument, variables });
  const seen = answer[0].data?.event?.seen.properties ?? [];
  const choice = (
    <Choice
      label={t(texts.plan.environment)}
      value={environment}
      options={event.app.environments.map(({ key, name }) => [key, name])}
      onChoose={(chosen) => void navigate({ search: { environment: chosen }, replace: true })}
    />
  );
  return (
    <>
      <Section title={t(texts.event.properties)} aside={choice}>
        <Properties of={event} seen={seen} />
      </Section>
      <Section title={t(texts.event.arrival)}>
        <Answer of={answer}>{(data) => (data.event === null ? null : <Arrival event={event} of={data.event} />)}</Answer>
      </Section>
      <Section title={t(texts.event.samples)}>
        <Samples app={event.app.key} event={event.key} environment={environment} />
      </Section>
    </>
  );
}
