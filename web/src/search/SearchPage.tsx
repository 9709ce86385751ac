import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { oneOf } from '../app/address';
import { SearchDocument, type SearchQuery } from '../api/generated/search';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Choice } from '../ui/Field';
import { Empty } from '../ui/Notice';
import { Page } from '../ui/Page';
import { Pager } from '../ui/Pager';
import { Table, type Column } from '../ui/Table';
import { appOf, FoundLink, typeOf } from './Found';

const route = getRouteApi('/search');
type Hit = SearchQuery['search']['edges'][number];

/** What a search found, best first, narrowed by type. */
export default function SearchPage() {
  const { t } = useSpeech();
  const { q } = route.useSearch();
  if (q === undefined) {
    return (
      <Page title={t(texts.search.prompt)}>
        <Empty title={t(texts.search.promptHint)} />
      </Page>
    );
  }
  return (
    <Page title={t(texts.search.title, { query: q })}>
      <Results query={q} />
    </Page>
  );
}

function Results({ query }: { query: string }) {
  const { t } = useSpeech();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const type = oneOf(texts.words.searchType, place.type);
  const answer = useQuery({
    query: SearchDocument,
    variables: { query, types: type === undefined ? [] : [type], first: 50, after: place.after },
  });
  const columns: Column<Hit>[] = [
    { title: t(texts.search.what), cell: (hit) => <FoundLink node={hit.node} /> },
    { title: t(texts.search.type), cell: (hit) => t(texts.words.searchType[typeOf(hit.node)]) },
    { title: t(texts.search.where), cell: (hit) => appOf(hit.node) ?? t(texts.search.global) },
    { title: t(texts.search.match), cell: (hit) => <Matches of={hit} /> },
  ];
  return (
    <Answer of={answer}>
      {({ search }) => (
        <>
          <div className="filters">
            <Choice
              label={t(texts.search.type)}
              all={t(texts.list.all)}
              value={type ?? ''}
              options={search.facets.types.map((facet) => [facet.type, `${t(texts.words.searchType[facet.type])} (${facet.count})`])}
              onChoose={(chosen) => void navigate({ search: { q: query, type: chosen } })}
            />
            <span className="soft" role="status">
              {t(search.facets.complete ? texts.search.found : texts.search.foundMore, { count: search.facets.totalCount })}
            </span>
          </div>
          <Table
            caption={t(texts.search.results)}
            columns={columns}
            rows={search.edges}
            keyOf={(hit) => hit.cursor}
            empty={<Empty title={t(texts.search.nothing, { query })} />}
          />
          <Pager page={search.pageInfo} onTurn={(to) => void navigate({ search: { ...place, after: to.after } })} />
        </>
      )}
    </Answer>
  );
}

/** Where a result holds what was looked for. */
function Matches({ of: hit }: { of: Hit }) {
  return hit.matches.map((match) => (
    <div key={match.field}>
      {match.fragments.map((piece, index) =>
        // The pieces of one text never change their order.
        piece.found ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
      )}
    </div>
  ));
}
