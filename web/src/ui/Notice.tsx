import type { ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';

/** What stands where something is on its way. */
export function Loading() {
  const { t } = useSpeech();
  return (
    <p className="notice" role="status">
      <span className="spinner" aria-hidden="true" />
      {t(texts.state.loading)}
    </p>
  );
}

/** What stands where there is nothing to show; children say what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <p>{title}</p>
      {children}
    </div>
  );
}

/** What stands where something went wrong: what it was, line by line, and a way to try again. */
export function Failure({ lines, onRetry }: { lines: string[]; onRetry?: () => void }) {
  const { t } = useSpeech();
  return (
    <div className="notice failure" role="alert">
      <p>
        <strong>{t(texts.state.failed)}</strong>
      </p>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          {t(texts.state.retry)}
        </button>
      )}
    </div>
  );
}
