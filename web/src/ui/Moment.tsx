import { useSpeech } from '../i18n';

/** A moment, as how long ago it was; exactly when one points at it. Nothing where there is none. */
export function Moment({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const { ago, moment } = useSpeech();
  if (at === null || at === undefined) return null;
  return (
    <time dateTime={at} title={exact ? ago(at) : moment(at)}>
      {exact ? moment(at) : ago(at)}
    </time>
  );
}
