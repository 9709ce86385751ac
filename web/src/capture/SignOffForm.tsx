import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { SignOffDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Choice } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { cellStanding, groups } from './progress';
import { Refused, useRun } from './Run';
import type { Coverage } from './useCoverage';
import type { Session } from './feed';

/** Freezes the report. What is still open is said before, and the server refuses as long as it is. */
export function SignOffForm({ session, coverage }: { session: Session; coverage: Coverage }) {
  const { t } = useSpeech();
  const words = texts.capture.signOff;
  const navigate = useNavigate();
  const [batch, setBatch] = useState(session.batches[0]?.number ?? '');
  const sign = useRun(SignOffDocument, { note: t(words.note) });
  const send = async (data: FormData) => {
    const note = String(data.get('note') ?? '').trim();
    const done = await sign.run({ input: batch === '' ? { sessionId: session.id, note } : { batch, note } });
    if (done !== null) void navigate({ to: '/apps/$app/sign-offs/$id', params: { app: session.app.key, id: done.signOff.signOff.id } });
  };
  return (
    <Section title={t(words.title)}>
      <Open coverage={coverage} />
      <form action={(data) => void send(data)} className="sign-off">
        {session.batches.length < 2 ? null : (
          <Choice
            label={t(words.batch)}
            value={batch}
            options={session.batches.map(({ number, title }) => [number, `${number} ${title}`] as const)}
            onChoose={(chosen) => setBatch(chosen ?? session.batches[0]?.number ?? '')}
          />
        )}
        <label className="field">
          <span>{t(words.note)}</span>
          <textarea name="note" rows={2} maxLength={2000} />
        </label>
        <Refused of={sign} />
        <button type="submit" className="primary" disabled={sign.busy}>
          <Icon name="check" />
          {t(words.sign)}
        </button>
      </form>
    </Section>
  );
}

/** What is still open, by event and terminal. */
function Open({ coverage }: { coverage: Coverage }) {
  const { t } = useSpeech();
  const words = texts.capture.signOff;
  if (coverage.coverage.complete) return <p>{t(words.complete)}</p>;
  const open = groups(coverage.coverage.cells).flatMap(({ cells }) =>
    cells.filter((cell) => ['wrong', 'awaited'].includes(cellStanding(cell))),
  );
  return (
    <details className="way">
      <summary>{t(words.open, { count: open.length })}</summary>
      <ul>
        {open.map((cell) => (
          <li key={`${cell.event.key} ${cell.terminal}`}>
            <code>{cell.event.key}</code> · {cell.terminal} · {t(texts.capture.standing[cellStanding(cell)])}
          </li>
        ))}
      </ul>
    </details>
  );
}
