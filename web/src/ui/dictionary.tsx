// What the dictionary says of data: who uses it, and what is wrong with it.
import { texts, useSpeech } from '../i18n';
import { Badge } from './Badge';
import { OutsideLink } from './links';

/** Who or what uses data. */
export function Consumers({ of: consumers }: { of: readonly { name: string; link: string }[] }) {
  return consumers.map(({ name, link }) => (
    <div key={name}>{/^https?:\/\//.test(link) ? <OutsideLink to={link}>{name}</OutsideLink> : name}</div>
  ));
}

interface Incident {
  id: string;
  title: string;
  treatment: string;
  startedAt: string;
  endedAt: string | null;
}

/** What is wrong with data, since when, and how to treat it. */
export function Incidents({ of: incidents }: { of: readonly Incident[] }) {
  const { t, moment } = useSpeech();
  return incidents.map(({ id, title, treatment, startedAt, endedAt }) => (
    <div key={id}>
      {endedAt === null ? <Badge tone="bad">{t(texts.event.lasts)}</Badge> : null} {title}
      <div className="soft">
        {endedAt === null ? moment(startedAt) : t(texts.event.between, { from: moment(startedAt), until: moment(endedAt) })}
        {treatment === '' ? null : ` · ${treatment}`}
      </div>
    </div>
  ));
}
