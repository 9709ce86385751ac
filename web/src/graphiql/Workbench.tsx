import './workers';
// GraphiQL's parts one by one: its collected style.css carries Monaco's style a second time and 340 KB of web fonts.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo } from 'react';
import { examples } from './examples';
import { EXAMPLES_PLUGIN } from './ExamplesPlugin';
import { graphqlURL, subscriptionURL, type Viewer } from './server';
import { texts } from './texts';
import mark from '../ui/waymark.svg';

// Made once: GraphiQL compares plugins and tabs by identity. Listing plugins replaces the default list, hence History.
const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];
const defaultTabs = examples.map(({ query, variables }) => ({ query, variables }));

interface WorkbenchProps {
  viewer: Viewer;
  onSignOut: () => void;
  /** Called when an answer says that nobody is signed in any more. */
  onSessionEnded: () => void;
}

/** GraphiQL for the signed-in viewer: queries over HTTP, subscriptions over graphql-transport-ws. */
export default function Workbench({ viewer, onSignOut, onSessionEnded }: WorkbenchProps) {
  const connection = useMemo(
    () => createClient({ url: subscriptionURL.href, lazy: true, lazyCloseTimeout: 10_000 }),
    [],
  );
  useEffect(() => () => void connection.dispose(), [connection]);

  const fetcher = useMemo<Fetcher>(
    () =>
      createGraphiQLFetcher({
        url: graphqlURL.href,
        enableIncrementalDelivery: false,
        wsClient: connection,
        fetch: watchSession(onSessionEnded),
      }),
    [connection, onSessionEnded],
  );

  return (
    <div className="workbench">
      <header className="bar">
        <img src={mark} alt="" width="22" height="22" />
        <strong>Waymark</strong>
        <span className="where">GraphiQL</span>
        <span className="who">{[viewer.user.name, viewer.user.email].filter(Boolean).join(' · ')}</span>
        <button type="button" onClick={onSignOut}>
          {texts.signOut}
        </button>
      </header>
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        defaultTabs={defaultTabs}
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

/**
 * `fetch` that notices when the session is over. A request with a token of its own in the headers editor says nothing
 * about the session.
 */
function watchSession(onEnded: () => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!new Headers(init?.headers).has('Authorization')) {
      void response
        .clone()
        .json()
        .then((answer: { errors?: { extensions?: { code?: string } }[] }) => {
          if (answer.errors?.some((fault) => fault.extensions?.code === 'UNAUTHENTICATED')) onEnded();
        })
        .catch(() => undefined); // Not JSON: GraphiQL shows it as it is.
    }
    return response;
  };
}
