import { useState } from 'react';
import { useQuery } from 'urql';
import { PropertyRevisionsDocument } from '../api/generated/property';
import { Answer } from '../ui/Answer';
import { Pager } from '../ui/Pager';
import { firstPlace, pageArguments } from '../ui/paging';
import { RevisionsTable } from '../ui/RevisionsTable';

/** The versions of a property's definition. */
export function Revisions({ id }: { id: string }) {
  const [place, setPlace] = useState(firstPlace);
  const answer = useQuery({ query: PropertyRevisionsDocument, variables: { id, ...pageArguments(place, 20) } });
  return (
    <Answer of={answer}>
      {({ node }) =>
        node?.__typename !== 'Property' ? null : (
          <>
            <RevisionsTable
              rows={node.revisions.nodes.map(({ batch, base, ...revision }) => ({
                ...revision,
                batch: batch === null ? null : { ...batch, app: batch.app.key },
                base: base?.number ?? null,
              }))}
            />
            <Pager page={node.revisions.pageInfo} total={node.revisions.totalCount} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}
