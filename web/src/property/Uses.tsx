import { useState } from 'react';
import { useQuery } from 'urql';
import { PropertyUsesDocument, type PropertyUsesQuery } from '../api/generated/property';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { AppLink, EventLink } from '../ui/links';
import { Empty } from '../ui/Notice';
import { Pager } from '../ui/Pager';
import { firstPlace, pageArguments } from '../ui/paging';
import { Table, type Column } from '../ui/Table';

type Use = Extract<NonNullable<PropertyUsesQuery['node']>, { __typename: 'Property' }>['uses']['nodes'][number];

/** The events that use a property. */
export function Uses({ id }: { id: string }) {
  const { t } = useSpeech();
  const [place, setPlace] = useState(firstPlace);
  const answer = useQuery({ query: PropertyUsesDocument, variables: { id, ...pageArguments(place, 50) } });
  const columns: Column<Use>[] = [
    { title: t(texts.plan.event), cell: ({ event }) => <EventLink app={event.app.key} event={event} /> },
    { title: t(texts.plan.app), cell: ({ event }) => <AppLink app={event.app} /> },
    { title: t(texts.plan.level), cell: ({ event }) => t(texts.words.eventLevel[event.level]) },
    { title: t(texts.event.presence), cell: ({ presence }) => t(texts.words.presence[presence]) },
    { title: t(texts.plan.example), cell: ({ example }) => (example === '' ? null : <code className="breakable">{example}</code>) },
  ];
  return (
    <Answer of={answer}>
      {({ node }) =>
        node?.__typename !== 'Property' ? null : (
          <>
            <Table
              caption={t(texts.property.uses)}
              columns={columns}
              rows={node.uses.nodes}
              keyOf={(use) => use.id}
              empty={<Empty title={t(texts.property.unused)} />}
            />
            <Pager page={node.uses.pageInfo} total={node.uses.totalCount} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}
