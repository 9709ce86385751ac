import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { NotFound } from '../app/states';
import { AppDocument } from '../api/generated/apps';
import type { Template } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Page } from '../ui/Page';

const route = getRouteApi('/apps/$app');

/** An app: what it is, and the ways to its parts; below it, the part that the address names. */
export default function AppPage() {
  const { t } = useSpeech();
  const { app: key } = route.useParams();
  const answer = useQuery({ query: AppDocument, variables: { app: key } });
  return (
    <Answer of={answer}>
      {({ app }) =>
        app === null ? (
          <NotFound />
        ) : (
          <Page
            title={app.name}
            path={[<Link to="/">{t(texts.app.apps)}</Link>, app.key]}
            aside={<Marks archived={app.archivedAt !== null} template={app.template} />}
          >
            <p className="soft">
              {[app.description, app.terminals.map(({ name }) => name).join(' · ')].filter(Boolean).map((line) => (
                <span key={line} className="line">
                  {line}
                </span>
              ))}
            </p>
            <Tabs app={key} label={app.name} />
            <Outlet />
          </Page>
        )
      }
    </Answer>
  );
}

function Marks({ archived, template }: { archived: boolean; template: Template }) {
  const { t } = useSpeech();
  return (
    <span className="badges">
      <Badge>{t(texts.words.template[template])}</Badge>
      {archived ? <Badge tone="warn">{t(texts.plan.archived)}</Badge> : null}
    </span>
  );
}

/** The parts of an app. */
function Tabs({ app, label }: { app: string; label: string }) {
  const { t } = useSpeech();
  return (
    <nav className="tabs" aria-label={label}>
      <Link to="/apps/$app/batches" params={{ app }}>
        {t(texts.plan.batches)}
      </Link>
      <Link to="/apps/$app/events" params={{ app }}>
        {t(texts.plan.events)}
      </Link>
      <Link to="/apps/$app/properties" params={{ app }}>
        {t(texts.plan.properties)}
      </Link>
      <Link to="/apps/$app/environments" params={{ app }}>
        {t(texts.plan.environments)}
      </Link>
      <Link to="/apps/$app/capture" params={{ app }}>
        {t(texts.capture.title)}
      </Link>
    </nav>
  );
}
