// What stands in a page's place when there is no such page, or when it broke.
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { texts, useSpeech } from '../i18n';
import { Empty } from '../ui/Notice';
import { Page } from '../ui/Page';

/** Nothing is at this address, or nothing that the person may see: the server does not tell these apart. */
export function NotFound() {
  const { t } = useSpeech();
  return (
    <Page title={t(texts.state.notFound)}>
      <Empty title={t(texts.state.notFoundHint)}>
        <Link to="/">{t(texts.state.home)}</Link>
      </Empty>
    </Page>
  );
}

/** A page that threw; the rest of the console goes on. */
export function Broken({ error }: ErrorComponentProps) {
  const { t } = useSpeech();
  return (
    <Page title={t(texts.state.broken)}>
      <div className="notice failure" role="alert">
        <p>{t(texts.state.brokenHint)}</p>
        <pre>{error instanceof Error ? error.message : String(error)}</pre>
        <button type="button" onClick={() => window.location.reload()}>
          {t(texts.state.reload)}
        </button>
      </div>
    </Page>
  );
}
