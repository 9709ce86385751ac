import { useState } from 'react';
import { useQuery } from 'urql';
import { BatchItemsDocument, type BatchItemsQuery } from '../api/generated/batch';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { EventLink, NameAndKey, PropertyLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Pager } from '../ui/Pager';
import { firstPlace, pageArguments } from '../ui/paging';
import { StateBadge } from '../ui/states';
import { Table, type Column } from '../ui/Table';

type Item = NonNullable<BatchItemsQuery['batch']>['items']['nodes'][number];
type Delivery = Item['deliveries'][number];

interface ItemsProps {
  app: string;
  number: string;
  terminals: readonly { key: string; name: string }[];
}

/** A batch's items, and in a column for each terminal how far they are there. */
export function Items({ app, number, terminals }: ItemsProps) {
  const { t } = useSpeech();
  const [place, setPlace] = useState(firstPlace);
  const answer = useQuery({ query: BatchItemsDocument, variables: { number, ...pageArguments(place, 50) } });
  const onTerminals = terminals.map(({ key, name }): Column<Item> => ({
    title: name,
    cell: ({ deliveries }) => <OnTerminal of={deliveries.find((one) => one.terminal === key)} />,
  }));
  // Before approval nothing is delivered anywhere, which is said once.
  const columnsOf = (rows: Item[]): Column<Item>[] => [
    { title: t(texts.batch.itemCount), cell: (item) => <Subject app={app} item={item} /> },
    { title: t(texts.plan.type), cell: ({ kind }) => t(texts.words.itemKind[kind]) },
    { title: t(texts.batch.change), cell: ({ action }) => t(texts.words.itemAction[action]) },
    ...(isOpen(rows) ? onTerminals : []),
    { title: t(texts.plan.note), cell: ({ note, droppedReason }) => [note, droppedReason].filter(Boolean).join(' · ') },
  ];
  return (
    <Answer of={answer}>
      {({ batch }) =>
        batch === null ? null : (
          <>
            {isOpen(batch.items.nodes) || batch.items.totalCount === 0 ? null : (
              <p className="soft">{t(texts.batch.notOpen)}</p>
            )}
            <Table
              caption={t(texts.batch.items)}
              columns={columnsOf(batch.items.nodes)}
              rows={batch.items.nodes}
              keyOf={({ id }) => id}
              empty={<Empty title={t(texts.batch.noItems)} />}
            />
            <Pager page={batch.items.pageInfo} total={batch.items.totalCount} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}

/** Whether any of the items is delivered anywhere. */
function isOpen(items: Item[]): boolean {
  return items.some(({ deliveries }) => deliveries.length > 0);
}

function Subject({ app, item }: { app: string; item: Item }) {
  if (item.event !== null) return <EventLink app={app} event={item.event} />;
  if (item.property !== null) return <PropertyLink app={app} property={item.property} />;
  return item.valueSet === null ? null : <NameAndKey of={item.valueSet} />;
}

/** How far an item is on a terminal, if it concerns that. */
function OnTerminal({ of: delivery }: { of: Delivery | undefined }) {
  const { t } = useSpeech();
  if (delivery === undefined) return <span className="soft">{t(texts.batch.notConcerned)}</span>;
  const { state, stateSince, build, fromVersion } = delivery;
  return (
    <>
      <StateBadge state={state} />
      <div className="soft small">
        <Moment at={stateSince} />
        {build === '' ? null : <div>{t(texts.batch.build, { build })}</div>}
        {fromVersion === '' ? null : <div>{t(texts.batch.from, { version: fromVersion })}</div>}
      </div>
    </>
  );
}
