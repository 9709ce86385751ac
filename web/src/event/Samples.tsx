import { useState } from 'react';
import { useQuery } from 'urql';
import { EventSamplesDocument, type EventSamplesQuery } from '../api/generated/event';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Pager } from '../ui/Pager';
import { firstPlace } from '../ui/paging';
import { VerdictBadge } from '../ui/states';
import { Table, type Column } from '../ui/Table';

type Sample = NonNullable<EventSamplesQuery['event']>['samples']['nodes'][number];

/** The newest captured events that the event judged in an environment, with what is wrong with each. */
export function Samples({ app, event: key, environment }: { app: string; event: string; environment: string }) {
  const { t } = useSpeech();
  const [place, setPlace] = useState(firstPlace);
  const variables = { app, key, environment, first: 10, after: place.after };
  const answer = useQuery({ query: EventSamplesDocument, variables });
  const columns: Column<Sample>[] = [
    { title: t(texts.event.receivedAt), cell: ({ receivedAt }) => <Moment at={receivedAt} exact /> },
    { title: t(texts.event.verdict), cell: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
    {
      title: t(texts.event.device),
      cell: ({ terminal, appVersion, deviceModel }) => [terminal, appVersion, deviceModel].filter(Boolean).join(' · '),
    },
    { title: t(texts.event.problems), cell: ({ violations }) => <Problems of={violations} /> },
    { title: t(texts.event.raw), cell: ({ raw }) => <Raw of={raw} /> },
  ];
  return (
    <Answer of={answer}>
      {({ event }) =>
        event === null ? null : (
          <>
            <Table
              caption={t(texts.event.samples)}
              columns={columns}
              rows={event.samples.nodes}
              keyOf={({ id }) => id}
              empty={<Empty title={t(texts.event.noSamples)} />}
            />
            <Pager page={event.samples.pageInfo} place={place} onTurn={setPlace} />
          </>
        )
      }
    </Answer>
  );
}

function Problems({ of: violations }: { of: Sample['violations'] }) {
  const { t } = useSpeech();
  return violations.map(({ code, property, severity, expected, actual }) => (
    <div key={`${code} ${property ?? ''}`}>
      <code>{property ?? code}</code> {t(texts.words.severity[severity])}
      <div className="soft breakable">{t(texts.event.expected, { expected, actual })}</div>
    </div>
  ));
}

function Raw({ of: raw }: { of: unknown }) {
  const { t } = useSpeech();
  return (
    <details>
      <summary>{t(texts.event.raw)}</summary>
      <pre className="raw" tabIndex={0}>
        {JSON.stringify(raw, null, 2)}
      </pre>
    </details>
  );
}
