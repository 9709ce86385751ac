import { useState } from 'react';
import { useQuery } from 'urql';
import { explain } from '../api/fault';
import { SideBySideDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { Failure } from '../ui/Notice';
import { textOf } from './values';
import type { Session } from './feed';

/** One event on two terminals, property by property (双端一致性). */
export function SideBySide({ session, event, terminals }: { session: Session; event: string; terminals: readonly string[] }) {
  const { t } = useSpeech();
  const [open, setOpen] = useState(false);
  const [left, setLeft] = useState(terminals[0] ?? '');
  const [right, setRight] = useState(terminals[1] ?? '');
  const side = (label: string, value: string, choose: (terminal: string) => void) => (
    <select aria-label={label} value={value} onChange={(e) => choose(e.target.value)}>
      {terminals.map((terminal) => (
        <option key={terminal}>{terminal}</option>
      ))}
    </select>
  );
  return (
    <details className="way" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t(texts.capture.sides.title)}</summary>
      {open ? (
        <>
          <div className="inline">
            {side(t(texts.capture.sides.left), left, setLeft)}
            {side(t(texts.capture.sides.right), right, setRight)}
          </div>
          <Sides session={session} event={event} left={left} right={right} />
        </>
      ) : null}
    </details>
  );
}

function Sides({ session, event, left, right }: { session: Session; event: string; left: string; right: string }) {
  const speech = useSpeech();
  const { t } = speech;
  const [{ data, error }] = useQuery({
    query: SideBySideDocument,
    variables: { app: session.app.key, environment: session.environment.key, event, left, right },
    requestPolicy: 'network-only',
  });
  if (error !== undefined) return <Failure lines={explain(error, speech)} />;
  const sides = data?.event?.sideBySide;
  if (sides === undefined) return null;
  return (
    <table className="properties">
      <thead>
        <tr>
          <th scope="col">{t(texts.capture.details.property)}</th>
          <Head terminal={left} captured={sides.left} />
          <Head terminal={right} captured={sides.right} />
          <th scope="col">{t(texts.capture.sides.same)}</th>
        </tr>
      </thead>
      <tbody>
        {sides.properties.map((property) => (
          <tr key={property.name} className={property.consistent ? undefined : 'bad'}>
            <th scope="row">
              <code>{property.name}</code>
            </th>
            <Side value={property.left} />
            <Side value={property.right} />
            <td>
              <Badge tone={property.consistent ? 'good' : 'bad'} icon={property.consistent ? 'check' : 'cross'}>
                {t(property.consistent ? texts.capture.sides.yes : texts.capture.sides.no)}
              </Badge>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head({ terminal, captured }: { terminal: string; captured: { appVersion: string; deviceModel: string } | null }) {
  const { t } = useSpeech();
  return (
    <th scope="col">
      {terminal}{' '}
      <span className="soft">{captured === null ? t(texts.capture.state.NOT_SEEN) : [captured.deviceModel, captured.appVersion].filter(Boolean).join(' ')}</span>
    </th>
  );
}

function Side({ value }: { value: unknown }) {
  const { t } = useSpeech();
  return <td>{value === null || value === undefined ? <span className="soft">{t(texts.capture.details.absent)}</span> : <code>{textOf(value)}</code>}</td>;
}
