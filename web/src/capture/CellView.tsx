import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { MarkForm } from './MarkForm';
import { MarkNote } from './MarkNote';
import { shareOf, standingOf } from './progress';
import { Progress } from './Bar';
import type { CoverageCell, Mark } from './useCoverage';
import { StateBadge } from './words';
import type { Session } from './feed';

interface CellViewProps {
  session: Session;
  cell: CoverageCell;
  marks: readonly Mark[];
  lit: boolean;
}

/** One planned event on one terminal: how it stands as a whole, and each of its properties. */
export function CellView({ session, cell, marks, lit }: CellViewProps) {
  const { t } = useSpeech();
  const words = texts.capture.plan;
  const share = shareOf(cell);
  const build = [cell.appVersion, cell.build === '' ? '' : `(${cell.build})`].join(' ').trim();
  return (
    <section className={lit ? 'coverage lit' : 'coverage'} aria-label={cell.terminal}>
      <h4>
        <Badge>{cell.terminal}</Badge>
        <StateBadge state={cell.state} standing={standingOf(cell.state, cell.shouldNotFire)} />
        {cell.shouldNotFire ? <Badge tone="warn">{t(words.shouldNotFire)}</Badge> : null}
        {cell.repeatCount === 0 ? null : <Badge tone="warn">{t(words.repeats, { count: cell.repeatCount })}</Badge>}
        {cell.mostInStep < 2 ? null : <Badge tone="warn">{t(words.mostInStep, { count: cell.mostInStep })}</Badge>}
        {build === '' ? null : <span className="soft">{build}</span>}
      </h4>
      <Progress label={t(words.covered, share)} {...share} />
      <Own session={session} cell={cell} property={null} marks={marks} failure={cell.failure} />
      <table className="properties">
        <thead>
          <tr>
            <th scope="col">{t(texts.capture.details.property)}</th>
            <th scope="col">{t(words.state)}</th>
            <th scope="col" className="numeric">
              {t(words.counts)}
            </th>
            <th scope="col">
              <span className="unseen">{t(words.mark)}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {cell.properties.map((property) => (
            <tr key={property.name}>
              <th scope="row">
                <code>{property.name}</code>
                {property.required ? <span className="soft"> {t(texts.words.presence.REQUIRED)}</span> : null}
              </th>
              <td>
                <StateBadge state={property.state} standing={standingOf(property.state)} />
                <MustTest values={property.mustTest} />
              </td>
              <td className="numeric">
                {property.validCount} / {property.invalidCount}
              </td>
              <td>
                <Own session={session} cell={cell} property={property.name} marks={marks} failure={property.failure} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The values that have to be seen each. */
function MustTest({ values }: { values: CoverageCell['properties'][number]['mustTest'] }) {
  const { t } = useSpeech();
  if (values.length === 0) return null;
  return (
    <span className="badges">
      {values.map(({ value, seen }) => (
        <Badge key={value} tone={seen ? 'good' : 'plain'} icon={seen ? 'check' : 'clock'}>
          {value}
          <span className="unseen">{t(seen ? texts.capture.state.VALID : texts.capture.state.NOT_SEEN)}</span>
        </Badge>
      ))}
    </span>
  );
}

interface OwnProps {
  session: Session;
  cell: CoverageCell;
  /** Null for the event as a whole. */
  property: string | null;
  marks: readonly Mark[];
  failure: CoverageCell['failure'];
}

/** What testers said of an event or a property, the evidence of its failure, and the form to say something. */
function Own({ session, cell, property, marks, failure }: OwnProps) {
  const { t } = useSpeech();
  const [open, setOpen] = useState(false);
  const mark = marks.find((m) => m.event.key === cell.event.key && m.terminal === cell.terminal && m.property === property);
  return (
    <div className="own">
      {mark === undefined ? null : <MarkNote mark={mark} />}
      {failure === null ? null : (
        <Link to="/apps/$app/evidence/$id" params={{ app: session.app.key, id: failure.id }}>
          {t(texts.capture.plan.evidence)}
        </Link>
      )}
      {open ? (
        <MarkForm session={session} eventKey={cell.event.key} terminal={cell.terminal} property={property} marked={mark !== undefined} onDone={() => setOpen(false)} />
      ) : (
        <button type="button" onClick={() => setOpen(true)}>
          {t(texts.capture.plan.mark)}
          <span className="unseen">
            {property ?? cell.event.key} {cell.terminal}
          </span>
        </button>
      )}
    </div>
  );
}
