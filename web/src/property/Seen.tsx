import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { PropertySeenDocument, type PropertySeenQuery } from '../api/generated/property';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Facts } from '../ui/Facts';
import { Choice } from '../ui/Field';
import { Moment } from '../ui/Moment';
import { Empty } from '../ui/Notice';
import { Section } from '../ui/Section';
import { Table, type Column } from '../ui/Table';
import { Usable } from '../ui/Usable';

const route = getRouteApi('/apps/$app/properties/$key');
type Figures = Extract<NonNullable<PropertySeenQuery['node']>, { __typename: 'Property' }>['seen'];
type Value = Figures['values'][number];

interface Named {
  key: string;
  name: string;
}

/** The app that looks at a property. */
export interface SeeingApp extends Named {
  environments: readonly Named[];
  terminals: readonly Named[];
}

interface SeenProps {
  id: string;
  app: SeeingApp;
}

/** What an environment of an app, which the address names, has seen of a property. */
export function Seen({ id, app }: SeenProps) {
  const { t } = useSpeech();
  const chosen = route.useSearch().environment;
  const navigate = route.useNavigate();
  const environment = app.environments.find(({ key }) => key === chosen) ?? app.environments[0];
  if (environment === undefined) return null;
  const choice = (
    <Choice
      label={t(texts.plan.environment)}
      value={environment.key}
      options={app.environments.map(({ key, name }) => [key, name])}
      onChoose={(next) => void navigate({ search: { environment: next }, replace: true })}
    />
  );
  return (
    <Section title={t(texts.property.seen)} aside={choice}>
      <SeenIn id={id} app={app} environment={environment.key} />
    </Section>
  );
}

function SeenIn({ id, app, environment }: SeenProps & { environment: string }) {
  const { t } = useSpeech();
  const answer = useQuery({ query: PropertySeenDocument, variables: { id, app: app.key, environment } });
  const names = new Map(app.terminals.map(({ key, name }) => [key, name]));
  return (
    <Answer of={answer}>
      {({ node }) => {
        if (node?.__typename !== 'Property') return null;
        if (node.seen.events === 0) return <Empty title={t(texts.event.neverSeen)} />;
        return (
          <>
            <div className="card">
              <FiguresView of={node.seen} names={names} />
            </div>
            <Values of={node.seen.values} />
          </>
        );
      }}
    </Answer>
  );
}

function FiguresView({ of: seen, names }: { of: Figures; names: Map<string, string> }) {
  const { t, share } = useSpeech();
  const { filled, events, minimum, maximum } = seen;
  return (
    <Facts
      of={[
        [t(texts.event.fill), `${share(seen.fillRate)} · ${t(texts.property.fillOf, { filled, events })}`],
        [t(texts.property.range), minimum === null || maximum === null ? null : t(texts.property.rangeOf, { minimum, maximum })],
        [t(texts.event.usableSince), <Usable of={seen.usable} names={names} />],
        [t(texts.event.firstSeen), <Moment at={seen.firstSeenAt} exact />],
        [t(texts.event.lastSeen), <Moment at={seen.lastSeenAt} />],
      ]}
    />
  );
}

function Values({ of: values }: { of: Value[] }) {
  const { t, number, share } = useSpeech();
  if (values.length === 0) return null;
  const columns: Column<Value>[] = [
    { title: t(texts.property.topValues), cell: ({ value }) => <code className="breakable">{value}</code> },
    { title: t(texts.property.count), numeric: true, cell: ({ count }) => number(count) },
    { title: t(texts.property.share), numeric: true, cell: (one) => share(one.share) },
  ];
  return <Table caption={t(texts.property.topValues)} columns={columns} rows={values} keyOf={({ value }) => value} />;
}
