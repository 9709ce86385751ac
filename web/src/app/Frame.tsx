import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, type FormEvent } from 'react';
import { connection, useLiveState } from '../api/connection';
import { root } from '../api/address';
import { texts, useSpeech } from '../i18n';
import { localeOf } from '../i18n/say';
import { SignedIn, useSession } from '../session/viewer';
import { Icon } from '../ui/Icon';
import mark from '../ui/waymark.svg';
import { useTheme } from './theme';

/** What is around every page: the bar with the ways through the console, and the page itself. */
export function Frame() {
  return (
    <SignedIn>
      <Inside />
    </SignedIn>
  );
}

function Inside() {
  const { t } = useSpeech();
  const main = useRef<HTMLElement>(null);
  useEffect(() => void connection(), []);
  useFocusOnArrival(main);
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t(texts.app.skip)}
      </button>
      <header className="bar">
        <Link to="/" className="brand">
          <img src={mark} alt="" width="26" height="26" />
          <strong>Waymark</strong>
        </Link>
        <nav aria-label={t(texts.app.navigation)}>
          <Link to="/" activeOptions={{ exact: true }}>
            {t(texts.app.apps)}
          </Link>
          <a href={new URL('graphiql/', root).href}>{t(texts.app.graphiql)}</a>
        </nav>
        <Search />
        <LiveSign />
        <Switches />
        <Person />
      </header>
      <main ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** Whoever follows a link by keyboard goes on in the page that it led to, not at the link that is gone. */
function useFocusOnArrival(main: React.RefObject<HTMLElement | null>) {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    main.current?.focus();
    window.scrollTo(0, 0);
  }, [pathname, main]);
}

function Search() {
  const { t } = useSpeech();
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get('q') ?? '').trim();
    if (words !== '') void navigate({ to: '/search', search: { q: words } });
  };
  return (
    <form role="search" className="search" onSubmit={submit}>
      <Icon name="search" />
      <input name="q" type="search" aria-label={t(texts.app.search)} placeholder={t(texts.app.searchHint)} maxLength={256} />
    </form>
  );
}

/** How the live connection fares, as a coloured point with words. */
function LiveSign() {
  const { t } = useSpeech();
  const state = useLiveState();
  return (
    <span className={`live ${state}`} role="status" title={t(texts.live[state])}>
      <span className="unseen">{t(texts.live[state])}</span>
    </span>
  );
}

function Switches() {
  const { t, language, choose } = useSpeech();
  const [theme, follow] = useTheme();
  const look = t(texts.app.theme, { theme: t(texts.theme[theme]) });
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <div className="switches">
      <button type="button" lang={localeOf(other)} onClick={() => choose(other)}>
        {t(texts.app.otherLanguage)}
      </button>
      <button type="button" aria-label={look} title={look} onClick={follow}>
        <Icon name={theme === 'system' ? 'screen' : theme === 'light' ? 'sun' : 'moon'} />
      </button>
    </div>
  );
}

function Person() {
  const { t } = useSpeech();
  const { viewer, signOut } = useSession();
  return (
    <div className="person">
      <span className="who">{[viewer.user.name, viewer.user.email].filter(Boolean).join(' · ')}</span>
      <button type="button" className="sign-out" aria-label={t(texts.app.signOut)} title={t(texts.app.signOut)} onClick={signOut}>
        <Icon name="leave" />
      </button>
    </div>
  );
}
