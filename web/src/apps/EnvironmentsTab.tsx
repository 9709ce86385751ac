import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { EnvironmentsDocument, type EnvironmentsQuery } from '../api/generated/apps';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { BatchLink, NameAndKey } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Section } from '../ui/Section';
import { Table, type Column } from '../ui/Table';

const route = getRouteApi('/apps/$app/environments');
type Environment = NonNullable<EnvironmentsQuery['app']>['environments'][number];
type WriteKey = Environment['writeKeys'][number];
type Release = Environment['releases']['nodes'][number];

/** Where an app reports from: what holds there, the keys for SDKs, and what was released last. */
export default function EnvironmentsTab() {
  const { app: key } = route.useParams();
  const answer = useQuery({ query: EnvironmentsDocument, variables: { app: key } });
  return (
    <Answer of={answer}>
      {({ app }) =>
        (app?.environments ?? []).map((environment) => <Card key={environment.id} app={key} environment={environment} />)
      }
    </Answer>
  );
}

function Card({ app, environment }: { app: string; environment: Environment }) {
  const { t } = useSpeech();
  const { retentionDays: days, maxSamples: samples, lastRelease } = environment;
  return (
    <Section title={environment.name} aside={<code className="soft">{environment.key}</code>}>
      <div className="card">
        <Facts
          of={[
            [
              t(texts.environment.plan),
              lastRelease === 0 ? t(texts.environment.drafts) : t(texts.event.releaseNumber, { number: lastRelease }),
            ],
            [t(texts.environment.retention), t(texts.environment.retentionOf, { days, samples })],
          ]}
        />
      </div>
      <h3>{t(texts.environment.writeKeys)}</h3>
      <WriteKeys of={environment.writeKeys} />
      <h3>{t(texts.environment.releases)}</h3>
      <Releases app={app} of={environment.releases.nodes} />
    </Section>
  );
}

function WriteKeys({ of: keys }: { of: WriteKey[] }) {
  const { t } = useSpeech();
  const columns: Column<WriteKey>[] = [
    { title: t(texts.plan.key), cell: ({ key }) => <code>{key}</code> },
    { title: t(texts.plan.name), cell: ({ name }) => name },
    {
      title: t(texts.plan.terminal),
      cell: ({ terminal }) => (terminal === null ? t(texts.environment.anyTerminal) : <NameAndKey of={terminal} />),
    },
    {
      title: t(texts.plan.state),
      cell: ({ revokedAt }) => (revokedAt === null ? null : <Badge tone="warn">{t(texts.environment.revoked)}</Badge>),
    },
  ];
  return <Table caption={t(texts.environment.writeKeys)} columns={columns} rows={keys} keyOf={({ id }) => id} />;
}

function Releases({ app, of: releases }: { app: string; of: Release[] }) {
  const { t } = useSpeech();
  const columns: Column<Release>[] = [
    { title: t(texts.event.release), cell: ({ number }) => t(texts.event.releaseNumber, { number }) },
    { title: t(texts.plan.type), cell: ({ kind }) => t(texts.words.releaseKind[kind]) },
    {
      title: t(texts.plan.batches),
      cell: ({ batches }) => batches.map(({ id, number }) => <BatchLink key={id} app={app} number={number} />),
    },
    { title: t(texts.plan.createdAt), cell: ({ createdAt }) => <Moment at={createdAt} exact /> },
    { title: t(texts.batch.who), cell: ({ createdBy }) => createdBy?.name },
    { title: t(texts.plan.note), cell: ({ note }) => note },
  ];
  return (
    <Table
      caption={t(texts.environment.releases)}
      columns={columns}
      rows={releases}
      keyOf={({ id }) => id}
      empty={<Empty title={t(texts.environment.noReleases)} />}
    />
  );
}
