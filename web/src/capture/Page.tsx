import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { CaptureAppDocument, type CaptureAppQuery } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Section } from '../ui/Section';
import { Table } from '../ui/Table';
import './capture.css';
import { JoinForm, StartForm } from './StartForm';

/** An app, as far as starting a session needs it. */
export type CaptureApp = NonNullable<CaptureAppQuery['app']>;

const route = getRouteApi('/apps/$app/capture');

/** Where sessions are started, joined and found again; and the way to all that an environment captures. */
export default function CapturePage() {
  const { t } = useSpeech();
  const { app: key } = route.useParams();
  const answer = useQuery({ query: CaptureAppDocument, variables: { app: key } });
  return (
    <Answer of={answer}>
      {({ app }) =>
        app === null ? null : (
          <div className="capture-start">
            <Section title={t(texts.capture.start.title)}>
              <StartForm app={app} />
            </Section>
            <Section title={t(texts.capture.start.join)}>
              <JoinForm app={app.key} />
            </Section>
            <Section title={t(texts.capture.start.everything)}>
              <p className="soft">{t(texts.capture.start.everythingHint)}</p>
              <ul className="chips">
                {app.environments.map((environment) => (
                  <li key={environment.id}>
                    <Link to="/apps/$app/live/$environment" params={{ app: app.key, environment: environment.key }}>
                      {environment.name}
                    </Link>
                  </li>
                ))}
              </ul>
            </Section>
            <Section title={t(texts.capture.start.sessions)}>
              <Sessions app={app} />
            </Section>
          </div>
        )
      }
    </Answer>
  );
}

function Sessions({ app }: { app: CaptureApp }) {
  const { t } = useSpeech();
  const words = texts.capture.session;
  return (
    <Table
      caption={t(texts.capture.start.sessions)}
      rows={app.captureSessions.nodes}
      keyOf={({ id }) => id}
      empty={<Empty title={t(texts.capture.start.noSessions)} />}
      columns={[
        {
          title: t(words.name),
          cell: (session) => (
            <Link to="/apps/$app/capture/$code" params={{ app: app.key, code: session.code }}>
              {session.title}
            </Link>
          ),
        },
        { title: t(words.code), cell: ({ code }) => <code>{code}</code> },
        { title: t(words.tests), cell: (session) => session.batches.map(({ number }) => number).join(', ') || t(words.target[session.target]) },
        { title: t(words.environment), cell: ({ environment }) => environment.name },
        { title: t(words.startedBy), cell: ({ startedBy }) => startedBy?.name },
        { title: t(words.startedAt), cell: ({ startedAt }) => <Moment at={startedAt} /> },
        {
          title: t(words.state),
          cell: ({ open }) => <Badge tone={open ? 'busy' : 'plain'}>{t(open ? words.open : words.ended)}</Badge>,
        },
      ]}
    />
  );
}
