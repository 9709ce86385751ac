import { texts, useSpeech } from '../i18n';
import { Badge } from '../ui/Badge';
import { BatchLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Table, type Column } from '../ui/Table';
import type { Event } from './EventPage';

type Slot = Event['inForce'][number];

/** What is in force of an event: by environment, terminal and app version, since which release and by which batch. */
export function Releases({ of: event }: { of: Event }) {
  const { t } = useSpeech();
  const names = new Map(event.terminals.map(({ key, name }) => [key, name]));
  const columns: Column<Slot>[] = [
    { title: t(texts.plan.environment), cell: ({ environment }) => environment.name },
    { title: t(texts.plan.terminal), cell: ({ terminal }) => names.get(terminal) ?? terminal },
    { title: t(texts.event.fromVersion), cell: ({ fromVersion }) => fromVersion || t(texts.event.everyVersion) },
    {
      title: t(texts.plan.state),
      cell: ({ offline }) =>
        offline ? <Badge>{t(texts.event.offline)}</Badge> : <Badge tone="good">{t(texts.event.inForce)}</Badge>,
    },
    { title: t(texts.event.release), cell: ({ entered }) => t(texts.event.releaseNumber, { number: entered.number }) },
    { title: t(texts.plan.since), cell: ({ entered }) => <Moment at={entered.createdAt} exact /> },
    {
      title: t(texts.plan.batch),
      cell: ({ approval }) => (approval.batch === null ? null : <BatchLink app={event.app.key} number={approval.batch.number} />),
    },
  ];
  return (
    <Table
      caption={t(texts.event.releases)}
      columns={columns}
      rows={event.inForce}
      keyOf={({ id }) => id}
      empty={<Empty title={t(texts.event.noReleases)} />}
    />
  );
}
