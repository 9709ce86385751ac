import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import { serverURL } from '../api/address';
import { explain } from '../api/fault';
import { RawRecordDocument } from '../api/generated/capture';
import { texts, useSpeech, type Speech } from '../i18n';
import { Facts } from '../ui/Facts';
import { allowedValues, constraintWords, typeWords } from '../property/describe';
import { Failure } from '../ui/Notice';
import { cellText } from './columns';
import { curlOf, jsonOf } from './copy';
import { linesOf, wholeViolations, type PropertyLine, type Rule } from './lines';
import type { Entry, Violation } from './entry';
import { useRules } from './useRules';
import { textOf } from './values';
import { clockText, VerdictBadge } from './words';

interface DetailsProps {
  app: string;
  /** A write key of the environment, for the command that sends it again; empty where there is none. */
  writeKey: string;
  entry: Entry;
  /** Narrows the stream to events with this value. */
  want?: (property: string, value: unknown) => void;
}

/** An opened event: each property beside what the plan asks for, what is wrong, and where it came from. */
export function Details({ app, writeKey, entry, want }: DetailsProps) {
  const { t } = useSpeech();
  const rules = useRules(app, entry.eventKey, entry.terminal);
  const whole = wholeViolations(entry);
  return (
    <>
      {whole.length === 0 ? null : (
        <ul className="violations">
          {whole.map((violation) => (
            <ViolationLine key={violation.code} violation={violation} />
          ))}
        </ul>
      )}
      {entry.environmentVerdict === null ? null : (
        <p className="soft">
          {t(texts.capture.details.environmentSays)} <VerdictBadge verdict={entry.environmentVerdict} />
        </p>
      )}
      <PropertyTable lines={linesOf(entry, rules)} want={want} />
      <Origin entry={entry} />
      <Actions app={app} entry={entry} writeKey={writeKey} />
    </>
  );
}

function PropertyTable({ lines, want }: { lines: readonly PropertyLine[]; want: DetailsProps['want'] }) {
  const { t } = useSpeech();
  if (lines.length === 0) return <p className="soft">{t(texts.capture.details.noProperties)}</p>;
  return (
    <table className="properties">
      <thead>
        <tr>
          <th scope="col">{t(texts.capture.details.property)}</th>
          <th scope="col">{t(texts.capture.details.value)}</th>
          <th scope="col">{t(texts.capture.details.rule)}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <PropertyRow key={line.name} line={line} want={want} />
        ))}
      </tbody>
    </table>
  );
}

function PropertyRow({ line, want }: { line: PropertyLine; want: DetailsProps['want'] }) {
  const speech = useSpeech();
  const bad = line.violations.some(({ severity }) => severity === 'ERROR');
  return (
    <tr className={bad ? 'bad' : undefined}>
      <th scope="row">
        <code>{line.name}</code> {line.rule?.label}
      </th>
      <td>
        {line.came ? <Value line={line} want={want} /> : <span className="soft">{speech.t(texts.capture.details.absent)}</span>}
        {line.violations.length === 0 ? null : (
          <ul className="violations">
            {line.violations.map((violation) => (
              <ViolationLine key={`${violation.code} ${violation.property}`} violation={violation} />
            ))}
          </ul>
        )}
      </td>
      <td className="soft">{line.rule === null ? null : ruleWords(line.rule, speech)}</td>
    </tr>
  );
}

function Value({ line, want }: { line: PropertyLine; want: DetailsProps['want'] }) {
  const { t } = useSpeech();
  const text = textOf(line.value);
  if (want === undefined) return <code>{text}</code>;
  return (
    <button type="button" className="value" title={t(texts.capture.filter.byValue)} onClick={() => want(line.name, line.value)}>
      <code>{text}</code>
    </button>
  );
}

