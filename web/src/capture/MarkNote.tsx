import { serverURL } from '../api/address';
import { texts, useSpeech } from '../i18n';
import { Moment } from '../ui/Moment';
import type { Mark } from './useCoverage';

/** What a tester said: the note, who, when, until when, and the screenshot. */
export function MarkNote({ mark }: { mark: Omit<Mark, 'id' | 'event'> }) {
  const { t, moment } = useSpeech();
  return (
    <p className="mark-note">
      {t(texts.capture.mark.kinds[mark.kind])} · {mark.by?.name} · <Moment at={mark.at} />
      {mark.expiresAt === null ? null : ` · ${t(texts.capture.mark.until, { moment: moment(mark.expiresAt) })}`}
      {mark.note === '' ? null : <span>{mark.note}</span>}
      {mark.screenshot === null ? null : (
        <a href={serverURL(mark.screenshot.url)} target="_blank" rel="noreferrer">
          {mark.screenshot.name}
        </a>
      )}
    </p>
  );
}
