import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { oneOf } from '../app/address';
import { BatchesDocument, type BatchesQuery } from '../api/generated/batch';
import type { BatchState } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Choice } from '../ui/Field';
import { Filters } from '../ui/Filters';
import { BatchLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Pager } from '../ui/Pager';
import { pageArguments } from '../ui/paging';
import { StateBadge } from '../ui/states';
import { Table, type Column } from '../ui/Table';

const route = getRouteApi('/apps/$app/batches');
type Batch = BatchesQuery['batches']['nodes'][number];
const states = Object.keys(texts.words.batchState) as BatchState[];

/** An app's batches, newest first. */
export default function BatchesTab() {
  const { t } = useSpeech();
  const { app } = route.useParams();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const state = oneOf(texts.words.batchState, place.state);
  const filter = { text: place.text, states: state === undefined ? [] : [state] };
  const answer = useQuery({ query: BatchesDocument, variables: { app, ...pageArguments(place, 25), filter } });
  return (
    <>
      <Filters
        text={place.text}
        narrowed={place.text !== undefined || state !== undefined}
        onText={(text) => void navigate({ search: { text, state } })}
        onClear={() => void navigate({ search: {} })}
      >
        <Choice
          label={t(texts.plan.state)}
          all={t(texts.list.all)}
          value={state ?? ''}
          options={states.map((option) => [option, t(texts.words.batchState[option])])}
          onChoose={(chosen) => void navigate({ search: { text: place.text, state: chosen } })}
        />
      </Filters>
      <Answer of={answer}>
        {({ batches }) => (
          <>
            <Batches app={app} rows={batches.nodes} />
            <Pager
              page={batches.pageInfo}
              total={batches.totalCount}
              onTurn={(to) => void navigate({ search: { ...place, ...to } })}
            />
          </>
        )}
      </Answer>
    </>
  );
}

function Batches({ app, rows }: { app: string; rows: Batch[] }) {
  const { t } = useSpeech();
  const columns: Column<Batch>[] = [
    { title: t(texts.plan.title), cell: ({ number, title }) => <BatchLink app={app} number={number}>{title}</BatchLink> },
    { title: t(texts.plan.number), cell: ({ number }) => <code>{number}</code> },
    { title: t(texts.plan.state), cell: ({ state }) => <StateBadge state={state} /> },
    { title: t(texts.plan.type), cell: ({ type }) => t(texts.words.batchType[type]) },
    {
      title: t(texts.plan.targetVersions),
      cell: ({ targetVersions }) => targetVersions.map(({ terminal, version }) => `${terminal} ${version}`).join(' · '),
    },
    { title: t(texts.batch.itemCount), numeric: true, cell: ({ items }) => items.totalCount },
    { title: t(texts.plan.owner), cell: ({ owner }) => owner?.name ?? t(texts.plan.nobody) },
    { title: t(texts.plan.updatedAt), cell: ({ updatedAt }) => <Moment at={updatedAt} /> },
  ];
  return <Table caption={t(texts.plan.batches)} columns={columns} rows={rows} keyOf={({ id }) => id} />;
}
