import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { fetchViewer, signInURL, signOut, type Viewer } from './server';
import { texts } from './texts';

// GraphiQL and Monaco are most of the bundle; whoever has to sign in first does not wait for them.
const Workbench = lazy(() => import('./Workbench'));

type State = { show: 'loading' } | { show: 'failure'; message: string } | { show: 'workbench'; viewer: Viewer };

/** The whole page: GraphiQL for whoever is signed in; the others are sent to the console's sign-in, and come back. */
export function Page() {
  const [state, setState] = useState<State>({ show: 'loading' });

  const refresh = useCallback(async () => {
    try {
      const viewer = await fetchViewer();
      if (viewer === null) window.location.replace(signInURL);
      else setState({ show: 'workbench', viewer });
    } catch (error) {
      setState({ show: 'failure', message: error instanceof Error ? error.message : texts.unexpected });
    }
  }, []);

  useEffect(() => {
    void refresh();
  }, [refresh]);

  const leave = useCallback(async () => {
    try {
      await signOut();
    } finally {
      await refresh();
    }
  }, [refresh]);

  switch (state.show) {
    case 'loading':
      return <Notice text={texts.loading} />;
    case 'failure':
      return <Notice text={state.message} onRetry={() => void refresh()} />;
    case 'workbench':
      return (
        <Suspense fallback={<Notice text={texts.loading} />}>
          <Workbench viewer={state.viewer} onSignOut={() => void leave()} onSessionEnded={() => void refresh()} />
        </Suspense>
      );
  }
}

function Notice({ text, onRetry }: { text: string; onRetry?: () => void }) {
  return (
    <main className="notice" role="status">
      <p>{text}</p>
      {onRetry === undefined ? null : (
        <button type="button" className="primary" onClick={onRetry}>
          {texts.retry}
        </button>
      )}
    </main>
  );
}
