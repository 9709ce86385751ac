import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { BindDeviceDocument, RecentDevicesDocument, UnbindDeviceDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { Choice, Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Section } from '../ui/Section';
import { Pairing } from './Pairing';
import { DeviceNumber } from './Row';
import { Refused, useRun } from './Run';
import type { Session } from './feed';
import { WhyNothing } from './WhyNothing';

/** The devices of a session: who they are, and how to add one. */
export function Devices({ session, onlyDevice }: { session: Session; onlyDevice: (number: number) => void }) {
  const { t } = useSpeech();
  return (
    <div className="panel devices">
      <Section title={t(texts.capture.devices.title)}>
        {session.devices.length === 0 ? <Empty title={t(texts.capture.devices.none)} /> : null}
        <ul className="cards">
          {session.devices.map((device) => (
            <li key={device.number} className="card">
              <DeviceCard device={device} onlyDevice={onlyDevice} />
            </li>
          ))}
        </ul>
      </Section>
      {session.open ? <AddDevice session={session} /> : null}
      <Bindings session={session} />
      <WhyNothing app={session.app.key} environment={session.environment.key} />
    </div>
  );
}

type Device = Session['devices'][number];

function DeviceCard({ device, onlyDevice }: { device: Device; onlyDevice: (number: number) => void }) {
  const { t, number } = useSpeech();
  const words = texts.capture.devices;
  return (
    <>
      <h3>
        <DeviceNumber number={device.number} /> {device.model === '' ? t(words.unknownModel) : device.model}
      </h3>
      <div className="badges">
        <Badge tone="good" icon="check">
          {number(device.validCount)}
        </Badge>
        <Badge tone={device.invalidCount === 0 ? 'plain' : 'bad'} icon="cross">
          {number(device.invalidCount)}
        </Badge>
        <Badge tone={device.unplannedCount === 0 ? 'plain' : 'warn'} icon="question">
          {number(device.unplannedCount)}
        </Badge>
      </div>
      <Facts
        of={[
          [t(texts.capture.columns.terminal), device.terminal],
          [t(texts.capture.columns.os), device.os],
          [t(words.version), [device.appVersion, device.appBuild === '' ? '' : `(${device.appBuild})`].join(' ').trim()],
          [t(texts.capture.columns.library), device.library],
          [t(texts.capture.columns.userId), device.userIds.at(-1)],
          [t(texts.capture.columns.deviceId), device.deviceIds.join('\n')],
          [t(words.lastSeen), <Moment at={device.lastSeenAt} />],
        ]}
      />
      <button type="button" onClick={() => onlyDevice(device.number)}>
        {t(words.only)}
      </button>
    </>
  );
}

/** The ways to bring a device into the session. */
function AddDevice({ session }: { session: Session }) {
  const { t } = useSpeech();
  return (
    <Section title={t(texts.capture.devices.add)}>
      <Pairing session={session} />
      <TypeId session={session} />
      <JustTouched session={session} />
    </Section>
  );
}

type Kind = 'DEVICE' | 'USER';

function TypeId({ session }: { session: Session }) {
  const { t } = useSpeech();
  const words = texts.capture.devices;
  const [kind, setKind] = useState<Kind>('DEVICE');
  const [value, setValue] = useState('');
  const bind = useRun(BindDeviceDocument, { value: t(words.id) });
  const send = async (takeOver: boolean) => {
    if ((await bind.run({ input: { sessionId: session.id, kind, value: value.trim(), takeOver } })) !== null) setValue('');
  };
  return (
    <details className="way">
      <summary>{t(words.byId)}</summary>
      <form action={() => void send(false)} className="inline">
        <Choice
          label={t(words.kind)}
          value={kind}
          options={[
            ['DEVICE', t(texts.capture.devices.kinds.DEVICE)],
            ['USER', t(texts.capture.devices.kinds.USER)],
          ]}
          onChoose={(chosen) => setKind(chosen ?? 'DEVICE')}
        />
        <Field label={t(words.id)} value={value} onChange={(event) => setValue(event.target.value)} required maxLength={512} autoCapitalize="off" spellCheck={false} />
        <button type="submit" disabled={bind.busy}>
          {t(words.bind)}
        </button>
      </form>
      <Refused of={bind} />
      {bind.refused.length === 0 ? null : (
        <button type="button" onClick={() => void send(true)}>
          {t(words.takeOver)}
        </button>
      )}
    </details>
  );
}

/** Every how many milliseconds the list of devices that just reported is read again while it is open. */
const lookAgain = 2_000;

/** "The one that I just touched": the devices that reported a moment ago. */
function JustTouched({ session }: { session: Session }) {
  const { t } = useSpeech();
  const words = texts.capture.devices;
  const [open, setOpen] = useState(false);
  const [{ data }, again] = useQuery({
    query: RecentDevicesDocument,
    variables: { app: session.app.key, environment: session.environment.key },
    pause: !open,
    requestPolicy: 'network-only',
  });
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), lookAgain);
    return () => clearInterval(timer);
  }, [open, again]);
  const bind = useRun(BindDeviceDocument);
  return (
    <details className="way" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t(words.justTouched)}</summary>
      <p className="soft">{t(words.justTouchedHint)}</p>
      <Refused of={bind} />
      {data?.recentDevices.length === 0 ? <Empty title={t(words.noneRecent)} /> : null}
      <ul className="recent">
        {data?.recentDevices.map((device) => (
          <li key={device.deviceId}>
            <span>
              <strong>{device.model || device.os || device.deviceId}</strong> {[device.terminal, device.appVersion, device.userId, device.ip].filter(Boolean).join(' · ')}
              <br />
              <code>{device.lastName}</code> <Moment at={device.lastSeenAt} />
              {device.session === null ? null : <Badge>{t(words.inSession, { code: device.session.code })}</Badge>}
            </span>
            <button
              type="button"
              disabled={bind.busy || device.session?.id === session.id}
              onClick={() =>
                void bind.run({
                  input: { sessionId: session.id, kind: 'DEVICE', value: device.deviceId, picked: true, takeOver: device.session !== null },
                })
              }
            >
              {t(device.session === null ? words.bind : words.takeOver)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is bound, and how to take it off again. */
function Bindings({ session }: { session: Session }) {
  const { t } = useSpeech();
  const words = texts.capture.devices;
  const unbind = useRun(UnbindDeviceDocument);
  const bound = session.bindings.filter(({ unboundAt }) => unboundAt === null);
  if (bound.length === 0) return null;
  return (
    <Section title={t(words.bound)}>
      <ul className="recent">
        {bound.map((binding) => (
          <li key={binding.id}>
            <span>
              <code>{binding.value}</code> {t(texts.capture.devices.kinds[binding.kind])} · {t(texts.capture.devices.how[binding.how])} · <Moment at={binding.boundAt} />
            </span>
            {session.open ? (
              <button type="button" disabled={unbind.busy} onClick={() => void unbind.run({ input: { id: binding.id } })}>
                <Icon name="cross" />
                {t(words.unbind)}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <Refused of={unbind} />
    </Section>
  );
}
