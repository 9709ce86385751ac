import { texts, useSpeech } from '../i18n';
import { Facts } from '../ui/Facts';
import { BatchLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Consumers, Incidents } from '../ui/dictionary';
import type { Event } from './EventPage';

/** What an event is: when it is sent and how it is told from others, where it comes from, what is known of its data. */
export function About({ event }: { event: Event }) {
  const { t } = useSpeech();
  const { batch, revision } = event;
  const many = (names: readonly { name: string }[]) => names.map(({ name }) => name).join(' · ');
  return (
    <Facts
      of={[
        [t(texts.event.trigger), event.trigger === '' ? <span className="soft">{t(texts.event.noTrigger)}</span> : event.trigger],
        [t(texts.plan.description), event.description],
        [t(texts.plan.key), <code>{event.key}</code>],
        [t(texts.event.wireName), <code>{event.wireName}</code>],
        [t(texts.event.match), event.match.length === 0 ? null : <Match of={event.match} />],
        [t(texts.event.aliases), event.aliases.length === 0 ? null : <Aliases of={event.aliases} />],
        [t(texts.event.synonyms), event.synonyms.join(' · ')],
        [t(texts.plan.terminals), event.terminals.length === 0 ? t(texts.plan.allTerminals) : many(event.terminals)],
        [t(texts.plan.module), event.module],
        [t(texts.plan.owner), event.owners.length === 0 ? t(texts.plan.nobody) : many(event.owners)],
        [t(texts.event.excluded), event.excludedCommonProperties.join(' · ')],
        [
          t(texts.event.introducedBy),
          <BatchLink app={event.app.key} number={batch.number}>
            {batch.number} · {batch.title}
          </BatchLink>,
        ],
        [
          t(texts.event.revision),
          `${t(texts.event.revisionOf, { number: revision.number })} · ${t(texts.words.revisionState[revision.state])}`,
        ],
        [t(texts.plan.updatedAt), <Moment at={event.updatedAt} />],
        [t(texts.event.table), event.warehouseTable === '' ? null : <code>{event.warehouseTable}</code>],
        [t(texts.event.consumers), event.consumers.length === 0 ? null : <Consumers of={event.consumers} />],
        [t(texts.event.incidents), event.incidents.length === 0 ? null : <Incidents of={event.incidents} />],
      ]}
    />
  );
}

function Match({ of: conditions }: { of: Event['match'] }) {
  return conditions.map(({ property, value }) => (
    <div key={property}>
      <code>
        {property} = {value}
      </code>
    </div>
  ));
}

function Aliases({ of: aliases }: { of: Event['aliases'] }) {
  const { t, moment } = useSpeech();
  return aliases.map(({ name, until }) => (
    <div key={name}>
      <code>{until === null ? name : t(texts.event.aliasUntil, { name, until: moment(until) })}</code>
    </div>
  ));
}
