import type { EventSeenQuery } from '../api/generated/event';
import { texts, useSpeech } from '../i18n';
import { typeWords } from '../property/describe';
import { TypeView } from '../property/TypeView';
import { Badge } from '../ui/Badge';
import { PropertyLink } from '../ui/links';
import { Empty } from '../ui/Notice';
import { Table, type Column } from '../ui/Table';
import { Usable } from '../ui/Usable';
import type { Event } from './EventPage';

type EventProperty = Event['properties']['nodes'][number];
type Seen = NonNullable<EventSeenQuery['event']>['seen']['properties'];

/** An event's properties: what is asked of each, and what was seen of it. */
export function Properties({ of: event, seen }: { of: Event; seen: Seen }) {
  const speech = useSpeech();
  const { t, share } = speech;
  const seenOf = new Map(seen.map((one) => [one.name, one]));
  const nameOf = new Map(event.terminals.map(({ key, name }) => [key, name]));
  const columns: Column<EventProperty>[] = [
    { title: t(texts.plan.property), cell: ({ property }) => <PropertyLink app={event.app.key} property={property} /> },
    { title: t(texts.event.presence), cell: (reference) => <Presences of={reference} names={nameOf} /> },
    { title: t(texts.plan.type), cell: ({ property }) => typeWords(property.type, speech) },
    { title: t(texts.event.values), cell: ({ property, narrowing }) => <TypeView type={property.type} narrowing={narrowing} /> },
    { title: t(texts.plan.example), cell: ({ example, property }) => <Example of={example || property.example} /> },
    {
      title: t(texts.event.fill),
      numeric: true,
      cell: ({ property }) => {
        const one = seenOf.get(property.key);
        return one === undefined ? null : share(one.fillRate);
      },
    },
    {
      title: t(texts.event.usableSince),
      cell: ({ property }) => <Usable of={seenOf.get(property.key)?.usable ?? []} names={nameOf} />,
    },
    { title: t(texts.plan.note), cell: ({ note }) => note },
  ];
  return (
    <Table
      caption={t(texts.event.properties)}
      columns={columns}
      rows={event.properties.nodes}
      keyOf={({ id }) => id}
      empty={<Empty title={t(texts.event.noProperties)} />}
    />
  );
}

/** Whether the property must be there, and on which terminals that differs. */
function Presences({ of: { presence, presenceOn, property }, names }: { of: EventProperty; names: Map<string, string> }) {
  const { t } = useSpeech();
  return (
    <>
      <Badge tone={presence === 'REQUIRED' ? 'busy' : 'plain'}>{t(texts.words.presence[presence])}</Badge>
      {presenceOn.map(({ terminal, presence: there }) => (
        <div key={terminal} className="soft">
          {t(texts.event.presenceOn, { terminal: names.get(terminal) ?? terminal, presence: t(texts.words.presence[there]) })}
        </div>
      ))}
      {property.sensitivity === 'NONE' ? null : (
        <div>
          <Badge tone="warn">{t(texts.words.sensitivity[property.sensitivity])}</Badge>
        </div>
      )}
    </>
  );
}

function Example({ of: example }: { of: string }) {
  return example === '' ? null : <code className="breakable">{example}</code>;
}
