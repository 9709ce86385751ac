import { useId, useState } from 'react';
import { AddSessionScreenshotDocument, MarkDocument, type MarkInput } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Icon } from '../ui/Icon';
import { Refused, useRun } from './Run';
import type { Session } from './feed';

interface MarkFormProps {
  session: Session;
  eventKey: string;
  terminal: string;
  /** Null for the event as a whole. */
  property: string | null;
  /** Whether there is a mark that could be taken back. */
  marked: boolean;
  onDone: () => void;
}

type Kind = MarkInput['kind'];

/** Says that something is right, wrong, or need not be seen: with a note, a screenshot, a date. */
export function MarkForm({ session, eventKey, terminal, property, marked, onDone }: MarkFormProps) {
  const { t } = useSpeech();
  const words = texts.capture.mark;
  const name = useId();
  const [kind, setKind] = useState<Kind>('PASS');
  const mark = useRun(MarkDocument, { note: t(words.note), expiresAt: t(words.expiresAt) });
  const picture = useRun(AddSessionScreenshotDocument, { file: t(words.screenshot) });
  const kinds: readonly Kind[] = marked ? ['PASS', 'FAIL', 'WAIVED', 'NONE'] : ['PASS', 'FAIL', 'WAIVED'];
  const send = async (data: FormData) => {
    const file = kind === 'FAIL' ? data.get('screenshot') : null;
    const handed = file instanceof File && file.size > 0 ? await picture.run({ input: { sessionId: session.id, file } }) : undefined;
    if (handed === null) return;
    const input = {
      sessionId: session.id,
      eventKey,
      terminal,
      kind,
      ...(property === null ? {} : { property }),
      ...(handed === undefined ? {} : { screenshotId: handed.addSessionScreenshot.file.id }),
      ...given(data, kind),
    };
    if ((await mark.run({ input })) !== null) onDone();
  };
  return (
    <form action={(data) => void send(data)} className="mark-form card" aria-label={t(texts.capture.plan.mark)}>
      <fieldset>
        <legend>
          {property ?? eventKey} · {terminal}
        </legend>
        {kinds.map((one) => (
          <label key={one}>
            <input type="radio" name={name} checked={kind === one} onChange={() => setKind(one)} />
            {t(words.kinds[one])}
          </label>
        ))}
      </fieldset>
      {kind === 'NONE' ? null : (
        <label className="field">
          <span>{t(kind === 'WAIVED' ? words.reason : words.note)}</span>
          <textarea name="note" rows={2} maxLength={2000} required={kind !== 'PASS'} />
        </label>
      )}
      {kind === 'FAIL' ? (
        <label className="field">
          <span>{t(words.screenshot)}</span>
          <input type="file" name="screenshot" accept="image/png,image/jpeg,image/gif,image/webp" />
        </label>
      ) : null}
      {kind === 'WAIVED' ? (
        <label className="field">
          <span>{t(words.expiresAt)}</span>
          <input type="date" name="expires" min={new Date().toISOString().slice(0, 10)} />
        </label>
      ) : null}
      <Refused of={picture} />
      <Refused of={mark} />
      <div className="actions">
        <button type="submit" className="primary" disabled={mark.busy || picture.busy}>
          <Icon name="check" />
          {t(words.save)}
        </button>
        <button type="button" onClick={onDone}>
          {t(words.cancel)}
        </button>
      </div>
    </form>
  );
}

/** What the form gives along with a kind of mark. A waiver counts through the day that was chosen. */
function given(data: FormData, kind: Kind): Partial<MarkInput> {
  const note = String(data.get('note') ?? '').trim();
  const expires = String(data.get('expires') ?? '');
  return {
    note,
    ...(kind === 'WAIVED' && expires !== '' ? { expiresAt: new Date(`${expires}T23:59:59`).toISOString() } : {}),
  };
}
