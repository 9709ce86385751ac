import { useEffect, type ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';

interface PageProps {
  title: string;
  /** Links from the console's beginning down to this page. */
  path?: readonly ReactNode[];
  /** What stands beside the title, such as a state. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A page's frame: the way to it, its title, which the window takes too, and its contents. */
export function Page({ title, path = [], aside, children }: PageProps) {
  const { t } = useSpeech();
  useEffect(() => {
    document.title = `${title} · Waymark`;
  }, [title]);
  return (
    <>
      {path.length === 0 ? null : (
        <nav aria-label={t(texts.app.path)} className="path">
          <ol>
            {path.map((link, index) => (
              // The path of one page never changes its order.
              <li key={index}>{link}</li>
            ))}
          </ol>
        </nav>
      )}
      <div className="page-head">
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </>
  );
}
