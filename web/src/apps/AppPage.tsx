import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { NotFound } from '../app/states';
import { AppDocument } from '../api/generated/apps';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
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
          <Page title={app.name} path={[<Link to="/">{t(texts.app.apps)}</Link>]}>
            <nav className="tabs" aria-label={app.name}>
              <Link to="/apps/$app/capture" params={{ app: key }}>
                {t(texts.capture.title)}
              </Link>
            </nav>
            <Outlet />
          </Page>
        )
      }
    </Answer>
  );
}