/** One broken rule: what it is, what was asked for, what came. */
export function ViolationLine({ violation }: { violation: Violation }) {
  const { t } = useSpeech();
  const word = texts.violations[violation.code];
  const sides = [
    violation.expected === '' ? '' : t(texts.capture.details.expected, { what: violation.expected }),
    violation.actual === '' ? '' : t(texts.capture.details.actual, { what: violation.actual }),
  ];
  return (
    <li className={violation.severity === 'ERROR' ? 'error' : 'warning'}>
      <strong>{word === undefined ? violation.code : t(word)}</strong>
      {violation.property === null ? null : <code>{violation.property}</code>} {sides.filter((side) => side !== '').join(' · ')}
    </li>
  );
}

/** A rule in one line: presence, type, limits, values. */
function ruleWords(rule: Rule, speech: Speech): string {
  const { t } = speech;
  const limits = [rule.type.constraints, ...rule.narrowings].flatMap((constraints) => constraintWords(constraints, speech));
  const values = allowedValues(rule.type.items ?? rule.type);
  const shown = values.slice(0, 10).map(({ value, label }) => (label === '' ? value : `${value} ${label}`));
  const more = values.length > shown.length ? [t(texts.capture.details.moreValues, { count: values.length })] : [];
  return [t(texts.words.presence[rule.presence]), typeWords(rule.type, speech), ...limits, ...shown, ...more, rule.note].filter(Boolean).join(' · ');
}

/** Where an event came from, and when. */
function Origin({ entry }: { entry: Entry }) {
  const { t } = useSpeech();
  const columns = texts.capture.columns;
  const of = (['terminal', 'appVersion', 'appBuild', 'deviceModel', 'os', 'library', 'userId', 'deviceId', 'page'] as const).map(
    (column) => [t(columns[column]), cellText(entry, column)] as const,
  );
  const times = [
    [t(columns.time), clockText(entry.receivedAt)] as const,
    [t(columns.eventTime), entry.eventTime === null ? '' : clockText(entry.eventTime)] as const,
  ];
  return (
    <details className="origin">
      <summary>{t(texts.capture.details.origin)}</summary>
      <Facts of={[...times, ...of, [t(texts.capture.details.notes), entry.notes.join('\n')]]} />
    </details>
  );
}

function Actions({ app, entry, writeKey }: { app: string; entry: Entry; writeKey: string }) {
  const speech = useSpeech();
  const { t } = speech;
  const [asked, setAsked] = useState(false);
  const [{ data, error }] = useQuery({ query: RawRecordDocument, variables: { id: entry.id }, pause: !asked, requestPolicy: 'cache-first' });
  const raw = data?.node !== null && data?.node !== undefined && 'raw' in data.node ? jsonOf(data.node.raw) : null;
  return (
    <div className="actions">
      <button type="button" aria-expanded={asked} onClick={() => setAsked(!asked)}>
        {t(texts.capture.details.raw)}
      </button>
      <Copy label={t(texts.capture.details.copyJson)} text={() => jsonOf(entry.properties)} />
      <Copy label={t(texts.capture.details.copyCurl)} text={() => curlOf(entry, serverURL('/v1/events'), writeKey || 'WRITE_KEY')} />
      {entry.eventKey === null ? null : (
        <Link to="/apps/$app/events/$key" params={{ app, key: entry.eventKey }}>
          {t(texts.capture.details.plan)}
        </Link>
      )}
      {error === undefined ? null : <Failure lines={explain(error, speech)} />}
      {asked && raw !== null ? (
        <div className="raw">
          <Copy label={t(texts.capture.details.copyRaw)} text={() => raw} />
          {/* Long records scroll, with the arrow keys too. */}
          <pre tabIndex={0}>{raw}</pre>
        </div>
      ) : null}
    </div>
  );
}

/** A button that copies a text, and says so. */
export function Copy({ label, text }: { label: string; text: () => string }) {
  const { t } = useSpeech();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await writeClipboard(text());
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <button type="button" onClick={() => void copy()}>
      {label}
      <span role="status">{done ? t(texts.capture.details.copied) : null}</span>
    </button>
  );
}

/** Puts a text on the clipboard; over plain http, browsers leave only the old way. */
async function writeClipboard(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
