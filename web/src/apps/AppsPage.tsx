import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { AppsDocument, type AppsQuery } from '../api/generated/apps';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Filters } from '../ui/Filters';
import { NameAndKey } from '../ui/links';
import { Page } from '../ui/Page';
import { Pager } from '../ui/Pager';
import { pageArguments } from '../ui/paging';
import { Table, type Column } from '../ui/Table';

const route = getRouteApi('/');
type App = AppsQuery['apps']['nodes'][number];

/** The apps that the person may see. */
export default function AppsPage() {
  const { t } = useSpeech();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const answer = useQuery({
    query: AppsDocument,
    variables: { ...pageArguments(place, 25), filter: { text: place.text } },
  });
  const columns: Column<App>[] = [
    { title: t(texts.plan.app), cell: (app) => <AppName app={app} /> },
    { title: t(texts.plan.terminals), cell: (app) => app.terminals.map((terminal) => terminal.name).join(' · ') },
    { title: t(texts.plan.description), cell: (app) => app.description },
  ];
  return (
    <Page title={t(texts.app.apps)}>
      <Filters
        text={place.text}
        narrowed={place.text !== undefined}
        onText={(text) => void navigate({ search: { text } })}
        onClear={() => void navigate({ search: {} })}
      />
      <Answer of={answer}>
        {({ apps }) => (
          <>
            <Table caption={t(texts.app.apps)} columns={columns} rows={apps.nodes} keyOf={(app) => app.id} />
            <Pager page={apps.pageInfo} total={apps.totalCount} onTurn={(to) => void navigate({ search: { ...place, ...to } })} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function AppName({ app }: { app: App }) {
  return (
    <Link to="/apps/$app" params={{ app: app.key }}>
      <NameAndKey of={app} />
    </Link>
  );
}
