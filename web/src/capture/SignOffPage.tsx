import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { NotFound } from '../app/states';
import { serverURL } from '../api/address';
import { SignOffReportDocument, type SignOffReportQuery } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { Moment } from '../ui/Moment';
import { Page } from '../ui/Page';
import { Section } from '../ui/Section';
import { Table } from '../ui/Table';
import './stream.css';
import './report.css';
import './capture.css';
import { Progress } from './Bar';
import { ViolationLine } from './Details';
import { standingOf } from './progress';
import { readReport, type Report, type ReportCell } from './report';
import { StateBadge, VerdictBadge } from './words';

type SignOff = Extract<NonNullable<SignOffReportQuery['node']>, { report: unknown }>;

const route = getRouteApi('/apps/$app/sign-offs/$id');

/** A frozen report: who signed what off, when, on which devices and builds, what was seen, marked and waived. It prints well. */
export default function SignOffPage() {
  const { app, id } = route.useParams();
  const answer = useQuery({ query: SignOffReportDocument, variables: { id } });
  return (
    <Answer of={answer}>{({ node }) => (node === null || !('report' in node) ? <NotFound /> : <Signed app={app} signOff={node} />)}</Answer>
  );
}

function Signed({ app, signOff }: { app: string; signOff: SignOff }) {
  const { t } = useSpeech();
  const words = texts.capture.report;
  const report = readReport(signOff.report);
  const title = signOff.batch === null ? (signOff.sessions[0]?.title ?? '') : `${signOff.batch.number} ${signOff.batch.title}`;
  return (
    <Page title={t(words.title, { title })} path={[<Link to="/">{t(texts.app.apps)}</Link>, <Link to="/apps/$app" params={{ app }}>{app}</Link>]}>
      <div className="report">
        <div className="actions unprinted">
          <button type="button" onClick={() => window.print()}>
            {t(words.print)}
          </button>
          <a href={serverURL(signOff.jsonUrl)} download>
            {t(words.json)}
          </a>
          <a href={serverURL(signOff.xlsxUrl)} download>
            {t(words.xlsx)}
          </a>
        </div>
        <Facts
          of={[
            [t(words.by), signOff.by?.name],
            [t(words.at), <Moment at={signOff.at} exact />],
            [t(words.terminals), signOff.terminals.join(', ')],
            [t(words.builds), signOff.builds.map(({ terminal, builds }) => `${terminal}: ${builds.join(', ')}`).join('\n')],
            [t(words.note), signOff.note],
          ]}
        />
        {report === null ? <p className="soft">{t(words.unknown)}</p> : <Contents app={app} report={report} />}
      </div>
    </Page>
  );
}

function Contents({ app, report }: { app: string; report: Report }) {
  const { t, number } = useSpeech();
  const words = texts.capture.report;
  const { covered, required } = report.totals;
  return (
    <>
      <Progress label={t(texts.capture.plan.covered, { covered, required })} covered={covered} required={required} />
      <Cells cells={report.cells} />
      <Marks report={report} />
      <Devices report={report} />
      <Evidence app={app} report={report} />
      {report.unplanned.length === 0 ? null : (
        <Section title={t(texts.capture.plan.unplanned, { count: report.unplanned.length })}>
          <p>{report.unplanned.map(({ name, count }) => `${name} (${number(count)})`).join(', ')}</p>
        </Section>
      )}
      <p className="soft">{t(words.frozen)}</p>
    </>
  );
}

function Cells({ cells }: { cells: readonly ReportCell[] }) {
  const { t, number } = useSpeech();
  const words = texts.capture.report;
  return (
    <Section title={t(words.coverage)}>
      <Table
        caption={t(words.coverage)}
        rows={cells}
        keyOf={(cell) => `${cell.event} ${cell.terminal}`}
        columns={[
          { title: t(texts.words.itemKind.EVENT), cell: (cell) => <EventName cell={cell} /> },
          { title: t(texts.capture.columns.terminal), cell: ({ terminal }) => terminal },
          { title: t(texts.capture.plan.state), cell: (cell) => <StateBadge state={cell.state} standing={standingOf(cell.state, cell.shouldNotFire)} /> },
          { title: t(texts.words.verdict.VALID), numeric: true, cell: ({ validCount }) => number(validCount) },
          { title: t(texts.words.verdict.INVALID), numeric: true, cell: ({ invalidCount }) => number(invalidCount) },
          { title: t(words.build), cell: ({ build }) => build },
          { title: t(words.properties), cell: (cell) => <Properties cell={cell} /> },
        ]}
      />
    </Section>
  );
}

