import { useState } from 'react';
import { useQuery } from 'urql';
import { EventRevisionsDocument } from '../api/generated/event';
import { Answer } from '../ui/Answer';
import { Pager } from '../ui/Pager';
import { firstPlace, pageArguments } from '../ui/paging';
import { RevisionsTable } from '../ui/RevisionsTable';

/** The versions of an event's definition. */
export function Revisions({ app, event: key }: { app: string; event: string }) {
  const [place, setPlace] = useState(firstPlace);
  const answer = useQuery({ query: EventRevisionsDocument, variables: { app, key, ...pageArguments(place, 20) } });
  return (
    <Answer of={answer}>
      {({ event }) =>
        event === null ? null : (
          <>
            <RevisionsTable
              rows={event.revisions.nodes.map((revision) => ({
                ...revision,
                batch: { ...revision.batch, app },
                base: revision.base?.number ?? null,
              }))}
            />
            <Pager page={event.revisions.pageInfo} total={event.revisions.totalCount} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}
