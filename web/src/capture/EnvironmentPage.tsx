import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { explain } from '../api/fault';
import { texts, useSpeech } from '../i18n';
import { Failure } from '../ui/Notice';
import { Page } from '../ui/Page';
import './stream.css';
import './capture.css';
import { captureFilterOf, fromQuery } from './filter';
import { EnvironmentFeed } from './feed';
import { StreamPanel } from './StreamPanel';
import { outside, useLooking } from './useView';
import { useWriteKey } from './useWriteKey';
import { WhyNothing } from './WhyNothing';

const route = getRouteApi('/apps/$app/live/$environment');

/** All that an environment captures, whoever reports it. */
export default function EnvironmentPage() {
  const { t } = useSpeech();
  const { app, environment } = route.useParams();
  return (
    <Page
      title={t(texts.capture.everything.title, { environment })}
      path={[
        <Link to="/">{t(texts.app.apps)}</Link>,
        <Link to="/apps/$app" params={{ app }}>
          {app}
        </Link>,
        <Link to="/apps/$app/capture" params={{ app }}>
          {t(texts.capture.title)}
        </Link>,
      ]}
    >
      <Everything app={app} environment={environment} />
    </Page>
  );
}

function Everything({ app, environment }: { app: string; environment: string }) {
  const speech = useSpeech();
  const { filter: query = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const write = useCallback((filter: string) => void navigate({ search: filter === '' ? {} : { filter }, replace: true }), [navigate]);
  const settled = useSettled(query);
  // What the server narrows by makes another subscription; the rest of the filter only another view.
  const asked = JSON.stringify(captureFilterOf(fromQuery(settled)));
  const feed = useMemo(() => new EnvironmentFeed(app, environment, fromQuery(settled)), [app, environment, asked]);
  useEffect(() => feed.start(), [feed]);
  const { error } = useSyncExternalStore(feed.subscribe, feed.current);
  const looking = outside(useLooking(feed.stream, query, write));
  const writeKey = useWriteKey(app, environment);
  return (
    <>
      {error === null ? null : <Failure lines={explain(error, speech)} />}
      <div className="workplace alone">
        <StreamPanel
          app={app}
          writeKey={writeKey}
          feed={feed}
          looking={looking}
          deviceName={String}
          nothing={
            <div className="waiting">
              <p>{speech.t(texts.capture.stream.waiting)}</p>
              <WhyNothing app={app} environment={environment} />
            </div>
          }
        />
      </div>
    </>
  );
}

/** For how many milliseconds a filter has to stay before the server is asked with it. */
const settleAfter = 400;

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleAfter);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
