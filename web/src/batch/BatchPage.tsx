import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { serverURL } from '../api/address';
import { BatchDocument, type BatchQuery } from '../api/generated/batch';
import { NotFound } from '../app/states';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { AppLink, OutsideLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Page } from '../ui/Page';
import { Section } from '../ui/Section';
import { StateBadge } from '../ui/states';
import { Items } from './Items';
import { Moves } from './Moves';

const route = getRouteApi('/apps/$app/batches/$number');
type Batch = NonNullable<BatchQuery['batch']>;

/** A batch: what is asked for, how far each of its items is on each terminal, its documents and its history. */
export default function BatchPage() {
  const { app, number } = route.useParams();
  const answer = useQuery({ query: BatchDocument, variables: { number } });
  return (
    <Answer of={answer}>
      {({ batch }) => (batch === null || batch.app.key !== app ? <NotFound /> : <Found batch={batch} />)}
    </Answer>
  );
}

function Found({ batch }: { batch: Batch }) {
  const { t } = useSpeech();
  const { app } = batch;
  const path = [
    <Link to="/">{t(texts.app.apps)}</Link>,
    <AppLink app={app} />,
    <Link to="/apps/$app/batches" params={{ app: app.key }}>
      {t(texts.plan.batches)}
    </Link>,
    batch.number,
  ];
  return (
    <Page title={batch.title} path={path} aside={<StateBadge state={batch.state} />}>
      <div className="card">
        <About batch={batch} />
      </div>
      <Section title={t(texts.batch.items)}>
        <Items app={app.key} number={batch.number} terminals={app.terminals} />
      </Section>
      <Section title={t(texts.batch.documents)}>
        <Documents of={batch.documents} />
      </Section>
      <Section title={t(texts.batch.next)}>
        <NextMoves of={batch.transitions} />
      </Section>
      <Section title={t(texts.batch.history)}>
        <Moves number={batch.number} terminals={app.terminals} />
      </Section>
    </Page>
  );
}

function About({ batch }: { batch: Batch }) {
  const { t } = useSpeech();
  const names = new Map(batch.app.terminals.map(({ key, name }) => [key, name]));
  const versions = batch.targetVersions.map(({ terminal, version }) => `${names.get(terminal) ?? terminal} ${version}`);
  return (
    <Facts
      of={[
        [t(texts.plan.number), <code>{batch.number}</code>],
        [t(texts.plan.description), batch.description],
        [t(texts.plan.type), t(texts.words.batchType[batch.type])],
        [t(texts.plan.targetVersions), versions.join(' · ')],
        [t(texts.plan.owner), batch.owner?.name ?? t(texts.plan.nobody)],
        [t(texts.plan.reference), batch.externalReference],
        [t(texts.plan.since), <Moment at={batch.stateSince} />],
        [t(texts.plan.createdBy), batch.createdBy?.name],
        [t(texts.plan.createdAt), <Moment at={batch.createdAt} exact />],
        [t(texts.plan.approvedBy), batch.approvedBy?.name],
        [t(texts.plan.approvedAt), batch.approvedAt === null ? null : <Moment at={batch.approvedAt} exact />],
        [t(texts.plan.reviewDue), batch.reviewDueAt === null ? null : <Moment at={batch.reviewDueAt} exact />],
      ]}
    />
  );
}

function Documents({ of: documents }: { of: Batch['documents'] }) {
  const { t } = useSpeech();
  if (documents.length === 0) return <Empty title={t(texts.batch.noDocuments)} />;
  return (
    <ul className="card list">
      {documents.map(({ title, url }) => (
        <li key={url}>
          <OutsideLink to={serverURL(url)}>{title}</OutsideLink>
        </li>
      ))}
    </ul>
  );
}

/** What bars a move, and what would lift it; what is said of several items is said once. */
function Bars({ of: bars }: { of: Batch['transitions'][number]['bars'] }) {
  const { either } = useSpeech();
  const said = new Map(bars.map((bar) => [either(bar.textZh, bar.message), either(bar.liftZh, bar.lift)]));
  return [...said].map(([wrong, lift]) => (
    <p key={wrong}>
      {wrong} <span className="soft">{lift}</span>
    </p>
  ));
}

/** The moves that lead on from here, and what bars them: what it says is the server's, in both languages. */
function NextMoves({ of: moves }: { of: Batch['transitions'] }) {
  const { t, either } = useSpeech();
  if (moves.length === 0) return <Empty title={t(texts.batch.noNext)} />;
  return (
    <ul className="card list">
      {moves.map((move) => (
        <li key={move.move}>
          <strong>{either(move.textZh, move.text)}</strong>{' '}
          {move.allowed ? (
            <Badge tone="good" icon="check">
              {t(texts.batch.allowed)}
            </Badge>
          ) : (
            <Badge tone="warn" icon="warning">
              {t(texts.batch.barred)}
            </Badge>
          )}
          <Bars of={move.bars} />
        </li>
      ))}
    </ul>
  );
}
