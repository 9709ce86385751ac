import type { EventSeenQuery } from '../api/generated/event';
import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { Facts } from '../ui/Facts';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import type { Event } from './EventPage';

type Seen = NonNullable<EventSeenQuery['event']>;

/** Whether data arrives in an environment: how much, of it how much broke the plan, from which versions. */
export function Arrival({ event, of: { statistics, seen } }: { event: Event; of: Seen }) {
  const { t, number } = useSpeech();
  const counted = statistics[0];
  if (counted === undefined || counted.count === 0) return <Empty title={t(texts.event.neverSeen)} />;
  const names = new Map(event.terminals.map(({ key, name }) => [key, name]));
  return (
    <div className="card">
      <p className="badges">
        {counted.reporting ? (
          <Badge tone="good" icon="check">
            {t(texts.event.reporting)}
          </Badge>
        ) : (
          <Badge tone="warn" icon="warning">
            {t(texts.event.silent)}
          </Badge>
        )}
        <Badge>{t(texts.event.received, { count: counted.count })}</Badge>
        {counted.invalidCount === 0 ? null : (
          <Badge tone="bad" icon="cross">
            {t(texts.event.invalid, { count: counted.invalidCount })}
          </Badge>
        )}
      </p>
      <Facts
        of={[
          [t(texts.event.firstSeen), <Moment at={counted.firstSeenAt} exact />],
          [t(texts.event.lastSeen), <Moment at={counted.lastSeenAt} />],
          [
            t(texts.event.versions),
            seen.places.map(({ terminal, version, events }) => (
              <div key={`${terminal} ${version}`}>
                {names.get(terminal) ?? terminal} {version} · {number(events)}
              </div>
            )),
          ],
        ]}
      />
    </div>
  );
}
