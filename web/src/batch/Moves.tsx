import { useState } from 'react';
import { useQuery } from 'urql';
import { BatchMovesDocument, type BatchMovesQuery } from '../api/generated/batch';
import { oneOf } from '../app/address';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Pager } from '../ui/Pager';
import { firstPlace, pageArguments } from '../ui/paging';
import { StateBadge } from '../ui/states';
import { Table, type Column } from '../ui/Table';

type Move = NonNullable<BatchMovesQuery['batch']>['moves']['nodes'][number];

/** The moves that a batch and its items have made, newest first. */
export function Moves({ number, terminals }: { number: string; terminals: readonly { key: string; name: string }[] }) {
  const { t } = useSpeech();
  const [place, setPlace] = useState(firstPlace);
  const answer = useQuery({ query: BatchMovesDocument, variables: { number, ...pageArguments(place, 20) } });
  const nameOf = (key: string | null) => terminals.find((terminal) => terminal.key === key)?.name ?? key;
  const columns: Column<Move>[] = [
    { title: t(texts.batch.when), cell: ({ createdAt }) => <Moment at={createdAt} exact /> },
    { title: t(texts.batch.move), cell: ({ from, to }) => <Change from={from} to={to} /> },
    { title: t(texts.batch.about), cell: (move) => subjectOf(move) ?? t(texts.batch.whole) },
    { title: t(texts.plan.terminal), cell: ({ terminal }) => nameOf(terminal) },
    { title: t(texts.batch.who), cell: (move) => <Who move={move} /> },
    { title: t(texts.plan.note), cell: ({ note, build }) => [note, build].filter(Boolean).join(' · ') },
  ];
  return (
    <Answer of={answer}>
      {({ batch }) =>
        batch === null ? null : (
          <>
            <Table
              caption={t(texts.batch.history)}
              columns={columns}
              rows={batch.moves.nodes}
              keyOf={({ id }) => id}
              empty={<Empty title={t(texts.batch.noHistory)} />}
            />
            <Pager page={batch.moves.pageInfo} total={batch.moves.totalCount} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}

function subjectOf({ item }: Move): string | undefined {
  return item?.event?.name ?? item?.property?.name ?? item?.valueSet?.name;
}

function Change({ from, to }: { from: string; to: string }) {
  return (
    <span className="badges">
      <State of={from} />→<State of={to} />
    </span>
  );
}

/** The history names states of both kinds as texts. */
function State({ of: state }: { of: string }) {
  const known = oneOf({ ...texts.words.batchState, ...texts.words.deliveryState }, state);
  return known === undefined ? <code>{state}</code> : <StateBadge state={known} />;
}

function Who({ move: { createdBy, byToken } }: { move: Move }) {
  const { t } = useSpeech();
  if (!byToken) return createdBy?.name;
  return createdBy === null ? t(texts.batch.bot) : t(texts.batch.byBot, { name: createdBy.name });
}
