import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { serverURL } from '../api/address';
import { CaptureAppDocument, RefusalsDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { Moment } from '../ui/Moment';
import { Copy } from './Details';

/** Every how many milliseconds refused requests are read again while somebody looks. */
const lookAgain = 3_000;

/** Why is there no data? Where SDKs have to send, with which key, and what came and was refused. */
export function WhyNothing({ app, environment, open: openAtFirst = false }: { app: string; environment: string; open?: boolean }) {
  const { t } = useSpeech();
  const [open, setOpen] = useState(openAtFirst);
  return (
    <details className="way why" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t(texts.capture.why.title)}</summary>
      {open ? <Reasons app={app} environment={environment} /> : null}
    </details>
  );
}

function Reasons({ app, environment }: { app: string; environment: string }) {
  const { t } = useSpeech();
  const [{ data: plan }] = useQuery({ query: CaptureAppDocument, variables: { app }, requestPolicy: 'cache-first' });
  const found = plan?.app?.environments.find(({ key }) => key === environment);
  const keys = found?.writeKeys.filter(({ revokedAt }) => revokedAt === null) ?? [];
  const endpoint = serverURL('/');
  return (
    <>
      <Facts
        of={[
          [t(texts.capture.why.endpoint), <Copyable text={endpoint} />],
          [t(texts.capture.why.environment), found === undefined ? environment : `${found.name} (${found.key})`],
          ...keys.map((key) => [t(texts.capture.why.writeKey, { terminal: key.terminal?.key ?? '' }), <Copyable text={key.key} />] as const),
        ]}
      />
      <Refusals app={app} environment={environment} />
    </>
  );
}

function Copyable({ text }: { text: string }) {
  const { t } = useSpeech();
  return (
    <>
      <code>{text}</code> <Copy label={t(texts.capture.why.copy)} text={() => text} />
    </>
  );
}

function Refusals({ app, environment }: { app: string; environment: string }) {
  const { t, number } = useSpeech();
  const [{ data }, again] = useQuery({ query: RefusalsDocument, variables: { app, environment }, requestPolicy: 'network-only' });
  useEffect(() => {
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), lookAgain);
    return () => clearInterval(timer);
  }, [again]);
  if (data === undefined) return null;
  if (data.refusedRequests.nodes.length === 0) return <p className="soft">{t(texts.capture.why.noneRefused)}</p>;
  return (
    <ul className="refusals">
      {data.refusedRequests.nodes.map((refusal) => (
        <li key={refusal.id}>
          <Badge tone="bad" icon="cross">
            {t(texts.capture.refusal[refusal.kind])}
          </Badge>{' '}
          <code>
            {refusal.method} {refusal.path}
          </code>{' '}
          <span className="soft">
            {t(texts.capture.why.times, { count: number(refusal.count) })} · <Moment at={refusal.lastAt} /> · {refusal.address} · {refusal.key}
          </span>
          <p>{refusal.reason}</p>
        </li>
      ))}
    </ul>
  );
}
