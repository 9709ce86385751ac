import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useQuery } from 'urql';
import { JoinCaptureSessionDocument, PlannedLevelsDocument, StartCaptureSessionDocument, type StartCaptureSessionInput } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Refused, useRun } from './Run';
import type { CaptureApp } from './Page';

const targets = ['BATCHES', 'EVENTS', 'NOTHING'] as const;
type Target = (typeof targets)[number];

/** What a session tests: batches with their unreleased definitions, the events of some levels, or nothing planned. */
export function StartForm({ app }: { app: CaptureApp }) {
  const { t } = useSpeech();
  const words = texts.capture.start;
  const name = useId();
  const navigate = useNavigate();
  const [target, setTarget] = useState<Target>(app.batches.nodes.length > 0 ? 'BATCHES' : 'NOTHING');
  const start = useRun(StartCaptureSessionDocument, { batches: t(words.batches), levels: t(words.levels), title: t(words.name) });
  const send = async (data: FormData) => {
    const done = await start.run({ input: inputOf(app.key, target, data) });
    if (done === null) return;
    void navigate({ to: '/apps/$app/capture/$code', params: { app: app.key, code: done.startCaptureSession.captureSession.code } });
  };
  return (
    <form action={(data) => void send(data)} className="start-form card">
      <label className="field">
        <span>{t(texts.capture.session.environment)}</span>
        <select name="environment" defaultValue="test">
          {app.environments.map((environment) => (
            <option key={environment.id} value={environment.key}>
              {environment.name}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>{t(texts.capture.session.tests)}</legend>
        {targets.map((one) => (
          <label key={one}>
            <input type="radio" name={name} checked={target === one} onChange={() => setTarget(one)} />
            {t(texts.capture.session.target[one])}
          </label>
        ))}
      </fieldset>
      {target === 'BATCHES' ? <Batches app={app} /> : null}
      {target === 'EVENTS' ? <Levels app={app.key} /> : null}
      <Field label={t(words.name)} name="title" maxLength={200} placeholder={t(words.nameHint)} />
      <Refused of={start} />
      <button type="submit" className="primary" disabled={start.busy}>
        <Icon name="play" />
        {t(words.start)}
      </button>
    </form>
  );
}

function inputOf(app: string, target: Target, data: FormData): StartCaptureSessionInput {
  const title = String(data.get('title') ?? '').trim();
  return {
    app,
    environment: String(data.get('environment')),
    ...(title === '' ? {} : { title }),
    ...(target === 'BATCHES' ? { batches: data.getAll('batch').map(String) } : {}),
    ...(target === 'EVENTS' ? { levels: data.getAll('level') as ('P0' | 'P1' | 'P2')[] } : {}),
  };
}

/** The batches that can be tested: those in testing are at the top. */
function Batches({ app }: { app: CaptureApp }) {
  const { t } = useSpeech();
  const order = (state: string) => (state === 'IN_TESTING' ? 0 : state === 'IN_DEVELOPMENT' ? 1 : 2);
  const batches = [...app.batches.nodes].filter(({ state }) => state !== 'CANCELLED').sort((a, b) => order(a.state) - order(b.state));
  return (
    <fieldset className="choices">
      <legend>{t(texts.capture.start.batches)}</legend>
      {batches.map((batch) => (
        <label key={batch.id}>
          <input type="checkbox" name="batch" value={batch.number} />
          <code>{batch.number}</code> {batch.title} <span className="soft">{t(texts.words.batchState[batch.state])}</span>
        </label>
      ))}
    </fieldset>
  );
}

const levels = ['P0', 'P1', 'P2'] as const;

function Levels({ app }: { app: string }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: PlannedLevelsDocument, variables: { app } });
  const count = (level: (typeof levels)[number]) => data?.app?.[level].totalCount;
  return (
    <fieldset className="choices">
      <legend>{t(texts.capture.start.levels)}</legend>
      {levels.map((level) => (
        <label key={level}>
          <input type="checkbox" name="level" value={level} defaultChecked={level === 'P0'} />
          {t(texts.words.eventLevel[level])} <span className="soft">{t(texts.capture.start.levelEvents, { count: count(level) ?? 0 })}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Takes part in a session by its code. */
export function JoinForm({ app }: { app: string }) {
  const { t } = useSpeech();
  const navigate = useNavigate();
  const join = useRun(JoinCaptureSessionDocument, { code: t(texts.capture.session.code) });
  const send = async (data: FormData) => {
    const done = await join.run({ input: { code: String(data.get('code') ?? '').trim() } });
    if (done !== null) void navigate({ to: '/apps/$app/capture/$code', params: { app, code: done.joinCaptureSession.captureSession.code } });
  };
  return (
    <form action={(data) => void send(data)} className="inline">
      <Field label={t(texts.capture.session.code)} name="code" required maxLength={20} autoCapitalize="characters" spellCheck={false} autoComplete="off" />
      <button type="submit" disabled={join.busy}>
        {t(texts.capture.start.joinNow)}
      </button>
      <Refused of={join} />
    </form>
  );
}
