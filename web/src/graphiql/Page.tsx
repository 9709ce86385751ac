import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Entrance, type EntranceForm } from './Entrance';
import { fetchViewer, signOut, type Viewer } from './server';
import { texts } from './texts';

// GraphiQL and Monaco are most of the bundle; the sign-in form does not wait for them.
const Workbench = lazy(() => import('./Workbench'));

type State =
  | { show: 'loading' }
  | { show: 'failure'; message: string }
  | { show: 'entrance'; form: EntranceForm }
  | { show: 'workbench'; viewer: Viewer };

/** The whole page: a form for whoever is not signed in, GraphiQL for whoever is. */
export function Page() {
  const [state, setState] = useState<State>({ show: 'loading' });

  const refresh = useCallback(async () => {
    try {
      const viewer = await fetchViewer();
      setState(viewer === null ? { show: 'entrance', form: chosenForm() } : { show: 'workbench', viewer });
    } catch (error) {
      setState({ show: 'failure', message: error instanceof Error ? error.message : texts.unexpected });
    }
  }, []);

  useEffect(() => {
    void refresh();
  }, [refresh]);

  const entered = useCallback(async () => {
    forgetSetUpToken();
    await refresh();
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
    case 'entrance':
      return <Entrance form={state.form} onEntered={entered} onSignInInstead={forgetAndShowSignIn(setState)} />;
    case 'workbench':
      return (
        <Suspense fallback={<Notice text={texts.loading} />}>
          <Workbench viewer={state.viewer} onSignOut={() => void leave()} onSessionEnded={() => void refresh()} />
        </Suspense>
      );
  }
}

/** A sign-up form where the address carries the token of a link, else the sign-in form. */
function chosenForm(): EntranceForm {
  const asked = new URLSearchParams(window.location.search);
  const setUp = asked.get('setup') ?? '';
  if (setUp !== '') return { kind: 'setUp', token: setUp };
  const invitation = asked.get('invitation') ?? '';
  return invitation === '' ? { kind: 'signIn' } : { kind: 'invitation', token: invitation };
}

/** Takes the token out of the address, so that it stays in no bookmark and no history. */
function forgetSetUpToken(): void {
  const address = new URL(window.location.href);
  address.searchParams.delete('setup');
  address.searchParams.delete('invitation');
  address.searchParams.delete('sign_in_error');
  window.history.replaceState(null, '', address);
}

function forgetAndShowSignIn(setState: (state: State) => void): () => void {
  return () => {
    forgetSetUpToken();
    setState({ show: 'entrance', form: { kind: 'signIn' } });
  };
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