function EventName({ cell }: { cell: ReportCell }) {
  const { t } = useSpeech();
  return (
    <>
      {cell.label || cell.name} <code>{cell.name}</code>
      {cell.shouldNotFire ? <Badge tone="warn">{t(texts.capture.plan.shouldNotFire)}</Badge> : null}
    </>
  );
}

function Properties({ cell }: { cell: ReportCell }) {
  return (
    <ul className="report-properties">
      {cell.properties
        .filter(({ required, state }) => required || state !== 'NOT_SEEN')
        .map((property) => (
          <li key={property.name}>
            <code>{property.name}</code> <StateBadge state={property.state} standing={standingOf(property.state)} />
          </li>
        ))}
    </ul>
  );
}

/** What testers said, waivers with their reasons among it. */
function Marks({ report }: { report: Report }) {
  const { t, moment } = useSpeech();
  const words = texts.capture.report;
  if (report.marks.length === 0) return null;
  return (
    <Section title={t(words.marks)}>
      <Table
        caption={t(words.marks)}
        rows={report.marks}
        keyOf={({ id }) => id}
        columns={[
          { title: t(texts.words.itemKind.EVENT), cell: ({ event, property }) => <code>{[event, property].filter(Boolean).join(' · ')}</code> },
          { title: t(texts.capture.columns.terminal), cell: ({ terminal }) => terminal },
          { title: t(texts.capture.plan.mark), cell: ({ kind }) => t(texts.capture.mark.kinds[kind]) },
          { title: t(texts.capture.mark.note), cell: ({ note }) => note },
          { title: t(texts.capture.mark.expiresAt), cell: ({ expiresAt }) => (expiresAt === undefined ? null : moment(expiresAt)) },
          { title: t(words.by), cell: ({ by }) => by.name },
          { title: t(words.at), cell: ({ at }) => moment(at) },
        ]}
      />
    </Section>
  );
}

function Devices({ report }: { report: Report }) {
  const { t, moment } = useSpeech();
  const words = texts.capture.report;
  const rows = report.sessions.flatMap((session) => session.devices.map((device) => ({ session, device })));
  return (
    <Section title={t(words.devices)}>
      <ul>
        {report.sessions.map((session) => (
          <li key={session.id}>
            {session.title} <code>{session.code}</code> · {session.environment} · {moment(session.startedAt)} · {session.testers.map(({ name }) => name).join(', ')}
          </li>
        ))}
      </ul>
      <Table
        caption={t(words.devices)}
        rows={rows}
        keyOf={({ session, device }) => `${session.id} ${device.number}`}
        columns={[
          { title: t(texts.capture.columns.deviceModel), cell: ({ device }) => device.model || t(texts.capture.devices.unknownModel) },
          { title: t(texts.capture.columns.terminal), cell: ({ device }) => device.terminal },
          { title: t(texts.capture.columns.os), cell: ({ device }) => device.os },
          { title: t(texts.capture.devices.version), cell: ({ device }) => `${device.appVersion} ${device.appBuild === '' ? '' : `(${device.appBuild})`}` },
          { title: t(texts.capture.columns.library), cell: ({ device }) => device.library },
        ]}
      />
    </Section>
  );
}

/** The captured events that the report rests on: what was wrong, with a link to what came. */
function Evidence({ app, report }: { app: string; report: Report }) {
  const { t, moment } = useSpeech();
  if (report.evidence.length === 0) return null;
  return (
    <Section title={t(texts.capture.report.evidence)}>
      <ul className="recent">
        {report.evidence.map((one) => (
          <li key={one.id}>
            <span>
              <VerdictBadge verdict={one.verdict} />{' '}
              <Link to="/apps/$app/evidence/$id" params={{ app, id: one.id }}>
                {one.event}
              </Link>{' '}
              {one.terminal} · {moment(one.receivedAt)}
              <ul className="violations">
                {one.violations.map((violation) => (
                  <ViolationLine key={`${violation.code} ${violation.property}`} violation={{ ...violation, property: violation.property ?? null, actual: '' }} />
                ))}
              </ul>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
