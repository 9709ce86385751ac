// Who is signed in, for everything inside.
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useMutation, useQuery } from 'urql';
import { session } from '../api/client';
import { explain, isSignedOut } from '../api/fault';
import { SignOutDocument, ViewerDocument, type ViewerQuery } from '../api/generated/session';
import { useSpeech } from '../i18n';
import { Failure, Loading } from '../ui/Notice';
import { Entrance } from './Entrance';

/** The person before the screen, with the roles. */
export type Viewer = NonNullable<ViewerQuery['viewer']>;

interface Session {
  viewer: Viewer;
  signOut: () => void;
}

const SessionContext = createContext<Session | null>(null);

/** The form to come in, until somebody is signed in; then the children. The address stays: what it names is shown then. */
export function SignedIn({ children }: { children: ReactNode }) {
  const speech = useSpeech();
  const [{ data, error }, ask] = useQuery({ query: ViewerDocument, requestPolicy: 'cache-first' });
  const [, signOut] = useMutation(SignOutDocument);
  useEffect(() => {
    const again = () => ask({ requestPolicy: 'network-only' });
    session.addEventListener('ended', again);
    return () => session.removeEventListener('ended', again);
  }, [ask]);

  const viewer = error === undefined ? data?.viewer : isSignedOut(error) ? null : undefined;
  const value = useMemo(() => {
    const leave = () => void signOut({ input: {} }).then(() => window.location.reload());
    return viewer === null || viewer === undefined ? null : { viewer, signOut: leave };
  }, [viewer, signOut]);

  // Whoever comes in after the session has ended may be somebody else: nothing of what was seen stays in memory.
  const inside = useRef(false);
  useEffect(() => {
    if (inside.current && viewer === null) window.location.reload();
    inside.current = value !== null;
  }, [viewer, value]);

  if (value !== null) return <SessionContext value={value}>{children}</SessionContext>;
  if (viewer === null) return <Entrance onEntered={() => ask({ requestPolicy: 'network-only' })} />;
  if (error === undefined) return <Loading />;
  return <Failure lines={explain(error, speech)} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
}

/** Who is signed in, and the way out. */
export function useSession(): Session {
  const value = useContext(SessionContext);
  if (value === null) throw new Error('useSession needs <SignedIn> around it');
  return value;
}
